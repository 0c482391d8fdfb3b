//! What a finding says beyond which message, inode and ranks it is about.

use ceph_codec::types::Caps;
use serde::{Serialize, Serializer};

use crate::place::Place;

/// One thing that a rule has to say: renderers show them by their names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// What it is, a word or two.
    pub name: &'static str,
    /// How it is.
    pub value: FactValue,
}

/// How something is.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue {
    /// Capability bits.
    Caps(Caps),
    /// A number: an id, a seq, how many.
    Number(u64),
    /// A length of time, in nanoseconds.
    Lasting(i64),
    /// A packet.
    At(Place),
    /// A word of the protocol: an operation, a state.
    Word(&'static str),
    /// Something from the capture: a path, a client's name. Anybody's text.
    Text(String),
}

impl Serialize for FactValue {
    /// Numbers and nanoseconds as numbers, packets by frame, the others as text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FactValue::Caps(caps) => serializer.collect_str(caps),
            FactValue::Number(number) => serializer.serialize_u64(*number),
            FactValue::Lasting(ns) => serializer.serialize_i64(*ns),
            FactValue::At(place) => serializer.serialize_u64(place.frame),
            FactValue::Word(word) => serializer.serialize_str(word),
            FactValue::Text(text) => serializer.serialize_str(text),
        }
    }
}
