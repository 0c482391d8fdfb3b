//! Zero-copy codec for the Ceph messenger and CephFS capability messages.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
