//! Where msgr2's frames begin and end.

use super::{
    BANNER, Banner, EpilogueRev0, EpilogueRev1, Frame, Header2, Item, Preamble, Revision, Segments,
    Tag,
};
use crate::message::Header;
use crate::msgr::framer::{self, item, need, wrong};
use crate::msgr::scan::Found;
use crate::msgr::{
    self, Checked, Framer, Messenger, Mode, Role, SkipReason, Step, Turn, WaitFor, Want, agree,
};
use crate::wire::Fixed;
use crate::{Fault, crc32c};

/// Where in the protocol a direction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::msgr) enum State {
    /// At the banner.
    Banner,
    /// Frames from the beginning of the connection on: AUTH_DONE may turn encryption on.
    Opening,
    /// Frames.
    Frames,
    /// Encrypted. A decryptor would stand here: it turns the bytes of a frame into a [`Frame`].
    Secret,
}

impl Framer {
    pub(in crate::msgr) fn v2<'b>(
        &mut self,
        state: State,
        window: &'b [u8],
        want: &mut dyn FnMut(&Header) -> Want,
    ) -> Turn<'b> {
        match state {
            State::Banner => self.banner(window),
            State::Opening | State::Frames => self.frame(state, window, want),
            State::Secret => {
                Turn::Out(Step::Skip { bytes: window.len(), why: SkipReason::Encrypted })
            }
        }
    }

    fn banner<'b>(&mut self, window: &'b [u8]) -> Turn<'b> {
        const HEAD: usize = BANNER.len() + 2;
        let Some(len) = window.get(BANNER.len()..HEAD).map(u16::read) else { return need(HEAD) };
        let total = HEAD + usize::from(len);
        if usize::from(len) < Banner::SIZE {
            let expected = "at least 16";
            let fault = Fault::invalid("length", BANNER.len(), "banner", len.into(), expected);
            return self.astray(fault);
        }
        match window.get(HEAD..total) {
            Some(payload) => {
                let banner = Banner::read(payload);
                if banner.supported & Banner::REVISION_1 == 0 {
                    self.terms.revision = Some(Revision::Rev0);
                }
                self.state = framer::State::V2(State::Opening);
                item(msgr::Item::V2(Item::Banner(banner)), total)
            }
            None => need(total),
        }
    }

    fn frame<'b>(
        &mut self,
        state: State,
        window: &'b [u8],
        want: &mut dyn FnMut(&Header) -> Want,
    ) -> Turn<'b> {
        let Some(bytes) = window.get(..Preamble::SIZE) else { return need(Preamble::SIZE) };
        let preamble = Preamble::read(bytes);
        let computed = crc32c(0, &bytes[..Preamble::SIZE - 4]);
        let plain = agree(preamble.crc, computed);
        // Up to AUTH_DONE frames are plain; what follows is not if that said so.
        if state == State::Opening && !(plain && preamble.tag.0 <= Tag::AUTH_DONE.0) {
            match self.terms.mode {
                Some(Mode::Secure) => {
                    self.state = framer::State::V2(State::Secret);
                    return Turn::Again;
                }
                None if !plain && !self.guessing && self.terms.role != Some(Role::Acceptor) => {
                    return Turn::Out(Step::Wait(WaitFor::AuthDone));
                }
                _ => self.state = framer::State::V2(State::Frames),
            }
        }
        if !plain {
            return self.astray(wrong("crc", 28, "preamble", preamble.crc, computed));
        }
        if let Err(fault) = preamble.check() {
            return self.astray(fault);
        }
        let Some(revision) = self.terms.revision else {
            return self.settle(&preamble, window);
        };
        let layout = Layout::new(&preamble, revision);
        let readable = preamble.tag == Tag::MESSAGE && preamble.flags & Preamble::COMPRESSED == 0;
        if readable && !self.is_awaited() {
            if let Some(turn) = self.ask(&preamble, &layout, window, want) {
                return turn;
            }
        } else if layout.total > self.limits.max_frame as u64 && !readable {
            self.pass_rest(layout.total, SkipReason::TooLong);
            return Turn::Again;
        }
        let total = layout.total as usize;
        match window.get(..total) {
            Some(frame) => self.whole(&preamble, &layout, frame),
            None if readable => {
                let header = Header2::read(&window[Preamble::SIZE..]).header(preamble.lens());
                self.await_frame(total, true, Some(header))
            }
            None => self.await_frame(total, true, None),
        }
    }

    /// Asks about a message whose header segment is here. `None`: it is wanted.
    fn ask<'b>(
        &mut self,
        preamble: &Preamble,
        layout: &Layout,
        window: &'b [u8],
        want: &mut dyn FnMut(&Header) -> Want,
    ) -> Option<Turn<'b>> {
        let lens = preamble.lens();
        if lens[0] as usize != Header2::SIZE {
            let fault =
                Fault::invalid("segment0", 2, "preamble", lens[0].into(), "41 for a message");
            return Some(self.astray(fault));
        }
        let Some(head) = window.get(..layout.head) else { return Some(need(layout.head)) };
        let header = Header2::read(&head[Preamble::SIZE..]).header(lens);
        if let Some(found) = layout.head_crc(head) {
            let computed = crc32c(u32::MAX, &head[Preamble::SIZE..layout.head - 4]);
            if found != 0 && !agree(found, computed) {
                if self.is_doubtful() {
                    return Some(Turn::Again);
                }
                let fault = wrong("header_crc", layout.head - 4, "frame", found, computed);
                return Some(self.damaged(None, fault, Preamble::SIZE, layout.total));
            }
        }
        let why = match want(&header) {
            Want::Skip => SkipReason::Unwanted,
            Want::Whole if layout.total > self.limits.max_frame as u64 => SkipReason::TooLong,
            Want::Whole => return None,
        };
        Some(self.pass(header, layout.head, layout.total - layout.head as u64, why))
    }

    fn whole<'b>(&mut self, preamble: &Preamble, layout: &Layout, frame: &'b [u8]) -> Turn<'b> {
        let total = frame.len();
        let segments = layout.segments(preamble, frame);
        let header = (preamble.tag == Tag::MESSAGE && preamble.flags & Preamble::COMPRESSED == 0)
            .then(|| Header2::read(segments.get(0)).header(preamble.lens()));
        match layout.status(frame) {
            Status::Complete => {}
            Status::Aborted => {
                let what = msgr::Item::V2(Item::Aborted(preamble.tag));
                return self.doubt(what, Preamble::SIZE, total as u64, SkipReason::Aborted);
            }
            Status::Invalid(_) if self.is_doubtful() => return self.again(header),
            Status::Invalid(found) => {
                let expected = "complete or aborted (0x1)";
                let fault =
                    Fault::invalid("late_status", layout.epilogue, "frame", found.into(), expected);
                return self.damaged(header, fault, Preamble::SIZE, total as u64);
            }
        }
        let checked = match layout.check(frame, &segments) {
            Ok(checked) => {
                self.proven = true;
                checked
            }
            Err(_) if self.is_doubtful() => return self.again(header),
            Err(fault) => return self.damaged(header, fault, Preamble::SIZE, total as u64),
        };
        let frame = Frame { tag: preamble.tag, segments };
        if preamble.flags & Preamble::COMPRESSED != 0 {
            return item(msgr::Item::V2(Item::Compressed(frame)), total);
        }
        match frame.item(checked) {
            Ok(what) => {
                if let msgr::Item::V2(Item::Control(control)) = &what
                    && let super::Control::AuthDone(done) = &control.control
                {
                    self.terms.mode = done.mode.mode().or(self.terms.mode);
                    if self.terms.mode == Some(Mode::Secure) {
                        self.state = framer::State::V2(State::Secret);
                    }
                }
                item(what, total)
            }
            Err(fault) => item(msgr::Item::Damaged { header, fault }, total),
        }
    }

    /// A checksum is wrong: whether that may be because a banner was. If so, frames tell what the revision is.
    fn is_doubtful(&mut self) -> bool {
        let doubtful = !self.proven && !self.doubted && self.terms.revision.is_some();
        if doubtful {
            self.doubted = true;
            self.terms.revision = None;
        }
        doubtful
    }

    /// Finds out by its checksums which revision a frame has.
    fn settle<'b>(&mut self, preamble: &Preamble, window: &'b [u8]) -> Turn<'b> {
        let rev1 = Layout::new(preamble, Revision::Rev1);
        let rev0 = Layout::new(preamble, Revision::Rev0);
        let limit = self.limits.max_frame as u64;
        if rev1.head as u64 > limit {
            return self.astray(too_long(rev1.head as u64));
        }
        let Some(head) = window.get(..rev1.head) else { return need(rev1.head) };
        if let Some(found) = rev1.head_crc(head) {
            let computed = crc32c(u32::MAX, &head[Preamble::SIZE..rev1.head - 4]);
            if agree(found, computed) {
                return self.revise(Revision::Rev1);
            }
        }
        if rev0.total > limit {
            return self.astray(too_long(rev0.total));
        }
        let total = rev0.total as usize;
        let Some(frame) = window.get(..total) else {
            // Nothing but the longer form has no checksum where the shorter one has it; but without a first
            // segment neither has, and the last bytes of a stream may be of the shorter form.
            return match rev1.head_crc(head) {
                None if self.last => self.revise(Revision::Rev1),
                // The caller may have been asked about it.
                _ => self.await_frame(total, false, self.asked()),
            };
        };
        match rev0.check(frame, &rev0.segments(preamble, frame)) {
            Ok(_) => self.revise(Revision::Rev0),
            // An empty first segment has no checksum of its own.
            Err(_) if rev1.head_crc(head).is_none() => self.revise(Revision::Rev1),
            Err(fault) => self.damaged(None, fault, Preamble::SIZE, total as u64),
        }
    }

    fn revise<'b>(&mut self, revision: Revision) -> Turn<'b> {
        self.terms.revision = Some(revision);
        Turn::Again
    }
}

fn too_long(len: u64) -> Fault {
    Fault::invalid("length", 2, "preamble", len, "a frame within the limit")
}

/// How a frame ended.
enum Status {
    Complete,
    Aborted,
    Invalid(u8),
}

/// Where a frame's parts are.
pub(in crate::msgr) struct Layout {
    pub(in crate::msgr) revision: Revision,
    /// End of the first segment and its own checksum: the part that can be verified first.
    pub(in crate::msgr) head: usize,
    pub(in crate::msgr) epilogue: usize,
    pub(in crate::msgr) total: u64,
    count: u8,
}

impl Layout {
    pub(in crate::msgr) fn new(preamble: &Preamble, revision: Revision) -> Self {
        let lens = preamble.lens();
        let first = Preamble::SIZE as u64 + u64::from(lens[0]);
        let others = lens[1..].iter().map(|len| u64::from(*len)).sum::<u64>();
        let (others_at, epilogue, total) = match revision {
            Revision::Rev0 => (first, first + others, first + others + EpilogueRev0::SIZE as u64),
            Revision::Rev1 => {
                let at = first + if lens[0] > 0 { 4 } else { 0 };
                let end = if preamble.segments > 1 { EpilogueRev1::SIZE as u64 } else { 0 };
                (at, at + others, at + others + end)
            }
        };
        let position = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        Layout {
            revision,
            head: position(others_at),
            epilogue: position(epilogue),
            total,
            count: preamble.segments,
        }
    }

    /// The checksum at the end of the head, where there is one.
    fn head_crc(&self, head: &[u8]) -> Option<u32> {
        let has = self.revision == Revision::Rev1 && self.head > Preamble::SIZE;
        has.then(|| u32::read(&head[self.head - 4..]))
    }

    pub(in crate::msgr) fn segments<'b>(
        &self,
        preamble: &Preamble,
        frame: &'b [u8],
    ) -> Segments<'b> {
        let lens = preamble.lens().map(|len| len as usize);
        let mut parts: [&[u8]; 4] = [&[]; 4];
        parts[0] = &frame[Preamble::SIZE..Preamble::SIZE + lens[0]];
        let mut at = self.head;
        for i in 1..4 {
            parts[i] = &frame[at..at + lens[i]];
            at += lens[i];
        }
        // More than there can be is what somebody says who describes an item with bytes that are not its own.
        let count = usize::from(self.count).min(parts.len());
        Segments::new(&parts[..count])
    }

    /// The epilogue's first byte, its checksums, and the first segment that they cover.
    fn epilogue(&self, frame: &[u8]) -> Option<(u8, [u32; 4])> {
        let bytes = frame.get(self.epilogue..).filter(|bytes| !bytes.is_empty())?;
        Some(match self.revision {
            Revision::Rev0 => {
                let e = EpilogueRev0::read(bytes);
                (e.late_flags, [e.crc0, e.crc1, e.crc2, e.crc3])
            }
            Revision::Rev1 => {
                let e = EpilogueRev1::read(bytes);
                (e.late_status, [0, e.crc1, e.crc2, e.crc3])
            }
        })
    }

    fn status(&self, frame: &[u8]) -> Status {
        match (self.revision, self.epilogue(frame)) {
            (_, None) => Status::Complete,
            (Revision::Rev0, Some((flags, _))) if flags & 1 == 0 => Status::Complete,
            (Revision::Rev1, Some((status, _))) if status & 0xf == 0xe => Status::Complete,
            // The other bits are not used: a byte with one of them is no status at all.
            (_, Some((1, _))) => Status::Aborted,
            (_, Some((status, _))) => Status::Invalid(status),
        }
    }

    /// Compares the segments with their checksums.
    fn check(&self, frame: &[u8], segments: &Segments<'_>) -> Result<Checked, Fault> {
        let computed = segments.crcs();
        let mut checked = Checked::Right;
        if let Some(found) = self.head_crc(frame)
            && !agree(found, computed[0])
        {
            if found != 0 {
                return Err(wrong("segment0_crc", self.head - 4, "frame", found, computed[0]));
            }
            checked = Checked::NotComputed;
        }
        let Some((_, found)) = self.epilogue(frame) else { return Ok(checked) };
        let from = if self.revision == Revision::Rev0 { 0 } else { 1 };
        for i in from..segments.count() {
            if agree(found[i], computed[i]) {
                continue;
            }
            // A sender that computes none writes none.
            if found != [0; 4] {
                let name = ["segment0_crc", "segment1_crc", "segment2_crc", "segment3_crc"][i];
                let at = self.epilogue + 1 + 4 * (i - from);
                return Err(wrong(name, at, "frame", found[i], computed[i]));
            }
            checked = Checked::NotComputed;
        }
        Ok(checked)
    }
}

/// Whether the first byte begins a frame.
#[inline]
pub(in crate::msgr) fn probe(window: &[u8]) -> Found {
    let tag = window.first().copied().unwrap_or(0);
    let count = window.get(1).copied().unwrap_or(1);
    if !(1..=Tag::COMPRESSION_DONE.0).contains(&tag) || !(1..=4).contains(&count) {
        return Found::Nothing;
    }
    let Some(bytes) = window.get(..Preamble::SIZE) else { return Found::Short(Preamble::SIZE) };
    if bytes[26] > 1 || bytes[27] != 0 {
        return Found::Nothing;
    }
    let preamble = Preamble::read(bytes);
    let right =
        preamble.check().is_ok() && agree(preamble.crc, crc32c(0, &bytes[..Preamble::SIZE - 4]));
    match right {
        true => Found::Frame(Messenger::V2),
        false => Found::Nothing,
    }
}
