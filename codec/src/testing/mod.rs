//! The bodies of the fuzz targets: functions of any bytes that panic when a promise is broken.
//!
//! They are here and not with the targets so that plain `cargo test` replays the committed corpus through
//! them. Nothing of this module is there in any other build.

pub mod decoder;
mod framer;
mod message;
mod mutate;
#[cfg(test)]
mod seeds;
mod shaped;
mod tiler;

pub use framer::{msgr1, msgr2};
pub use message::message;
pub use mutate::mutate;

use alloc::vec::Vec;
use core::fmt::{self, Debug, Write};

use crate::{Fault, FaultKind};

// By the name by which the tests beside the crate know it.
use crate as codec;

/// Versions of messages that are tried: 0 up to below this one.
const VERSIONS: u16 = 21;

/// Checks that a fault names a field that lies within the message, and that the bytes it needs are not there.
fn check_fault(fault: Fault, bytes: &[u8]) {
    assert!(!fault.field.is_empty() && fault.at <= bytes.len(), "{fault}");
    if let FaultKind::Short { needed, available } = fault.kind {
        let left = bytes.len() - fault.at;
        assert!(available <= left && needed > available as u64, "{fault}");
    }
}

/// Of the places at which a test cuts something, every how manieth it takes: all, but for Miri, which is some
/// thousand times slower.
#[cfg(test)]
pub(crate) const STEP: usize = if cfg!(miri) { 41 } else { 1 };

/// Formats a value, for the panics and the endless loops that may be in it.
fn format(value: &impl Debug) {
    struct Nowhere;
    impl Write for Nowhere {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }
    assert!(write!(Nowhere, "{value:?}").is_ok(), "an error that nobody made");
}

#[cfg(test)]
mod corpus {
    use std::path::Path;
    use std::{eprintln, fs};

    use std::vec::Vec;

    use super::decoder;
    use crate::message::Message;

    fn replay(target: &str, body: fn(&[u8])) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        if !root.exists() {
            eprintln!("skipped: a published crate has no corpus");
            return;
        }
        let files = fs::read_dir(root.join("corpus").join(target)).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "{target}: no files");
        // Miri is some thousand times slower: there a few short ones have to do.
        if cfg!(miri) {
            files.sort_by_key(|path| fs::metadata(path).unwrap().len());
            files.truncate(2);
        }
        for path in files {
            // Should the body panic, this says where.
            eprintln!("{}", path.display());
            body(&fs::read(path).unwrap());
        }
    }

    #[test]
    fn decoders() {
        decoder::ALL.iter().for_each(|(word, _, body)| replay(word, *body));
    }

    #[test]
    fn every_message_has_a_target() {
        let table = Message::TABLE.iter().map(|message| (message.word, message.kind));
        let ours = decoder::ALL.iter().map(|(word, kind, _)| (*word, *kind));
        assert_eq!(ours.collect::<Vec<_>>(), table.collect::<Vec<_>>());
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/Cargo.toml");
        let Ok(manifest) = fs::read_to_string(&manifest) else {
            return eprintln!("skipped: a published crate has no fuzz targets");
        };
        for (word, ..) in decoder::ALL {
            let path = std::format!("path = \"fuzz_targets/{word}.rs\"");
            assert!(manifest.contains(&path), "{path} is not in fuzz/Cargo.toml");
        }
    }

    #[test]
    fn message() {
        replay("message", super::message);
    }

    #[test]
    fn msgr1() {
        replay("msgr1", super::msgr1);
    }

    #[test]
    fn msgr2() {
        replay("msgr2", super::msgr2);
    }
}
