//! How sites fail: in stretches of days, drawn from the seed, so that two runs fail alike.

use crate::season::CALM;
use crate::support::origin::Reply;

/// How a site is on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything is answered.
    Fair,
    /// Half of the requests fail.
    Half,
    /// Nothing is answered, always in this way.
    Out(Fault),
}

/// One way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 500.
    Broken,
    /// 502.
    Gateway,
    /// 404 for everything, the feed too.
    Missing,
    /// The connection is cut before an answer.
    Cut,
    /// The answer ends in the middle.
    Short,
    /// A notice with 200.
    Notice,
    /// 200 and nothing.
    Empty,
    /// Half of what should come, as a whole.
    Torn,
    /// What belongs to another item.
    Other,
}

/// Faults of single requests.
const SINGLE: [Fault; 8] = [
    Fault::Broken,
    Fault::Gateway,
    Fault::Cut,
    Fault::Short,
    Fault::Notice,
    Fault::Empty,
    Fault::Torn,
    Fault::Other,
];

/// Faults of whole sites.
const WHOLE: [Fault; 5] = [
    Fault::Broken,
    Fault::Missing,
    Fault::Cut,
    Fault::Notice,
    Fault::Empty,
];

/// A number that follows from these alone.
pub fn drawn(seed: u64, place: [u64; 3]) -> fastrand::Rng {
    let mut number = seed;
    for part in place {
        number =
            fastrand::Rng::with_seed(number ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)).u64(..);
    }
    fastrand::Rng::with_seed(number)
}

/// The weather of a site on a day: stretches of three days, and a month in the middle in which everything half fails.
pub fn weather(seed: u64, site: u64, day: u64, days: u64) -> Weather {
    if day + CALM.unsigned_abs() >= days {
        return Weather::Fair;
    }
    if (days / 3..2 * days / 3).contains(&day) {
        return Weather::Half;
    }
    let mut chance = drawn(seed, [site, day / 3, 1]);
    match chance.u8(0..100) {
        0..70 => Weather::Fair,
        70..88 => Weather::Half,
        _ => Weather::Out(WHOLE[chance.usize(0..WHOLE.len())]),
    }
}

impl Weather {
    /// What happens to one request, the so-many-th of its site.
    pub fn of_request(self, seed: u64, site: u64, number: u64) -> Option<Fault> {
        let mut chance = drawn(seed, [site, number, 2]);
        match self {
            Self::Fair => None,
            Self::Half => chance.bool().then(|| SINGLE[chance.usize(0..SINGLE.len())]),
            Self::Out(fault) => Some(fault),
        }
    }
}

impl Fault {
    /// The answer in place of the right one.
    pub fn reply(self, (content_type, right): (&str, &str), other: &str) -> Reply {
        let half = &right.as_bytes()[..right.len() / 2];
        match self {
            Self::Broken => Reply::status(500),
            Self::Gateway => Reply::status(502),
            Self::Missing => Reply::status(404),
            Self::Cut => Reply::reset(),
            Self::Short => Reply::ok(content_type, half).announcing(right.len()),
            Self::Notice => crate::support::portal::maintenance(),
            Self::Empty => Reply::ok(content_type, ""),
            Self::Torn => Reply::ok(content_type, half),
            Self::Other => Reply::ok(content_type, other),
        }
    }
}
