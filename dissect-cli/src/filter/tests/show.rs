//! The canonical form.

use super::*;

#[test]
fn one_way_to_write_it() {
    for (text, canonical) in [
        ("", ""),
        ("frame>100 and not ino", "frame > 100 && !ino"),
        ("not frame eq 0x10", "!(frame == 16)"),
        ("((frame or ino)) and frame", "(frame || ino) && frame"),
        ("(frame and ino) or frame xor snap", "frame && ino || frame ^^ snap"),
        ("frame and (ino and snap)", "frame && (ino && snap)"),
        ("!!(frame)", "!!frame"),
        ("caps.op == 9", "caps.op == export"),
        ("caps.op == 77", "caps.op == 77"),
        ("caps.op == 'two words'", "caps.op == \"two words\""),
        ("caps.issued & 0x100", "caps.issued & Fs"),
        ("caps.flags bitwise_and 15 ne 3", "caps.flags & 0xf != 3"),
        ("finding ~= seq_gap", "finding !== seq-gap"),
        ("any finding ne seq-gap", "finding !== seq-gap"),
        ("all frame eq 3", "frame === 3"),
        ("all frame in {3 4..5}", "all frame in {3, 4..5}"),
        ("frame not in {3}", "!(frame in {3})"),
        ("ino == 1099511627777", "ino == 0x10000000001"),
        ("snap == 0x1F", "snap == 1f"),
        ("time >= 8500ms", "time >= 8.5"),
        ("time.utc > 2026-11-23", "time.utc > 2026-11-23T00:00:00.000000000Z"),
        ("host == a", "host == \"a\""),
        ("host contains '\"'", "host contains \"\\\"\""),
        ("path matches /d/*", "path matches \"/d/*\""),
        ("path ~ '^\\d\"'", "path ~ \"^\\d\\\"\""),
        ("host ~ a", "host matches \"a\""),
        ("caps.xattr contains 0x00FF", "caps.xattr contains 00:ff"),
        ("caps.xattr contains \"a\"", "caps.xattr contains 61"),
        ("src == MDS", "src == mds"),
        ("client == client.7", "client == 7"),
        ("addr == [::1]", "addr == ::1"),
        ("addr == ::ffff:10.0.0.1/120", "addr == 10.0.0.0/24"),
        ("count (ino)>0x3", "count(ino) > 3"),
        ("all len( path )&3 eq 1", "len(path) & 0x3 === 1"),
        ("caps.last == 1", "caps.last == true"),
        ("caps.issued contains caps.wanted", "caps.issued contains caps.wanted"),
    ] {
        let filter = parse(text).unwrap_or_else(|error| panic!("{}", error.show(text)));
        assert_eq!(filter.to_string(), canonical, "{text}");
        assert_eq!(parse(canonical), Ok(filter), "{text}");
    }
}
