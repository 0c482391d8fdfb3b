//! The client's own view behind an event: which way its code goes, and what it has then.

use ceph_codec::types::Rank;

use super::Page;
use crate::caps::replay::{Branch, Held, Origin, View};
use crate::caps::timeline::{Entry, OtherView, Views};
use crate::render::line::{Ink, Line};

/// What is said behind an event: each in pieces, which may be broken between.
pub(super) fn says(page: &Page<'_>, entry: &Entry, own: Option<Rank>) -> Vec<Vec<Line>> {
    let (Some(step), Some((before, after))) = (&entry.step, &entry.views) else {
        return Vec::new();
    };
    let mut says = Vec::new();
    if let Some(words) = words(step.branch) {
        says.push(vec![Line::of(Ink::Move, &format!("{} {words}", page.glyphs.becomes))]);
    }
    if let Some(other) = step.other.as_ref().filter(|other| other.before != other.after) {
        says.push(held(Some(other.mds), other.before.as_ref(), other.after.as_ref()));
    }
    if step.before != step.after {
        says.push(held(own, step.before.as_ref(), step.after.as_ref()));
    }
    says.extend(flushing(&before.now, &after.now).map(|line| vec![line]));
    says.extend(difference(page, before, after));
    says
}

/// A rank's cap: what the client may use, and what else is new.
fn held(mds: Option<Rank>, before: Option<&Held>, after: Option<&Held>) -> Vec<Line> {
    let name = mds.map_or_else(|| "mds.?".to_owned(), |mds| format!("mds.{mds}"));
    let mut pieces = vec![Line::of(Ink::Faint, &format!("  {name}"))];
    let Some(after) = after else {
        let id = before.map_or(0, |before| before.cap_id);
        pieces.push(Line::of(Ink::Take, &format!("cap {id} gone")));
        return pieces;
    };
    let mut say = |shown: bool, ink, text: String| {
        if shown {
            pieces.push(Line::of(ink, &text));
        }
    };
    let new =
        |differs: fn(&Held, &Held) -> bool| before.is_none_or(|before| differs(before, after));
    say(new(|a, b| a.cap_id != b.cap_id), Ink::Plain, format!("id {}", after.cap_id));
    say(new(|a, b| a.seq != b.seq), Ink::Faint, format!("seq {}", after.seq));
    say(new(|a, b| a.mseq != b.mseq), Ink::Faint, format!("mseq {}", after.mseq));
    let changed = new(|a, b| a.issued != b.issued);
    let ink = if changed { Ink::Strong } else { Ink::Faint };
    say(true, ink, format!("issued {}", after.issued));
    let giving_up = after.implemented.without(after.issued);
    say(!giving_up.is_empty(), Ink::Take, format!("still uses {giving_up}"));
    say(new(|a, b| a.wanted != b.wanted), Ink::Plain, format!("wants {}", after.wanted));
    let ink = if new(|a, b| a.auth != b.auth) { Ink::Plain } else { Ink::Faint };
    say(after.auth, ink, "auth".to_owned());
    say(after.origin == Origin::Placeholder, Ink::Move, "placeholder".to_owned());
    pieces
}

fn flushing(before: &View, after: &View) -> Option<Line> {
    if (before.flushing, before.flushing_to) == (after.flushing, after.flushing_to) {
        return None;
    }
    Some(match (after.flushing.is_empty(), after.flushing_to) {
        (true, _) => Line::of(Ink::Give, "  nothing dirty any more"),
        (false, Some(mds)) => {
            Line::of(Ink::Plain, &format!("  flushing {} to mds.{mds}", after.flushing))
        }
        (false, None) => Line::of(
            Ink::Alarm,
            &format!("  {} dirty, and no cap under which to flush it", after.flushing),
        ),
    })
}

/// What a client would have that drops the cap on EXPORT and waits for the IMPORT.
fn difference(page: &Page<'_>, before: &Views, after: &Views) -> Option<Vec<Line>> {
    let (new, OtherView { view: old, branch }) = (after.now, after.other?);
    let mark = page.glyphs.differs;
    if branch == Branch::ReassertMissing {
        let text =
            format!("{mark} without the change, the client has no such cap to tell: it is lost");
        return Some(vec![Line::of(Ink::Alarm, &text)]);
    }
    if before.now == after.now && before.other.is_some_and(|before| before.view == old) {
        return None;
    }
    let differs = |old: &View, new: &View| {
        let of = |view: &View| (view.issued, view.has_auth, view.exporting_issued);
        of(old) != of(new)
    };
    if !differs(&old, &new) {
        let was = before.other.is_some_and(|old| differs(&old.view, &before.now));
        let same = format!("{} without the change, the same again", page.glyphs.same);
        return was.then(|| vec![Line::of(Ink::Give, &same)]);
    }
    let mut pieces = vec![Line::of(Ink::Alarm, &format!("{mark} without the change"))];
    let mut say = |text: String| pieces.push(Line::of(Ink::Alarm, &text));
    if old.has_auth {
        say(format!("issued {}", old.issued));
    } else {
        say("no cap under which to flush".to_owned());
    }
    if !old.exporting_issued.is_empty() {
        say(format!("uses {} of the exported cap on", old.exporting_issued));
    } else if old.issued.is_empty() && !new.issued.is_empty() {
        say(format!("{} lost", new.issued));
    }
    if !old.flushing.is_empty() && !old.has_auth {
        say(format!("dirty {} cannot be flushed", old.flushing));
    }
    Some(pieces)
}

/// What the client's code does, where that is not plain from the message.
fn words(branch: Branch) -> Option<&'static str> {
    Some(match branch {
        Branch::Assumed => "the client must have had this cap before",
        Branch::Late => "sent before what the client knows by now: takes nothing away",
        Branch::Ignored => "passed over: the client does not hold this cap",
        Branch::Reissued => "issued again",
        Branch::ExportIgnored => "passed over: the client does not hold this cap",
        Branch::ExportAfterImport => "nothing left to do: the import came first",
        Branch::ExportToNowhere => "the cap is removed, and nothing is put in its place",
        Branch::ExportUpdates => "the importer's cap is brought up to date from the peer",
        Branch::ExportLeaves => "the importer's cap is there and newer: it stays as it is",
        Branch::ExportReplaces => "a placeholder of the importer's cap is put in its place",
        Branch::ImportFirst => "the exporter's cap is still there: removed by its id",
        Branch::ImportFirstRelease => {
            "the exporter's cap is still there: removed by its id, and to be released"
        }
        Branch::ImportReplaces => "the placeholder becomes a cap",
        Branch::ImportUpdates => "the cap of this rank is brought up to date",
        Branch::ImportLate => "not newer than what the client has: bits are added, nothing else",
        Branch::ImportAlone => "the only cap of this inode",
        Branch::ImportBeside => "a cap beside those of other ranks",
        Branch::ExportRemembers => {
            "the cap is removed; its bits are remembered until an import comes"
        }
        Branch::ExportForgets => "the cap is removed; another rank has a newer one",
        Branch::ImportSettles => "what was remembered of the exported cap is dropped",
        Branch::AckUnmatched => "nothing under way that this could acknowledge",
        Branch::ReleasedBefore => "issued again since: the cap stays",
        Branch::ToldStale => "of a cap that the client does not hold any more",
        Branch::ReassertedUnknown => "a cap that was not known before",
        Branch::Reasserted => "seq, issue_seq and mseq start over",
        _ => return None,
    })
}
