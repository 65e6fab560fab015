//! Orders from other processes: a Unix socket beside the archive, because only one process may write.
//!
//! One line of JSON is the order; lines of progress come back, and one that says how it ended. An order
//! whose sender has gone is dropped; what it had archived stays.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::jobs::look_for_damage;
use super::order::{Order, Outcome, carry_out};
use super::report::{Progress, Watcher};
use super::run::Daemon;

/// Name of the socket in the archive's folder.
pub const SOCKET: &str = "control.sock";

/// The longest order, in bytes.
const LONGEST: u64 = 64 << 10;

/// How long a sender may take over its order.
const PATIENCE: Duration = Duration::from_secs(5);

/// One line of an answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// How far it is.
    Progress(Progress),
    /// It is done.
    Done(Outcome),
    /// It was not done, and why.
    Refused(String),
}

/// The socket's file; dropping it removes the file.
#[derive(Debug)]
pub struct Socket(PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "cannot remove the control socket");
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Takes orders until `engine.shutdown` is cancelled. A daemon without a socket is as good as any, so what
/// hinders it is a warning.
pub fn listen(daemon: &Arc<Daemon>) -> Option<Socket> {
    let engine = daemon.in_force.engine();
    let path = engine.config.archive_dir.join(SOCKET);
    let listener = match bind(&path) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error,
                "cannot take orders from other processes: `seutu poll` is refused while this one runs");
            return None;
        }
    };
    let daemon = Arc::clone(daemon);
    daemon.cycles.clone().spawn(async move {
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted,
                () = engine.shutdown.cancelled() => return,
            };
            match stream {
                Ok((stream, _)) => {
                    daemon.cycles.spawn(serve(Arc::clone(&daemon), stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "an order could not be taken");
                    tokio::time::sleep(PATIENCE).await;
                }
            }
        }
    });
    Some(Socket(path))
}

/// Whoever holds the archive's lock owns the socket: a file that is there was left by a process that died.
fn bind(path: &Path) -> io::Result<UnixListener> {
    remove(path)?;
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Carries out one order.
async fn serve(daemon: Arc<Daemon>, stream: UnixStream) {
    let engine = daemon.in_force.engine();
    let (input, output) = stream.into_split();
    let mut input = BufReader::new(input);
    let (lines, told) = mpsc::unbounded_channel();
    let teller = tell(told, output);
    let work = async {
        let end = match read_order(&mut input).await {
            Err(why) => Line::Refused(why),
            Ok(order) => {
                tracing::info!(?order, "an order from another process");
                let progress = lines.clone();
                let watcher: Watcher = Arc::new(move |step| {
                    // Nobody listens any more when the sender has gone.
                    drop(progress.send(Line::Progress(step)));
                });
                tokio::select! {
                    done = carried_out(&daemon, order, &watcher) => match done {
                        Ok(outcome) => Line::Done(outcome),
                        Err(error) => Line::Refused(format!("{error:#}")),
                    },
                    () = hung_up(&mut input) => Line::Refused("the sender has gone".to_owned()),
                    () = engine.shutdown.cancelled() => Line::Refused(
                        "the daemon is ending; what was archived until now stays".to_owned(),
                    ),
                }
            }
        };
        drop(lines.send(end));
        drop(lines);
    };
    let ((), told) = tokio::join!(work, teller);
    if let Err(error) = told {
        tracing::debug!(%error, "whoever sent an order did not hear how it ended");
    }
}

/// Orders to the daemon itself are its own; the others are carried out as anywhere.
async fn carried_out(
    daemon: &Arc<Daemon>,
    order: Order,
    watcher: &Watcher,
) -> anyhow::Result<Outcome> {
    if matches!(order, Order::Reload {}) {
        let daemon = Arc::clone(daemon);
        // To its end, whether the sender waits for it or not.
        let reloaded = daemon
            .cycles
            .clone()
            .spawn(async move { daemon.reload().await });
        return reloaded.await?.map(|()| Outcome::Done);
    }
    if matches!(order, Order::Ailments {}) {
        return Ok(Outcome::Ailments(daemon.ailments()));
    }
    let engine = daemon.in_force.engine();
    let outcome = carry_out(&engine, &daemon.running, order, watcher).await;
    if matches!(outcome, Ok(Outcome::Rederived(_))) {
        // What was damaged may be mended.
        look_for_damage(daemon);
    }
    daemon.catch_up_with(&engine).await;
    outcome
}

async fn read_order(input: &mut BufReader<OwnedReadHalf>) -> Result<Order, String> {
    let mut line = String::new();
    let mut limited = input.take(LONGEST);
    let read = tokio::time::timeout(PATIENCE, limited.read_line(&mut line)).await;
    match read {
        Err(_) => return Err("no order came in time".to_owned()),
        Ok(Err(error)) => return Err(format!("the order cannot be read: {error}")),
        Ok(Ok(_)) if !line.ends_with('\n') => {
            return Err("the order is cut off or too long".to_owned());
        }
        Ok(Ok(_)) => {}
    }
    serde_json::from_str(&line).map_err(|error| format!("this is no order: {error}"))
}

/// Ends when the sender closes the connection; what it sends beside its order is not read.
async fn hung_up(input: &mut BufReader<OwnedReadHalf>) {
    let mut rest = [0_u8; 64];
    while input.read(&mut rest).await.is_ok_and(|bytes| bytes > 0) {}
}

/// Writes lines until there are no more.
async fn tell(
    mut lines: mpsc::UnboundedReceiver<Line>,
    mut output: OwnedWriteHalf,
) -> io::Result<()> {
    while let Some(line) = lines.recv().await {
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        output.write_all(&text).await?;
    }
    output.shutdown().await
}

/// Hands an order to the process that has the archive in `dir`; `None` when no process takes orders there.
///
/// # Errors
/// What that process says of the order, or that it ended before it said anything.
pub async fn hand_over(
    dir: &Path,
    order: &Order,
    watcher: &Watcher,
) -> anyhow::Result<Option<Outcome>> {
    let Ok(stream) = UnixStream::connect(dir.join(SOCKET)).await else {
        return Ok(None);
    };
    let (input, mut output) = stream.into_split();
    let mut text = serde_json::to_vec(order)?;
    text.push(b'\n');
    output
        .write_all(&text)
        .await
        .context("the running daemon does not take the order")?;
    let mut lines = BufReader::new(input).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line).context("the running daemon is of another version")? {
            Line::Progress(progress) => watcher(progress),
            Line::Done(outcome) => return Ok(Some(outcome)),
            Line::Refused(why) => anyhow::bail!("the running daemon says: {why}"),
        }
    }
    anyhow::bail!("the running daemon ended before it was done; what was archived until now stays")
}
