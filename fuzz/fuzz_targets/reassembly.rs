#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ceph_dissect::testing::reassembly(data));
