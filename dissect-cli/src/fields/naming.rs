//! How a place in a message comes to its name.
//!
//! The full path of a place has the message's word and every group on the way: `caps.head.mseq`. Most groups are
//! there because bytes have to be somewhere, and nobody who asks for `mseq` thinks of a head. So the name leaves
//! them out.

/// Groups that names leave out, wherever they are: records in front of others, envelopes, blobs, items of lists.
const SILENT: &[&str] =
    &["head", "fields", "item", "value", "content", "encoded", "map", "info", "realm", "forward"];

/// What these places are called instead. A place is given by the end of its path, with the message's word or
/// without; `{}` in its name is that word. Later ones go first.
const CALLED: &[(&str, &str)] = &[
    // Parts that are there or not, of which nothing is there twice.
    ("caps.state", "{}"),
    ("caps.export", "{}"),
    ("request.args", "{}"),
    ("reply.trace", "{}"),
    ("reply.extra", "{}"),
    // The one list that a message is made of.
    ("reconnect.caps", "{}"),
    ("reconnect.caps.item.value.cap", "{}"),
    ("release.items", "{}"),
    ("metrics.fields.updates", "{}"),
    ("quota.fields.quota", "{}"),
    // EXPORT's and IMPORT's are asked for together.
    ("caps.import_peer", "{}.peer"),
    // A path's path.
    ("path.path", "{}.path"),
    ("path2.path", "{}.path2"),
    ("addrs.address", "{}.infos.addrs"),
    // Keys of maps, by what they are.
    ("reconnect.caps.item.key", "{}.ino"),
    ("infos.item.key", "{}.infos.gid"),
    ("up.item.key", "{}.up.rank"),
    ("up.item.value", "{}.up.gid"),
    ("incarnations.item.key", "{}.incarnations.rank"),
    ("incarnations.item.value", "{}.incarnations.incarnation"),
    // A tree that moves: its directories, names, inodes, caps. They are deep, and each is one thing.
    ("export_data.content.item", "{}.dir"),
    ("dentries", "{}.dentry"),
    ("dentries.item.target", "{}.target"),
    ("target.remote", "{}.remote"),
    ("target.primary", "{}.primary"),
    ("target.inode", "{}.inode"),
    ("primary.inode", "{}.inode"),
    ("inode.caps", "{}.inode"),
    ("exports", "{}.cap"),
    ("exports.item.key", "{}.cap.client"),
    ("exports.item.value.cap", "{}.cap"),
    ("mds_wanted", "{}.mds_wanted"),
    ("mds_wanted.item.key", "{}.mds_wanted.mds"),
    ("mds_wanted.item.value", "{}.mds_wanted.caps"),
    ("cap_bl", "{}"),
    ("imported_caps", "{}"),
    ("imported_caps.content.item.key", "{}.ino"),
    ("imported_caps.content.item.value", "{}.cap"),
    ("imported_caps.content.item.value.item.key", "{}.cap.client"),
    ("imported_caps.content.item.value.item.value.cap", "{}.cap"),
    ("imports", "{}.cap"),
    ("imports.item.key", "{}.cap.client"),
    ("imports.item.value.cap", "{}.cap"),
    ("peer_caps_ids.item.key", "{}.peer_caps_ids.client"),
    ("peer_caps_ids.item.value", "{}.peer_caps_ids.cap_id"),
    // The clients in it.
    ("client_map", "{}.client"),
    ("client_map.content.clients", "{}.client"),
    ("client_map.content.metadata", "{}.client"),
    ("client_metadata_map", "{}.client"),
    ("client_map.item.key", "{}.client.id"),
    ("clients.item.key", "{}.client.id"),
    ("client_map.content.metadata.item.key", "{}.client.id"),
    ("client_metadata_map.item.key", "{}.client.id"),
];

/// What fields say, where the layout's words do not fit: of keys, which say nothing but that they are keys, and of
/// what two places have together although the layout tells them apart.
const SAYS: &[(&str, &str)] = &[
    (
        "caps.peer",
        "the other cap of a migration: in EXPORT the importer's, in IMPORT the exporter's",
    ),
    ("caps.peer.cap_id", "id of the other cap; 0 where there is none"),
    (
        "caps.peer.seq",
        "EXPORT: the seq that the IMPORT will have; IMPORT: the last one that the exporter sent",
    ),
    (
        "caps.peer.mseq",
        "EXPORT: the mseq that the IMPORT will have; IMPORT: that of the exporter's cap",
    ),
    ("caps.peer.mds", "rank of the other cap; negative where there is none"),
    ("caps.peer.flags", "IMPORT: 1 it was the auth cap, 2 the client is to release it"),
    ("reconnect.ino", "inode"),
    ("reply.extra", "what the operation brings besides"),
    ("mdsmap.infos.gid", "number of the daemon's session at the monitors"),
    ("mdsmap.up.rank", "rank that a daemon holds"),
    ("mdsmap.up.gid", "number of that daemon's session at the monitors"),
    ("mdsmap.incarnations.rank", "rank"),
    ("mdsmap.incarnations.incarnation", "how often it was taken over"),
    ("export_dir.cap.client", "global id of the client that has the cap"),
    ("export_dir.client.id", "global id of a client that has caps in the tree"),
    ("export_dir.inode", "an inode that moves"),
    ("export_dir.mds_wanted.mds", "rank whose clients have a use for bits"),
    ("export_dir.mds_wanted.caps", "these bits"),
    ("export_dir_ack.ino", "inode"),
    ("export_dir_ack.cap", "what became of the caps on it"),
    ("export_dir_ack.cap.client", "global id of the client that has the cap"),
    ("export_caps.cap.client", "global id of the client that has the cap"),
    ("export_caps.client.id", "global id of a client that has a cap"),
    ("export_caps_ack.cap.client", "global id of the client that has the cap"),
    ("export_caps_ack.peer_caps_ids.client", "global id of the client that has the cap"),
    ("export_caps_ack.peer_caps_ids.cap_id", "id that the cap had before"),
];

/// The name of a place, given its path, and the name of the group that it is in.
///
/// A group that has the name of the one that it is in has no field of its own.
pub(super) fn name_of(path: &str, within: &str, is_group: bool) -> String {
    let (word, _) = path.split_once('.').unwrap_or((path, ""));
    let (_, last) = path.rsplit_once('.').unwrap_or(("", path));
    let ends_with = |end: &str| {
        path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if let Some((_, called)) = CALLED.iter().rev().find(|(end, _)| ends_with(end)) {
        return called.replace("{}", word);
    }
    // An item that is a value has the name of its list.
    let silent = if is_group { SILENT.contains(&last) } else { last == "item" };
    if silent {
        return within.to_owned();
    }
    format!("{within}.{last}")
}

/// What a field of this name says, if that is not what the layout says. Places that have such a name are one field,
/// though the layout says different things of them.
pub(super) fn says(name: &str) -> Option<&'static str> {
    SAYS.iter().find(|(said, _)| *said == name).map(|(_, says)| *says)
}

/// Whether an inode in this field is one that the message is about.
pub(super) fn is_about(name: &str) -> bool {
    let apart = ["trace.", "realms.", "bounds."];
    name.ends_with(".ino") && !apart.iter().any(|part| name.contains(part))
        || name == "snap.split_inos"
}
