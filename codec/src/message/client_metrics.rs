//! MClientMetrics, type 29: a client tells an MDS, every second, how it fares.
//!
//! | since | field |
//! | --- | --- |
//! | 0 | u32 count, then [`Metric`]s: u32 type and an envelope, each |
//! | | bytes of versions newer than known |
//!
//! Sources: `MClientMetrics` in `src/messages/MClientMetrics.h`, `ClientMetricMessage` in
//! `src/include/cephfs/metrics/Types.h`; in Linux `ceph_mdsc_send_metrics` in `fs/ceph/metric.c`.

use core::fmt;

use crate::types::named_number;
use crate::wire::{List, Versioned, sequence};

use super::plain;

named_number! {
    /// What a metric measures. Source: `ClientMetricType` in `src/include/cephfs/metrics/Types.h`.
    pub struct MetricType(u32) {
        /// How often the caps at hand were enough.
        0 CAP_INFO "CAP_INFO",
        1 READ_LATENCY "READ_LATENCY",
        2 WRITE_LATENCY "WRITE_LATENCY",
        3 METADATA_LATENCY "METADATA_LATENCY",
        /// How often the leases at hand were enough.
        4 DENTRY_LEASE "DENTRY_LEASE",
        5 OPENED_FILES "OPENED_FILES",
        6 PINNED_ICAPS "PINNED_ICAPS",
        7 OPENED_INODES "OPENED_INODES",
        8 READ_IO_SIZES "READ_IO_SIZES",
        9 WRITE_IO_SIZES "WRITE_IO_SIZES",
        10 AVG_READ_LATENCY "AVG_READ_LATENCY",
        11 STDEV_READ_LATENCY "STDEV_READ_LATENCY",
        12 AVG_WRITE_LATENCY "AVG_WRITE_LATENCY",
        13 STDEV_WRITE_LATENCY "STDEV_WRITE_LATENCY",
        14 AVG_METADATA_LATENCY "AVG_METADATA_LATENCY",
        15 STDEV_METADATA_LATENCY "STDEV_METADATA_LATENCY",
        16 SUBVOLUME_METRICS "SUBVOLUME_METRICS",
    }
}

sequence! {
    /// One metric.
    pub struct Metric<'a> {
        /// what it measures
        kind: MetricType,
        /// the numbers, encoded
        payload: Versioned<'a>,
    }
}

sequence! {
    /// The fields of a [`ClientMetrics`].
    pub struct MetricsFields<'a> {
        /// the metrics
        updates: List<'a, Metric<'a>>,
    }
}

plain! {
    /// A whole MClientMetrics.
    pub struct ClientMetrics<'a>(MetricsFields<'a>);
}

impl fmt::Display for ClientMetrics<'_> {
    /// As the daemons log it, without the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("client_metrics ")?;
        for metric in self.fields.updates.iter() {
            write!(f, "[client_metric_type: {}]", metric.kind)?;
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::message::Sections;
    use std::string::ToString;

    #[test]
    fn a_metric_of_an_unknown_type_is_kept() {
        let front = b"\x02\0\0\0\x06\0\0\0\x01\x01\x02\0\0\0ab\x63\0\0\0\x01\x01\0\0\0\0";
        let sections = Sections { front, ..Default::default() };
        let metrics = ClientMetrics::decode(1, sections).unwrap();
        assert_eq!(
            metrics.to_string(),
            "client_metrics [client_metric_type: PINNED_ICAPS][client_metric_type: unknown(99)]"
        );
        assert_eq!(metrics.front_to_vec(), front);

        let payload = Versioned { version: 1, compat: 1, bytes: b"ab" };
        let first = Metric { kind: MetricType::PINNED_ICAPS, payload };
        let other = Versioned { version: 1, compat: 1, bytes: b"" };
        let second = Metric { kind: MetricType(99), payload: other };
        let mut buffer = [0; 40];
        let updates = List::write([first, second], &mut buffer).unwrap();
        assert_eq!(ClientMetrics::new(1, MetricsFields { updates }), metrics);
    }

    #[test]
    fn a_count_without_its_metrics_is_a_fault() {
        let sections = Sections { front: b"\x02\0\0\0\x06\0\0\0", ..Default::default() };
        assert_eq!(
            ClientMetrics::decode(1, sections).unwrap_err().to_string(),
            "payload at byte 8 of front: needs 6 bytes, 0 are there"
        );
    }
}
