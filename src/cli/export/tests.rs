//! Where an export goes and who it comes from, by configuration and environment.

use super::*;

fn settings() -> ExportSettings {
    Config::parse("test", "", [].into_iter())
        .expect("defaults")
        .export
}

fn said(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let owned: Vec<_> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    move |name| {
        let found = owned.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }
}

#[test]
fn the_store_is_the_configured_one_else_that_of_the_environment_else_amazons() {
    let mut settings = settings();
    let region = "eu-north-1";
    let amazon = endpoint(&settings, region, &said(&[])).expect("address");
    assert_eq!(amazon.as_str(), "https://s3.eu-north-1.amazonaws.com/");
    let environment = said(&[("AWS_ENDPOINT_URL", "http://store.example/")]);
    let named = endpoint(&settings, region, &environment).expect("address");
    assert_eq!(named.as_str(), "http://store.example/");
    settings.s3_endpoint.0 = Some("https://own.example/".parse().expect("address"));
    let own = endpoint(&settings, region, &environment).expect("address");
    assert_eq!(own.as_str(), "https://own.example/");
}

#[test]
fn the_key_comes_from_files_else_from_the_environment_and_is_never_half() {
    let mut settings = settings();
    let none = key(&settings, &said(&[])).expect_err("no key").to_string();
    assert!(none.contains("AWS_ACCESS_KEY_ID"), "{none}");
    let environment = said(&[
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
        ("AWS_SESSION_TOKEN", "short"),
    ]);
    let named = key(&settings, &environment).expect("key");
    assert_eq!(
        (named.access.as_str(), named.secret.as_str()),
        ("id", "hush")
    );
    assert_eq!(named.token.as_deref(), Some("short"));
    assert_eq!(format!("{named:?}"), "StoreKey", "secrets are not shown");

    let dir = tempfile::tempdir().expect("folder");
    let file = dir.path().join("access");
    std::fs::write(&file, "from-file\n").expect("written");
    settings.access_key_file.0 = Some(file.clone());
    assert!(key(&settings, &environment).is_err(), "half a key");
    settings.secret_key_file.0 = Some(file.clone());
    assert_eq!(
        key(&settings, &environment).expect("key").secret,
        "from-file"
    );
    std::fs::write(&file, "two words\n").expect("written");
    assert!(key(&settings, &environment).is_err());
}
