//! What only msgr1 has.

use super::*;

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
fn msgr1_authorizers_have_a_bound() {
    for (len, believed) in [(1_u32 << 16, true), ((1 << 16) + 1, false)] {
        let mut stream = Vec::new();
        v1::Item::Banner.encode(&mut stream);
        let own = LegacyAddress::new("10.0.0.1:6789".parse().unwrap(), 0);
        v1::Item::AcceptorAddresses { own, peer: LegacyAddress::default() }.encode(&mut stream);
        let at = stream.len() + 21;
        let reply = v1::ConnectReply { tag: ReplyTag::READY, ..Default::default() };
        v1::Item::Reply { reply, authorizer: b"" }.encode(&mut stream);
        stream[at..at + 4].copy_from_slice(&len.to_le_bytes());
        v1_message(1, true, &mut stream);
        let run = run(&stream, &mut framer(), Want::Whole);
        // So long a one is waited for; a longer one is none, and what follows is looked for.
        assert_eq!((seqs(&run).is_empty(), run.left > 0), (believed, believed), "{len}");
    }
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
