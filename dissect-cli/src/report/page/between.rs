//! Time that lies between the files of a capture: it is in none of them.

use crate::capture::FileInfo;
use crate::place::Time;

/// A stretch of time between two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// The last packet before it.
    pub from: Time,
    /// The first packet behind it.
    pub until: Time,
    /// The file that ends with it, an index.
    pub ends: usize,
    /// The file that begins behind it, an index.
    pub begins: usize,
}

/// All of it, in the order of time, whatever the order of the files.
pub(super) fn between(files: &[FileInfo]) -> Vec<Between> {
    let spans = files.iter().enumerate();
    let mut spans: Vec<_> =
        spans.filter_map(|(index, file)| Some((file.first?, file.last?, index))).collect();
    spans.sort_unstable();
    let mut found = Vec::new();
    // As far as the files so far reach, and which one does.
    let mut reached: Option<(Time, usize)> = None;
    for (first, last, begins) in spans {
        if let Some((from, ends)) = reached.filter(|(end, _)| first > *end) {
            found.push(Between { from, until: first, ends, begins });
        }
        reached = reached.max(Some((last, begins)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Compression;
    use proptest::prelude::*;

    fn file(first: i64, last: i64) -> FileInfo {
        FileInfo {
            name: String::new(),
            size: None,
            compression: Compression::None,
            format: None,
            packets: 2,
            first: Some(Time(first)),
            last: Some(Time(last)),
            links: Vec::new(),
        }
    }

    #[test]
    fn files_in_any_order_that_overlap_or_are_empty() {
        let mut empty = file(0, 0);
        (empty.first, empty.last) = (None, None);
        let files = [file(50, 60), empty, file(0, 30), file(10, 20), file(30, 40)];
        let want = Between { from: Time(40), until: Time(50), ends: 4, begins: 0 };
        assert_eq!(between(&files), [want]);
        assert_eq!(between(&files[..1]), []);
    }

    proptest! {
        #[test]
        fn a_moment_is_in_a_file_or_between_two_or_outside(
            files in proptest::collection::vec((0_i64..100, 0_i64..20), 1..6),
            at in 0_i64..130,
        ) {
            let files: Vec<_> = files.into_iter().map(|(at, length)| file(at, at + length)).collect();
            let begin = files.iter().filter_map(|file| file.first).min().unwrap();
            let end = files.iter().filter_map(|file| file.last).max().unwrap();
            let within = files.iter().any(|f| f.first <= Some(Time(at)) && f.last >= Some(Time(at)));
            let inside = between(&files).iter().filter(|b| b.from.0 < at && at < b.until.0).count();
            let outside = at < begin.0 || at > end.0;
            prop_assert_eq!(inside, usize::from(!within && !outside));
        }
    }
}
