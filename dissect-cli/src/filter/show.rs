//! The canonical form of a filter.

use std::fmt;

use ceph_codec::types::{Caps, InodeNo, SnapId};

use super::expr::{Expr, Field, Literal, Member, Net, Operand, Order, Relation, Test};
use super::pattern::{Pattern, Sort};
use super::scan::is_bare;
use super::{Type, literal, moment};
use crate::place::Time;

impl Expr {
    /// How strongly its parts hold together.
    fn strength(&self) -> u8 {
        match self {
            Expr::Or(_) => 0,
            Expr::Xor(_) => 1,
            Expr::And(_) => 2,
            Expr::Not(_) | Expr::Test(_) => 3,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, parts) = match self {
            Expr::And(parts) => ("&&", parts),
            Expr::Xor(parts) => ("^^", parts),
            Expr::Or(parts) => ("||", parts),
            Expr::Not(inner) => {
                return match &**inner {
                    Expr::Not(_) => write!(f, "!{inner}"),
                    Expr::Test(test) if test.is_name() => write!(f, "!{inner}"),
                    _ => write!(f, "!({inner})"),
                };
            }
            Expr::Test(test) => return write!(f, "{test}"),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                write!(f, " {sign} ")?;
            }
            match part.strength() > self.strength() {
                true => write!(f, "{part}")?,
                false => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

impl Test {
    fn is_name(&self) -> bool {
        self.relation == Relation::Present && self.mask.is_none()
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (&self.relation, self.all) {
            (Relation::Is(Order::Eq, _), true) => "===",
            (Relation::Is(Order::Ne, _), false) => "!==",
            (Relation::Is(order, _), all) => {
                if all && *order != Order::Ne {
                    f.write_str("all ")?;
                }
                order.sign()
            }
            (_, all) => {
                if all {
                    f.write_str("all ")?;
                }
                ""
            }
        };
        let ty = self.field.ty;
        match self.function {
            Some(function) => write!(f, "{}({})", function.name(), self.field.name)?,
            None => f.write_str(&self.field.name)?,
        }
        if let Some(mask) = self.mask {
            f.write_str(" & ")?;
            match ty {
                Type::Caps | Type::Named(_) => number(mask, ty, f)?,
                _ => write!(f, "{mask:#x}")?,
            }
        }
        match &self.relation {
            Relation::Present => Ok(()),
            Relation::Is(_, operand) => {
                write!(f, " {sign} ")?;
                show_operand(operand, ty, f)
            }
            Relation::In(members) => {
                f.write_str(" in {")?;
                for (index, member) in members.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    match member {
                        Member::One(literal) => show(literal, ty, f)?,
                        Member::Range(first, last) => {
                            show(first, ty, f)?;
                            f.write_str("..")?;
                            show(last, ty, f)?;
                        }
                    }
                }
                f.write_str("}")
            }
            Relation::Contains(operand) => {
                f.write_str(" contains ")?;
                let part = match ty {
                    Type::Named(_) | Type::Label(_) | Type::Entity => Type::Text,
                    ty => ty,
                };
                show_operand(operand, part, f)
            }
            Relation::Matches(pattern) => {
                let sign = match (ty, pattern.sort) {
                    (Type::Path, Sort::Regex) => "~",
                    _ => "matches",
                };
                write!(f, " {sign} {pattern}")
            }
        }
    }
}

impl Order {
    fn sign(self) -> &'static str {
        match self {
            Order::Eq => "==",
            Order::Ne => "!=",
            Order::Lt => "<",
            Order::Le => "<=",
            Order::Gt => ">",
            Order::Ge => ">=",
        }
    }
}

fn show_operand(operand: &Operand, ty: Type, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match operand {
        Operand::Value(literal) => show(literal, ty, f),
        Operand::Field(Field { name, .. }) => f.write_str(name),
    }
}

fn show(literal: &Literal, ty: Type, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (literal, ty) {
        (Literal::Number(n), _) => number(*n, ty, f),
        (Literal::Addr(net), _) => write!(f, "{net}"),
        (Literal::Text(bytes), Type::Bytes) if !bytes.is_empty() => {
            for (index, byte) in bytes.iter().enumerate() {
                let separator = if index > 0 { ":" } else { "" };
                write!(f, "{separator}{byte:02x}")?;
            }
            Ok(())
        }
        (Literal::Text(text), Type::Entity) => f.write_str(&String::from_utf8_lossy(text)),
        (Literal::Text(text), Type::Label(_)) => name(&String::from_utf8_lossy(text), f),
        (Literal::Text(text), _) => escaped(text, f),
        (Literal::AnyOf(kind), _) => {
            f.write_str(String::from_utf8_lossy(kind).trim_end_matches('.'))
        }
    }
}

fn number(n: i128, ty: Type, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let bits = u64::try_from(n).unwrap_or_default();
    match ty {
        Type::Bool => write!(f, "{}", n != 0),
        Type::Ino => write!(f, "{}", InodeNo(bits)),
        Type::Snap => write!(f, "{}", SnapId(bits)),
        Type::Caps => write!(f, "{}", Caps(bits as u32)),
        Type::Time => write!(f, "{}", Time(i64::try_from(n).unwrap_or_default())),
        Type::Elapsed => f.write_str(&moment::seconds(n)),
        Type::Named(all) => {
            // Unless the name leads to another number.
            let known = all.iter().find(|(number, name)| {
                i128::from(*number) == n && literal::number_of(name, all) == Some(n)
            });
            match known {
                Some((_, known)) => name(known, f),
                None => write!(f, "{n}"),
            }
        }
        _ => write!(f, "{n}"),
    }
}

/// A name from a list: text without quotes, if it is plain.
fn name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match is_bare(name) {
        true => f.write_str(name),
        false => escaped(name.as_bytes(), f),
    }
}

fn escaped(text: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    f.write_str("\"")
}

impl fmt::Display for Pattern {
    /// In quotes; all but quotes is as it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        let mut escaped = false;
        for c in self.text.chars() {
            if c == '"' && !escaped {
                f.write_str("\\")?;
            }
            escaped = c == '\\' && !escaped;
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Net { ip, prefix, port } = self;
        match port {
            Some(port) => write!(f, "{}", std::net::SocketAddr::new(*ip, *port)),
            None if *prefix == if ip.is_ipv4() { 32 } else { 128 } => write!(f, "{ip}"),
            None => write!(f, "{ip}/{prefix}"),
        }
    }
}
