//! The sockets the server listens on: those that the service manager opened, else one of its own.

use std::net::{SocketAddr, TcpListener as Socket};

use anyhow::Context as _;
use listenfd::ListenFd;
use tokio::net::TcpListener;

/// Sockets that whoever started this process opened (`LISTEN_FDS`); they stay open when it ends, so that nobody is
/// turned away in between.
#[derive(Debug, Default)]
pub struct HandedOver(Vec<Socket>);

/// Takes what was handed over. To be called before there are threads.
pub fn handed_over() -> anyhow::Result<HandedOver> {
    let mut given = ListenFd::from_env();
    let mut sockets = vec![];
    for place in 0..given.len() {
        let socket = given.take_tcp_listener(place).context(
            "what listens in this program's place is no TCP socket: name host and port in ListenStream=",
        )?;
        sockets.extend(socket);
    }
    Ok(HandedOver(sockets))
}

/// The listeners: those handed over, or one at `address`.
pub async fn listeners(
    handed_over: HandedOver,
    address: SocketAddr,
) -> anyhow::Result<Vec<TcpListener>> {
    if handed_over.0.is_empty() {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot listen on {address}; another program may use it: change [http] listen")
        })?;
        return Ok(vec![listener]);
    }
    let mut listeners = vec![];
    for socket in handed_over.0 {
        socket.set_nonblocking(true)?;
        listeners.push(TcpListener::from_std(socket)?);
    }
    tracing::info!(
        sockets = listeners.len(),
        "listening on what the service manager opened; [http] listen is not used"
    );
    Ok(listeners)
}
