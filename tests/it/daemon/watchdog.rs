//! Signs of life come from progress: a writer that is stuck ends them, whatever else ticks on.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use seutu::daemon::engine::Engine;
use seutu::daemon::pulse::{Pulse, Since};
use seutu::daemon::reload::Load;
use seutu::daemon::run::{Daemon, run};
use seutu::daemon::superior::{Superior, Word};
use tokio::task::JoinHandle;

use crate::support::portal::Portal;
use crate::support::workshop::{Sheet, Workshop};

/// Counts signs of life.
struct Listener {
    alive: AtomicUsize,
    words: Mutex<Vec<Word>>,
}

impl Superior for Listener {
    fn hear(&self, words: &[Word]) {
        if words.contains(&Word::Alive) {
            self.alive.fetch_add(1, Ordering::SeqCst);
        }
        self.words.lock().expect("words").extend_from_slice(words);
    }
}

async fn until(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    assert!(ended.is_ok(), "{what} did not come");
}

/// Keeps the writer from going on until that is sent which comes back.
fn stick(engine: &Engine) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (release, held) = mpsc::channel::<()>();
    let writer = engine.writer.clone();
    let stuck = tokio::spawn(async move {
        let waits = writer.write(move |_batch| {
            held.recv().expect("released");
            Ok(())
        });
        waits.await.expect("written");
    });
    (release, stuck)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_writer_ends_the_signs_of_life_and_goes_on_with_them_when_it_moves() {
    let portal = Portal::with(&[]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let engine = workshop.open().await;
    let (seconds, asked) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let (clock, count) = (Arc::clone(&seconds), Arc::clone(&asked));
    let since: Since = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Duration::from_secs(clock.load(Ordering::SeqCst))
    });
    let pulse = Pulse::new(since);
    let listener = Arc::new(Listener {
        alive: AtomicUsize::new(0),
        words: Mutex::default(),
    });
    let config = Arc::clone(&engine.config);
    let load: Load = Arc::new(move || Ok((*config).clone()));
    let superior: Arc<dyn Superior> = Arc::<Listener>::clone(&listener);
    let daemon = Daemon::new(Arc::clone(&engine), load, superior).with_pulse(pulse.clone());
    let running = tokio::spawn(run(Arc::new(daemon)));
    until("a sign of life", || {
        listener.alive.load(Ordering::SeqCst) > 1
    })
    .await;
    let (release, stuck) = stick(&engine);
    // A question of which the writer owes the answer, and then time passes.
    let asked_before = asked.load(Ordering::SeqCst);
    until("another tick", || {
        asked.load(Ordering::SeqCst) > asked_before + 12
    })
    .await;
    seconds.fetch_add(31, Ordering::SeqCst);
    until("that it is stuck", || {
        let found = pulse.ailments();
        found.len() == 1
            && found[0]
                .to_string()
                .contains("writer has not moved for 31 s")
    })
    .await;
    let alive = listener.alive.load(Ordering::SeqCst);
    let asked_before = asked.load(Ordering::SeqCst);
    until("more ticks", || {
        asked.load(Ordering::SeqCst) > asked_before + 12
    })
    .await;
    assert_eq!(listener.alive.load(Ordering::SeqCst), alive);
    release.send(()).expect("waiting");
    stuck.await.expect("ended");
    until("signs of life", || {
        listener.alive.load(Ordering::SeqCst) > alive + 1
    })
    .await;
    engine.shutdown.cancel();
    running.await.expect("ended");
    let words = listener.words.lock().expect("words").clone();
    assert!(words.contains(&Word::Stopping), "{words:?}");
    engine.close().await.expect("closed");
}
