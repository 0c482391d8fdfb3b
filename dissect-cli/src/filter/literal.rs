//! Values as people write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;

use ceph_codec::types::{Caps, EntityType, SnapId};

use super::error::{Error, quoted};
use super::expr::{Literal, Net};
use super::scan::{Quoted, Word};
use super::suggest::{did_you_mean, near};
use super::{Names, Type, moment};

/// Most names that an error lists.
const MAX_LISTED: usize = 12;

/// Reads a value for a field of this type.
pub(super) fn read(word: &Word<'_>, ty: Type) -> Result<Literal, Error> {
    let text = unquote(word)?;
    if let Type::Text | Type::Path = ty {
        return Ok(Literal::Text(text.into()));
    }
    let no = || Error::new(word.span.clone(), format!("expected {}", ty.expected()));
    if let (Type::Bytes, Some(_)) = (ty, word.quoted) {
        return Ok(Literal::Text(text.into()));
    }
    let text = String::from_utf8(text).map_err(|_| no())?;
    let number = match ty {
        Type::Bytes => return bytes(&text).map(|b| Literal::Text(b.into())).ok_or_else(no),
        Type::Addr => {
            return net(&text).map(Literal::Addr).ok_or_else(|| no().hint_if(zeros(&text)));
        }
        Type::Entity => return entity(&text).map_err(|hint| no().hint_if(hint)),
        Type::Label(all) => return label(&text, all).map_err(|error| error.at(word, ty)),
        Type::Named(all) => named(&text, all, word.quoted).map_err(|error| error.at(word, ty))?,
        Type::Uint | Type::Ino => unsigned(&text).map_err(|hint| no().hint_if(hint))?,
        Type::Of(kind) => {
            let digits = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
            signed(digits.unwrap_or(&text)).map_err(|hint| no().hint_if(hint))?
        }
        Type::Int => signed(&text).map_err(|hint| no().hint_if(hint))?,
        Type::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => 1,
            "false" | "0" => 0,
            _ => return Err(no()),
        },
        Type::Snap => snap(&text).ok_or_else(no)?,
        Type::Caps => caps(&text).map_err(|(at, hint)| {
            let mut error = no().hint_if(hint);
            if word.quoted.is_none() {
                let spot = word.span.start + at.min(text.len().saturating_sub(1));
                error.span = spot..word.span.end;
            }
            error
        })?,
        Type::Time => moment::time(&text).ok_or_else(no)?,
        Type::Elapsed => moment::span(&text).ok_or_else(no)?,
        Type::Text | Type::Path | Type::Group => return Err(no()),
    };
    Ok(Literal::Number(number))
}

/// A mask of bits: caps for sets of caps, else a number, or a name.
pub(super) fn mask(word: &Word<'_>, ty: Type) -> Result<i128, Error> {
    let ty = match ty {
        Type::Caps | Type::Named(_) => ty,
        _ => Type::Uint,
    };
    match read(word, ty)? {
        Literal::Number(bits) if bits != 0 => Ok(bits),
        _ => Err(Error::new(word.span.clone(), "no bit is chosen")),
    }
}

/// A pattern's text: nothing but a quote is escaped in it, so that backslashes are the pattern's own.
pub(super) fn pattern(word: &Word<'_>) -> String {
    match word.quoted {
        None => word.text.to_owned(),
        Some(_) => raw(word.text),
    }
}

fn raw(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(quote @ ('"' | '\''))) => {
                plain.push(quote);
                chars.next();
            }
            ('\\', Some(other)) => {
                plain.extend(['\\', other]);
                chars.next();
            }
            _ => plain.push(c),
        }
    }
    plain
}

fn unquote(word: &Word<'_>) -> Result<Vec<u8>, Error> {
    match word.quoted {
        None => Ok(word.text.into()),
        Some(Quoted::Raw) => Ok(raw(word.text).into()),
        Some(Quoted::Plain) => {
            let from = word.span.end - 1 - word.text.len();
            unescape(word.text).map_err(|Range { start, end }| {
                Error::new(from + start..from + end, "no such escape").hint(
                    r#"known are \" \' \\ \n \r \t \0 \xff \u263a; in r"..." a backslash is one"#,
                )
            })
        }
    }
}

/// The text without escapes, or where there is one that does not exist.
fn unescape(text: &str) -> Result<Vec<u8>, Range<usize>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let len = c.len_utf8();
        if c != '\\' {
            plain.extend(text.get(at..at + len).unwrap_or_default().bytes());
            at += len;
            continue;
        }
        let Some(sort) = text.get(at + 1..).and_then(|rest| rest.chars().next()) else {
            return Err(at..text.len());
        };
        let digits = match sort {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let end = at + 1 + sort.len_utf8();
        let code = text.get(end..end + digits).filter(|digits| is_hex(digits));
        let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match (sort, code) {
            ('x', Some(byte)) => plain.push(byte as u8),
            ('u' | 'U', Some(code)) if char::from_u32(code).is_some() => {
                plain.extend(char::from_u32(code).map(String::from).unwrap_or_default().bytes());
            }
            ('n', _) => plain.push(b'\n'),
            ('r', _) => plain.push(b'\r'),
            ('t', _) => plain.push(b'\t'),
            ('0', _) => plain.push(0),
            ('"' | '\'' | '\\', _) => plain.push(sort as u8),
            _ => return Err(at..end),
        }
        at = end + digits;
    }
    Ok(plain)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A number, or why it is none, if there is more to say.
fn unsigned(text: &str) -> Result<i128, Option<String>> {
    let (digits, radix) = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (text, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let negative = text.strip_prefix('-').is_some_and(|rest| unsigned(rest).is_ok());
        return Err(negative.then(|| "it is never negative".to_owned()));
    }
    if radix == 10
        && digits.len() > 1
        && digits.starts_with('0')
        && unsigned(digits.trim_start_matches('0')).is_ok()
    {
        let plain = digits.trim_start_matches('0');
        let octal = match plain.bytes().all(|b| matches!(b, b'0'..=b'7')) {
            true => format!(", or 0o{plain} if it is octal"),
            false => String::new(),
        };
        return Err(Some(format!("numbers have no zeros in front: write {plain}{octal}")));
    }
    match u64::from_str_radix(digits, radix) {
        Ok(number) => Ok(number.into()),
        Err(error) => match error.kind() {
            std::num::IntErrorKind::PosOverflow => {
                Err(Some("that is more than 64 bits".to_owned()))
            }
            _ if radix == 10 && is_hex(digits) => {
                Err(Some("hexadecimal numbers begin with 0x".to_owned()))
            }
            _ => Err(None),
        },
    }
}

fn signed(text: &str) -> Result<i128, Option<String>> {
    match text.strip_prefix('-') {
        Some(digits) => match unsigned(digits)? {
            number if number <= 1 << 63 => Ok(-number),
            _ => Err(Some("that is more than 64 bits".to_owned())),
        },
        None => unsigned(text),
    }
}

/// In hexadecimal, as it is shown.
fn snap(text: &str) -> Option<i128> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    match text {
        "head" => Some(SnapId::HEAD.0.into()),
        "snapdir" => Some(SnapId::SNAPDIR.0.into()),
        _ if is_hex(digits) => u64::from_str_radix(digits, 16).ok().map(i128::from),
        _ => None,
    }
}

/// A set of caps, or from which byte on it is none.
fn caps(text: &str) -> Result<i128, (usize, Option<String>)> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let bits = unsigned(text).map_err(|hint| (0, hint))?;
        let fits = u32::try_from(bits).is_ok();
        return if fits { Ok(bits) } else { Err((0, Some("caps have 32 bits".to_owned()))) };
    }
    text.parse::<Caps>().map(|caps| caps.0.into()).map_err(|error| {
        let hint = match format!("F{text}").parse::<Caps>() {
            Ok(caps) => Some(format!("letters have a group in front, such as {caps}")),
            Err(_) => {
                Some("groups are A, L, X and F, such as AsLsXsFsxcrwb, and p alone".to_owned())
            }
        };
        (error.at, hint)
    })
}

/// Pairs of hexadecimal digits, with or without something between.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let separator = digits.chars().nth(2).filter(|c| matches!(c, ':' | '-' | '.'));
    let mut rest = digits;
    while !rest.is_empty() {
        let pair = rest.get(..2).filter(|pair| is_hex(pair))?;
        bytes.push(u8::from_str_radix(pair, 16).ok()?);
        rest = rest.get(2..)?;
        if let (Some(separator), false) = (separator, rest.is_empty()) {
            rest = rest.strip_prefix(separator)?;
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// An address, one with a port, or a network.
pub(super) fn net(text: &str) -> Option<Net> {
    if let Ok(socket) = text.parse::<SocketAddr>() {
        let ip = socket.ip().to_canonical();
        return Some(Net { ip, prefix: width(ip), port: Some(socket.port()) });
    }
    let (ip, prefix) = match text.split_once('/') {
        Some((ip, prefix)) => (ip, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    let ip: IpAddr = ip.parse().ok()?;
    let prefix = prefix.unwrap_or(width(ip));
    let (ip, prefix) = match ip.to_canonical() {
        _ if prefix > width(ip) => return None,
        // The other way to write version 4.
        plain if plain != ip && prefix >= 96 => (plain, prefix - 96),
        _ => (ip, prefix),
    };
    let ip = match ip {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask32(prefix))),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask128(prefix))),
    };
    Some(Net { ip, prefix, port: None })
}

/// What is wrong with an address whose numbers have zeros in front.
fn zeros(text: &str) -> Option<String> {
    let (ip, _) = text.split_once([':', '/']).unwrap_or((text, ""));
    let plain: Vec<_> = ip.split('.').map(|part| part.trim_start_matches('0')).collect();
    let plain: Vec<_> = plain.iter().map(|part| if part.is_empty() { "0" } else { part }).collect();
    let plain = plain.join(".");
    let is_address = plain.parse::<Ipv4Addr>().is_ok();
    (is_address && plain != ip).then(|| format!("numbers have no zeros in front: write {plain}"))
}

fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn mask32(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn mask128(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

impl Net {
    /// Whether this address is one of them.
    pub(super) fn holds(&self, socket: &SocketAddr) -> bool {
        self.port.is_none_or(|port| port == socket.port())
            && match (self.ip, socket.ip().to_canonical()) {
                (IpAddr::V4(net), IpAddr::V4(ip)) => {
                    net.to_bits() == ip.to_bits() & mask32(self.prefix)
                }
                (IpAddr::V6(net), IpAddr::V6(ip)) => {
                    net.to_bits() == ip.to_bits() & mask128(self.prefix)
                }
                _ => false,
            }
    }
}

/// `mds.0`, or a kind alone.
fn entity(text: &str) -> Result<Literal, Option<String>> {
    let (kind, number) = match text.split_once('.') {
        Some((kind, number)) => (kind, Some(number)),
        None => (text, None),
    };
    let kind = kind.to_ascii_lowercase();
    let known = || EntityType::KNOWN.iter().map(|(_, name)| *name);
    if !known().any(|name| name == kind) {
        let list = known().collect::<Vec<_>>().join(", ");
        return Err(did_you_mean(&near(&kind, known())).or(Some(format!("kinds are {list}"))));
    }
    match number {
        None => Ok(Literal::AnyOf(format!("{kind}.").into_bytes().into())),
        Some("?") => Ok(Literal::Text(format!("{kind}.?").into_bytes().into())),
        Some(number) => {
            let number = unsigned(number)?;
            Ok(Literal::Text(format!("{kind}.{number}").into_bytes().into()))
        }
    }
}

/// A name that does not exist, and those that do.
struct Unknown {
    text: String,
    hint: Option<String>,
}

impl Unknown {
    fn of(text: &str, names: &[&'static str]) -> Unknown {
        let like = near(text, names.iter().copied());
        let hint = did_you_mean(&like).or_else(|| match names.len() {
            0 => None,
            len if len <= MAX_LISTED => Some(format!("known are {}", names.join(", "))),
            len => {
                let some = names.get(..MAX_LISTED).unwrap_or_default().join(", ");
                Some(format!("known are {some} and {} more", len - MAX_LISTED))
            }
        });
        Unknown { text: text.to_owned(), hint }
    }

    fn at(self, word: &Word<'_>, ty: Type) -> Error {
        let message = format!("{} is unknown; expected {}", quoted(&self.text), ty.expected());
        Error::new(word.span.clone(), message).hint_if(self.hint)
    }
}

/// Whether a name is meant: in either case, with `-` for `_`.
fn is_meant(text: &str, name: &str) -> bool {
    let plain = |b: u8| if b == b'-' { b'_' } else { b.to_ascii_lowercase() };
    text.bytes().map(plain).eq(name.bytes().map(plain))
}

fn label(text: &str, all: &[&'static str]) -> Result<Literal, Unknown> {
    let exact = all.iter().find(|name| **name == text);
    let found = exact.or_else(|| all.iter().find(|name| is_meant(text, name)));
    found.map(|name| Literal::Text(name.as_bytes().into())).ok_or_else(|| Unknown::of(text, all))
}

fn named(text: &str, all: Names, quoted: Option<Quoted>) -> Result<i128, Unknown> {
    let hint = match (quoted, signed(text)) {
        (None, Ok(number)) => return Ok(number),
        (_, Ok(_)) => None,
        (_, Err(hint)) => hint,
    };
    // As a number without a name is shown.
    let shown = text.strip_prefix("unknown(").and_then(|rest| rest.strip_suffix(')'));
    let shown = shown.and_then(|number| unsigned(number).ok());
    number_of(text, all).or(shown).ok_or_else(|| {
        let unknown = Unknown::of(text, &Type::Named(all).names());
        Unknown { hint: hint.or(unknown.hint), ..unknown }
    })
}

/// The number with this name.
pub(super) fn number_of(text: &str, all: Names) -> Option<i128> {
    let exact = all.iter().find(|(_, name)| *name == text);
    let found = exact.or_else(|| all.iter().find(|(_, name)| is_meant(text, name)));
    found.map(|(number, _)| i128::from(*number))
}
