//! The hash tables of the stages.
//!
//! Several are asked for every message, about keys that whoever sent the packets chose: inodes, ports, numbers.
//! So the hash has to be fast, and keyed at random.

/// A map by a hash that is keyed anew for each.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
