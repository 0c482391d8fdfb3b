//! Whether the two halves of a migration say the same of it.

use ceph_codec::message::client_caps::PeerFlags;
use ceph_codec::types::{Rank, Seq};

use super::Pair;
use crate::event::Peer;

/// What both halves say, and not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// Id of the exporter's cap.
    ExporterCap {
        /// That of the EXPORT itself.
        export: u64,
        /// That which the IMPORT names.
        import: u64,
    },
    /// Rank of the exporter.
    ExporterRank {
        /// The one that sent the EXPORT.
        export: Rank,
        /// The one that the IMPORT names.
        import: Rank,
    },
    /// `mseq` of the exporter's cap.
    ExporterMseq {
        /// That of the EXPORT itself.
        export: Seq,
        /// That which the IMPORT names.
        import: Seq,
    },
    /// `mseq` of the importer's cap.
    ImporterMseq {
        /// That which the EXPORT names.
        export: Seq,
        /// That of the IMPORT itself.
        import: Seq,
    },
    /// Both give the importer's cap the same `mseq`, but not one more than the exporter's.
    Moves {
        /// `mseq` of the EXPORT itself.
        export: Seq,
        /// `mseq` of the IMPORT itself.
        import: Seq,
    },
    /// The IMPORT is older than the EXPORT says: a client that made a placeholder takes it for outdated.
    Seq {
        /// The seq that the EXPORT announces.
        export: Seq,
        /// That of the IMPORT.
        import: Seq,
    },
}

impl Pair {
    /// It hands over what the client had asserted to a rank that came back. Such a pair counts otherwise.
    pub fn is_rejoin(&self) -> bool {
        matches!(self.import.peer, Some(Peer::Exporter(peer)) if peer.flags == PeerFlags::default())
    }

    /// What the halves do not agree on; `exporter` is the rank that sent the EXPORT. Of a rejoin, and of a
    /// cap that is to be released, nothing is asked.
    pub fn disagreements(&self, exporter: Option<Rank>) -> Vec<Disagreement> {
        let Pair { export, import } = self;
        let (Some(Peer::Importer(to)), Some(Peer::Exporter(from))) = (export.peer, import.peer)
        else {
            return Vec::new();
        };
        if !from.flags.contains(PeerFlags::AUTH) || from.flags.contains(PeerFlags::RELEASE) {
            return Vec::new();
        }
        let mut all = Vec::new();
        let mut unless = |agree: bool, what: Disagreement| {
            if !agree {
                all.push(what);
            }
        };
        let (e, i) = (export.cap_id, from.cap_id);
        unless(e == i, Disagreement::ExporterCap { export: e, import: i });
        if let Some(e) = exporter {
            unless(e == from.mds, Disagreement::ExporterRank { export: e, import: from.mds });
        }
        let (e, i) = (export.mseq, from.mseq);
        unless(e == i, Disagreement::ExporterMseq { export: e, import: i });
        let (e, i) = (to.mseq, import.mseq);
        unless(e == i, Disagreement::ImporterMseq { export: e, import: i });
        let (e, i) = (export.mseq, import.mseq);
        let moved = Seq(e.0.wrapping_add(1)) == i || to.mseq != i;
        unless(moved, Disagreement::Moves { export: e, import: i });
        let (e, i) = (to.seq, import.seq);
        unless(!e.is_after(i), Disagreement::Seq { export: e, import: i });
        all
    }
}
