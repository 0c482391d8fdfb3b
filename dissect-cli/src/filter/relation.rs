//! What is asked of a field: operators and the values behind them.

use std::ops::Range;

use super::error::Error;
use super::expr::{Field, Literal, Member, Operand, Order, Relation};
use super::parse::Parser;
use super::pattern::{Pattern, Sort};
use super::scan::{Quoted, Word};
use super::suggest::{did_you_mean, near};
use super::types::Kind;
use super::{MAX_PATTERNS, Type, literal, moment};

/// An operator, and whether it asks for all values if nothing else is said.
#[derive(Clone, Copy)]
enum Operator {
    Is(Order, bool),
    In,
    NotIn,
    Contains,
    /// A glob for paths.
    Matches,
    Regex,
    /// What is not one; what was meant.
    Wrong(&'static str),
}

use Operator::{Contains, In, Is, Matches, NotIn, Regex, Wrong};
use Order::{Eq, Ge, Gt, Le, Lt, Ne};

/// Longer ones before those that they begin with.
const SIGNS: [(&str, Operator); 15] = [
    ("===", Is(Eq, true)),
    ("!==", Is(Ne, false)),
    ("==", Is(Eq, false)),
    ("!=", Is(Ne, true)),
    ("~=", Is(Ne, false)),
    ("<=", Is(Le, false)),
    (">=", Is(Ge, false)),
    ("<>", Wrong("!=")),
    ("=>", Wrong(">=")),
    ("=<", Wrong("<=")),
    ("=~", Wrong("~")),
    ("=", Wrong("==")),
    ("<", Is(Lt, false)),
    (">", Is(Gt, false)),
    ("~", Regex),
];

const WORDS: [(&str, Operator); 13] = [
    ("eq", Is(Eq, false)),
    ("ne", Is(Ne, true)),
    ("lt", Is(Lt, false)),
    ("le", Is(Le, false)),
    ("gt", Is(Gt, false)),
    ("ge", Is(Ge, false)),
    ("any_eq", Is(Eq, false)),
    ("all_eq", Is(Eq, true)),
    ("any_ne", Is(Ne, false)),
    ("all_ne", Is(Ne, true)),
    ("in", In),
    ("contains", Contains),
    ("matches", Matches),
];

/// Words for `&`.
const BITS: [&str; 2] = ["bitand", "bitwise_and"];
/// Words that may stand behind a test without an operator.
const ENDS: [&str; 3] = ["and", "or", "xor"];

impl<'t> Parser<'t> {
    /// The bits that are chosen, if any are.
    pub(super) fn mask(&mut self, field: &Field) -> Result<Option<i128>, Error> {
        let sign = match self.scan.rest().starts_with("&&") {
            true => None,
            false => self.scan.sign("&"),
        };
        let at = self.scan.at();
        let Some(sign) =
            sign.or_else(|| BITS.iter().any(|word| self.keyword(word)).then(|| at..self.scan.at()))
        else {
            return Ok(None);
        };
        if !field.ty.has_bits() {
            return Err(Error::new(
                sign,
                format!("{} has no bits: it holds {}", field.name, field.ty.what()),
            )
            .hint("`&` chooses bits; both of two tests is `&&`"));
        }
        let Some(word) = self.scan.word(false)? else {
            return Err(self.missing("a number, as bits, such as 0x1"));
        };
        let error = match literal::mask(&word, field.ty) {
            Ok(mask) => return Ok(Some(mask)),
            Err(error) => error,
        };
        // A field here is a test on its own.
        let is_field = word.quoted.is_none() && self.fields.find(word.text).is_some();
        let hint = is_field.then(|| "`&` chooses bits; both of two tests is `&&`".to_owned());
        Err(error.hint_if(hint))
    }

    /// What is asked: whether that is negated, whether of all values, and what.
    pub(super) fn relation(
        &mut self,
        field: &Field,
        masked: bool,
    ) -> Result<(bool, bool, Relation), Error> {
        let Some((operator, span)) = self.operator()? else {
            return Ok((false, false, Relation::Present));
        };
        let ty = field.ty;
        let unfit = |does: &str, hint: Option<String>| {
            let Field { name, ty, .. } = field;
            let message = format!("{name} holds {}, which {does}", ty.what());
            Err(Error::new(span.clone(), message).hint_if(hint))
        };
        if ty == Type::Group {
            return unfit("are compared one by one", None);
        }
        if masked && !matches!(operator, Is(..) | In | NotIn | Wrong(_)) {
            return unfit("have no text behind `&`", None);
        }
        match operator {
            Wrong(right) => {
                Err(Error::new(span, "no such operator").hint(format!("it is `{right}`")))
            }
            Is(order, _) if order.is_order() && !ty.is_ordered() => {
                unfit("are not greater or smaller", other_than_order(ty))
            }
            Is(order, all) => {
                let operand = self.operand(field)?;
                Ok((false, all, Relation::Is(order, operand)))
            }
            In | NotIn => {
                let members = self.members(field)?;
                Ok((matches!(operator, NotIn), false, Relation::In(members)))
            }
            Contains if ty.has_text() || ty.kind() == Kind::Caps => {
                let operand = match ty {
                    // Parts of names, not names.
                    Type::Named(_) | Type::Label(_) | Type::Entity => {
                        self.operand(&Field { ty: Type::Text, ..field.clone() })?
                    }
                    _ => self.operand(field)?,
                };
                match (&operand, ty) {
                    (Operand::Value(Literal::Number(0)), Type::Caps) => {
                        unfit("contain none always", Some("none at all is `== -`".to_owned()))
                    }
                    _ => Ok((false, false, Relation::Contains(operand))),
                }
            }
            Contains => unfit("contain nothing", other_than_order(ty)),
            Matches | Regex if ty.has_text() => {
                let sort = match (operator, ty) {
                    (Matches, Type::Path) => Sort::Glob,
                    _ => Sort::Regex,
                };
                Ok((false, false, Relation::Matches(self.pattern(sort)?)))
            }
            Matches | Regex => unfit("match no patterns", other_than_order(ty)),
        }
    }

    fn operator(&mut self) -> Result<Option<(Operator, Range<usize>)>, Error> {
        for (sign, operator) in SIGNS {
            if let Some(span) = self.scan.sign(sign) {
                return Ok(Some((operator, span)));
            }
        }
        let word = self.scan.peek_name();
        if word.is_empty() || ENDS.iter().any(|end| word.eq_ignore_ascii_case(end)) {
            return Ok(None);
        }
        let known = WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
        let span = self.scan.pass(word.len());
        if let Some((_, operator)) = known {
            return Ok(Some((*operator, span)));
        }
        if word.eq_ignore_ascii_case("not") {
            return match self.keyword("in") {
                true => Ok(Some((NotIn, span.start..self.scan.at()))),
                false => Err(Error::new(span, "`not` stands before a test")
                    .hint("such as `not FIELD == 3`; behind a field it is `not in {...}`")),
            };
        }
        let like = near(word, WORDS.iter().map(|(known, _)| *known).chain(ENDS));
        Err(Error::new(span, "expected an operator, such as == or contains, or && or ||")
            .hint_if(did_you_mean(&like)))
    }

    pub(super) fn missing(&mut self, what: &str) -> Error {
        let rest = self.scan.rest();
        let at = self.scan.at();
        match rest.chars().next() {
            None => Error::new(at..at, format!("expected {what}, but here it ends")),
            Some(c) => Error::new(at..at + c.len_utf8(), format!("expected {what}")),
        }
    }

    /// A value, or another field.
    fn operand(&mut self, field: &Field) -> Result<Operand, Error> {
        let Some(word) = self.value(field.ty, false)? else {
            return Err(self.missing(&field.ty.expected()));
        };
        let value = literal::read(&word, field.ty);
        let other = match word.quoted {
            // Anything is text: a field's name is the field.
            None if matches!(field.ty, Type::Text | Type::Path) || value.is_err() => {
                self.known(word.text)
            }
            _ => None,
        };
        // What is a group has no value to compare with.
        let other = other.filter(|other| value.is_err() || other.ty != Type::Group);
        match (other, value) {
            (Some(other), _) if other.ty.kind() != field.ty.kind() => {
                let [left, right] =
                    [field, &other].map(|f| format!("{} holds {}", f.name, f.ty.what()));
                let error = Error::new(word.span.clone(), format!("{right}, {left}"));
                Err(error.hint_if(match field.ty {
                    Type::Text | Type::Path => Some(format!("as text it is \"{}\"", word.text)),
                    _ => None,
                }))
            }
            (Some(other), _) => {
                self.used.push(other.id);
                Ok(Operand::Field(other))
            }
            (None, Ok(value)) => Ok(Operand::Value(value)),
            (None, Err(error)) => Err(self.elsewhere(error, &word, field)),
        }
    }

    /// What another field takes: times of the other sort, addresses of daemons and clients.
    fn elsewhere(&self, error: Error, word: &Word<'_>, field: &Field) -> Error {
        let (fits, wanted) = match field.ty {
            Type::Entity if literal::net(word.text).is_some() => {
                let name = format!("{}.addr", field.name);
                let hint = format!("an address can be compared with {name}");
                return error.hint_if(self.fields.find(&name).map(|_| hint));
            }
            Type::Elapsed => (moment::time(word.text).is_some(), Kind::Time),
            Type::Time => (moment::span(word.text).is_some(), Kind::Elapsed),
            _ => return error,
        };
        let takes = |name: &&str| self.fields.find(name).is_some_and(|(_, ty)| ty.kind() == wanted);
        let other = self.fields.names().find(takes).filter(|_| fits);
        error.hint_if(other.map(|name| format!("such a time can be compared with {name}")))
    }

    /// A value for a field of this type, bare or in quotes. `None` if there is none.
    fn value(&mut self, ty: Type, ranges: bool) -> Result<Option<Word<'t>>, Error> {
        let word = self.scan.word(ranges)?;
        Ok(match ty {
            Type::Time => word.map(|word| self.scan.moment(word, ranges)),
            _ => word,
        })
    }

    /// A list in braces, separated by commas or blanks.
    fn members(&mut self, field: &Field) -> Result<Vec<Member>, Error> {
        let ty = field.ty;
        if self.scan.sign("{").is_none() {
            let example = "{1, 2, 5..9}";
            return Err(self.missing("a list in braces").hint(format!("such as {example}")));
        }
        let from = self.scan.at() - 1;
        let mut members = Vec::new();
        loop {
            while self.scan.sign(",").is_some() {}
            if self.scan.sign("}").is_some() {
                break;
            }
            if self.scan.is_at_end() {
                return Err(Error::new(from..from + 1, "this brace is not closed"));
            }
            let first = self.member(field)?;
            let Some(dots) = self.scan.sign("..") else {
                members.push(Member::One(first.0));
                continue;
            };
            if !ty.is_ordered() {
                let message = format!("there are no ranges of {}", ty.what());
                return Err(Error::new(dots, message).hint_if(other_than_order(ty)));
            }
            let last = self.member(field)?;
            if is_behind(&first.0, &last.0) {
                return Err(Error::new(
                    first.1.start..last.1.end,
                    "this range ends before it begins",
                ));
            }
            members.push(Member::Range(first.0, last.0));
        }
        match members.is_empty() {
            true => Err(Error::new(from..self.scan.at(), "nothing is in this list")),
            false => Ok(members),
        }
    }

    fn member(&mut self, field: &Field) -> Result<(Literal, Range<usize>), Error> {
        let ty = field.ty;
        let ranges = !matches!(ty, Type::Text | Type::Path);
        let Some(word) = self.value(ty, ranges)? else {
            return Err(self.missing(&ty.expected()));
        };
        match literal::read(&word, ty) {
            Ok(value) => Ok((value, word.span)),
            Err(error) => Err(self.elsewhere(error, &word, field)),
        }
    }

    fn pattern(&mut self, sort: Sort) -> Result<Pattern, Error> {
        let Some(word) = self.scan.word(false)? else {
            let error = self.missing(match sort {
                Sort::Glob => "a pattern such as \"/dir/**\"",
                Sort::Regex => "a regular expression such as \"^a.*b$\"",
            });
            let hint =
                (!self.scan.is_at_end()).then(|| "with this sign it needs quotes".to_owned());
            return Err(error.hint_if(hint));
        };
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            let message = format!("a filter has at most {MAX_PATTERNS} patterns");
            return Err(Error::new(word.span, message));
        }
        Pattern::new(&literal::pattern(&word), sort).map_err(|reason| {
            let hint = match (sort, word.quoted) {
                (Sort::Regex, None | Some(Quoted::Plain | Quoted::Raw))
                    if word.text.starts_with('*') =>
                {
                    Some("this takes regular expressions: any characters are `.*`".to_owned())
                }
                _ => None,
            };
            Error::new(word.span.clone(), reason).hint_if(hint)
        })
    }
}

fn is_behind(first: &Literal, last: &Literal) -> bool {
    match (first, last) {
        (Literal::Number(first), Literal::Number(last)) => first > last,
        (Literal::Text(first), Literal::Text(last)) => first > last,
        _ => false,
    }
}

/// What to ask instead of a type whose values have no order, or no text.
fn other_than_order(ty: Type) -> Option<String> {
    let hint = match ty.kind() {
        Kind::Caps => {
            "`contains Fw` asks whether bits are there, `== pAsFw` for just these, `& Frw` for any of them"
        }
        Kind::Addr => {
            "`== 10.0.0.0/24` asks for a network, `in {...}` for one of several addresses"
        }
        Kind::Number => "numbers have `==`, `<`, `in {...}`, `&` and the like",
        Kind::Time | Kind::Elapsed => "times have `==`, `<`, `in {...}` and the like",
        Kind::Text => "these have `==`, `in {...}`, `contains` and `matches`",
        Kind::Group => return None,
    };
    Some(hint.to_owned())
}
