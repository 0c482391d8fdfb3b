//! Which clients the caps belong to: the importer opens sessions with those that it does not know.
//!
//! Sources: `Migrator::export_go_synced` in `src/mds/Migrator.cc`, `entity_inst_t` in `src/msg/msg_types.h`,
//! `client_metadata_t` in `src/mds/mdstypes.cc`.

use crate::types::{Address, EntityName};
use crate::wire::{Entry, Envelope, List, Text, Versioned, enveloped, gated, sequence};

sequence! {
    /// Who a client is, and where.
    pub struct ClientInst<'a> {
        /// its name
        name: EntityName,
        /// its address
        address: Address<'a>,
    }
}

gated! {
    /// What a client said of itself when it opened its session.
    pub struct ClientMetadata<'a> {
        /// pairs such as `hostname`
        since 0 => metadata / set_metadata: List<'a, Entry<Text<'a>, Text<'a>>>,
        /// what it can do, as bits
        since 2 => features / set_features: &'a [u8],
        /// metrics that it can send, as bits
        since 3 => metric_spec / set_metric_spec: Versioned<'a>,
    }
}

enveloped!(ClientMetadata);

sequence! {
    /// The clients that have caps in the tree, each behind its number.
    pub struct ClientMap<'a> {
        /// who they are
        clients: List<'a, Entry<i64, ClientInst<'a>>>,
        /// what they said of themselves
        metadata: List<'a, Entry<i64, Envelope<'a, ClientMetadata<'a>>>>,
    }
}
