//! Progress of a round on a terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::Global;
use crate::daemon::report::{Progress, Watcher, nobody};
use crate::model::ids::SourceId;

/// A bar on standard error when that is a terminal, nothing otherwise.
pub fn watcher(global: &Global) -> Watcher {
    if global.quiet || !std::io::stderr().is_terminal() {
        return nobody();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} pages  {msg}") {
        bar.set_style(style);
    }
    let state = Arc::new(Mutex::new(State::default()));
    Arc::new(move |progress| {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.note(progress, &bar);
    })
}

#[derive(Default)]
struct State {
    sources: usize,
    done: usize,
    pages: BTreeMap<SourceId, usize>,
}

impl State {
    fn note(&mut self, progress: Progress, bar: &ProgressBar) {
        match progress {
            Progress::Sources(sources) => self.sources = sources,
            Progress::Pages(source, pages) => {
                self.pages.insert(source, pages);
                bar.set_length(self.pages.values().sum::<usize>() as u64);
            }
            Progress::PageDone(_) => bar.inc(1),
            Progress::SourceDone(_) => self.done += 1,
        }
        bar.set_message(format!("{} of {} sources done", self.done, self.sources));
        if self.done == self.sources {
            bar.finish_and_clear();
        }
    }
}
