//! The client from before an EXPORT named the imported cap, for comparison.
//!
//! It has nothing to match an IMPORT with: an EXPORT removes the rank's cap whatever its id, and its bits are
//! remembered as long as no other rank has a cap of a higher mseq. Until the IMPORT comes, dirty state cannot be
//! flushed; and if it never comes, there is no cap to tell the rank that takes over.
//!
//! Source: `handle_cap_export` and `handle_cap_import` of Linux before the change "ceph: add imported caps when
//! handling cap export message".

use super::store::Exporting;
use super::{Branch, Exit, Given, Oddity, On, Origin, Outcome, Replay};
use crate::event::CapEvent;

impl Replay {
    /// Whether the client waits for an IMPORT: what is said of another cap until then, it has not.
    pub(super) fn is_limbo(&self, on: &On) -> bool {
        self.store.node(on.node).is_some_and(|node| node.exporting.is_some())
    }

    /// EXPORT.
    pub(super) fn exported_before_peer(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let newer = self.store.caps_of(on.node).any(|(_, cap)| cap.held.mseq.is_after(event.mseq));
        let Some(held) = self.remove(on.cap, Exit::Exported, event.place) else {
            let odd = on.known && on.gone.is_none();
            return Outcome::from(Branch::ExportIgnored)
                .odd(odd.then_some(Oddity::StaleExport { held: None }));
        };
        if newer {
            return Branch::ExportForgets.into();
        }
        let mds = self.lanes.get(on.session).mds;
        if let Some(node) = self.store.node_mut(on.node) {
            node.exporting = Some(Exporting { mds, mseq: event.mseq, issued: held.issued });
        }
        Branch::ExportRemembers.into()
    }

    /// IMPORT.
    pub(super) fn imported_before_peer(&mut self, event: &CapEvent, on: &On) -> Outcome {
        let exporting = self.store.node(on.node).and_then(|node| node.exporting);
        let settles = exporting.is_some_and(|exporting| event.mseq.is_after(exporting.mseq));
        if settles && let Some(node) = self.store.node_mut(on.node) {
            node.exporting = None;
        }
        let held = on.held;
        let beside = self.store.caps_of(on.node).any(|(ix, _)| ix != on.cap);
        self.add(on, Given::of(event, true, Origin::Imported));
        match held {
            _ if settles => Branch::ImportSettles.into(),
            Some(_) => Branch::ImportUpdates.into(),
            None if beside => Branch::ImportBeside.into(),
            None => Branch::ImportAlone.into(),
        }
    }
}
