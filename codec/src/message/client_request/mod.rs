//! MClientRequest, type 24: a client asks an MDS for an operation.
//!
//! | since | field |
//! | --- | --- |
//! | 4 | `head_version`, a u16 |
//! | 0 | [`RequestHead`], 40 bytes |
//! | 0 | arguments: 48 bytes, from version 4 on 56; [`Args`] |
//! | 4 | head version 2: [`Counters`] |
//! | 4 | head version 3: u32 `struct_len`, the length of the head; [`Owner`]; bytes of newer heads |
//! | 0 | two [`FilePath`]s |
//! | 0 | as many [`Release`]s as the head says |
//! | 2.. | [`RequestTail`]: stamp, groups, ... |
//! | | bytes of versions newer than known |
//!
//! The data section, with the value of an attribute or the target of a symlink, is not part of the decoded
//! message. Sources: `MClientRequest::decode_payload` in `src/messages/MClientRequest.h`, `struct
//! ceph_mds_request_head` and `ceph_mds_request_release` in `src/include/ceph_fs.h`; in Linux
//! `create_request_message` in `fs/ceph/mds_client.c`.

mod args;
mod op;
mod parts;
mod summary;

pub use args::{Args, FileLockArgs, GetattrArgs, OpenArgs, ReaddirArgs, SetattrArgs};
pub use op::RequestOp;
pub use parts::{Counters, FilePath, Owner, Release, RequestHead, RequestTail};
pub use summary::Summary;

use nom::Err;

use crate::Fault;
use crate::wire::{Field, List, Put, REST, Row, Sink, Step, Wire, group, rows, take};

use super::{Gate, NotInVersion, decodes_front, encodes_front, show_bytes};

/// Bytes of a head of version 3: u16 version, fields, arguments, counters, u32 length, owner.
const HEAD_3: u32 = 2 + 40 + 56 + 8 + 4 + 8;

const NO_ARGS: &[u8; 56] = &[0; 56];

/// A whole MClientRequest.
///
/// What depends on a version is private and consistent by construction: every value of this type survives
/// [`encode`](ClientRequest::encode_front) and [`decode`](ClientRequest::decode) unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClientRequest<'a> {
    version: u16,
    /// 0 where the message has none.
    head_version: u16,
    head: RequestHead,
    args: &'a [u8],
    counters: Counters,
    owner: Owner,
    head_rest: &'a [u8],
    paths: [FilePath<'a>; 2],
    releases: List<'a, Release<'a>>,
    tail: RequestTail<'a>,
    rest: &'a [u8],
}

/// Bytes of the arguments.
fn args_len(version: u16) -> usize {
    if version >= 4 { 56 } else { 48 }
}

impl ClientRequest<'_> {
    /// The layout, a row for each field.
    pub const LAYOUT: &'static [Row] = rows! {[
        /// version of the head
        @since 4 head_version: u16,
        /// what the head has before the arguments
        head: RequestHead,
        /// arguments of the operation
        args: Args<'_> = Args::SHAPE,
        /// head version 2 and later
        counters: Counters,
        /// head version 3 and later: bytes of the head
        struct_len: u32,
        /// head version 3 and later
        owner: Owner,
        /// what a newer head has behind the fields known here
        head_rest: &[u8],
        /// what the operation is done to
        path: FilePath<'_>,
        /// the other path of rename and link
        path2: FilePath<'_>,
        /// caps given up, or parted with, so that the request can proceed
        releases: List<'_, Release<'_>> = List::<Release<'_>>::ITEMS,
    ] (RequestTail::LAYOUT) (REST)};
}

// decode

decodes_front!(ClientRequest);

impl<'a> ClientRequest<'a> {
    fn front<S: Sink>(version: u16, input: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, request) = Self::whole_head(version, input, sink)?;
        let (input, path) = FilePath::decode(input, "path", sink)?;
        let (input, path2) = FilePath::decode(input, "path2", sink)?;
        let count = u32::from(request.head.num_releases);
        let (input, releases) = match count {
            0 => (input, List::default()),
            _ => group(input, "releases", sink, |input, sink| List::items(count, input, sink))?,
        };
        let gate = Gate { version, import: false };
        let (rest, tail) = RequestTail::decode(gate, input, sink)?;
        show_bytes(rest, "rest", sink);
        let paths = [path, path2];
        Ok((rest, ClientRequest { paths, releases, tail, rest: rest.bytes, ..request }))
    }

    /// Everything before the paths.
    fn whole_head<S: Sink>(version: u16, start: Wire<'a>, sink: &mut S) -> Step<'a, Self> {
        let (input, head_version) = match version {
            4.. => u16::decode(start, "head_version", sink)?,
            _ => (start, 0),
        };
        let (input, head) = RequestHead::decode(input, "head", sink)?;
        let (input, args) = take(input, "args", args_len(version) as u64)?;
        Args::show(head.op, args, sink);
        let mut request =
            ClientRequest { head, args: args.bytes, ..Self::empty(version, head_version) };
        if head_version < 2 {
            return Ok((input, request));
        }
        let (input, counters) = Counters::decode(input, "counters", sink)?;
        request.counters = counters;
        if head_version < 3 {
            return Ok((input, request));
        }
        let at = input.at;
        let (input, len) = u32::decode(input, "struct_len", sink)?;
        let (input, owner) = Owner::decode(input, "owner", sink)?;
        request.owner = owner;
        let Some(more) = len.checked_sub(HEAD_3) else {
            let (found, expected) = (u64::from(len), "118 or more, the bytes of the head");
            return Err(Err::Error(Fault::invalid(
                "struct_len",
                at,
                start.within,
                found,
                expected,
            )));
        };
        let (input, head_rest) = take(input, "head_rest", u64::from(more))?;
        show_bytes(head_rest, "head_rest", sink);
        request.head_rest = head_rest.bytes;
        Ok((input, request))
    }

    fn empty(version: u16, head_version: u16) -> Self {
        let path = FilePath { encoding: 1, ..FilePath::default() };
        ClientRequest {
            version,
            head_version,
            head: RequestHead::default(),
            args: &NO_ARGS[..args_len(version)],
            counters: Counters::default(),
            owner: Owner::default(),
            head_rest: &[],
            paths: [path; 2],
            releases: List::default(),
            tail: RequestTail::new(Gate { version, import: false }),
            rest: &[],
        }
    }
}

// encode

impl ClientRequest<'_> {
    fn put(&self, out: &mut impl Put) {
        if self.version >= 4 {
            self.head_version.encode(out);
        }
        self.head.encode(out);
        out.put(self.args);
        if self.head_version >= 2 {
            self.counters.encode(out);
        }
        if self.head_version >= 3 {
            let len = u32::try_from(self.head_rest.len()).unwrap_or(u32::MAX);
            HEAD_3.saturating_add(len).encode(out);
            self.owner.encode(out);
            out.put(self.head_rest);
        }
        self.paths.iter().for_each(|path| path.encode(out));
        self.releases.encode_items(out);
        self.tail.encode(out);
        out.put(self.rest);
    }
}

encodes_front!(ClientRequest);

// build and read

impl<'a> ClientRequest<'a> {
    /// A message of `version`, with zeros for arguments, without paths, everything behind them at its default.
    ///
    /// `head_version` is ignored before version 4, which has no such field. The number of releases in `head`
    /// is set by [`set_releases`](ClientRequest::set_releases).
    #[must_use]
    pub fn new(version: u16, head_version: u16, head: RequestHead) -> Self {
        let head_version = if version >= 4 { head_version } else { 0 };
        let head = RequestHead { num_releases: 0, ..head };
        ClientRequest { head, ..Self::empty(version, head_version) }
    }

    /// The header's version.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The head's version; `None` before version 4.
    #[must_use]
    pub fn head_version(&self) -> Option<u16> {
        (self.version >= 4).then_some(self.head_version)
    }

    /// The head's fields before the arguments.
    #[must_use]
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// The arguments, in the reading that the operation has.
    #[must_use]
    pub fn args(&self) -> Args<'a> {
        Args::read(self.head.op, self.args)
    }

    /// The arguments' bytes: 48, from version 4 on 56.
    #[must_use]
    pub fn args_bytes(&self) -> &'a [u8] {
        self.args
    }

    /// Sets the arguments; refused if there are not as many bytes as this version has.
    pub fn set_args(&mut self, args: &'a [u8]) -> Result<(), NotInVersion> {
        let fits = args.len() == args_len(self.version);
        self.args = if fits { args } else { self.args };
        fits.then_some(()).ok_or(self.refused("args"))
    }

    /// How often it was sent again and forwarded; before head version 2 only the head's u8 say that.
    #[must_use]
    pub fn counters(&self) -> Option<Counters> {
        (self.head_version >= 2).then_some(self.counters)
    }

    /// Sets [`counters`](ClientRequest::counters); refused before head version 2.
    pub fn set_counters(&mut self, counters: Counters) -> Result<(), NotInVersion> {
        if self.head_version < 2 {
            return Err(self.refused("counters"));
        }
        self.counters = counters;
        Ok(())
    }

    /// Who is to own what the request makes; from head version 3 on.
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        (self.head_version >= 3).then_some(self.owner)
    }

    /// Sets [`owner`](ClientRequest::owner); refused before head version 3.
    pub fn set_owner(&mut self, owner: Owner) -> Result<(), NotInVersion> {
        if self.head_version < 3 {
            return Err(self.refused("owner"));
        }
        self.owner = owner;
        Ok(())
    }

    /// What a newer head has behind the fields known here.
    #[must_use]
    pub fn head_rest(&self) -> &'a [u8] {
        self.head_rest
    }

    /// Sets [`head_rest`](ClientRequest::head_rest); refused before head version 3, and if it is longer than
    /// a u32 can say.
    pub fn set_head_rest(&mut self, head_rest: &'a [u8]) -> Result<(), NotInVersion> {
        if self.head_version < 3 || head_rest.len() as u64 > u64::from(u32::MAX - HEAD_3) {
            return Err(self.refused("head_rest"));
        }
        self.head_rest = head_rest;
        Ok(())
    }

    /// What the operation is done to.
    #[must_use]
    pub fn path(&self) -> FilePath<'a> {
        self.paths[0]
    }

    /// The other path of rename and link.
    #[must_use]
    pub fn path2(&self) -> FilePath<'a> {
        self.paths[1]
    }

    /// Sets both paths.
    pub fn set_paths(&mut self, path: FilePath<'a>, path2: FilePath<'a>) {
        self.paths = [path, path2];
    }

    /// The caps that the client gives up, or parts with bits of, so that the request can proceed: updates of
    /// those caps for which no MClientCaps is sent.
    #[must_use]
    pub fn releases(&self) -> List<'a, Release<'a>> {
        self.releases
    }

    /// Sets the releases and their number; refused if it is more than a u16 can say.
    pub fn set_releases(&mut self, releases: List<'a, Release<'a>>) -> Result<(), NotInVersion> {
        let count = u16::try_from(releases.len()).map_err(|_| self.refused("releases"))?;
        self.head.num_releases = count;
        self.releases = releases;
        Ok(())
    }

    /// The fields that came with later versions.
    #[must_use]
    pub fn tail(&self) -> &RequestTail<'a> {
        &self.tail
    }

    /// The same, to set them.
    pub fn tail_mut(&mut self) -> &mut RequestTail<'a> {
        &mut self.tail
    }

    /// What a newer version wrote behind the fields known here.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets [`rest`](ClientRequest::rest).
    pub fn set_rest(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    fn refused(&self, field: &'static str) -> NotInVersion {
        NotInVersion { field, version: self.version }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
