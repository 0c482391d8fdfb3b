#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ceph_codec::testing::decoder::forward(data));
