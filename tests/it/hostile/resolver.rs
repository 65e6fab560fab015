//! A name server that lies: names that lead to this machine by another name, answers that are good for no time.
//!
//! It answers the system's own resolver, in a network and a view of the files of its own.

use std::net::{Ipv4Addr, UdpSocket};

/// What a name is, when it is asked for the first time and after that.
fn answers(name: &str, turn: usize) -> Vec<Record> {
    let outside = Record::Address(super::inside::PUBLIC);
    let inside = Record::Address(Ipv4Addr::LOCALHOST);
    match (name, turn) {
        ("kunta.test", _) | ("hetki.test", 0) => vec![outside],
        ("hetki.test", _) => vec![inside],
        ("toinen.test", _) => vec![Record::Alias("sisalla.test"), inside],
        ("ketju.test", _) => vec![
            Record::Alias("toinen.test"),
            Record::Alias("sisalla.test"),
            inside,
        ],
        ("seka.test", _) => vec![outside, inside],
        _ => vec![],
    }
}

enum Record {
    Address(Ipv4Addr),
    /// Another name (CNAME), which the records after it belong to.
    Alias(&'static str),
}

/// Answers on port 53 until the process ends.
pub fn start() {
    let socket = UdpSocket::bind("127.0.0.1:53").expect("port 53 in a network of its own");
    std::thread::spawn(move || {
        let (mut question, mut turns) = ([0; 512], 0);
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let (name, end) = asked(&question[..length]);
            let is_address = question[end..end + 2] == [0, 1];
            let records = if is_address {
                answers(&name, turns)
            } else {
                vec![]
            };
            turns += usize::from(is_address && name == "hetki.test");
            let answer = answer(&question[..end + 4], &name, &records);
            socket.send_to(&answer, from).expect("sent");
        }
    });
}

/// The name of a question, and where it ends (RFC 1035, section 4.1.2).
fn asked(question: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (vec![], 12);
    while question[at] > 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).to_ascii_lowercase());
        at = end;
    }
    (labels.join("."), at + 1)
}

fn encoded(name: &str) -> Vec<u8> {
    let labels = name.split('.').flat_map(|label| {
        let length = u8::try_from(label.len()).expect("a short label");
        std::iter::once(length).chain(label.bytes())
    });
    labels.chain([0]).collect()
}

fn answer(question: &[u8], name: &str, records: &[Record]) -> Vec<u8> {
    let count = u8::try_from(records.len()).expect("few");
    let mut out = question.to_vec();
    // An answer, recursion was available, no error; one question, so many answers, nothing more.
    out[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    let mut owner = name;
    for record in records {
        out.extend(encoded(owner));
        let (kind, data) = match record {
            Record::Address(address) => (1, address.octets().to_vec()),
            Record::Alias(other) => (5, encoded(other)),
        };
        // Of the internet, good for no time.
        out.extend([0, kind, 0, 1, 0, 0, 0, 0, 0]);
        out.push(u8::try_from(data.len()).expect("short"));
        out.extend(data);
        if let Record::Alias(other) = record {
            owner = other;
        }
    }
    out
}
