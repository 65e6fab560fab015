//! Answers of servers as they may be compared, read and stored: personal identity codes are masked at the door.
//!
//! Everything behind the door has the masked bytes and their hash, so that the same answer is the same the next time,
//! and nobody can find a code again by trying numbers against a hash.

use jiff::Timestamp;
use tokio::task::{JoinError, spawn_blocking};

use crate::fetch::Answer;
use crate::model::change::Original;
use crate::model::digest::sha256_hex;
use crate::privacy::{Masked, mask_bytes};

/// Bodies up to this length are looked through where they came: that takes no longer than handing them over.
const SHORT: usize = 64 * 1024;

/// What came with an answer; `None` when it had no body. A long body is looked through off the async workers.
pub async fn original(
    answer: &Answer,
    fetched_at: Timestamp,
) -> Result<Option<Original>, JoinError> {
    let Some(document) = &answer.body else {
        return Ok(None);
    };
    let kept = if document.bytes.len() <= SHORT {
        Kept::of(&document.bytes)
    } else {
        let bytes = document.bytes.clone();
        spawn_blocking(move || Kept::of(&bytes)).await?
    };
    Ok(Some(Original {
        url: answer.final_url.to_string(),
        fetched_at,
        http_status: answer.status,
        content_type: document.content_type.clone(),
        validators: answer.validators.clone(),
        sha256: kept.sha256,
        body: kept.body,
        withheld: kept.withheld,
    }))
}

/// Bytes as they may be kept.
struct Kept {
    body: Vec<u8>,
    sha256: String,
    withheld: bool,
}

impl Kept {
    fn of(bytes: &[u8]) -> Self {
        let (body, withheld) = match mask_bytes(bytes) {
            Masked::Clean => (bytes.to_vec(), false),
            Masked::Bytes(masked) => (masked, false),
            Masked::Torn => (bytes.to_vec(), true),
        };
        Self {
            sha256: sha256_hex(&body),
            body,
            withheld,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future as _, poll_fn};
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::Poll;

    use super::*;
    use crate::fetch::Document;
    use crate::model::poll::Validators;

    fn answer(length: usize) -> Answer {
        Answer {
            status: 200,
            body: Some(Document {
                bytes: vec![b'a'; length].into(),
                content_type: None,
            }),
            validators: Validators::default(),
            fresh_for: None,
            permanent: None,
            final_url: "https://kunta.example/".parse().expect("address"),
        }
    }

    #[test]
    fn a_long_body_is_looked_through_off_the_async_workers() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .expect("runtime");
        runtime.block_on(async {
            // The only thread for such work waits, so nothing that is done there can be done.
            let (open, gate) = mpsc::channel::<()>();
            let held = spawn_blocking(move || gate.recv().is_err());
            for (length, waits) in [(SHORT, false), (SHORT + 1, true)] {
                let answer = answer(length);
                let mut work = pin!(original(&answer, Timestamp::UNIX_EPOCH));
                let pending =
                    poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_pending()));
                assert_eq!(pending.await, waits, "{length}");
            }
            drop(open);
            assert!(held.await.expect("ended"), "the gate was opened");
            let long = answer(SHORT + 1);
            let kept = original(&long, Timestamp::UNIX_EPOCH).await.expect("kept");
            assert_eq!(kept.map(|kept| kept.body.len()), Some(SHORT + 1));
        });
    }
}
