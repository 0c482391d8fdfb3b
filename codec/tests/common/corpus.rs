//! Samples of every message of the table: the seeds of the fuzz targets, which come out of captures of real clusters
//! and out of the samples beside these tests; of what was never seen, a few made by hand.

use std::fs;
use std::path::Path;

use ceph_codec::message::{Message, MessageType, Sections};

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) kind: MessageType,
    pub(crate) version: u16,
    /// The section that has the message in it.
    pub(crate) payload: Vec<u8>,
    pub(crate) middle: Vec<u8>,
}

impl Sample {
    /// Its sections, with another payload.
    pub(crate) fn with<'a>(&'a self, payload: &'a [u8]) -> Sections<'a> {
        let middle = &self.middle;
        match self.kind {
            MessageType::CLIENT_RECONNECT => Sections { front: &[], middle, data: payload },
            _ => Sections { front: payload, middle, data: &[] },
        }
    }
}

/// Of each message at least one, in the order of the table. None, said aloud, of a published crate.
pub(crate) fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    if !root.exists() {
        eprintln!("skipped: no corpus at {}", root.display());
        return Vec::new();
    }
    let mut samples = Vec::new();
    for message in Message::TABLE {
        let files = fs::read_dir(root.join(message.word)).unwrap().map(|file| file.unwrap().path());
        let mut seeds: Vec<_> = files
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("seed-"))
            .collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{}: no samples", message.word);
        // Miri is some thousand times slower: there the shortest one of each has to do.
        if cfg!(miri) {
            seeds.sort_by_key(|path| fs::metadata(path).unwrap().len());
            seeds.truncate(1);
        }
        samples.extend(seeds.into_iter().map(|path| {
            let data = fs::read(&path).unwrap();
            let (&[version, choice], rest) = data.split_first_chunk().unwrap();
            let middle = match message.kind {
                MessageType::CLIENT_CAPS => usize::from(choice),
                _ => 0,
            };
            let (payload, middle) = rest.split_at(rest.len() - middle);
            Sample {
                name: path.display().to_string(),
                kind: message.kind,
                version: version.into(),
                payload: payload.to_vec(),
                middle: middle.to_vec(),
            }
        }));
    }
    samples
}
