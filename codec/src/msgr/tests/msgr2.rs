//! What only msgr2 has.

use super::*;

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
