//! What the targets of the decoders have in common.

/// The target of one message: any bytes, which are also changed field by field.
#[macro_export]
macro_rules! decoder {
    ($word:ident) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| ceph_codec::testing::decoder::$word(data));

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
            let word = stringify!($word);
            let by_field = data.get_mut(..max).and_then(|data| {
                ceph_codec::testing::mutate(word, data, size, seed)
            });
            by_field.unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, max))
        });
    };
}
