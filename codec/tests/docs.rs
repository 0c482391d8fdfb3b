//! The tables of the book against the layouts of the code.
//!
//! A table stands behind `<!-- layout: NAME -->`. When one differs, the test prints how it should be.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use ceph_codec::Row;
use ceph_codec::message::client_cap_release::{ReleaseItem, ReleaseTail};
use ceph_codec::message::client_caps::{
    Export, ExportPeer, FileLayout, Head, ImportPeer, State, Tail,
};
use ceph_codec::message::client_lease::LeaseHead;
use ceph_codec::message::client_metrics::{Metric, MetricsFields};
use ceph_codec::message::client_quota::{Quota, QuotaFields};
use ceph_codec::message::client_reconnect::{
    CapItem, CapReconnect, CapReconnectV1, RealmReconnect, ReconnectTail,
};
use ceph_codec::message::client_reply::{
    Dir, DirLayout, FragSplit, InoRange, InodeCap, InodeHead, InodeMiddle, InodeTail, Lease,
    ReplyHead,
};
use ceph_codec::message::client_request::{
    Counters, FileLockArgs, FilePath, GetattrArgs, OpenArgs, Owner, ReaddirArgs, Release,
    RequestHead, RequestTail, SetattrArgs,
};
use ceph_codec::message::client_request_forward::Forward;
use ceph_codec::message::client_session::{SessionHead, SessionTail};
use ceph_codec::message::client_snap::SnapHead;
use ceph_codec::message::mds_export::{
    AckFields, AuthCaps, Authority, BareRemoteLink, CancelFields, CapExport, CapImport,
    CapsAckFields, CapsAckImports, ClientInst, ClientMap, ClientMetadata, DiscoverAckFields,
    DiscoverFields, ExportCapsTail, ExportDirFields, ExportedCap, ExportedDentry, ExportedDir,
    ExportedInode, FinishFields, GatherCapsFields, ImportedCap, InodeCaps, NotifyAckFields,
    NotifyFields, PrepAckFields, PrepFields, PrimaryLink, RemoteLink,
};
use ceph_codec::message::mds_map::{MapHead, MapTail, MdsInfo, MdsMapHead, MdsMapTail};
use ceph_codec::message::snap_trace::{NewSnapRealm, SnapRealmHead};
use ceph_codec::types::DirFrag;

/// A layout whose offsets and versions the book shows, by the name of its type.
type Layout = (&'static str, &'static [Row]);

const CLIENT_CAPS: &[Layout] = &[
    ("Head", Head::LAYOUT),
    ("State", State::LAYOUT),
    ("FileLayout", FileLayout::LAYOUT),
    ("Export", Export::LAYOUT),
    ("ExportPeer", ExportPeer::LAYOUT),
    ("Tail", Tail::LAYOUT),
    ("ImportPeer", ImportPeer::LAYOUT),
];

const CLIENT_SESSION: &[Layout] =
    &[("SessionHead", SessionHead::LAYOUT), ("SessionTail", SessionTail::LAYOUT)];

const CLIENT_REPLY: &[Layout] = &[
    ("ReplyHead", ReplyHead::LAYOUT),
    ("InodeHead", InodeHead::LAYOUT),
    ("InodeCap", InodeCap::LAYOUT),
    ("InodeMiddle", InodeMiddle::LAYOUT),
    ("FragSplit", FragSplit::LAYOUT),
    ("InodeTail", InodeTail::LAYOUT),
    ("DirLayout", DirLayout::LAYOUT),
    ("Dir", Dir::LAYOUT),
    ("Lease", Lease::LAYOUT),
    ("InoRange", InoRange::LAYOUT),
];

const CLIENT_REQUEST: &[Layout] = &[
    ("RequestHead", RequestHead::LAYOUT),
    ("Counters", Counters::LAYOUT),
    ("Owner", Owner::LAYOUT),
    ("FilePath", FilePath::LAYOUT),
    ("Release", Release::LAYOUT),
    ("RequestTail", RequestTail::LAYOUT),
    ("GetattrArgs", GetattrArgs::LAYOUT),
    ("SetattrArgs", SetattrArgs::LAYOUT),
    ("ReaddirArgs", ReaddirArgs::LAYOUT),
    ("OpenArgs", OpenArgs::LAYOUT),
    ("FileLockArgs", FileLockArgs::LAYOUT),
];

const CLIENT_REQUEST_FORWARD: &[Layout] = &[("Forward", Forward::LAYOUT)];

const CLIENT_RECONNECT: &[Layout] = &[
    ("CapItem", CapItem::LAYOUT),
    ("CapReconnect", CapReconnect::LAYOUT),
    ("CapReconnectV1", CapReconnectV1::LAYOUT),
    ("RealmReconnect", RealmReconnect::LAYOUT),
    ("ReconnectTail", ReconnectTail::LAYOUT),
];

const CLIENT_CAP_RELEASE: &[Layout] =
    &[("ReleaseItem", ReleaseItem::LAYOUT), ("ReleaseTail", ReleaseTail::LAYOUT)];

const CLIENT_LEASE: &[Layout] = &[("LeaseHead", LeaseHead::LAYOUT)];

const CLIENT_METRICS: &[Layout] =
    &[("MetricsFields", MetricsFields::LAYOUT), ("Metric", Metric::LAYOUT)];

const CLIENT_QUOTA: &[Layout] = &[("QuotaFields", QuotaFields::LAYOUT), ("Quota", Quota::LAYOUT)];

const CLIENT_SNAP: &[Layout] = &[
    ("SnapHead", SnapHead::LAYOUT),
    ("SnapRealmHead", SnapRealmHead::LAYOUT),
    ("NewSnapRealm", NewSnapRealm::LAYOUT),
];

const MDS_MAP: &[Layout] = &[
    ("MdsMapHead", MdsMapHead::LAYOUT),
    ("MdsMapTail", MdsMapTail::LAYOUT),
    ("MapHead", MapHead::LAYOUT),
    ("MapTail", MapTail::LAYOUT),
    ("MdsInfo", MdsInfo::LAYOUT),
];

const MDS_EXPORT: &[Layout] = &[
    ("DiscoverFields", DiscoverFields::LAYOUT),
    ("DiscoverAckFields", DiscoverAckFields::LAYOUT),
    ("CancelFields", CancelFields::LAYOUT),
    ("PrepFields", PrepFields::LAYOUT),
    ("PrepAckFields", PrepAckFields::LAYOUT),
    ("ExportDirFields", ExportDirFields::LAYOUT),
    ("ExportedDir", ExportedDir::LAYOUT),
    ("ExportedDentry", ExportedDentry::LAYOUT),
    ("PrimaryLink", PrimaryLink::LAYOUT),
    ("ExportedInode", ExportedInode::LAYOUT),
    ("AuthCaps", AuthCaps::LAYOUT),
    ("CapExport", CapExport::LAYOUT),
    ("ExportedCap", ExportedCap::LAYOUT),
    ("RemoteLink", RemoteLink::LAYOUT),
    ("BareRemoteLink", BareRemoteLink::LAYOUT),
    ("ClientMap", ClientMap::LAYOUT),
    ("ClientInst", ClientInst::LAYOUT),
    ("ClientMetadata", ClientMetadata::LAYOUT),
    ("AckFields", AckFields::LAYOUT),
    ("CapImport", CapImport::LAYOUT),
    ("ImportedCap", ImportedCap::LAYOUT),
    ("NotifyFields", NotifyFields::LAYOUT),
    ("Authority", Authority::LAYOUT),
    ("NotifyAckFields", NotifyAckFields::LAYOUT),
    ("FinishFields", FinishFields::LAYOUT),
    ("InodeCaps", InodeCaps::LAYOUT),
    ("ExportCapsTail", ExportCapsTail::LAYOUT),
    ("CapsAckFields", CapsAckFields::LAYOUT),
    ("CapsAckImports", CapsAckImports::LAYOUT),
    ("GatherCapsFields", GatherCapsFields::LAYOUT),
    ("DirFrag", DirFrag::LAYOUT),
];

/// How the book writes a type of the code, and its size.
fn ty(row: &Row) -> (&'static str, &'static str) {
    let spelled: String = row.ty.chars().filter(|c| !c.is_whitespace()).collect();
    match &spelled[..] {
        "u8" | "PeerFlags" | "LeaseAction" => ("u8", "1"),
        "u16" => ("u16", "2"),
        "u32" | "CapOp" | "SessionOp" | "SnapOp" | "RequestOp" | "MetricType" | "Seq" | "Caps"
        | "Frag" => ("u32", "4"),
        "u64" | "InodeNo" | "SnapId" => ("u64", "8"),
        "i32" | "Rank" | "MdsState" => ("s32", "4"),
        "i64" => ("s64", "8"),
        "Timespec" => ("time", "8"),
        "Opaque<16>" => ("bytes", "16"),
        "Opaque<63>" => ("bytes", "63"),
        "FileLayout" => ("FileLayout", "28"),
        "ExportPeer" => ("ExportPeer", "21"),
        "ImportPeer" => ("ImportPeer", "21"),
        "CapReconnect" => ("CapReconnect", "32"),
        "RealmReconnect" => ("RealmReconnect", "24"),
        "SnapRealmInfo<'a>" => ("SnapRealm", "48 + n"),
        "AddressVector<'a>" => ("addresses", "n"),
        "CompatSet<'a>" => ("CompatSet", "36 + n"),
        "&'a[u8]" => ("blob", "4 + n"),
        "Text<'a>" => ("str", "4 + n"),
        "List<'a,u64>" => ("list<u64>", "4 + n"),
        "List<'a,i64>" => ("list<s64>", "4 + n"),
        "List<'a,Rank>" => ("list<s32>", "4 + n"),
        "List<'a,Entry<Rank,i32>>" => ("map<s32, s32>", "4 + n"),
        "List<'a,Entry<Rank,u64>>" => ("map<s32, u64>", "4 + n"),
        "List<'a,Entry<u64,Envelope<'a,MdsInfo<'a>>>>" => ("map<u64, MdsInfo>", "4 + n"),
        "InodeCap" => ("InodeCap", "33"),
        "DirLayout" => ("DirLayout", "8"),
        "List<'a,FragSplit>" => ("list<FragSplit>", "4 + n"),
        "Versioned<'a>" => ("envelope", "6 + n"),
        "List<'a,Entry<Text<'a>,Text<'a>>>" => ("map<str, str>", "4 + n"),
        "List<'a,Versioned<'a>>" => ("list<envelope>", "4 + n"),
        "DirFrag" => ("DirFrag", "12"),
        "Authority" => ("Authority", "8"),
        "List<'a,Metric<'a>>" => ("list<Metric>", "4 + n"),
        "Envelope<'a,Quota<'a>>" => ("Quota", "6 + n"),
        "EntityName" => ("EntityName", "9"),
        "FilePath<'a>" => ("FilePath", "13 + n"),
        "ExportedCap" => ("ExportedCap", "44"),
        "ImportedCap" => ("ImportedCap", "16"),
        "Target<'a>" => ("Target", "1 + n"),
        "Address<'a>" => ("address", "n"),
        "List<'a,DirFrag>" => ("list<DirFrag>", "4 + n"),
        "List<'a,&'a[u8]>" => ("list<blob>", "4 + n"),
        "List<'a,ExportedDentry<'a>>" => ("list<ExportedDentry>", "4 + n"),
        "List<'a,Entry<Rank,Caps>>" => ("map<s32, u32>", "4 + n"),
        "List<'a,Entry<i64,u64>>" => ("map<s64, u64>", "4 + n"),
        "List<'a,Entry<i64,ClientInst<'a>>>" => ("map<s64, ClientInst>", "4 + n"),
        "List<'a,Entry<i64,Envelope<'a,ClientMetadata<'a>>>>" => {
            ("map<s64, ClientMetadata>", "4 + n")
        }
        "ExportedCaps<'a>" => ("map<s64, CapExport>", "4 + n"),
        "ImportedCaps<'a>" => ("map<s64, CapImport>", "4 + n"),
        "Envelope<'a,ExportedInode<'a>>" => ("ExportedInode", "6 + n"),
        "Envelope<'a,AuthCaps<'a>>" => ("AuthCaps", "6 + n"),
        "Encoded<'a,ExportData<'a>>" => ("blob of ExportedDir", "4 + n"),
        "Encoded<'a,ClientMap<'a>>" => ("blob of ClientMap", "4 + n"),
        "Encoded<'a,CapsAckImports<'a>>" => ("blob of CapsAckImports", "4 + n"),
        "Encoded<'a,List<'a,Entry<InodeNo,ImportedCaps<'a>>>>" => {
            ("blob of map<u64, map<s64, CapImport>>", "4 + n")
        }
        other => panic!("the book has no name for {other}: give it one here and in wire/README.md"),
    }
}

/// The table as it should stand in the book.
fn table(layout: &[Row]) -> String {
    let gated = layout.iter().any(|row| row.since > 0);
    let first = if gated { "since" } else { "offset" };
    let mut table =
        format!("| {first} | size | field | type | meaning |\n| --- | --- | --- | --- | --- |\n");
    for row in layout {
        let (ty, size) = ty(row);
        if let Some(len) = row.len {
            assert_eq!(len.to_string(), size, "{}: the size of {ty}", row.name);
        }
        let place = match row.at {
            Some(at) => at.to_string(),
            None if gated => row.since.to_string(),
            None => String::new(),
        };
        let (name, doc) = (row.name, row.doc.trim());
        let says = if row.only == Some("import") { "IMPORT only" } else { "bare: feature bit" };
        assert_eq!(row.only.is_some(), doc.starts_with(says), "{name}: says who has it");
        writeln!(table, "| {place} | {size} | `{name}` | `{ty}` | {doc} |").unwrap();
    }
    table
}

fn compare(page: &str, layouts: &[Layout]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/wire").join(page);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        // A packaged crate comes without the book.
        Err(_) => return eprintln!("skipped: no book at {}", path.display()),
    };
    let mut differ = String::new();
    for (name, layout) in layouts {
        let expected = format!("<!-- layout: {name} -->\n\n{}", table(layout));
        // The blank line behind it: no row too many.
        if !text.contains(&format!("{expected}\n")) {
            differ.push_str(&expected);
            differ.push('\n');
        }
    }
    assert!(differ.is_empty(), "{page} should have:\n\n{differ}");
    assert_eq!(text.matches("<!-- layout: ").count(), layouts.len(), "{page} has an unknown table");
}

#[test]
fn client_caps_tables_are_those_of_the_code() {
    compare("client_caps.md", CLIENT_CAPS);
}

#[test]
fn client_session_tables_are_those_of_the_code() {
    compare("client_session.md", CLIENT_SESSION);
}

#[test]
fn client_reply_tables_are_those_of_the_code() {
    compare("client_reply.md", CLIENT_REPLY);
}

#[test]
fn client_request_tables_are_those_of_the_code() {
    compare("client_request.md", CLIENT_REQUEST);
}

#[test]
fn client_request_forward_tables_are_those_of_the_code() {
    compare("client_request_forward.md", CLIENT_REQUEST_FORWARD);
}

#[test]
fn client_reconnect_tables_are_those_of_the_code() {
    compare("client_reconnect.md", CLIENT_RECONNECT);
}

#[test]
fn client_cap_release_tables_are_those_of_the_code() {
    compare("client_cap_release.md", CLIENT_CAP_RELEASE);
}

#[test]
fn client_lease_tables_are_those_of_the_code() {
    compare("client_lease.md", CLIENT_LEASE);
}

#[test]
fn client_snap_tables_are_those_of_the_code() {
    compare("client_snap.md", CLIENT_SNAP);
}

#[test]
fn mds_map_tables_are_those_of_the_code() {
    compare("mds_map.md", MDS_MAP);
}

#[test]
fn mds_export_tables_are_those_of_the_code() {
    compare("mds_export.md", MDS_EXPORT);
}

#[test]
fn client_metrics_tables_are_those_of_the_code() {
    compare("client_metrics.md", CLIENT_METRICS);
}

#[test]
fn client_quota_tables_are_those_of_the_code() {
    compare("client_quota.md", CLIENT_QUOTA);
}
