//! CRC-32C as Ceph computes it.

/// CRC-32C of `data`, continued from `seed`: reflected, neither inverted before nor after.
///
/// Sections of a message and msgr1 headers start from seed 0, msgr2 segments from `0xffff_ffff`. The CRC of
/// two slices is `crc32c(crc32c(seed, first), second)`; of nothing it is the seed.
/// Source: `ceph_crc32c` in `src/include/crc32c.h`.
#[inline]
#[must_use]
pub fn crc32c(seed: u32, data: &[u8]) -> u32 {
    // Most messages have one section of three.
    if data.is_empty() {
        return seed;
    }
    #[cfg(feature = "std")]
    {
        !crc32c::crc32c_append(!seed, data)
    }
    #[cfg(not(feature = "std"))]
    {
        portable(seed, data)
    }
}

#[cfg(any(test, not(feature = "std")))]
fn portable(seed: u32, data: &[u8]) -> u32 {
    // The library's start value is not reflected, Ceph's seed is: reverse it on the way in. Its algorithm
    // inverts at the end, Ceph's does not: invert again.
    static CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    let mut digest = CRC.digest_with_initial(seed.reverse_bits());
    digest.update(data);
    !digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_implementations_agree_and_continue() {
        let data: [u8; 97] = core::array::from_fn(|i| (i * 7) as u8);
        for seed in [0, 1, 0xffff_ffff, 0x1234_5678] {
            for cut in [0, 1, 8, 96, 97] {
                let whole = crc32c(seed, &data);
                assert_eq!(whole, portable(seed, &data));
                assert_eq!(whole, crc32c(crc32c(seed, &data[..cut]), &data[cut..]));
            }
            assert_eq!(crc32c(seed, &[]), seed);
        }
    }

    #[test]
    fn check_value_of_the_algorithm() {
        assert_eq!(!crc32c(!0, b"123456789"), 0xe306_9283);
    }
}
