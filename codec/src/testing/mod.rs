//! The bodies of the fuzz targets: functions of any bytes that panic when a promise is broken.
//!
//! They are here and not with the targets so that plain `cargo test` replays the committed corpus through
//! them. Nothing of this module is there in any other build.

mod framer;
mod message;
mod shaped;
mod tiler;

pub use framer::{msgr1, msgr2};
pub use message::message;

use alloc::vec::Vec;
use core::fmt::{self, Debug, Write};

// By the name by which the tests beside the crate know it.
use crate as codec;

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

    fn replay(target: &str, body: fn(&[u8])) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        if !root.exists() {
            eprintln!("skipped: a published crate has no corpus");
            return;
        }
        let mut files = 0;
        for file in fs::read_dir(root.join("corpus").join(target)).unwrap() {
            let path = file.unwrap().path();
            // Should the body panic, this says where.
            eprintln!("{}", path.display());
            body(&fs::read(path).unwrap());
            files += 1;
        }
        assert!(files > 10, "{files} files");
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
