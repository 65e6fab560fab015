//! One span of time for everything that is done with a page.

use std::time::{Duration, Instant};

use crate::model::page::PageFault;

/// How long reading one page may take; 5 MB of flat HTML take a quarter of a second to parse.
const BUDGET: Duration = Duration::from_secs(5);

/// When a page has taken too long. The limits of size refuse costly pages long before, and always the
/// same ones; this is for what they do not foresee.
pub(in crate::platform) struct Deadline(Instant);

impl Deadline {
    /// Begins the time of one page.
    pub(in crate::platform) fn start() -> Self {
        Self(Instant::now())
    }

    /// Fails once the time is over.
    pub(in crate::platform) fn check(&self) -> Result<(), PageFault> {
        if self.0.elapsed() > BUDGET {
            return Err(PageFault::TooCostly(format!(
                "reading took over {} s",
                BUDGET.as_secs()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_out() {
        assert!(Deadline::start().check().is_ok());
        let early = Instant::now().checked_sub(BUDGET * 2).expect("an instant");
        assert!(Deadline(early).check().is_err());
    }
}
