//! Whether the files of a capture follow each other: they are read in the order in which they are given.

use super::FileInfo;

/// Nanoseconds that a file may begin before the one in front of it ends, 1 ms: packets are stored a little out
/// of order at times.
const SLACK: i64 = 1_000_000;

/// A file that begins before the one in front of it ends.
#[derive(Clone, Copy, Debug)]
pub struct Misplaced<'f> {
    /// Its number among the files, from 0.
    pub index: u32,
    /// The file.
    pub file: &'f FileInfo,
    /// The one in front of it.
    pub behind: &'f FileInfo,
    /// How much earlier it begins, in nanoseconds.
    pub by: i64,
    /// What is wrong with it.
    pub how: Misplacement,
}

/// What is wrong with the place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplacement {
    /// It is the same file again, as far as times and numbers of packets tell; [`Misplaced::behind`] is the
    /// first one.
    Twice,
    /// All of it is from before the other one.
    Earlier,
    /// Both are of the same time.
    Overlaps,
}

/// The files that do not follow what is in front of them.
pub fn misplaced(files: &[FileInfo]) -> Vec<Misplaced<'_>> {
    let mut found = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some((first, last)) = file.first.zip(file.last) else { continue };
        let before = files.get(..index).unwrap_or_default();
        let same = |other: &&FileInfo| {
            (other.first, other.last, other.packets) == (file.first, file.last, file.packets)
        };
        let behind = before.iter().rev().find(|other| other.last.is_some());
        let ends = behind.and_then(|behind| behind.last.zip(behind.first));
        let by = ends.map_or(0, |(end, _)| end.since(first));
        let how = match (before.iter().find(same), ends) {
            (Some(behind), _) => Some((behind, Misplacement::Twice)),
            (None, Some((_, begin))) if by > SLACK => {
                let earlier = last <= begin;
                let how = if earlier { Misplacement::Earlier } else { Misplacement::Overlaps };
                behind.map(|behind| (behind, how))
            }
            _ => None,
        };
        let index = index as u32;
        found.extend(how.map(|(behind, how)| Misplaced { index, file, behind, by, how }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Compression;
    use crate::place::Time;

    fn file(name: &str, span: Option<(i64, i64)>, packets: u64) -> FileInfo {
        FileInfo {
            name: name.to_owned(),
            size: None,
            compression: Compression::None,
            format: None,
            packets,
            first: span.map(|(first, _)| Time(first)),
            last: span.map(|(_, last)| Time(last)),
            links: Vec::new(),
        }
    }

    fn told(files: &[FileInfo]) -> Vec<(&str, &str, i64, Misplacement)> {
        let row = |m: Misplaced<'_>| (m.index as usize, index(files, m.behind), m.by, m.how);
        let rows: Vec<_> = misplaced(files).into_iter().map(row).collect();
        let name = |at: usize| files[at].name.as_str();
        rows.into_iter()
            .map(|(file, behind, by, how)| (name(file), name(behind), by, how))
            .collect()
    }

    fn index(files: &[FileInfo], of: &FileInfo) -> usize {
        files.iter().position(|file| std::ptr::eq(file, of)).unwrap()
    }

    const S: i64 = 1_000_000_000;

    #[test]
    fn files_that_follow_each_other_are_fine() {
        let files = [
            file("a", Some((0, S)), 5),
            file("empty", None, 0),
            // Some microseconds early.
            file("b", Some((S - 20_000, 2 * S)), 7),
        ];
        assert_eq!(told(&files), []);
    }

    #[test]
    fn the_wrong_order_an_overlap_and_the_same_again() {
        let (a, b) = (file("a", Some((0, S)), 5), file("b", Some((2 * S, 3 * S)), 7));
        assert_eq!(told(&[b.clone(), a.clone()]), [("a", "b", 3 * S, Misplacement::Earlier)]);
        let c = file("c", Some((S / 2, 4 * S)), 9);
        assert_eq!(told(&[a.clone(), c]), [("c", "a", S / 2, Misplacement::Overlaps)]);
        let again = file("again", Some((0, S)), 5);
        assert_eq!(told(&[a, b, again]), [("again", "a", 3 * S, Misplacement::Twice)]);
    }
}
