//! How tests are joined: not before and before xor before or, as in Wireshark.

use super::error::{Error, quoted};
use super::expr::{Expr, Field, Function, Relation, Test};
use super::scan::Scan;
use super::suggest::instead_of;
use super::types::Kind;
use super::{FieldId, Fields, MAX_DEPTH, MAX_TEXT, Type};

/// What a text says, and the fields that it names. `None` if it says nothing.
pub(super) fn parse(
    text: &str,
    fields: &dyn Fields,
) -> Result<(Option<Expr>, Vec<FieldId>), Error> {
    if text.len() > MAX_TEXT {
        let message = format!("a filter has at most {} KiB", MAX_TEXT >> 10);
        return Err(Error::new(0..text.len(), message));
    }
    let scan = Scan::new(text);
    let mut parser = Parser { scan, fields, used: Vec::new(), depth: 0, patterns: 0 };
    if parser.scan.is_at_end() {
        return Ok((None, Vec::new()));
    }
    let root = parser.any_of(0)?;
    match parser.scan.is_at_end() {
        true => Ok((Some(root), parser.used)),
        false => Err(parser.left_over()),
    }
}

pub(super) struct Parser<'t> {
    pub(super) scan: Scan<'t>,
    pub(super) fields: &'t dyn Fields,
    /// Every field named so far.
    pub(super) used: Vec<FieldId>,
    depth: usize,
    pub(super) patterns: usize,
}

/// A way to join expressions: its sign, its word, how the parsed form says it.
type Joint = (&'static str, &'static str, fn(Vec<Expr>) -> Expr);

/// Signs of two characters.
const OPERATORS: [&str; 9] = ["&&", "||", "^^", "==", "!=", "<=", ">=", "~=", ".."];

/// The loosest first.
const JOINTS: [Joint; 3] =
    [("||", "or", Expr::Or), ("^^", "xor", Expr::Xor), ("&&", "and", Expr::And)];

impl Parser<'_> {
    /// Expressions joined by what binds at least as strongly as this joint.
    fn any_of(&mut self, joint: usize) -> Result<Expr, Error> {
        let Some((sign, word, join)) = JOINTS.get(joint).copied() else { return self.one() };
        let first = self.any_of(joint + 1)?;
        let mut parts = Vec::new();
        while self.scan.sign(sign).is_some() || self.keyword(word) {
            parts.push(self.any_of(joint + 1)?);
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, first);
        Ok(join(parts))
    }

    /// Something that needs no parentheses.
    fn one(&mut self) -> Result<Expr, Error> {
        if self.scan.sign("!").is_some() || self.keyword("not") {
            self.enter()?;
            // A negation and the parentheses that it is for are one level.
            let inner = match self.scan.sign("(") {
                Some(_) => self.inside()?,
                None => self.one()?,
            };
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(inner)));
        }
        if self.scan.sign("(").is_some() {
            self.enter()?;
            let inner = self.inside()?;
            self.depth -= 1;
            return Ok(inner);
        }
        self.test()
    }

    /// The rest of an expression in parentheses.
    fn inside(&mut self) -> Result<Expr, Error> {
        let from = self.scan.at() - 1;
        let inner = self.any_of(0)?;
        if self.scan.sign(")").is_some() {
            return Ok(inner);
        }
        match self.scan.is_at_end() {
            true => Err(Error::new(from..from + 1, "this parenthesis is not closed")),
            false => Err(self.left_over()),
        }
    }

    fn enter(&mut self) -> Result<(), Error> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => {
                let message = format!("nested deeper than {MAX_DEPTH} levels");
                Err(Error::new(self.scan.at() - 1..self.scan.at(), message))
            }
            false => Ok(()),
        }
    }

    /// Reads this word, if it comes next, in either case.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let name = self.scan.peek_name();
        let found = name.eq_ignore_ascii_case(word);
        if found {
            self.scan.pass(name.len());
        }
        found
    }

    /// A field and what is asked of it.
    fn test(&mut self) -> Result<Expr, Error> {
        let at = self.scan.at();
        let mut quantifier = None;
        for (word, all) in [("all", true), ("any", false)] {
            // Unless it is a field's name.
            if quantifier.is_none() && self.fields.find(word).is_none() && self.keyword(word) {
                quantifier = Some(all);
            }
        }
        let quantified = at..self.scan.at();
        let called = self.scan.at();
        let function = self.function()?;
        let mut field = self.field()?;
        if let Some(function) = function {
            if function == Function::Len && field.ty.kind() != Kind::Text {
                let message =
                    format!("{} holds {}, which have no length", field.name, field.ty.what());
                return Err(Error::new(called..self.scan.at(), message));
            }
            if self.scan.sign(")").is_none() {
                return Err(self.missing(")"));
            }
            field.ty = Type::Uint;
        }
        let called = called..self.scan.at();
        let mask = self.mask(&field)?;
        let (negated, all, relation) = self.relation(&field, mask.is_some())?;
        if let (Relation::Present, None, Some(_)) = (&relation, mask, quantifier) {
            let name = &field.name;
            return Err(Error::new(quantified, "this needs a comparison").hint(format!(
                "such as `all {name} == ...`; `{name}` alone asks whether there is any"
            )));
        }
        if let (Relation::Present, None, Some(_)) = (&relation, mask, function) {
            return Err(Error::new(called, "this is a number, and needs a comparison"));
        }
        let all = quantifier.unwrap_or(all);
        let test = Expr::Test(Box::new(Test { field, function, mask, all, relation }));
        Ok(if negated { Expr::Not(Box::new(test)) } else { test })
    }

    /// A function and its parenthesis.
    fn function(&mut self) -> Result<Option<Function>, Error> {
        let name = self.scan.peek_name();
        let from = self.scan.at();
        let mut behind = Scan::new(self.scan.rest());
        behind.pass(name.len());
        let Some(parenthesis) = behind.sign("(").filter(|_| !name.is_empty()) else {
            return Ok(None);
        };
        self.scan.pass(parenthesis.end);
        let known = Function::ALL.into_iter().find(|function| name == function.name());
        known.map(Some).ok_or_else(|| {
            let names = Function::ALL.map(|function| format!("{}()", function.name()));
            Error::new(from..from + name.len(), "no such function")
                .hint(format!("there are {}", names.join(" and ")))
        })
    }

    fn field(&mut self) -> Result<Field, Error> {
        let name = self.scan.peek_name();
        if let Some(field) = self.known(name) {
            self.used.push(field.id);
            self.scan.pass(name.len());
            return Ok(field);
        }
        let begins = |c: char| c.is_alphabetic() || c == '_';
        if !name.starts_with(begins) {
            return Err(self.no_field(name.len()));
        }
        let at = self.scan.at();
        let message = format!("no field is called {}", quoted(name));
        Err(Error::new(at..at + name.len(), message).hint(instead_of(name, self.fields)))
    }

    /// What to say of something that stands where a field should.
    fn no_field(&mut self, len: usize) -> Error {
        let rest = self.scan.rest();
        let at = self.scan.at();
        let Some(found) = rest.chars().next() else {
            return Error::new(at..at, "expected a field, but here it ends");
        };
        let sign =
            OPERATORS.iter().find(|sign| rest.starts_with(**sign)).map_or(0, |sign| sign.len());
        let error = |message| Error::new(at..at + len.max(sign).max(found.len_utf8()), message);
        match found {
            '@' => error("there are no raw fields").hint("`-x` shows the bytes of a field"),
            '$' => error("there are no references and no macros"),
            '[' | '{' => error("expected a field").hint("parentheses are ( and )"),
            _ => error("expected a field")
                .hint("a test begins with a field's name, and the value comes behind it"),
        }
    }

    /// The field with this name.
    pub(super) fn known(&self, name: &str) -> Option<Field> {
        let (id, ty) = self.fields.find(name)?;
        Some(Field { id, name: name.into(), ty })
    }

    /// What to say of something behind an expression.
    fn left_over(&mut self) -> Error {
        let name = self.scan.peek_name();
        let len = match name.len() {
            0 => self.scan.rest().chars().next().map_or(0, char::len_utf8),
            len => len,
        };
        let rest = self.scan.rest();
        let at = self.scan.at();
        let error = |message| Error::new(at..at + len, message);
        match rest.as_bytes() {
            [b')', ..] => error("this parenthesis was not opened"),
            [b'|', ..] => error("expected && or ||").hint("one of both is `||`, or `or`"),
            [b'^', ..] => error("expected && or ||").hint("just one of both is `^^`, or `xor`"),
            [b'[', ..] => {
                let len = rest.find(']').map_or(1, |end| end + 1);
                Error::new(at..at + len, "there are no slices").hint(
                    "`contains` and `matches` look into texts and bytes, `&` at bits of numbers",
                )
            }
            [b'#', ..] => error("there are no layers").hint("`any` and `all` tell values apart"),
            [b'+' | b'*' | b'/' | b'%', ..] => error("there is no arithmetic"),
            [b'<' | b'>' | b'=' | b'!', ..] => error("expected && or || or the end")
                .hint("two comparisons are joined: `x > 1 && x < 5`, or `x in {2..4}`"),
            _ => error("expected && or || or the end"),
        }
    }
}
