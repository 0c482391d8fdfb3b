//! What later versions put behind the snap trace.

use crate::types::Timespec;
use crate::wire::gated;

use super::ImportPeer;

gated! {
    /// The fields that came with later versions, in wire order.
    pub struct Tail<'a> {
        /// file locks, encoded; always empty from clients
        since 2 => flock / set_flock: &'a [u8],
        /// IMPORT only: the cap that the exporter gave up
        since 3 if import => import_peer / set_import_peer: ImportPeer,
        /// version of the inline data; u64::MAX for none, 0 for not sent
        since 4 => inline_version / set_inline_version: u64,
        /// a small file's data
        since 4 => inline_data / set_inline_data: &'a [u8],
        /// the OSD map that the client must have before it touches the objects
        since 5 => osd_epoch_barrier / set_osd_epoch_barrier: u32,
        /// client to MDS: the oldest flush still unanswered; 0 for none
        since 6 => oldest_flush_tid / set_oldest_flush_tid: u64,
        /// user who made the change; Linux sends 0
        since 7 => caller_uid / set_caller_uid: u32,
        /// group of that user; Linux sends 0
        since 7 => caller_gid / set_caller_gid: u32,
        /// RADOS namespace of the layout
        since 8 => pool_ns / set_pool_ns: &'a [u8],
        /// when the inode was made
        since 9 => btime / set_btime: Timespec,
        /// counts changes
        since 9 => change_attr / set_change_attr: u64,
        /// 1 sync, 2 no capsnap, 4 pending capsnap
        since 10 => flags / set_flags: u32,
        /// directory: files; -1 for not said
        since 11 => nfiles / set_nfiles: i64,
        /// directory: subdirectories; -1 for not said
        since 11 => nsubdirs / set_nsubdirs: i64,
        /// fscrypt context
        since 12 => fscrypt_auth / set_fscrypt_auth: &'a [u8],
        /// fscrypt: u64 true size
        since 12 => fscrypt_file / set_fscrypt_file: &'a [u8],
        /// subvolume of the inode
        since 13 => subvolume_id / set_subvolume_id: u64,
        /// why the client's write failed
        since 14 => errno / set_errno: i32,
    }
}
