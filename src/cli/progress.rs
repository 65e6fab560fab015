//! Progress of a round on a terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::Global;
use crate::archive::Checked;
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

/// Receives how far a check of the archive is; the bar goes when this is dropped.
pub fn checking(global: &Global) -> impl Fn(Checked) + use<> {
    let bar = if global.quiet || !std::io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        ProgressBar::no_length()
    };
    let bar = Clearing(bar);
    move |checked: Checked| {
        let bar = &bar.0;
        match checked.of {
            Some(of) => {
                dress(bar, "{bar:30} {pos}/{len} {msg}");
                bar.set_length(of);
                bar.set_position(checked.done);
            }
            None => dress(bar, "checking {msg}"),
        }
        bar.set_message(checked.what);
        bar.tick();
    }
}

/// A bar that is gone when its work is.
struct Clearing(ProgressBar);

impl Drop for Clearing {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
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
            Progress::Rederived(done, of) => {
                dress(bar, "{bar:30} {pos}/{len} items read again");
                bar.set_length(of.into());
                bar.set_position(done.into());
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
