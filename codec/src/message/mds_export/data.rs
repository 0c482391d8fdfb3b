//! The tree that moves: directories, one behind the other, with their names, inodes and caps.
//!
//! Sources: `Migrator::encode_export_dir`, `Migrator::encode_export_inode` and `Migrator::decode_import_dir` in
//! `src/mds/Migrator.cc`, `CDentry::encode_remote` in `src/mds/CDentry.cc`.

use nom::Err;

use crate::Fault;
use crate::types::{Caps, DirFrag, InodeNo, Rank, SnapId};
use crate::wire::{
    Entry, Envelope, Field, Full, List, Put, Shape, Sink, Step, Text, Versioned, Wire, enveloped,
    gated, group, record, rows, sequence,
};

use super::ExportedCaps;

/// All directories of a tree, the root first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct ExportData<'a>(List<'a, Envelope<'a, ExportedDir<'a>>>);

impl<'a> ExportData<'a> {
    /// Encodes the directories into `buffer`, which this then borrows.
    pub fn write(
        dirs: impl IntoIterator<Item = Envelope<'a, ExportedDir<'a>>>,
        buffer: &'a mut [u8],
    ) -> Result<Self, Full> {
        List::write(dirs, buffer).map(ExportData)
    }

    /// The directories.
    pub fn dirs(&self) -> impl Iterator<Item = Envelope<'a, ExportedDir<'a>>> + use<'a> {
        self.0.iter()
    }
}

impl<'a> Field<'a> for ExportData<'a> {
    const SHAPE: &'static Shape = List::<Envelope<'_, ExportedDir<'_>>>::ITEMS;

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            List::to_end(input, sink).map(|(rest, dirs)| (rest, ExportData(dirs)))
        })
    }

    fn encode(&self, out: &mut impl Put) {
        self.0.encode_items(out);
    }
}

gated! {
    /// A directory that moves.
    pub struct ExportedDir<'a> {
        /// the directory
        since 0 => dirfrag / set_dirfrag: DirFrag,
        /// its state, encoded
        since 0 => state / set_state: Versioned<'a>,
        /// its names
        since 0 => dentries / set_dentries: List<'a, ExportedDentry<'a>>,
    }
}

enveloped!(ExportedDir);

sequence! {
    /// A name in a directory that moves.
    pub struct ExportedDentry<'a> {
        /// the name
        name: Text<'a>,
        /// the last snapshot that it is for
        last: SnapId,
        /// its state, encoded
        state: Versioned<'a>,
        /// what it stands for
        target: Target<'a>,
    }
}

record! {
    /// A hard link as Ceph before 16 wrote it, 9 bytes.
    pub struct BareRemoteLink: 9 {
        /// the inode, which has its place elsewhere
        0 => pub ino: InodeNo,
        /// what it is, as in `d_type` of a directory entry
        8 => pub d_type: u8,
    }
}

gated! {
    /// A hard link.
    pub struct RemoteLink<'a> {
        /// the inode, which has its place elsewhere
        since 0 => ino / set_ino: InodeNo,
        /// what it is, as in `d_type` of a directory entry
        since 0 => d_type / set_d_type: u8,
        /// another name, encrypted
        since 2 => alternate_name / set_alternate_name: Text<'a>,
    }
}

enveloped!(RemoteLink);

gated! {
    /// An inode in its place.
    pub struct PrimaryLink<'a> {
        /// the inode
        since 0 => inode / set_inode: Envelope<'a, ExportedInode<'a>>,
        /// another name, encrypted
        since 0 => alternate_name / set_alternate_name: Text<'a>,
    }
}

enveloped!(PrimaryLink);

gated! {
    /// An inode that moves.
    pub struct ExportedInode<'a> {
        /// the inode
        since 0 => ino / set_ino: InodeNo,
        /// the last snapshot that it is for
        since 0 => last / set_last: SnapId,
        /// its state, encoded
        since 0 => state / set_state: Versioned<'a>,
        /// its caps
        since 0 => caps / set_caps: Envelope<'a, AuthCaps<'a>>,
    }
}

enveloped!(ExportedInode);

gated! {
    /// The caps on an inode, from the rank that has authority over it.
    pub struct AuthCaps<'a> {
        /// caps, each behind its client's number
        since 0 => exports / set_exports: ExportedCaps<'a>,
        /// bits that the clients of other ranks have a use for
        since 0 => mds_wanted / set_mds_wanted: List<'a, Entry<Rank, Caps>>,
    }
}

enveloped!(AuthCaps);

/// What a name stands for; on the wire a letter says which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Target<'a> {
    /// `N`: nothing.
    #[default]
    Null,
    /// `L`: a hard link, from Ceph before 16.
    BareRemote(BareRemoteLink),
    /// `l`: a hard link.
    Remote(Envelope<'a, RemoteLink<'a>>),
    /// `I`: an inode, from Ceph before 16.
    BarePrimary(Envelope<'a, ExportedInode<'a>>),
    /// `i`: an inode.
    Primary(Envelope<'a, PrimaryLink<'a>>),
}

impl<'a> Target<'a> {
    /// The inode that moves; `None` where the name does not stand for one.
    #[must_use]
    pub fn inode(&self) -> Option<ExportedInode<'a>> {
        match self {
            Target::BarePrimary(inode) => Some(*inode.fields()),
            Target::Primary(link) => Some(*link.fields().inode.fields()),
            Target::Null | Target::BareRemote(_) | Target::Remote(_) => None,
        }
    }
}

impl<'a> Field<'a> for Target<'a> {
    const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// a letter that says what follows
        kind: u8,
        /// a hard link
        remote: RemoteLink<'_> = &Shape::Either(&[
            <BareRemoteLink as Field<'static>>::SHAPE,
            <Envelope<'_, RemoteLink<'_>> as Field<'static>>::SHAPE,
        ]),
        /// an inode, from Ceph before 16
        inode: Envelope<'_, ExportedInode<'_>>,
        /// an inode
        primary: Envelope<'_, PrimaryLink<'_>>,
    ]}]);

    fn decode<S: Sink>(input: Wire<'a>, name: &'static str, sink: &mut S) -> Step<'a, Self> {
        group(input, name, sink, |input, sink| {
            let (rest, kind) = u8::decode(input, "kind", sink)?;
            match kind {
                b'N' => Ok((rest, Target::Null)),
                b'L' => {
                    Field::decode(rest, "remote", sink).map(|(r, l)| (r, Target::BareRemote(l)))
                }
                b'l' => Field::decode(rest, "remote", sink).map(|(r, l)| (r, Target::Remote(l))),
                b'I' => {
                    Field::decode(rest, "inode", sink).map(|(r, i)| (r, Target::BarePrimary(i)))
                }
                b'i' => Field::decode(rest, "primary", sink).map(|(r, p)| (r, Target::Primary(p))),
                _ => Err(Err::Error(Fault::invalid(
                    "kind",
                    input.at,
                    input.within,
                    u64::from(kind),
                    "one of the letters N, L, l, I, i",
                ))),
            }
        })
    }

    fn encode(&self, out: &mut impl Put) {
        match self {
            Target::Null => b'N'.encode(out),
            Target::BareRemote(link) => {
                b'L'.encode(out);
                link.encode(out);
            }
            Target::Remote(link) => {
                b'l'.encode(out);
                link.encode(out);
            }
            Target::BarePrimary(inode) => {
                b'I'.encode(out);
                inode.encode(out);
            }
            Target::Primary(link) => {
                b'i'.encode(out);
                link.encode(out);
            }
        }
    }
}

impl<'a> ExportedDir<'a> {
    pub(super) fn parts(&self) -> (DirFrag, List<'a, ExportedDentry<'a>>) {
        (self.dirfrag, self.dentries)
    }
}

impl<'a> ExportedInode<'a> {
    pub(super) fn parts(&self) -> (InodeNo, SnapId, ExportedCaps<'a>) {
        (self.ino, self.last, self.caps.fields().exports)
    }
}
