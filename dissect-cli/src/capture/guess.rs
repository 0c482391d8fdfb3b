//! What a file that cannot be read may be instead, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

/// Bytes of a file's beginning that are looked at, 32.
const HEAD: usize = 32;
/// What a tar archive has behind the first file's name, mode, owner and the like.
const TAR: &[u8] = b"ustar";
/// Where it has it.
const TAR_AT: usize = 257;
/// Bytes to be read of a file that may be anything.
pub(super) const LOOK: usize = TAR_AT + TAR.len();

/// What is kept of the beginning of a file that is no capture: no more than tells what it is.
pub(super) fn beginning(head: &[u8]) -> &[u8] {
    let len = if is_tar(head) { LOOK } else { HEAD };
    head.get(..len).unwrap_or(head)
}

fn is_tar(head: &[u8]) -> bool {
    head.get(TAR_AT..LOOK) == Some(TAR)
}
/// Characters of a text that are shown.
const SHOWN: usize = 24;
/// Names in a directory that are compared with a missing one, 10,000. Beyond: they are not offered.
const MAX_NAMES: usize = 10_000;
/// How like a name has to be to be offered, from 0 to 1.
const LIKE: f64 = 0.8;

/// Beginnings of files that are at hand where captures are, whose they are, and what to do with these.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"\xfd7zXZ\0", "xz-compressed file", UNPACK),
    (b"BZh", "bzip2-compressed file", UNPACK),
    (b"\x04\"M\x18", "lz4-compressed file", UNPACK),
    (b"PK\x03\x04", "zip archive", UNPACK),
    (b"\x1f\x8b", "gzip-compressed file", TWICE),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed file", TWICE),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive", UNPACK),
    (b"snoop\0\0\0", "capture of Solaris' snoop", CONVERT),
    (b"GMBU", "capture of Microsoft's Network Monitor", CONVERT),
    (b"RTSS", "capture of Microsoft's Network Monitor", CONVERT),
    (b"\x34\xcd\xb2\xa1", "pcap file of a format that only some systems wrote", CONVERT),
    (b"\xa1\xb2\xcd\x34", "pcap file of a format that only some systems wrote", CONVERT),
    (b"\x7fELF", "program", TAKE),
    (b"\x89PNG", "picture", TAKE),
];

const UNPACK: &str = "unpack it first";
/// What is packed once is unpacked before its beginning is looked at.
const TWICE: &str = "it is packed twice, so unpack it once";
const CONVERT: &str = "convert it first, as with editcap -F pcapng";
const TAKE: &str = "captures are made with tcpdump -w FILE";

/// The first bytes of a file that is no capture.
pub(super) struct Beginning<'a>(pub(super) &'a [u8]);

impl fmt::Display for Beginning<'_> {
    /// `31 32 33, so it may be ...; do this`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.0;
        if let Some((begins, what, how)) =
            KNOWN.iter().find(|(begins, ..)| head.starts_with(begins))
        {
            hex(begins, f)?;
            return write!(f, " as a {what} does; {how}");
        }
        if is_tar(head) {
            return write!(f, "the name of a file as a tar archive does; {UNPACK}");
        }
        let text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
        if !head.is_empty() && head.iter().all(text) {
            let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(head);
            let shown: String = line.iter().take(SHOWN).map(|byte| char::from(*byte)).collect();
            return write!(f, "the text {shown:?}; {TAKE}");
        }
        hex(head.get(..4).unwrap_or(head), f)?;
        write!(f, "; {TAKE}")
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, byte) in bytes.iter().enumerate() {
        write!(f, "{}{byte:02x}", if i == 0 { "" } else { " " })?;
    }
    Ok(())
}

/// Why a file cannot be opened, in plain words, and what may have been meant.
pub(super) fn unopened(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => match near(path, MAX_NAMES) {
            Some(near) => format!("there is no such file; near it is {near}"),
            None => "there is no such file".to_owned(),
        },
        io::ErrorKind::PermissionDenied => {
            "it may not be read: permission denied; captures that root took are root's".to_owned()
        }
        io::ErrorKind::IsADirectory => {
            "it is a directory: name the captures in it, in the order of time".to_owned()
        }
        _ => said(error),
    }
}

/// What the system says, without its number.
pub(super) fn said(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((text, _)) => text.to_owned(),
        None => text,
    }
}

/// The file in the same directory whose name is most like one that is not there, of the first `max`.
fn near(path: &Path, max: usize) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let entries = std::fs::read_dir(dir.unwrap_or(Path::new("."))).ok()?;
    let names = entries.take(max).filter_map(Result::ok);
    let files = names.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()));
    let likeness = |entry: std::fs::DirEntry| {
        let known = entry.file_name().to_string_lossy().into_owned();
        (strsim::jaro_winkler(&name, &known), known)
    };
    let (like, known) =
        files.map(likeness).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    let whole = dir.map_or_else(|| known.clone().into(), |dir| dir.join(&known));
    (like >= LIKE).then(|| whole.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_in_a_directory_the_first_are_compared() {
        let name = format!("ceph-dissect-near-{}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let files = ["capture.pcap", "1", "2", "3", "4", "5", "6"].map(|name| dir.join(name));
        files.iter().for_each(|file| std::fs::write(file, "").unwrap());
        let asked = dir.join("capture.pcab");
        let found: Vec<_> = (0..=7).map(|max| near(&asked, max).is_some()).collect();
        std::fs::remove_dir_all(&dir).unwrap();
        // It is the one that was read first, or any other.
        assert!(!found[0] && found[7] && found.is_sorted(), "{found:?}");
    }

    #[test]
    fn beginnings_say_what_a_file_may_be() {
        let tar = [&b"a.pcap"[..], &[0; TAR_AT - 6], b"ustar\x0000", &[7; 300]].concat();
        assert_eq!(beginning(&tar).len(), LOOK);
        assert_eq!(beginning(&[b'a'; 300]).len(), HEAD);
        let cases: [(&[u8], &str); 7] = [
            (b"PK\x03\x04\x14\0\0\0", "50 4b 03 04 as a zip archive does; unpack it first"),
            (
                b"12:00:01.5 IP 10.0.0.1 > 10.0.0.",
                "the text \"12:00:01.5 IP 10.0.0.1 >\"; captures are made with tcpdump -w FILE",
            ),
            (b"{\n \"a\"", "the text \"{\"; captures are made with tcpdump -w FILE"),
            (
                b"\x1f\x8b\x08\0",
                "1f 8b as a gzip-compressed file does; it is packed twice, so unpack it once",
            ),
            (&tar, "the name of a file as a tar archive does; unpack it first"),
            (b"\0\x01\x02\x03\x04", "00 01 02 03; captures are made with tcpdump -w FILE"),
            (b"\xff", "ff; captures are made with tcpdump -w FILE"),
        ];
        for (head, want) in cases {
            assert_eq!(Beginning(head).to_string(), want);
        }
    }
}
