//! The archive keeps what it is given, gives it back, refuses what it must, and notices damage.

mod configuring;
mod damage;
mod dictionary;
mod entering;
mod finding;
mod glancing;
mod following;
mod health;
mod killing;
mod listing;
mod meetings;
mod opening;
mod reading;
mod sealing;
mod snapshots;
mod storing;
mod support;
mod takedowns;
mod traps;
