//! What both messengers say of a message before its payload.

use crate::types::{EntityName, named_number};

named_number! {
    /// A message's type. Source: `CEPH_MSG_*` and `MSG_*` in `src/include/ceph_fs.h`, `src/msg/Message.h`.
    pub struct MessageType(u16) {
        1 SHUTDOWN "shutdown",
        2 PING "ping",
        4 MON_MAP "mon_map",
        5 MON_GET_MAP "mon_get_map",
        7 MON_METADATA "mon_metadata",
        13 STATFS "statfs",
        14 STATFS_REPLY "statfs_reply",
        15 MON_SUBSCRIBE "mon_subscribe",
        16 MON_SUBSCRIBE_ACK "mon_subscribe_ack",
        17 AUTH "auth",
        18 AUTH_REPLY "auth_reply",
        19 MON_GET_VERSION "mon_get_version",
        20 MON_GET_VERSION_REPLY "mon_get_version_reply",
        21 MDS_MAP "mds_map",
        22 CLIENT_SESSION "client_session",
        23 CLIENT_RECONNECT "client_reconnect",
        24 CLIENT_REQUEST "client_request",
        25 CLIENT_REQUEST_FORWARD "client_request_forward",
        26 CLIENT_REPLY "client_reply",
        27 CLIENT_RECLAIM "client_reclaim",
        28 CLIENT_RECLAIM_REPLY "client_reclaim_reply",
        29 CLIENT_METRICS "client_metrics",
        41 OSD_MAP "osd_map",
        42 OSD_OP "osd_op",
        43 OSD_OP_REPLY "osd_op_reply",
        44 WATCH_NOTIFY "watch_notify",
        45 FS_MAP "fs_map",
        50 MON_COMMAND "mon_command",
        51 MON_COMMAND_ACK "mon_command_ack",
        52 LOG "log",
        53 LOG_ACK "log_ack",
        70 OSD_PING "osd_ping",
        71 OSD_BOOT "osd_boot",
        72 OSD_FAILURE "osd_failure",
        73 OSD_ALIVE "osd_alive",
        97 COMMAND "command",
        98 COMMAND_REPLY "command_reply",
        100 MDS_BEACON "mds_beacon",
        101 MDS_PEER_REQUEST "mds_peer_request",
        102 MDS_TABLE_REQUEST "mds_table_request",
        103 FS_MAP_USER "fs_map_user",
        0x200 MDS_RESOLVE "mds_resolve",
        0x201 MDS_RESOLVE_ACK "mds_resolve_ack",
        0x202 MDS_CACHE_REJOIN "mds_cache_rejoin",
        0x203 MDS_DISCOVER "mds_discover",
        0x204 MDS_DISCOVER_REPLY "mds_discover_reply",
        0x205 MDS_INODE_UPDATE "mds_inode_update",
        0x206 MDS_DIR_UPDATE "mds_dir_update",
        0x207 MDS_CACHE_EXPIRE "mds_cache_expire",
        0x208 MDS_DENTRY_UNLINK "mds_dentry_unlink",
        0x209 MDS_FRAGMENT_NOTIFY "mds_fragment_notify",
        0x20c MDS_DENTRY_LINK "mds_dentry_link",
        0x300 MDS_LOCK "mds_lock",
        0x301 MDS_INODE_FILE_CAPS "mds_inode_file_caps",
        0x310 CLIENT_CAPS "client_caps",
        0x311 CLIENT_LEASE "client_lease",
        0x312 CLIENT_SNAP "client_snap",
        0x313 CLIENT_CAP_RELEASE "client_caprelease",
        0x314 CLIENT_QUOTA "client_quota",
        0x449 MDS_EXPORT_DIR_DISCOVER "mds_export_dir_discover",
        0x450 MDS_EXPORT_DIR_DISCOVER_ACK "mds_export_dir_discover_ack",
        0x451 MDS_EXPORT_DIR_CANCEL "mds_export_dir_cancel",
        0x452 MDS_EXPORT_DIR_PREP "mds_export_dir_prep",
        0x453 MDS_EXPORT_DIR_PREP_ACK "mds_export_dir_prep_ack",
        0x456 MDS_EXPORT_DIR "mds_export_dir",
        0x457 MDS_EXPORT_DIR_ACK "mds_export_dir_ack",
        0x458 MDS_EXPORT_DIR_NOTIFY "mds_export_dir_notify",
        0x459 MDS_EXPORT_DIR_NOTIFY_ACK "mds_export_dir_notify_ack",
        0x460 MDS_EXPORT_DIR_FINISH "mds_export_dir_finish",
        0x470 MDS_EXPORT_CAPS "mds_export_caps",
        0x471 MDS_EXPORT_CAPS_ACK "mds_export_caps_ack",
        0x472 MDS_GATHER_CAPS "mds_gather_caps",
        0x500 MDS_HEARTBEAT "mds_heartbeat",
        0x700 MGR_OPEN "mgr_open",
        0x701 MGR_CONFIGURE "mgr_configure",
        0x702 MGR_REPORT "mgr_report",
        0x703 MGR_BEACON "mgr_beacon",
        0x704 MGR_MAP "mgr_map",
    }
}

/// A message's header, whichever messenger brought it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Header {
    /// Number of the message in its direction of the session, from 1.
    pub seq: u64,
    /// Transaction id; for MClientCaps the flush tid.
    pub tid: u64,
    /// What it is.
    pub kind: MessageType,
    /// Higher is sooner.
    pub priority: u16,
    /// Version of the payload's encoding.
    pub version: u16,
    /// The oldest version whose decoder can read it.
    pub compat_version: u16,
    /// Bytes of the front section.
    pub front_len: u32,
    /// Bytes of the middle section.
    pub middle_len: u32,
    /// Bytes of the data section.
    pub data_len: u32,
    /// Where the data belongs in its object, modulo the page size.
    pub data_off: u16,
    /// The sender, where the messenger says it in every message (msgr1).
    pub source: Option<EntityName>,
}
