use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::v1::ReplyTag;
use super::v2::{Control, ControlFrame, Revision, Segments};
use super::*;
use crate::FaultKind;
use crate::message::MessageType;
use crate::types::{EntityName, EntityType, LegacyAddress, Opaque, Timespec};

/// What a stream gives when it is all there: items with their places, bytes passed over by reason, bytes left.
struct Run<'b> {
    items: Vec<(usize, Item<'b>)>,
    skipped: Vec<(usize, SkipReason)>,
    left: usize,
}

fn run<'b>(stream: &'b [u8], framer: &mut Framer, want: Want) -> Run<'b> {
    let mut run = Run { items: Vec::new(), skipped: Vec::new(), left: 0 };
    let mut at = 0;
    while at < stream.len() {
        let window = &stream[at..];
        match framer.step(window, |_| want) {
            Step::Item { item, used } => {
                assert!((1..=window.len()).contains(&used));
                run.items.push((at, item));
                at += used;
            }
            Step::Skip { bytes, why } => {
                assert!((1..=window.len()).contains(&bytes));
                run.skipped.push((bytes, why));
                at += bytes;
            }
            Step::Wait(_) => {
                run.left = window.len();
                break;
            }
            Step::Need(need) => {
                assert!(need > window.len());
                run.left = window.len();
                break;
            }
        }
    }
    run
}

fn header(seq: u64) -> Header {
    Header {
        seq,
        kind: MessageType::CLIENT_CAPS,
        source: Some(EntityName { kind: EntityType::MDS, number: 0 }),
        ..Header::default()
    }
}

const SECTIONS: Sections<'_> = Sections { front: b"front", middle: b"mid", data: b"data!!" };

fn v1_message(seq: u64, msg_auth: bool, out: &mut Vec<u8>) {
    v1::encode_message(&header(seq), &SECTIONS, msg_auth, out);
}

fn v2_message(seq: u64, revision: Revision, out: &mut Vec<u8>) {
    v2::encode_message(&header(seq), 0, &SECTIONS, revision, out);
}

fn v2_control(control: Control<'_>, out: &mut Vec<u8>) {
    ControlFrame { control, rest: &[] }.encode(Revision::Rev1, out);
}

fn seqs(run: &Run<'_>) -> Vec<u64> {
    let message = |(_, item): &(usize, Item<'_>)| match item {
        Item::Message(parcel) => {
            assert_eq!(parcel.sections, SECTIONS);
            Some(parcel.header.seq)
        }
        _ => None,
    };
    run.items.iter().filter_map(message).collect()
}

fn framer() -> Framer {
    Framer::new(Start::Banner, Limits::default())
}

fn connector_stream(rounds: u32) -> Vec<u8> {
    let mut out = Vec::new();
    v1::Item::Banner.encode(&mut out);
    v1::Item::ConnectorAddress(LegacyAddress::default()).encode(&mut out);
    for connect_seq in 0..rounds {
        let request = v1::Connect {
            features: 0xff00_0080_0002,
            host_type: 8,
            connect_seq,
            ..Default::default()
        };
        v1::Item::Connect { request, authorizer: b"authorizer" }.encode(&mut out);
    }
    out
}

#[test]
fn msgr1_acceptor_is_told_by_its_second_address() {
    let mut stream = Vec::new();
    v1::Item::Banner.encode(&mut stream);
    let own = LegacyAddress::new("10.0.0.1:6789".parse().unwrap(), 0);
    v1::Item::AcceptorAddresses { own, peer: LegacyAddress::default() }.encode(&mut stream);
    for tag in [ReplyTag::CHALLENGE_AUTHORIZER, ReplyTag::SEQ] {
        let reply = v1::ConnectReply { tag, features: v1::feature::MSG_AUTH, ..Default::default() };
        v1::Item::Reply { reply, authorizer: b"challenge" }.encode(&mut stream);
    }
    v1::Item::Seq(7).encode(&mut stream);
    v1::Item::Keepalive.encode(&mut stream);
    v1_message(1, true, &mut stream);
    v1::Item::Ack(3).encode(&mut stream);
    v1::Item::Close.encode(&mut stream);
    let run = run(&stream, &mut framer(), Want::Whole);
    assert_eq!((run.items.len(), run.skipped.len(), run.left), (9, 0, 0));
    assert!(matches!(run.items[3].1, Item::V1(v1::Item::Reply { authorizer: b"challenge", .. })));
    assert_eq!(run.items[4].1, Item::V1(v1::Item::Seq(7)));
    assert_eq!(seqs(&run), [1]);
}

#[test]
fn msgr1_connector_waits_for_the_reply_and_learns_it() {
    for (tag, follows) in [(ReplyTag::READY, false), (ReplyTag::SEQ, true)] {
        let mut stream = connector_stream(2);
        if follows {
            v1::Item::Seq(0).encode(&mut stream);
        }
        v1_message(1, true, &mut stream);
        let mut framer = framer();
        let first = run(&stream, &mut framer, Want::Whole);
        assert_eq!(first.items.len(), 3);
        let at = stream.len() - first.left;
        assert_eq!(framer.step(&stream[at..], |_| Want::Whole), Step::Wait(WaitFor::ConnectReply));
        // The second reply was heard before the first was acted upon: another request must have followed.
        let features = Some(v1::feature::MSG_AUTH);
        framer.learn(Terms { replies: Some((2, tag)), features, ..Terms::default() });
        let rest = run(&stream[at..], &mut framer, Want::Whole);
        assert_eq!((rest.items.len(), rest.left), (2 + usize::from(follows), 0));
        assert_eq!(seqs(&rest), [1]);

        // Nobody tells: the bytes themselves have to.
        let mut framer = self::framer();
        framer.guess();
        let all = run(&stream, &mut framer, Want::Whole);
        assert_eq!((all.items.len(), all.left), (5 + usize::from(follows), 0));
        assert_eq!(seqs(&all), [1]);
    }
}

#[test]
fn msgr1_footers_settle_their_length_by_themselves() {
    for msg_auth in [false, true] {
        let mut stream = b"torn".to_vec();
        for seq in 1..4 {
            v1_message(seq, msg_auth, &mut stream);
            v1::Item::Ack(seq).encode(&mut stream);
        }
        for want in [Want::Whole, Want::Skip] {
            let mut framer = Framer::new(Start::MidStream, Limits::default());
            let run = run(&stream, &mut framer, want);
            assert_eq!(run.skipped[0], (4, SkipReason::Unrecognised));
            assert_eq!((run.items.len(), run.left), (6, 0), "{:?}", run.items);
        }
    }
}

#[test]
fn msgr1_crcs_that_were_not_computed_are_not_wrong() {
    let mut stream = Vec::new();
    v1_message(1, true, &mut stream);
    let footer = stream.len() - 21;
    stream[footer + 8] ^= 0xff;
    let damaged = run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
    let Item::Damaged { header: Some(_), fault } = damaged.items[0].1 else { panic!() };
    assert_eq!((fault.field, fault.at), ("data_crc", footer + 8));
    assert!(matches!(fault.kind, FaultKind::Mismatch { .. }));

    stream[footer + 20] |= v1::FooterFlags::NO_DATA_CRC.0;
    let unchecked =
        run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
    let Item::Message(parcel) = unchecked.items[0].1 else { panic!() };
    assert_eq!(parcel.checked, Checked::NotComputed);

    stream[footer..].fill(0);
    let aborted = run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
    assert!(matches!(aborted.items[0].1, Item::V1(v1::Item::Aborted(_))));
}

#[test]
fn a_damaged_frame_costs_only_itself() {
    for revision in [None, Some(Revision::Rev0), Some(Revision::Rev1)] {
        let mut stream = Vec::new();
        let mut ends = Vec::new();
        for seq in 1..5 {
            match revision {
                None => v1_message(seq, true, &mut stream),
                Some(revision) => v2_message(seq, revision, &mut stream),
            }
            ends.push(stream.len());
        }
        // The first settles what is not known, the second has a wrong payload.
        let front = stream[ends[0]..].windows(5).position(|w| w == b"front").unwrap();
        stream[ends[0] + front] ^= 1;
        let whole =
            run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
        assert_eq!(seqs(&whole), [1, 3, 4], "{revision:?} {:?}", whole.items);
        let head = if revision.is_none() { 54 } else { 32 };
        assert_eq!(whole.skipped, [(ends[1] - ends[0] - head, SkipReason::Damaged)]);

        // Bytes that went missing unnoticed make it swallow the next one's head: that one is found too.
        stream[ends[0] + front] ^= 1;
        stream.drain(ends[0] + front..ends[0] + front + 3);
        let torn = run(&stream, &mut Framer::new(Start::MidStream, Limits::default()), Want::Whole);
        assert_eq!(seqs(&torn), [1, 3, 4], "{revision:?} {:?}", torn.items);
    }
}

#[test]
fn holes_of_known_size_within_a_frame_need_no_search() {
    let mut stream = Vec::new();
    let mut ends = Vec::new();
    for seq in 1..4 {
        v1_message(seq, true, &mut stream);
        v1::Item::Ack(seq).encode(&mut stream);
        ends.push(stream.len());
    }
    let told = Terms { features: Some(v1::feature::MSG_AUTH), ..Terms::default() };
    for want in [Want::Whole, Want::Skip] {
        // Everything up to byte 60 is there, up to byte 70 is not.
        let mut framer = Framer::new(Start::MidStream, Limits::default());
        framer.learn(told);
        let before = run(&stream[..60], &mut framer, want);
        let cut = framer.gap(before.left, Some(10));
        assert_eq!(cut.map(|header| header.seq), (want == Want::Whole).then_some(1));
        let behind = run(&stream[70..], &mut framer, want);
        assert_eq!(behind.items.len(), 5);
        assert_eq!(behind.items[0], (ends[0] - 9 - 70, Item::V1(v1::Item::Ack(1))));
        assert!(behind.skipped.iter().all(|(_, why)| *why != SkipReason::Unrecognised));
    }
    // Nobody knows how much: the small item behind the torn message cannot be told from its bytes.
    let mut framer = Framer::new(Start::MidStream, Limits::default());
    framer.learn(told);
    let before = run(&stream[..60], &mut framer, Want::Whole);
    framer.gap(before.left, None);
    let behind = run(&stream[70..], &mut framer, Want::Whole);
    assert_eq!(seqs(&behind), [2, 3]);
    assert_eq!(behind.skipped, [(ends[0] - 70, SkipReason::Unrecognised)]);
}

#[test]
fn frames_beyond_the_limit_are_counted_not_kept() {
    let mut stream = Vec::new();
    v2_message(1, Revision::Rev1, &mut stream);
    v2_control(Control::Wait(v2::Wait {}), &mut stream);
    let mut framer = Framer::new(Start::MidStream, Limits { max_frame: 100 });
    framer.learn(Terms { revision: Some(Revision::Rev1), ..Terms::default() });
    let run = run(&stream, &mut framer, Want::Whole);
    let Item::MessageSkipped { header, bytes, why } = run.items[0].1 else { panic!() };
    assert_eq!((header.front_len, bytes, why), (5, 14 + 13, SkipReason::TooLong));
    assert_eq!((run.skipped, run.items.len()), (vec![(27, SkipReason::TooLong)], 2));
}

fn v2_start(out: &mut Vec<u8>) {
    v2::Banner { supported: 1, required: 1 }.encode_banner(out);
    v2_control(Control::Hello(v2::Hello::default()), out);
}

#[test]
fn encryption_begins_behind_auth_done_in_both_directions() {
    let (mut acceptor, mut connector) = (Vec::new(), Vec::new());
    v2_start(&mut acceptor);
    v2_start(&mut connector);
    v2_control(Control::AuthRequest(v2::AuthRequest::default()), &mut connector);
    let mode = v2::ConnectionMode::SECURE;
    v2_control(Control::AuthDone(v2::AuthDone { mode, ..Default::default() }), &mut acceptor);
    acceptor.extend_from_slice(&[0x5a; 96]);
    connector.extend_from_slice(&[0xa5; 96]);

    let mut agreement = Agreement::default();
    let mut connector_side = framer();
    let first = run(&connector, &mut connector_side, Want::Whole);
    assert_eq!((first.items.len(), first.left), (3, 96));
    first.items.iter().for_each(|(_, item)| _ = agreement.hear(0, item));
    let second = run(&acceptor, &mut framer(), Want::Whole);
    assert_eq!((second.items.len(), second.skipped), (3, vec![(96, SkipReason::Encrypted)]));
    second.items.iter().for_each(|(_, item)| _ = agreement.hear(1, item));
    let terms = agreement.terms(0);
    assert_eq!((terms.mode, terms.role), (Some(Mode::Secure), Some(Role::Connector)));
    assert_eq!(terms.revision, Some(Revision::Rev1));
    connector_side.learn(terms);
    let rest = run(&connector[connector.len() - 96..], &mut connector_side, Want::Whole);
    assert_eq!(rest.skipped, [(96, SkipReason::Encrypted)]);

    // Learned before the connector's own plain frames were looked at.
    let mut early = framer();
    early.learn(terms);
    let all = run(&connector, &mut early, Want::Whole);
    assert_eq!((all.items.len(), all.skipped), (3, vec![(96, SkipReason::Encrypted)]));

    // Never learned: bytes without a meaning, and no frame.
    let mut alone = framer();
    alone.guess();
    let all = run(&connector, &mut alone, Want::Whole);
    assert!(matches!(all.items[3].1, Item::Damaged { header: None, .. }));
    assert_eq!(all.skipped, [(95, SkipReason::Unrecognised)]);
}

#[test]
fn msgr2_reports_aborted_and_compressed_frames() {
    let mut stream = Vec::new();
    v2_message(1, Revision::Rev1, &mut stream);
    let late = stream.len() - 13;
    let mut framer = Framer::new(Start::MidStream, Limits::default());
    framer.learn(Terms { revision: Some(Revision::Rev1), ..Terms::default() });
    for (status, expected) in [(0x0e, 0), (0x01, 1), (0x03, 2)] {
        stream[late] = status;
        let run = run(&stream, &mut framer.clone(), Want::Whole);
        let found = match run.items[0].1 {
            Item::Message(_) => 0,
            Item::V2(v2::Item::Aborted(v2::Tag::MESSAGE)) => 1,
            Item::Damaged { fault, .. } => {
                assert_eq!((fault.field, fault.at), ("late_status", late));
                2
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }
    let frame = v2::Frame { tag: v2::Tag::MESSAGE, segments: Segments::new(&[b"xx", b"yyy"]) };
    let mut stream = Vec::new();
    frame.encode(Revision::Rev1, v2::Preamble::COMPRESSED, &mut stream);
    let run = run(&stream, &mut framer, Want::Whole);
    assert_eq!(run.items, [(0, Item::V2(v2::Item::Compressed(frame)))]);
}

#[test]
fn streams_that_are_not_ceph_are_foreign() {
    let run = run(b"GET / HTTP/1.1\r\n\r\n", &mut framer(), Want::Whole);
    assert!(run.items.is_empty());
    assert_eq!((run.skipped, run.left), (vec![(17, SkipReason::Foreign)], 1));
}

#[test]
fn control_frames_come_back_with_what_newer_versions_add() {
    let address = crate::types::Address::default();
    let modes = v2::Numbers::new(&[2, 0, 0, 0, 1, 0, 0, 0]);
    let time = Timespec { sec: 1, nsec: 2 };
    let controls = [
        Control::Hello(v2::Hello { entity_type: EntityType::MDS, peer_address: address }),
        Control::AuthRequest(v2::AuthRequest { method: 2, preferred_modes: modes, payload: b"p" }),
        Control::AuthBadMethod(v2::AuthBadMethod {
            method: 1,
            result: -95,
            allowed_methods: modes,
            allowed_modes: modes,
        }),
        Control::AuthReplyMore(v2::AuthReplyMore { payload: b"more" }),
        Control::AuthRequestMore(v2::AuthRequestMore { payload: b"" }),
        Control::AuthDone(v2::AuthDone {
            global_id: 4,
            mode: v2::ConnectionMode::CRC,
            payload: b"x",
        }),
        Control::AuthSignature(v2::AuthSignature { signature: Opaque([3; 32]) }),
        Control::ClientIdent(v2::ClientIdent { target: address, cookie: 9, ..Default::default() }),
        Control::ServerIdent(v2::ServerIdent { number: -1, ..Default::default() }),
        Control::IdentMissingFeatures(v2::IdentMissingFeatures { features: 1 }),
        Control::SessionReconnect(v2::SessionReconnect { message_seq: 5, ..Default::default() }),
        Control::SessionReset(v2::SessionReset { full: 1 }),
        Control::SessionRetry(v2::SessionRetry { connect_seq: 1 }),
        Control::SessionRetryGlobal(v2::SessionRetryGlobal { global_seq: 1 }),
        Control::SessionReconnectOk(v2::SessionReconnectOk { message_seq: 1 }),
        Control::Wait(v2::Wait {}),
        Control::Keepalive2(v2::Keepalive2 { timestamp: time }),
        Control::Keepalive2Ack(v2::Keepalive2Ack { timestamp: time }),
        Control::Ack(v2::Ack { seq: 8 }),
        Control::CompressionRequest(v2::CompressionRequest { wanted: 1, methods: modes }),
        Control::CompressionDone(v2::CompressionDone { on: 1, method: 1 }),
        Control::Unknown(v2::Tag(77), Segments::new(&[b"new", b"", b"ways"])),
    ];
    for revision in [Revision::Rev0, Revision::Rev1] {
        for control in controls {
            let unknown = matches!(control, Control::Unknown(..));
            let frame = ControlFrame { control, rest: if unknown { b"" } else { b"newer" } };
            let mut stream = Vec::new();
            frame.encode(revision, &mut stream);
            let mut framer = Framer::new(Start::MidStream, Limits::default());
            if unknown {
                // Nothing searches for tags that it does not know.
                framer.state = super::framer::State::V2(v2::State::Frames);
            }
            framer.learn(Terms { revision: Some(revision), ..Terms::default() });
            let run = run(&stream, &mut framer, Want::Whole);
            assert_eq!(run.items, [(0, Item::V2(v2::Item::Control(frame)))]);
            assert_eq!(run.left, 0);

            // Shorter payloads are faults of a field, and the next frame is where it should be.
            let mut payload = Vec::new();
            frame.put(&mut payload);
            let tag = frame.tag();
            for len in (0..payload.len().saturating_sub(5)).step_by(crate::testing::STEP) {
                let segments = Segments::new(&[&payload[..len]]);
                let mut covered = Covered::default();
                let fault = ControlFrame::decode_with(tag, segments, &mut covered).unwrap_err();
                assert!(fault.at <= len, "{fault}");
                // And everything before that was told.
                let told = covered.0.last().map_or(0, |(_, at, len)| at + len);
                assert_eq!((told, covered.1), (fault.at, 0), "{fault}");
            }
        }
    }
    assert_eq!(v2::Tag::HELLO.to_string(), "hello");
}

/// Remembers which bytes were reported, and what was opened and not closed.
#[derive(Default)]
struct Covered(Vec<(&'static str, usize, usize)>, usize);

impl crate::Sink for Covered {
    fn field(&mut self, span: crate::Span, _: crate::Value<'_>) {
        self.0.push((span.name, span.at, span.len));
    }
    fn open(&mut self, _: crate::Span) {
        self.1 += 1;
    }
    fn close(&mut self, _: usize) {
        self.1 -= 1;
    }
}

#[test]
fn a_description_covers_every_byte_once() {
    let mut streams = Vec::new();
    for revision in [Revision::Rev0, Revision::Rev1] {
        let mut stream = Vec::new();
        v2::Banner { supported: 1, required: 0 }.encode_banner(&mut stream);
        let ident = Control::ClientIdent(v2::ClientIdent::default());
        ControlFrame { control: ident, rest: b"newer" }.encode(revision, &mut stream);
        let modes =
            v2::AuthRequest { preferred_modes: v2::Numbers::new(&[0; 8]), ..Default::default() };
        ControlFrame { control: Control::AuthRequest(modes), rest: b"" }
            .encode(revision, &mut stream);
        v2_message(1, revision, &mut stream);
        streams.push((stream, Terms { revision: Some(revision), ..Terms::default() }));
    }
    let mut stream = connector_stream(1);
    v1::Item::Seq(0).encode(&mut stream);
    v1_message(1, true, &mut stream);
    v1::Item::Ack(1).encode(&mut stream);
    let replies = Some((1, ReplyTag::SEQ));
    let features = Some(v1::feature::MSG_AUTH);
    streams.push((stream, Terms { replies, features, ..Terms::default() }));

    for (stream, terms) in &streams {
        for want in [Want::Whole, Want::Skip] {
            let mut framer = framer();
            framer.learn(*terms);
            let mut at = 0;
            while at < stream.len() {
                let window = &stream[at..];
                let (item, used) = match framer.step(window, |_| want) {
                    Step::Item { item, used } => (item, used),
                    Step::Skip { bytes, .. } => {
                        at += bytes;
                        continue;
                    }
                    other => panic!("{other:?}"),
                };
                let mut covered = Covered::default();
                item.describe(&window[..used], &mut covered).unwrap();
                let mut end = 0;
                for (name, at, len) in covered.0 {
                    // A marker or length in front of bytes is not shown on its own.
                    assert_eq!(at, end, "{name} of {item:?}");
                    end = at + len;
                }
                assert_eq!(end, used, "{item:?}");
                at += used;
            }
        }
    }
}

/// Whether a number or tagged items follow a connect request is guessed from enough bytes, however few come
/// at first.
#[test]
fn msgr1_connector_guesses_the_same_of_pieces() {
    for follows in [false, true] {
        let mut stream = connector_stream(1);
        if follows {
            v1::Item::Seq(7).encode(&mut stream);
        }
        v1::Item::Keepalive2(Timespec { sec: 1_795_407_337, nsec: 5 }).encode(&mut stream);
        v1_message(1, true, &mut stream);
        let [mut whole, mut pieces] = [(); 2].map(|()| {
            let mut framer = framer();
            framer.learn(Terms { features: Some(v1::feature::MSG_AUTH), ..Terms::default() });
            framer.guess();
            framer
        });
        let expected = run(&stream, &mut whole, Want::Whole);
        assert_eq!((seqs(&expected), expected.items.len()), (vec![1], 5 + usize::from(follows)));
        let mut at = 0;
        let mut found = Vec::new();
        for end in 0..=stream.len() {
            while let Step::Item { item, used } = pieces.step(&stream[at..end], |_| Want::Whole) {
                found.push(item);
                at += used;
            }
        }
        let expected: Vec<_> = expected.items.into_iter().map(|(_, item)| item).collect();
        assert_eq!(found, expected);
    }
}

/// A message with a front has as many bytes in either revision of msgr2.
#[test]
fn a_description_has_the_sections_where_they_are() {
    #[derive(Default)]
    struct Front(Vec<u8>);
    impl crate::Sink for Front {
        fn field(&mut self, span: crate::Span, value: crate::Value<'_>) {
            if let ("front", crate::Value::Bytes(bytes)) = (span.name, value) {
                self.0.extend_from_slice(bytes);
            }
        }
        fn open(&mut self, _: crate::Span) {}
        fn close(&mut self, _: usize) {}
    }
    for revision in [Revision::Rev0, Revision::Rev1] {
        let mut stream = Vec::new();
        v2_message(1, revision, &mut stream);
        let mut framer = framer();
        framer.learn(Terms { revision: Some(revision), ..Terms::default() });
        let Step::Item { item, used } = framer.step(&stream, |_| Want::Whole) else { panic!() };
        let Item::Message(parcel) = item else { panic!("{item:?}") };
        let mut front = Front::default();
        item.describe(&stream[..used], &mut front).unwrap();
        assert!(!front.0.is_empty());
        assert_eq!(front.0, parcel.sections.front, "{revision:?}");
    }
}

/// What a sender gave up is its preamble, whatever its tag and however short it would have been.
#[test]
fn a_description_of_an_aborted_frame_is_its_preamble() {
    let mut stream = Vec::new();
    let segments = v2::Segments::new(&[&[]]);
    v2::Frame { tag: v2::Tag::AUTH_BAD_METHOD, segments }.encode(Revision::Rev0, 0, &mut stream);
    stream[v2::Preamble::SIZE] = 1;
    let mut framer = framer();
    framer.learn(Terms { revision: Some(Revision::Rev0), ..Terms::default() });
    let Step::Item { item, used } = framer.step(&stream, |_| Want::Whole) else { panic!() };
    assert_eq!((item, used), (Item::V2(v2::Item::Aborted(v2::Tag::AUTH_BAD_METHOD)), 32));
    let mut covered = Covered::default();
    assert_eq!(item.describe(&stream[..used], &mut covered), Ok(()));
    assert_eq!(covered.0.last().map(|(_, at, len)| at + len), Some(32));
}

#[test]
fn a_wrong_revision_in_a_banner_is_found_out() {
    let banner = |supported| {
        let mut out = Vec::new();
        v2::Banner { supported, required: 0 }.encode_banner(&mut out);
        out
    };
    for (supported, revision) in [(0, Revision::Rev1), (v2::Banner::REVISION_1, Revision::Rev0)] {
        let mut stream = banner(supported);
        for seq in 1..5 {
            v2_message(seq, revision, &mut stream);
        }
        let mut framer = framer();
        let told = Terms { revision: Some(v2::Revision::of(supported)), ..Terms::default() };
        framer.learn(told);
        assert_eq!(seqs(&run(&stream, &mut framer, Want::Whole)), [1, 2, 3, 4]);
        // What the other direction says of it later changes nothing.
        framer.learn(told);
        let mut more = Vec::new();
        v2_message(5, revision, &mut more);
        assert_eq!(seqs(&run(&more, &mut framer, Want::Whole)), [5]);
    }
}

#[test]
fn what_only_waits_for_bytes_that_never_come_is_decided() {
    // A footer without a signature, which might be the beginning of one with it.
    let mut stream = Vec::new();
    v1_message(1, false, &mut stream);
    let mut framer = Framer::new(Start::MidStream, Limits::default());
    let first = run(&stream, &mut framer, Want::Whole);
    assert_eq!((seqs(&first).len(), first.left), (0, stream.len()));
    assert!(framer.is_unsure());
    framer.halt();
    let then = run(&stream, &mut framer, Want::Whole);
    assert_eq!((seqs(&then), then.left), (vec![1], 0));
    framer.gap(0, Some(100));
    // Behind the gap it waits for bytes again.
    assert!(matches!(framer.step(&[7], |_| Want::Whole), Step::Need(_)));
}

/// Of msgr2 a frame that says it has 50 segments, and of every length.
#[test]
fn an_item_may_be_described_with_bytes_that_are_not_its_own() {
    let fault = Fault {
        field: "any",
        at: 0,
        within: "any",
        kind: FaultKind::Short { needed: 1, available: 0 },
    };
    let mut bytes = [0; 200];
    for (tag, segments) in [(16, 50), (17, 50), (1, 5), (17, 255)] {
        (bytes[0], bytes[1]) = (tag, segments);
        for len in (0..bytes.len()).step_by(crate::testing::STEP) {
            let mut covered = Covered::default();
            _ = Item::Damaged { header: None, fault }.describe(&bytes[..len], &mut covered);
        }
    }
}
