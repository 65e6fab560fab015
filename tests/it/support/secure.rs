//! A web server on loopback behind TLS, with a certificate of a test's making.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A certificate with its key, as the server sends it.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// For these names, valid in these years, from the first day to the first.
fn params(names: &[&str], (from, until): (i32, i32)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    // The names of two issuers must differ, or a forged signature is seen instead of a stranger.
    let name = format!("Malli {}", fastrand::u64(..));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

impl Identity {
    /// Signed by itself.
    pub fn self_signed(names: &[&str], years: (i32, i32)) -> Self {
        let key = KeyPair::generate().expect("key");
        let certificate = params(names, years).self_signed(&key);
        Self::of(&certificate.expect("certificate"), &key)
    }

    /// Signed by itself as an authority's is: what `openssl req -x509` makes.
    pub fn own_authority(names: &[&str], years: (i32, i32)) -> Self {
        let mut params = params(names, years);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("key");
        Self::of(&params.self_signed(&key).expect("certificate"), &key)
    }

    fn of(certificate: &Certificate, key: &KeyPair) -> Self {
        Self {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).expect("key"),
        }
    }
}

/// A certificate authority of a test.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, as PEM.
    pub pem: String,
}

impl Authority {
    /// A new one, which nobody trusts.
    pub fn new() -> Self {
        let mut params = params(&[], (2000, 2200));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("key");
        let pem = params.self_signed(&key).expect("certificate").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate that it signed.
    pub fn sign(&self, names: &[&str], years: (i32, i32)) -> Identity {
        let key = KeyPair::generate().expect("key");
        let certificate = params(names, years).signed_by(&key, &self.issuer);
        Identity::of(&certificate.expect("certificate"), &key)
    }
}

/// The server; it stops with the runtime of its test.
pub struct SecureOrigin {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    handshakes: Arc<AtomicUsize>,
}

impl SecureOrigin {
    /// Starts on a free port and answers everything with one document.
    pub async fn start(identity: Identity, document: &'static str) -> Self {
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_no_client_auth()
                .with_single_cert(identity.chain, identity.key)
                .expect("certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("bind");
        let address = listener.local_addr().expect("address");
        let (requests, handshakes) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let counted = (Arc::clone(&requests), Arc::clone(&handshakes));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.1.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut head = [0; 4096];
                if stream.read(&mut head).await.is_ok_and(|read| read > 0) {
                    counted.0.fetch_add(1, Ordering::SeqCst);
                    let length = document.len();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n\
                         Content-Length: {length}\r\nConnection: close\r\n\r\n{document}"
                    );
                    // Fails when the client has hung up, which is its right.
                    let _sent = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self {
            address,
            requests,
            handshakes,
        }
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("https://{}{path}", self.address)).expect("address")
    }

    /// Connections made, and requests that came through one.
    pub fn counts(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.handshakes), count(&self.requests))
    }
}
