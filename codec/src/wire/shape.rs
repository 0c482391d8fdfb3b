//! What a type reports of itself, told without any bytes.

use super::{Fixed, Row, Value};

/// What a field reports to a [`Sink`](super::Sink), whatever the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// A value.
    Leaf(Kind),
    /// Parts: tables one behind the other, in wire order. The part `item` of a list repeats. Not every part is
    /// there in every message.
    Group(&'static [&'static [Row]]),
    /// One of these; the version, the operation or the bytes say which. None of them is an `Either`.
    Either(&'static [&'static Shape]),
}

impl Shape {
    /// The forms that the field can have: leafs and groups.
    pub fn forms(&'static self) -> impl Iterator<Item = &'static Shape> {
        let (one, several): (_, &[&Shape]) = match self {
            Shape::Either(forms) => (None, forms),
            one => (Some(one), &[]),
        };
        one.into_iter().chain(several.iter().copied())
    }

    /// The parts that the field can have, in wire order; none of a value.
    pub fn parts(&'static self) -> impl Iterator<Item = &'static Row> {
        let tables = self.forms().flat_map(|form| match form {
            Shape::Group(tables) => *tables,
            Shape::Leaf(_) | Shape::Either(_) => &[],
        });
        tables.flat_map(|table| *table)
    }

    /// The kinds of values that the field can have; none of a group.
    pub fn kinds(&'static self) -> impl Iterator<Item = Kind> {
        self.forms().filter_map(|form| match form {
            Shape::Leaf(kind) => Some(*kind),
            Shape::Group(_) | Shape::Either(_) => None,
        })
    }
}

/// Which [`Value`] a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// [`Value::Uint`]
    Uint,
    /// [`Value::Int`]
    Int,
    /// [`Value::Named`], with the numbers that have names.
    Named(&'static [(u64, &'static str)]),
    /// [`Value::Ino`]
    Ino,
    /// [`Value::Caps`]
    Caps,
    /// [`Value::Snap`]
    Snap,
    /// [`Value::Time`]
    Time,
    /// [`Value::Socket`]
    Socket,
    /// [`Value::Bytes`]
    Bytes,
    /// [`Value::Text`]
    Text,
}

impl Kind {
    /// Whether a field of this kind can have that value.
    #[must_use]
    pub fn is_of(self, value: &Value<'_>) -> bool {
        match (self, *value) {
            (Kind::Named(names), Value::Named(number, name)) => {
                names.iter().find(|(n, _)| *n == number).map(|(_, name)| *name) == name
            }
            (Kind::Uint, Value::Uint(_))
            | (Kind::Int, Value::Int(_))
            | (Kind::Ino, Value::Ino(_))
            | (Kind::Caps, Value::Caps(_))
            | (Kind::Snap, Value::Snap(_))
            | (Kind::Time, Value::Time(_))
            | (Kind::Socket, Value::Socket(_))
            | (Kind::Bytes, Value::Bytes(_))
            | (Kind::Text, Value::Text(_)) => true,
            _ => false,
        }
    }
}

/// Bytes without a decoder of their own.
pub(crate) const BYTES: &Shape = &Shape::Leaf(Kind::Bytes);

/// What a list begins with.
pub(crate) const COUNT: &[Row] =
    &[Row::part("count", "u32", <u32 as Fixed>::SHAPE, "how many there are")];

/// What a blob begins with.
pub(crate) const LENGTH: &[Row] =
    &[Row::part("length", "u32", <u32 as Fixed>::SHAPE, "bytes that follow")];

/// What an envelope begins with.
pub(crate) const ENVELOPE: &[Row] = &[
    Row::part("version", "u8", <u8 as Fixed>::SHAPE, "version of the encoding inside"),
    Row::part("compat", "u8", <u8 as Fixed>::SHAPE, "the oldest version whose decoder can read it"),
    Row::part("length", "u32", <u32 as Fixed>::SHAPE, "bytes that follow"),
];

/// What may stand behind everything that is known.
pub(crate) const REST: &[Row] =
    &[Row::part("rest", "bytes", BYTES, "what newer versions put behind the fields known here")];

impl Row {
    /// Whether it is there for the encoding alone, as an envelope's version or a list's count, and says nothing
    /// of what the message is about.
    #[must_use]
    pub fn is_framing(&self) -> bool {
        [COUNT, LENGTH, ENVELOPE, REST].iter().any(|rows| rows.contains(self))
    }
}

/// Tables made one, at compile time.
pub(crate) const fn join<const N: usize>(tables: &[&[Row]]) -> [Row; N] {
    let mut all = [Row::part("", "", BYTES, ""); N];
    let (mut at, mut table) = (0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            all[at] = tables[table][row];
            (at, row) = (at + 1, row + 1);
        }
        table += 1;
    }
    all
}

/// Rows of all of these tables.
pub(crate) const fn count(tables: &[&[Row]]) -> usize {
    let (mut rows, mut table) = (0, 0);
    while table < tables.len() {
        rows += tables[table].len();
        table += 1;
    }
    rows
}

/// One table of several, in wire order. Each is a block of lines `[since VERSION] [if CONDITION] name: Type` in
/// brackets, or a table.
macro_rules! rows {
    (@shape $Ty:ty) => { <$Ty as $crate::wire::Field<'static>>::SHAPE };
    (@shape $Ty:ty, $shape:expr) => { $shape };
    (@table [ $( $(#[doc = $doc:literal])+ $(@since $since:literal)? $(@if $cond:ident)? $field:ident: $Ty:ty $(= $shape:expr)?, )+ ]) => {
        &[$( $crate::wire::Row {
            since: 0 $(+ $since)?,
            only: { let only: &[&str] = &[$(stringify!($cond))?]; only.first().copied() },
            ..$crate::wire::Row::part(
                stringify!($field),
                stringify!($Ty),
                $crate::wire::rows!(@shape $Ty $(, $shape)?),
                concat!($($doc),+),
            )
        } ),+]
    };
    (@table $table:expr) => { $table };
    ($( $table:tt )+) => {{
        const TABLES: &[&[$crate::wire::Row]] = &[$( $crate::wire::rows!(@table $table) ),+];
        const ROWS: [$crate::wire::Row; $crate::wire::count(TABLES)] = $crate::wire::join(TABLES);
        &ROWS
    }};
}
pub(crate) use rows;
