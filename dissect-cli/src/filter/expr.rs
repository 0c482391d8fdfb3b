//! The parsed form: what holds when.

use super::pattern::Pattern;
use super::{FieldId, Type};
use std::net::IpAddr;

/// What holds or does not. As deep as [`MAX_DEPTH`](super::MAX_DEPTH) allows: chains are lists.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// Each of at least two.
    And(Vec<Expr>),
    /// An odd number of at least two.
    Xor(Vec<Expr>),
    /// One of at least two.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Test(Box<Test>),
}

/// What is asked of a field's values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    /// Of what a function makes of it, it has the type of that.
    pub(super) field: Field,
    pub(super) function: Option<Function>,
    /// Only these bits are looked at.
    pub(super) mask: Option<i128>,
    /// It has to hold for all values, and there has to be one. Otherwise for any.
    pub(super) all: bool,
    pub(super) relation: Relation,
}

/// What is made of a field's values before they are looked at: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// How many there are.
    Count,
    /// How many bytes each has.
    Len,
}

impl Function {
    pub(super) const ALL: [Function; 2] = [Function::Count, Function::Len];

    pub(super) fn name(self) -> &'static str {
        match self {
            Function::Count => "count",
            Function::Len => "len",
        }
    }
}

/// A field by name.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) id: FieldId,
    pub(super) name: Box<str>,
    pub(super) ty: Type,
}

/// The number tells which it is.
impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.id == other.id
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Relation {
    /// There is a value; with a mask, one that has a bit of it.
    Present,
    Is(Order, Operand),
    In(Vec<Member>),
    Contains(Operand),
    Matches(Pattern),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Order {
    pub(super) fn is_order(self) -> bool {
        !matches!(self, Order::Eq | Order::Ne)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Value(Literal),
    Field(Field),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Member {
    One(Literal),
    /// Both ends belong to it.
    Range(Literal, Literal),
}

/// A value of a filter. What it means depends on the field that it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// All that is a number: also caps, and times in nanoseconds.
    Number(i128),
    Text(Box<[u8]>),
    /// Every daemon or client of a kind; the text ends with the dot behind it.
    AnyOf(Box<[u8]>),
    Addr(Net),
}

/// An address, or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Net {
    /// Without bits behind the prefix.
    pub(super) ip: IpAddr,
    pub(super) prefix: u8,
    pub(super) port: Option<u16>,
}
