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
    dress(&bar, "{msg}");
    let state = Arc::new(Mutex::new(State::default()));
    Arc::new(move |progress| {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.note(progress, &bar);
    })
}

/// Gives the bar its looks.
fn dress(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

#[derive(Default)]
struct State {
    sources: usize,
    done: usize,
    lists: usize,
    pages: BTreeMap<SourceId, usize>,
}

impl State {
    fn note(&mut self, progress: Progress, bar: &ProgressBar) {
        match progress {
            Progress::Sources(sources) => self.sources = sources,
            Progress::Pages(source, pages) => {
                self.pages.insert(source, pages);
                let pages = self.pages.values().sum::<usize>() as u64;
                bar.set_length(pages);
                // A bar of nothing would look as if everything were done.
                if pages > 0 {
                    dress(bar, "{bar:30} {pos}/{len} pages  {msg}");
                }
            }
            Progress::PageDone(_) => bar.inc(1),
            Progress::ListDone(_) => self.lists += 1,
            Progress::Rederived(items) => {
                bar.set_message(format!("{items} items read again"));
                bar.tick();
                return;
            }
            Progress::SourceDone(_) => self.done += 1,
        }
        let lists = if self.lists > 0 {
            format!(", {} lists read", self.lists)
        } else {
            String::new()
        };
        bar.set_message(format!(
            "{} of {} sources done{lists}",
            self.done, self.sources
        ));
        if self.done == self.sources {
            bar.finish_and_clear();
        }
    }
}
