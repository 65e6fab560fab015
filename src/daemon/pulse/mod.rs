//! Whether the daemon gets anywhere: facts of scheduler, writer and disk, and what follows from them.
//!
//! The watchdog of the service manager and `/readyz` judge by the same facts. Times are spans since the start, by a
//! clock that nobody can set.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::archive::Vital;

/// Time between two ticks of the scheduler.
pub const TICK: Duration = Duration::from_secs(1);
/// Without a tick for so long the scheduler is stuck.
const TICK_LIMIT: Duration = Duration::from_secs(30);
/// A look at what is due that takes longer is stuck, unless the writer has long work.
const LOOK_LIMIT: Duration = Duration::from_mins(1);
/// A writer that owes an answer and has not moved for so long is stuck.
const WRITER_LIMIT: Duration = Duration::from_secs(30);
/// An answer that took longer was waiting for long work.
const SLOW_ANSWER: Duration = Duration::from_secs(5);
/// A writer that has written nothing for so long is asked to write something, so that its disk is known.
const PROOF_AFTER: Duration = Duration::from_mins(1);
/// The same while it is in trouble: it is told soon when that is over.
const PROOF_IN_TROUBLE: Duration = Duration::from_secs(10);

/// What the facts are.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// The last tick of the scheduler.
    ticked: Duration,
    /// Since when a look at what is due is under way.
    looking: Option<Duration>,
    /// Since when the writer owes an answer.
    asked: Option<Duration>,
    /// When it was last seen to move.
    moved: Duration,
    /// When its last long work ended.
    busy_until: Duration,
    /// When it last wrote, or was asked to.
    proved: Duration,
    vital: Vital,
    /// Free bytes of the disk, and how many there should be.
    room: Option<(u64, u64)>,
    /// What is damaged in the archive's files.
    damage: Vec<String>,
    /// How many inspections of these files have begun.
    inspections: u64,
    /// Whether something could not be archived since the last write.
    in_doubt: bool,
}

/// Something that does not go on, or does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ailment {
    /// The scheduler has not ticked for so long.
    NoTick(Duration),
    /// A look at what is due has not ended for so long.
    LongLook(Duration),
    /// The writer has neither answered nor moved for so long.
    StuckWriter(Duration),
    /// The archive cannot be written, and why.
    Unwritable(String),
    /// The disk is nearly full: free bytes, and how many there should be.
    NearlyFull(u64, u64),
    /// A file of the archive is damaged: which, and what to do.
    Damaged(String),
}

impl Ailment {
    /// Whether a new start may help: what the watchdog is for.
    pub fn is_stuck(&self) -> bool {
        match self {
            Self::NoTick(_) | Self::LongLook(_) | Self::StuckWriter(_) => true,
            Self::Unwritable(_) | Self::NearlyFull(..) | Self::Damaged(_) => false,
        }
    }
}

impl fmt::Display for Ailment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTick(time) => {
                write!(f, "the scheduler has not ticked for {} s", time.as_secs())
            }
            Self::LongLook(time) => write!(
                f,
                "the scheduler has been looking for what is due for {} s",
                time.as_secs()
            ),
            Self::StuckWriter(time) => write!(
                f,
                "the archive's writer has not moved for {} s",
                time.as_secs()
            ),
            Self::Unwritable(why) => write!(f, "the archive cannot be written: {why}"),
            Self::Damaged(what) => f.write_str(what),
            Self::NearlyFull(free, least) => write!(
                f,
                "the disk is nearly full: {} MiB are free, archive.min_free is {} MiB",
                free >> 20,
                least >> 20
            ),
        }
    }
}

/// What the writer is to be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing: it owes an answer.
    Nothing,
    /// A sign of life.
    Answer,
    /// A write.
    Write,
}

impl Facts {
    fn ticked(&mut self, at: Duration, vital: Vital) {
        self.ticked = at;
        if vital.steps != self.vital.steps {
            self.moved = at;
        }
        if vital.commits != self.vital.commits {
            self.proved = at;
            self.in_doubt = false;
        }
        self.vital = vital;
    }

    fn ask(&mut self, at: Duration) -> Due {
        if self.asked.is_some() {
            return Due::Nothing;
        }
        self.asked = Some(at);
        let rest = if self.vital.trouble.is_some() || self.in_doubt {
            PROOF_IN_TROUBLE
        } else {
            PROOF_AFTER
        };
        if at.saturating_sub(self.proved) < rest {
            return Due::Answer;
        }
        self.proved = at;
        Due::Write
    }

    fn answered(&mut self, at: Duration) {
        let since = self.asked.take().unwrap_or(at);
        if at.saturating_sub(since) > SLOW_ANSWER {
            self.busy_until = at;
        }
        self.moved = at;
    }

    fn ailments(&self, at: Duration) -> Vec<Ailment> {
        let scheduler = at.saturating_sub(self.ticked);
        let writer = self
            .asked
            .map(|since| at.saturating_sub(since.max(self.moved)));
        let has_long_work = self
            .asked
            .is_some_and(|since| at.saturating_sub(since) > SLOW_ANSWER);
        let look = self.looking.filter(|_| !has_long_work);
        let look = look.map(|since| at.saturating_sub(since.max(self.busy_until)));
        let mut found = vec![];
        found.extend((scheduler > TICK_LIMIT).then_some(Ailment::NoTick(scheduler)));
        found.extend(
            look.filter(|time| *time > LOOK_LIMIT)
                .map(Ailment::LongLook),
        );
        found.extend(
            writer
                .filter(|time| *time > WRITER_LIMIT)
                .map(Ailment::StuckWriter),
        );
        found.extend(self.vital.trouble.clone().map(Ailment::Unwritable));
        let full = self.room.filter(|(free, least)| free < least);
        found.extend(full.map(|(free, least)| Ailment::NearlyFull(free, least)));
        found.extend(self.damage.iter().cloned().map(Ailment::Damaged));
        found
    }
}

/// Tells the time since the start.
pub type Since = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The facts, shared by all who add to them or judge by them.
#[derive(Clone)]
pub struct Pulse {
    facts: Arc<Mutex<Facts>>,
    since: Since,
}

impl Pulse {
    /// Nothing has happened yet, and nothing is overdue.
    pub fn new(since: Since) -> Self {
        let now = since();
        let facts = Facts {
            ticked: now,
            moved: now,
            proved: now,
            ..Facts::default()
        };
        Self {
            facts: Arc::new(Mutex::new(facts)),
            since,
        }
    }

    /// The scheduler ticked, and the writer was seen like this.
    pub fn ticked(&self, vital: Vital) {
        let now = (self.since)();
        self.lock().ticked(now, vital);
    }

    /// A look at what is due begins, unless one is under way; it ends when what is returned is dropped.
    pub fn look(&self) -> Option<Look> {
        let now = (self.since)();
        let mut facts = self.lock();
        if facts.looking.is_some() {
            return None;
        }
        facts.looking = Some(now);
        Some(Look(self.clone()))
    }

    /// What the writer is asked now; it owes an answer from then on.
    pub fn ask(&self) -> Due {
        let now = (self.since)();
        self.lock().ask(now)
    }

    /// The writer answered.
    pub fn answered(&self) {
        let now = (self.since)();
        self.lock().answered(now);
    }

    /// So many bytes are free, of so many that should be.
    pub fn has_room(&self, free: u64, least: u64) {
        self.lock().room = Some((free, least));
    }

    /// Something could not be archived: it is soon asked whether anything can be.
    pub fn doubt(&self) {
        self.lock().in_doubt = true;
    }

    /// The files begin to be looked through; which inspection that is.
    pub fn inspect(&self) -> u64 {
        let mut facts = self.lock();
        facts.inspections += 1;
        facts.inspections
    }

    /// The files were looked through, and this is damaged. Of two inspections the one that began later counts.
    pub fn has_damage(&self, inspection: u64, damage: Vec<String>) {
        let mut facts = self.lock();
        if inspection == facts.inspections {
            facts.damage = damage;
        }
    }

    /// What is wrong now; nothing when all is well.
    pub fn ailments(&self) -> Vec<Ailment> {
        let now = (self.since)();
        self.lock().ailments(now)
    }

    /// The time since the last tick of the scheduler.
    pub fn since_tick(&self) -> Duration {
        self.now().saturating_sub(self.lock().ticked)
    }

    /// The time since the start.
    pub fn now(&self) -> Duration {
        (self.since)()
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look under way.
pub struct Look(Pulse);

impl Drop for Look {
    fn drop(&mut self) {
        self.0.lock().looking = None;
    }
}

#[cfg(test)]
mod tests;
