//! The command that lists fields.

use std::io::Write;

use ceph_dissect::fields::{Field, Registry};
use ceph_dissect::render;

use super::Status;
use super::args::{CheckFormat, ColorWhen};
use super::commands::{stdout, style};

/// Runs it.
pub(super) fn run(
    pattern: Option<&str>,
    format: CheckFormat,
    all: bool,
    color: ColorWhen,
) -> anyhow::Result<Status> {
    let registry = Registry::get();
    let found = pattern.and_then(|pattern| registry.find(pattern));
    let mut fields: Vec<&Field> = match pattern {
        Some(pattern) => registry.select(pattern),
        None => registry.fields().iter().collect(),
    };
    if !all {
        fields.retain(|field| !field.is_framing || found.is_some_and(|it| it.id == field.id));
    }
    if let (Some(pattern), []) = (pattern, &fields[..]) {
        anyhow::bail!("{}", unknown(pattern, registry));
    }
    let (mut out, style) = (stdout(), style(color, false));
    match (format, found, &fields[..]) {
        (CheckFormat::Json, ..) => render::fields_json(&fields, &mut out)?,
        (CheckFormat::Text, Some(_), [field]) => render::field(field, &style, &mut out)?,
        (CheckFormat::Text, ..) if pattern.is_none() && !all => {
            render::fields_overview(registry, &style, &mut out)?;
        }
        (CheckFormat::Text, ..) => render::fields(&fields, &style, &mut out)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// What to say of a name that does not exist: those that are most like it.
fn unknown(pattern: &str, registry: &Registry) -> String {
    if let Some(known) = registry.instead_of(pattern) {
        return format!("no field is called {pattern:?}; {known}");
    }
    let likeness = |name: &str| strsim::jaro_winkler(pattern, name);
    let mut like: Vec<_> = registry.names().map(|name| (likeness(name), name)).collect();
    like.retain(|(likeness, _)| *likeness > 0.8);
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    let like: Vec<_> = like.iter().take(3).map(|(_, name)| *name).collect();
    let hint = match like[..] {
        [] => String::new(),
        _ => format!(", did you mean {}?", like.join(" or ")),
    };
    format!("no field is like {pattern:?}{hint} (`ceph-dissect fields` lists them)")
}
