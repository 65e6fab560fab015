//! The archive keeps what it is given, gives it back, refuses what it must, and notices damage.

mod configuring;
mod damage;
mod finding;
mod health;
mod killing;
mod meetings;
mod opening;
mod reading;
mod storing;
mod support;
