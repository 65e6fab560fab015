//! A season of a whole country in minutes: invented sites that fail in every way, a program that is killed now and then,
//! time that is told instead of waited for, and at the end a count of what must be so.
//!
//! `cargo test --test soak` runs a small country; `cargo test --release --test soak -- --municipalities 350 --days 90` the
//! whole one. `--seed` makes another; the same seed gives the same country and the same faults.

//!
//! `cfg(test)` is always true here; it tells clippy that tests may `expect`.

#[cfg(test)]
mod country;
#[cfg(test)]
mod expected;
#[cfg(test)]
mod fault;
#[cfg(test)]
mod poller;
#[cfg(test)]
mod season;
#[cfg(test)]
#[path = "../it/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the other tests use the rest of it"
)]
mod support;

fn main() {
    season::main();
}
