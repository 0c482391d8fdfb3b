#![no_main]

ceph_dissect_fuzz::decoder!(export_discover_ack);
