//! MClientQuota, type 0x314: an MDS tells a client how much of a quota is used.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | [`QuotaFields`]: a directory, what is in it, and [`Quota`] in an [`Envelope`] |
//! | | bytes of versions newer than known |
//!
//! Sources: `MClientQuota` in `src/messages/MClientQuota.h`, `quota_info_t` in `src/mds/mdstypes.h`; in Linux
//! `struct ceph_mds_quota` in `include/linux/ceph/ceph_fs.h`.

use core::fmt;

use crate::types::{InodeNo, Timespec};
use crate::wire::{Envelope, enveloped, gated, sequence};

use super::plain;

gated! {
    /// What a directory may hold, with everything below it.
    pub struct Quota<'a> {
        /// bytes at most; 0 for no limit
        since 0 => max_bytes / set_max_bytes: i64,
        /// files and directories at most; 0 for no limit
        since 0 => max_files / set_max_files: i64,
    }
}

enveloped!(Quota, framed since 1, else 1);

sequence! {
    /// The fields of a [`ClientQuota`].
    pub struct QuotaFields<'a> {
        /// the directory that has the quota
        ino: InodeNo,
        /// the latest change below it
        rctime: Timespec,
        /// bytes below it
        rbytes: u64,
        /// files below it
        rfiles: u64,
        /// directories below it
        rsubdirs: u64,
        /// the quota
        quota: Envelope<'a, Quota<'a>>,
    }
}

plain! {
    /// A whole MClientQuota.
    pub struct ClientQuota<'a>(QuotaFields<'a>);
}

impl fmt::Display for ClientQuota<'_> {
    /// As the daemons log it, without the time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QuotaFields { ino, rctime, rbytes, rfiles, rsubdirs, .. } = self.fields;
        write!(f, "client_quota( [{ino}] ")?;
        if (rctime, rbytes, rfiles, rsubdirs) == (Timespec::default(), 0, 0, 0) {
            return f.write_str("n())");
        }
        // The version of these numbers is not in the message; the receiver takes it for 0.
        f.write_str("n(v0")?;
        if rbytes != 0 {
            write!(f, " b{rbytes}")?;
        }
        if (rfiles, rsubdirs) != (0, 0) {
            write!(f, " {}={rfiles}+{rsubdirs}", rfiles.wrapping_add(rsubdirs))?;
        }
        f.write_str("))")
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::message::Sections;
    use std::string::ToString;

    /// By hand, field by field.
    const FRONT: &[u8] =
        b"\0\0\0\0\0\x01\0\0\x20\x03\x6b\x65\x07\0\0\0\0\x10\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\
        \0\0\x01\x01\x10\0\0\0\0\0\x10\0\0\0\0\0\x64\0\0\0\0\0\0\0";

    fn decode(front: &[u8]) -> Result<ClientQuota<'_>, Fault> {
        ClientQuota::decode(1, Sections { front, ..Default::default() })
    }

    #[test]
    fn the_quota_stands_behind_what_is_used() {
        let mut quota = Envelope::<Quota<'_>>::new(1, 1);
        quota.fields_mut().set_max_bytes(1 << 20).unwrap();
        quota.fields_mut().set_max_files(100).unwrap();
        let fields = QuotaFields {
            ino: InodeNo(0x100_0000_0000),
            rctime: Timespec { sec: 0x656b_0320, nsec: 7 },
            rbytes: 4096,
            rfiles: 3,
            rsubdirs: 1,
            quota,
        };
        let built = ClientQuota::new(1, fields);
        assert_eq!(built.front_to_vec(), FRONT);
        assert_eq!(decode(FRONT), Ok(built));
        assert_eq!(built.to_string(), "client_quota( [0x10000000000] n(v0 b4096 4=3+1))");
        let nothing = ClientQuota::new(1, QuotaFields { ino: InodeNo(1), ..Default::default() });
        assert_eq!(nothing.to_string(), "client_quota( [0x1] n())");
    }

    #[test]
    fn what_newer_versions_append_is_kept() {
        let mut front = FRONT.to_vec();
        front[40] = 2;
        front[42] += 4;
        front.extend(b"moremost");
        let message = decode(&front).unwrap();
        assert_eq!(message.fields().quota.rest(), b"more");
        assert_eq!(message.rest(), b"most");
        assert_eq!(message.front_to_vec(), front);
    }

    #[test]
    fn every_truncation_is_a_fault() {
        for len in (0..FRONT.len()).step_by(crate::testing::STEP) {
            let fault = decode(&FRONT[..len]).unwrap_err();
            assert!(fault.at <= len && fault.within == "front", "{len}: {fault}");
        }
        assert_eq!(
            decode(&FRONT[..50]).unwrap_err().to_string(),
            "max_bytes at byte 46 of front: needs 8 bytes, 4 are there"
        );
    }
}
