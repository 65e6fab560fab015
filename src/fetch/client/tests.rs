//! The client against servers on loopback.

use super::super::transport::without_authorities;
use super::*;
use crate::fetch::guard::GuardedResolver;
use crate::fetch::transport::build;

#[tokio::test]
async fn a_machine_without_certificates_gets_a_client_whose_https_fails() {
    let settings = FetchSettings::defaults("https://example.fi/seutu");
    let (policy, second) = (settings.allow_private_addresses, Duration::from_secs(1));
    let resolver = Arc::new(GuardedResolver::new(Arc::new(SystemLookup), policy, second));
    // Installs the TLS provider; what it builds depends on the machine.
    build(&settings, &resolver).expect("client");
    let http = without_authorities(&settings, &resolver).expect("client");
    let client = Client::assemble(&settings, http, Trust::Nobody);
    let url = Url::parse("https://kunta.example/").expect("address");
    let validators = Validators::default();
    let request = Request {
        url,
        kind: RequestKind::Feed,
        validators,
    };
    let failed = client.get(request).await.expect_err("nobody to trust");
    assert!(
        matches!(failed, FetchError::NoCertificates { .. }),
        "{failed:?}"
    );
    assert!(failed.is_our_side());
}
