//! Descriptions of what was found, byte by byte.

use super::*;

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
