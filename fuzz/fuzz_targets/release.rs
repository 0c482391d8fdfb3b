#![no_main]

ceph_dissect_fuzz::decoder!(release);
