use std::vec::Vec;

use super::*;
use crate::message::MessageType;

/// Every item of a stream that is all there, with the bytes passed over.
fn run<'b>(stream: &'b [u8], framer: &mut Framer) -> (Vec<Item<'b>>, usize) {
    let mut items = Vec::new();
    let (mut at, mut skipped) = (0, 0);
    while at < stream.len() {
        match framer.step(&stream[at..], |_| Want::Whole) {
            Step::Item { item, used } => {
                items.push(item);
                at += used;
            }
            Step::Skip { bytes, .. } => {
                at += bytes;
                skipped += bytes;
            }
            Step::Wait(_) => framer.guess(),
            Step::Need(need) => {
                assert!(need > stream.len() - at);
                break;
            }
        }
    }
    (items, skipped + stream.len() - at)
}

#[test]
fn a_message_of_either_messenger_comes_back() {
    let header = Header { seq: 1, kind: MessageType::PING, front_len: 3, ..Header::default() };
    let sections = Sections { front: b"abc", ..Sections::default() };
    for revision in [v2::Revision::Rev0, v2::Revision::Rev1] {
        let mut stream = Vec::new();
        v2::Banner { supported: 1, required: 0 }.encode_banner(&mut stream);
        v2::encode_message(&header, 0, &sections, revision, &mut stream);
        let mut framer = Framer::new(Start::Banner, Limits::default());
        let (items, left) = run(&stream, &mut framer);
        assert_eq!((items.len(), left), (2, 0));
        let Item::Message(parcel) = items[1] else { panic!("{items:?}") };
        assert_eq!((parcel.header, parcel.sections), (header, sections));
    }
}
