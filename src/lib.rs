//! seutu watches the meeting feeds of Finnish municipalities, archives every agenda item and decision,
//! recognises the decisions of a regional network and publishes them as one feed.
//!
//! The modules in reading order: fetch, read, decide, archive, recognise, publish, serve.

pub mod model;

pub mod config;
pub mod language;
pub mod vocab;

pub mod privacy;

pub mod archive;
pub mod decide;
pub mod feed;
pub mod fetch;
pub mod minutes;
pub mod office;
pub mod pdf;
pub mod platform;
pub mod publish;
pub mod recognise;

pub mod daemon;
pub mod serve;

pub mod cli;
