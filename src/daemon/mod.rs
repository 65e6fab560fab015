//! The running program: scheduler, cycles, shutdown; the place where all stages meet.

pub mod backfill;
pub mod capture;
pub mod clock;
pub mod control;
pub mod cycle;
mod documents;
pub mod engine;
mod health;
mod feed_poll;
pub mod inflight;
mod jobs;
mod judging;
mod lists;
mod outage;
mod page;
pub mod pdf_text;
pub mod order;
pub mod poll;
pub mod probe;
pub mod reading;
mod received;
mod recognition;
pub mod rederive;
pub mod report;
pub mod run;
mod suspects;
