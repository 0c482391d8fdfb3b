//! Whether a filter holds. Nothing here allocates or fails.

use std::cmp::Ordering;
use std::ops::ControlFlow::{Break, Continue};

use ceph_codec::Value;
use memchr::memmem;

use super::expr::{Expr, Field, Function, Literal, Member, Operand, Order, Relation, Test};
use super::types::Kind;
use super::{FieldId, Row, Type};

impl Expr {
    /// As deep as the parser allows.
    pub(super) fn holds(&self, row: &dyn Row) -> bool {
        match self {
            Expr::And(parts) => parts.iter().all(|part| part.holds(row)),
            Expr::Or(parts) => parts.iter().any(|part| part.holds(row)),
            Expr::Xor(parts) => parts.iter().fold(false, |odd, part| odd ^ part.holds(row)),
            Expr::Not(inner) => !inner.holds(row),
            Expr::Test(test) => test.holds(row),
        }
    }
}

/// Whether values of a field meet something: all of them, and there is one, or any.
fn quantified(
    row: &dyn Row,
    field: FieldId,
    all: bool,
    mut is_met: impl FnMut(&Value<'_>) -> bool,
) -> bool {
    let mut seen = false;
    let mut is_decided = false;
    row.each(field, &mut |value| {
        seen = true;
        is_decided |= is_met(&value) != all;
        if is_decided { Break(()) } else { Continue(()) }
    });
    seen && is_decided != all
}

impl Test {
    fn holds(&self, row: &dyn Row) -> bool {
        let field = self.field.id;
        match self.function {
            None => quantified(row, field, self.all, |value| self.is_met(value, row)),
            Some(Function::Len) => quantified(row, field, self.all, |value| {
                text(value).is_some_and(|text| self.is_met(&Value::Uint(text.len() as u64), row))
            }),
            Some(Function::Count) => {
                let mut count = 0;
                row.each(field, &mut |_| {
                    count += 1;
                    Continue(())
                });
                count > 0 && self.is_met(&Value::Uint(count), row)
            }
        }
    }

    /// Whether one value meets it.
    fn is_met(&self, value: &Value<'_>, row: &dyn Row) -> bool {
        match &self.relation {
            Relation::Present => self.mask.is_none() || self.number(value).is_some_and(|n| n != 0),
            Relation::Is(order, Operand::Value(literal)) => {
                self.compare(value, literal).is_some_and(|is| order.fits(is))
            }
            Relation::Is(order, Operand::Field(other)) => {
                quantified(row, other.id, self.all, |right| {
                    self.compare_with(value, other, right).is_some_and(|is| order.fits(is))
                })
            }
            Relation::In(members) => members.iter().any(|member| match member {
                Member::One(literal) => self.compare(value, literal) == Some(Ordering::Equal),
                Member::Range(first, last) => {
                    self.compare(value, first).is_some_and(Ordering::is_ge)
                        && self.compare(value, last).is_some_and(Ordering::is_le)
                }
            }),
            Relation::Contains(Operand::Value(part)) => match part {
                Literal::Number(bits) => number(value).is_some_and(|n| n & bits == *bits),
                Literal::Text(part) => text(value).is_some_and(|text| has(text, part)),
                Literal::AnyOf(_) | Literal::Addr(_) => false,
            },
            Relation::Contains(Operand::Field(other)) => {
                quantified(row, other.id, self.all, |part| match other.ty.kind() {
                    Kind::Text => text(value).zip(text(part)).is_some_and(|(t, part)| has(t, part)),
                    _ => number(value).zip(number(part)).is_some_and(|(n, bits)| n & bits == bits),
                })
            }
            Relation::Matches(pattern) => text(value).is_some_and(|text| pattern.matches(text)),
        }
    }

    /// How a value stands to another; what has no order is equal or greater. `None` if they are not of a kind.
    fn compare(&self, value: &Value<'_>, literal: &Literal) -> Option<Ordering> {
        let equal = |is: bool| if is { Ordering::Equal } else { Ordering::Greater };
        match (literal, value) {
            (Literal::Number(right), _) => Some(self.number(value)?.cmp(right)),
            (Literal::Text(right), _) => Some(text(value)?.cmp(right)),
            (Literal::AnyOf(begin), _) => Some(equal(text(value)?.starts_with(begin))),
            (Literal::Addr(net), Value::Socket(socket)) => Some(equal(net.holds(socket))),
            (Literal::Addr(_), _) => None,
        }
    }

    /// The same for another field's value.
    fn compare_with(&self, left: &Value<'_>, other: &Field, right: &Value<'_>) -> Option<Ordering> {
        match (other.ty.kind(), left, right) {
            (Kind::Text, ..) => Some(text(left)?.cmp(text(right)?)),
            (Kind::Addr, Value::Socket(left), Value::Socket(right)) => {
                let address = |a: &std::net::SocketAddr| (a.ip().to_canonical(), a.port());
                Some(address(left).cmp(&address(right)))
            }
            (Kind::Addr, ..) => None,
            _ => Some(self.number(left)?.cmp(&plain(number(right)?, other.ty))),
        }
    }

    /// As a number, of which only the chosen bits count.
    fn number(&self, value: &Value<'_>) -> Option<i128> {
        let number = plain(number(value)?, self.field.ty);
        Some(number & self.mask.unwrap_or(-1))
    }
}

impl Order {
    fn fits(self, ordering: Ordering) -> bool {
        match self {
            Order::Eq => ordering.is_eq(),
            Order::Ne => ordering.is_ne(),
            Order::Lt => ordering.is_lt(),
            Order::Le => ordering.is_le(),
            Order::Gt => ordering.is_gt(),
            Order::Ge => ordering.is_ge(),
        }
    }
}

/// Whatever is not 0 is true.
fn plain(number: i128, ty: Type) -> i128 {
    match ty {
        Type::Bool => i128::from(number != 0),
        _ => number,
    }
}

fn number(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Uint(n) | Value::Named(n, _) => Some((*n).into()),
        Value::Int(n) => Some((*n).into()),
        Value::Ino(ino) => Some(ino.0.into()),
        Value::Caps(caps) => Some(caps.0.into()),
        Value::Snap(snap) => Some(snap.0.into()),
        Value::Time(time) => Some(i128::from(time.sec) * 1_000_000_000 + i128::from(time.nsec)),
        _ => None,
    }
}

fn text<'v>(value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Text(text) | Value::Bytes(text) => Some(text),
        Value::Named(_, name) => name.map(str::as_bytes),
        _ => None,
    }
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memmem::find(text, part).is_some()
}
