//! The running program: scheduler, cycles, shutdown; the place where all stages meet.

pub mod backfill;
pub mod clock;
pub mod control;
pub mod cycle;
pub mod engine;
mod health;
mod feed_poll;
pub mod inflight;
mod jobs;
mod judging;
mod list_check;
mod list_reading;
mod listed;
mod listed_text;
mod outage;
mod page_check;
pub mod order;
pub mod poll;
pub mod reading;
mod recognition;
pub mod rederive;
pub mod report;
pub mod run;
mod suspects;
