//! Where msgr2's frames begin and end.

use super::{
    BANNER, Banner, EpilogueRev0, EpilogueRev1, Frame, Header2, Item, Preamble, Revision, Segments,
    Tag,
};
use core::ops::ControlFlow;

use crate::msgr::framer::{self, wrong};
use crate::msgr::scan::Found;
use crate::msgr::{
    self, Checked, Framer, Look, Messenger, Mode, Role, SkipReason, Step, Turn, WaitFor, Want,
    agree,
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
    pub(in crate::msgr) fn v2(&mut self, state: State, look: &mut Look<'_, '_>) -> Turn {
        match state {
            State::Banner => self.banner(look),
            State::Opening | State::Frames => self.frame(state, look),
            State::Secret => {
                let bytes = look.window.len();
                look.out(Step::Skip { bytes, why: SkipReason::Encrypted })
            }
        }
    }

    fn banner(&mut self, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        const HEAD: usize = BANNER.len() + 2;
        let Some(len) = window.get(BANNER.len()..HEAD).map(u16::read) else {
            return look.need(HEAD);
        };
        let total = HEAD + usize::from(len);
        if usize::from(len) < Banner::SIZE {
            let expected = "at least 16";
            let fault = Fault::invalid("length", BANNER.len(), "banner", len.into(), expected);
            return self.astray(fault, look);
        }
        match window.get(HEAD..total) {
            Some(payload) => {
                let banner = Banner::read(payload);
                if banner.supported & Banner::REVISION_1 == 0 {
                    self.terms.revision = Some(Revision::Rev0);
                }
                self.state = framer::State::V2(State::Opening);
                look.item(msgr::Item::V2(Item::Banner(banner)), total)
            }
            None => look.need(total),
        }
    }

    fn frame(&mut self, state: State, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let Some(bytes) = window.get(..Preamble::SIZE) else { return look.need(Preamble::SIZE) };
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
                    return look.out(Step::Wait(WaitFor::AuthDone));
                }
                _ => self.state = framer::State::V2(State::Frames),
            }
        }
        if !plain {
            return self.astray(wrong("crc", 28, "preamble", preamble.crc, computed), look);
        }
        if let Err(fault) = preamble.check() {
            return self.astray(fault, look);
        }
        let Some(revision) = self.terms.revision else {
            return self.settle(&preamble, look);
        };
        let layout = Layout::new(&preamble, revision);
        let readable = preamble.tag == Tag::MESSAGE && preamble.flags & Preamble::COMPRESSED == 0;
        let mut head_crc = None;
        if readable && !self.is_awaited() {
            match self.ask(&preamble, &layout, look) {
                ControlFlow::Continue(computed) => head_crc = computed,
                ControlFlow::Break(turn) => return turn,
            }
        } else if layout.total > self.limits.max_frame as u64 && !readable {
            self.pass_rest(layout.total, SkipReason::TooLong);
            return Turn::Again;
        }
        let total = layout.total as usize;
        match window.get(..total) {
            Some(frame) => self.whole(&preamble, &layout, frame, head_crc, look),
            None if readable => {
                let header = Header2::read(&window[Preamble::SIZE..]).header(preamble.lens());
                self.await_frame(total, true, Some(header), look)
            }
            None => self.await_frame(total, true, None, look),
        }
    }

    /// Asks about a message whose header segment is here. If it is wanted: the checksum of that segment, if it has one.
    fn ask(
        &mut self,
        preamble: &Preamble,
        layout: &Layout,
        look: &mut Look<'_, '_>,
    ) -> ControlFlow<Turn, Option<u32>> {
        let window = look.window;
        let lens = preamble.lens();
        if lens[0] as usize != Header2::SIZE {
            let fault =
                Fault::invalid("segment0", 2, "preamble", lens[0].into(), "41 for a message");
            return ControlFlow::Break(self.astray(fault, look));
        }
        let Some(head) = window.get(..layout.head) else {
            return ControlFlow::Break(look.need(layout.head));
        };
        let header = Header2::read(&head[Preamble::SIZE..]).header(lens);
        let mut head_crc = None;
        if let Some(found) = layout.head_crc(head) {
            let computed = crc32c(u32::MAX, &head[Preamble::SIZE..layout.head - 4]);
            if found != 0 && !agree(found, computed) {
                if self.is_doubtful() {
                    return ControlFlow::Break(Turn::Again);
                }
                let fault = wrong("header_crc", layout.head - 4, "frame", found, computed);
                let turn = self.damaged(None, fault, Preamble::SIZE, layout.total, look);
                return ControlFlow::Break(turn);
            }
            head_crc = Some(computed);
        }
        let why = match (look.want)(&header) {
            Want::Skip => SkipReason::Unwanted,
            Want::Whole if layout.total > self.limits.max_frame as u64 => SkipReason::TooLong,
            Want::Whole => return ControlFlow::Continue(head_crc),
        };
        let rest = layout.total - layout.head as u64;
        ControlFlow::Break(self.pass(header, layout.head, rest, why, look))
    }

    /// A frame of which every byte is here; `head_crc`: the checksum of its first segment, if that was computed.
    fn whole<'b>(
        &mut self,
        preamble: &Preamble,
        layout: &Layout,
        frame: &'b [u8],
        head_crc: Option<u32>,
        look: &mut Look<'b, '_>,
    ) -> Turn {
        let total = frame.len();
        let segments = layout.segments(preamble, frame);
        let header = || {
            let readable =
                preamble.tag == Tag::MESSAGE && preamble.flags & Preamble::COMPRESSED == 0;
            readable.then(|| Header2::read(segments.get(0)).header(preamble.lens()))
        };
        match layout.status(frame) {
            Status::Complete => {}
            Status::Aborted => {
                let what = msgr::Item::V2(Item::Aborted(preamble.tag));
                return self.doubt(what, Preamble::SIZE, total as u64, SkipReason::Aborted, look);
            }
            Status::Invalid(_) if self.is_doubtful() => return self.again(header()),
            Status::Invalid(found) => {
                let expected = "complete or aborted (0x1)";
                let fault =
                    Fault::invalid("late_status", layout.epilogue, "frame", found.into(), expected);
                return self.damaged(header(), fault, Preamble::SIZE, total as u64, look);
            }
        }
        let checked = match layout.check(frame, &segments, head_crc) {
            Ok(checked) => {
                self.proven = true;
                checked
            }
            Err(_) if self.is_doubtful() => return self.again(header()),
            Err(fault) => return self.damaged(header(), fault, Preamble::SIZE, total as u64, look),
        };
        let frame = Frame { tag: preamble.tag, segments };
        if preamble.flags & Preamble::COMPRESSED != 0 {
            return look.item(msgr::Item::V2(Item::Compressed(frame)), total);
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
                look.item(what, total)
            }
            Err(fault) => look.item(msgr::Item::Damaged { header: header(), fault }, total),
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
    fn settle(&mut self, preamble: &Preamble, look: &mut Look<'_, '_>) -> Turn {
        let window = look.window;
        let rev1 = Layout::new(preamble, Revision::Rev1);
        let rev0 = Layout::new(preamble, Revision::Rev0);
        let limit = self.limits.max_frame as u64;
        if rev1.head as u64 > limit {
            return self.astray(too_long(rev1.head as u64), look);
        }
        let Some(head) = window.get(..rev1.head) else { return look.need(rev1.head) };
        if let Some(found) = rev1.head_crc(head) {
            let computed = crc32c(u32::MAX, &head[Preamble::SIZE..rev1.head - 4]);
            if agree(found, computed) {
                return self.revise(Revision::Rev1);
            }
        }
        if rev0.total > limit {
            return self.astray(too_long(rev0.total), look);
        }
        let total = rev0.total as usize;
        let Some(frame) = window.get(..total) else {
            // Nothing but the longer form has no checksum where the shorter one has it; but without a first
            // segment neither has, and the last bytes of a stream may be of the shorter form.
            return match rev1.head_crc(head) {
                None if self.last => self.revise(Revision::Rev1),
                // The caller may have been asked about it.
                _ => self.await_frame(total, false, self.asked(), look),
            };
        };
        match rev0.check(frame, &rev0.segments(preamble, frame), None) {
            Ok(_) => self.revise(Revision::Rev0),
            // An empty first segment has no checksum of its own.
            Err(_) if rev1.head_crc(head).is_none() => self.revise(Revision::Rev1),
            Err(fault) => self.damaged(None, fault, Preamble::SIZE, total as u64, look),
        }
    }

    fn revise(&mut self, revision: Revision) -> Turn {
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

    /// Compares the segments with their checksums; `head_crc`: that of the first one, if it was computed.
    fn check(
        &self,
        frame: &[u8],
        segments: &Segments<'_>,
        head_crc: Option<u32>,
    ) -> Result<Checked, Fault> {
        let computed = segments.crcs(head_crc);
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
