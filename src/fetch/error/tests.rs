//! What errors of a request mean.

use super::*;

#[test]
fn messages_name_the_address_the_cause_and_the_remedy() {
    let url = "https://kunta.example/feed".to_owned();
    let gone = FetchError::Status {
        url,
        host: "kunta.example:443".to_owned(),
        status: 429,
        retry_after: Some(Duration::from_mins(1)),
    };
    assert_eq!(
        gone.to_string(),
        "https://kunta.example/feed: the server answered 429: too many requests; \
             it is asked again later (not sooner than in 60 s)"
    );
    assert_eq!(gone.status(), Some(429));
    assert_eq!(gone.retry_after(), Some(Duration::from_mins(1)));
}

#[test]
fn certificates_fail_in_different_ways() {
    use rustls::CertificateError as Cause;
    let fault = |cause: Cause| certificate_fault(&rustls::Error::InvalidCertificate(cause));
    assert_eq!(fault(Cause::Expired), Some(CertificateFault::Expired));
    assert_eq!(
        fault(Cause::NotValidYet),
        Some(CertificateFault::NotYetValid)
    );
    assert_eq!(
        fault(Cause::UnknownIssuer),
        Some(CertificateFault::UnknownIssuer)
    );
    assert_eq!(
        fault(Cause::NotValidForName),
        Some(CertificateFault::WrongName)
    );
    assert_eq!(fault(Cause::Revoked), Some(CertificateFault::Revoked));
    assert_eq!(fault(Cause::BadEncoding), Some(CertificateFault::Other));
    let handshake = rustls::Error::HandshakeNotComplete;
    assert_eq!(certificate_fault(&handshake), None);
}

#[test]
fn credentials_are_never_shown() {
    let url = Url::parse("https://anna:salaisuus@kunta.example/feed").expect("address");
    assert_eq!(shown(&url), "https://kunta.example/feed");
}

#[test]
fn a_cause_inside_an_io_error_is_found() {
    let inner = io::Error::other(RefusedAddress("127.0.0.1".parse().expect("address")));
    let outer = io::Error::other(inner);
    assert!(find::<RefusedAddress>(&outer).is_some());
}

#[test]
fn outcomes_follow_the_cause() {
    let url = String::new();
    let slow = FetchError::TooSlow {
        url: url.clone(),
        limit: 1,
    };
    assert_eq!(slow.outcome(), PollOutcome::Timeout);
    let dns = FetchError::Dns {
        url: url.clone(),
        reason: String::new(),
    };
    assert!(dns.is_our_side());
    let paused = FetchError::HostPaused {
        url,
        host: String::new(),
        left: Duration::ZERO,
    };
    assert_eq!(paused.outcome(), PollOutcome::Blocked);
}
