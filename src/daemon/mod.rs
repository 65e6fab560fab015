//! The running program: scheduler, cycles, shutdown; the place where all stages meet.

pub mod capture;
pub mod clock;
pub mod cycle;
pub mod engine;
mod feed_poll;
pub mod inflight;
mod jobs;
mod judging;
mod listed_text;
mod page_check;
pub mod poll;
pub mod probe;
pub mod reading;
mod recognition;
pub mod rederive;
pub mod report;
pub mod run;
mod suspects;
