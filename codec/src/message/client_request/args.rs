//! The arguments of an operation, `union ceph_mds_request_args`.

use core::fmt;

use crate::types::{Caps, Timespec};
use crate::wire::{Fixed, Shape, Sink, Wire, group, record, rows};

use super::RequestOp;
use crate::message::show_bytes;

record! {
    /// Arguments of getattr and lookup.
    pub struct GetattrArgs: 4 {
        /// bits that the client would like to have
        0 => pub mask: Caps,
    }
}

record! {
    /// Arguments of setattr.
    pub struct SetattrArgs: 48 {
        /// permissions
        0 => pub mode: u32,
        /// owner
        4 => pub uid: u32,
        /// group
        8 => pub gid: u32,
        /// last change of the data
        12 => pub mtime: Timespec,
        /// last access
        20 => pub atime: Timespec,
        /// bytes of the file
        28 => pub size: u64,
        /// bytes before; historical
        36 => pub old_size: u64,
        /// which of them to set: 1 mode, 2 uid, 4 gid, 8 mtime, 16 atime, 32 size, 64 ctime
        44 => pub mask: u32,
    }
}

record! {
    /// Arguments of readdir.
    pub struct ReaddirArgs: 18 {
        /// fragment of the directory
        0 => pub frag: u32,
        /// at most so many entries; 0 for any number
        4 => pub max_entries: u32,
        /// at most so many bytes; 0 for any number
        8 => pub max_bytes: u32,
        /// what the client understands
        12 => pub flags: u16,
        /// hash of the name to go on behind
        14 => pub offset_hash: u32,
    }
}

record! {
    /// Arguments of open and create.
    pub struct OpenArgs: 36 {
        /// as in open(2)
        0 => pub flags: u32,
        /// permissions of a new file
        4 => pub mode: u32,
        /// layout of a new file: bytes of a stripe in one object
        8 => pub stripe_unit: u32,
        /// layout: objects that a stripe goes over
        12 => pub stripe_count: u32,
        /// layout: bytes of an object
        16 => pub object_size: u32,
        /// layout: pool of the objects
        20 => pub pool: u32,
        /// bits that the client would like to have
        24 => pub mask: Caps,
        /// with O_TRUNC: bytes before
        28 => pub old_size: u64,
    }
}

record! {
    /// Arguments of setfilelock and getfilelock.
    pub struct FileLockArgs: 35 {
        /// 1 fcntl, 2 flock, 3 and 4 interrupt of those
        0 => pub rule: u8,
        /// 1 shared, 2 exclusive, 4 unlock
        1 => pub kind: u8,
        /// who holds the lock
        2 => pub owner: u64,
        /// and its process
        10 => pub pid: u64,
        /// first byte locked
        18 => pub start: u64,
        /// bytes locked; 0 for all up to the end
        26 => pub length: u64,
        /// 1: wait until it is free
        34 => pub wait: u8,
    }
}

/// The arguments, as far as they are read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Args<'a> {
    /// getattr, lookup
    Getattr(GetattrArgs),
    /// setattr
    Setattr(SetattrArgs),
    /// readdir
    Readdir(ReaddirArgs),
    /// open, create
    Open(OpenArgs),
    /// setfilelock, getfilelock
    FileLock(FileLockArgs),
    /// Every other operation: the bytes.
    Other(&'a [u8]),
}

impl<'a> Args<'a> {
    /// What arguments report.
    pub(super) const SHAPE: &'static Shape = &Shape::Group(&[rows! {[
        /// of getattr and lookup
        getattr: GetattrArgs,
        /// of setattr
        setattr: SetattrArgs,
        /// of readdir
        readdir: ReaddirArgs,
        /// of open and create
        open: OpenArgs,
        /// of setfilelock and getfilelock
        file_lock: FileLockArgs,
        /// bytes behind the arguments that the operation has
        unused: &[u8],
    ]}]);

    /// Reads the arguments of `op`.
    pub(super) fn read(op: RequestOp, bytes: &'a [u8]) -> Self {
        match op {
            RequestOp::GETATTR | RequestOp::LOOKUP => Args::Getattr(GetattrArgs::read(bytes)),
            RequestOp::SETATTR => Args::Setattr(SetattrArgs::read(bytes)),
            RequestOp::READDIR => Args::Readdir(ReaddirArgs::read(bytes)),
            RequestOp::OPEN | RequestOp::CREATE => Args::Open(OpenArgs::read(bytes)),
            RequestOp::SETFILELOCK | RequestOp::GETFILELOCK => {
                Args::FileLock(FileLockArgs::read(bytes))
            }
            _ => Args::Other(bytes),
        }
    }

    /// Reports the arguments of `op`, which are all there.
    pub(super) fn show<S: Sink>(op: RequestOp, input: Wire<'a>, sink: &mut S) {
        if !S::ON {
            return;
        }
        // All the bytes are there: nothing in here can fail.
        let _ = group(input, "args", sink, |input, sink| {
            match Self::read(op, input.bytes) {
                Args::Getattr(_) => show::<GetattrArgs, S>(input, "getattr", sink),
                Args::Setattr(_) => show::<SetattrArgs, S>(input, "setattr", sink),
                Args::Readdir(_) => show::<ReaddirArgs, S>(input, "readdir", sink),
                Args::Open(_) => show::<OpenArgs, S>(input, "open", sink),
                Args::FileLock(_) => show::<FileLockArgs, S>(input, "file_lock", sink),
                Args::Other(_) => Ok((input, ())),
            }
            .map(|(rest, ())| {
                show_bytes(rest, "unused", sink);
                (nom::Input::take_from(&rest, rest.bytes.len()), ())
            })
        });
    }
}

fn show<'a, T: Fixed, S: Sink>(
    input: Wire<'a>,
    name: &'static str,
    sink: &mut S,
) -> crate::wire::Step<'a, ()> {
    T::bytes(input, name, sink).map(|(rest, _)| (rest, ()))
}

/// Attributes that a setattr sets, in the daemons' words; times are left out.
impl fmt::Display for SetattrArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mask & 1 != 0 {
            write!(f, " mode=0{:o}", self.mode)?;
        }
        if self.mask & 2 != 0 {
            write!(f, " uid={}", self.uid)?;
        }
        if self.mask & 4 != 0 {
            write!(f, " gid={}", self.gid)?;
        }
        if self.mask & 32 != 0 {
            write!(f, " size={}", self.size)?;
        }
        Ok(())
    }
}

impl fmt::Display for FileLockArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " rule {}, type {}, owner {}", self.rule, self.kind, self.owner)?;
        write!(f, ", pid {}, start {}, length {}", self.pid, self.start, self.length)?;
        write!(f, ", wait {}", self.wait)
    }
}
