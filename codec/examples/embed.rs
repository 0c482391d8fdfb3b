//! The codec where there is no allocator: a message comes from a static buffer, a changed one goes into a
//! fixed buffer.
//!
//! `cargo run -p ceph-codec --example embed --no-default-features`. Examples need `std` for their `main`;
//! what a bare machine would run is in `relay`, whose every name comes from `core` or from the codec.

mod relay {
    #![no_implicit_prelude]

    use ::ceph_codec::message::Sections;
    use ::ceph_codec::message::client_caps::{Body, CapOp, ClientCaps, Head, State};
    use ::ceph_codec::types::Caps;
    use ::ceph_codec::{Fault, Full};
    use ::core::prelude::rust_2024::*;

    /// Why there was no answer.
    #[derive(Debug)]
    pub(crate) enum Error {
        /// The message could not be read.
        Decode(Fault),
        /// The answer does not fit.
        Encode(Full),
    }

    /// Reads an EXPORT and writes the GRANT that would give the same inode back, with nothing but a pin, in
    /// the same version. Says how long it is; `None` for other messages.
    pub(crate) fn answer(
        version: u16,
        front: &[u8],
        out: &mut [u8],
    ) -> Result<Option<usize>, Error> {
        let sections = Sections { front, middle: &[], data: &[] };
        let caps = ClientCaps::decode(version, sections).map_err(Error::Decode)?;
        if caps.export_peer().is_none() {
            return Ok(None);
        }
        let mut head = Head::default();
        head.op = CapOp::GRANT;
        head.ino = caps.head().ino;
        head.cap_id = caps.head().cap_id;
        head.mseq = caps.head().mseq;
        head.caps = Caps::PIN;
        match ClientCaps::new(version, head, Body::State(State::default())) {
            Some(grant) => grant.encode_front(out).map(Some).map_err(Error::Encode),
            None => Ok(None),
        }
    }
}

/// An EXPORT of version 11 from a real MDS.
static EXPORT: &[u8] = include_bytes!("export.bin");

fn main() {
    let mut out = [0; 256];
    match relay::answer(11, EXPORT, &mut out) {
        Ok(Some(len)) => {
            println!("{} bytes in, {len} bytes out: {:02x?} ...", EXPORT.len(), &out[..20])
        }
        Ok(None) => println!("not an EXPORT with a peer"),
        Err(relay::Error::Decode(fault)) => println!("cannot read it: {fault}"),
        Err(relay::Error::Encode(full)) => println!("cannot write it: {full}"),
    }

    // Whatever is cut off: an answer or a fault that says where, and no panic.
    for len in 0..EXPORT.len() {
        if let Ok(answer) = relay::answer(11, &EXPORT[..len], &mut out) {
            panic!("an EXPORT cut to {len} bytes was answered: {answer:?}");
        }
    }
}
