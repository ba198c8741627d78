//! Where versions go: a template of folders, `{family}/{name}/v{version:03}/{file}`.
//!
//! A version is one folder, which appears by one rename. So the last part is `{file}`, and the part
//! before it is the only one with the version. Each part becomes exactly one folder, whatever the
//! values are.

use pyblish_sdk::{Failure, Result, fail};

use crate::name;

/// A template that was read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The folders above those of the versions.
    above: Vec<Vec<Piece>>,
    /// The name of a version's folder.
    version: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Key(String),
    /// The number of the version, with at least this many digits.
    Version(usize),
}

/// The widest number of a version.
const MOST_DIGITS: usize = 9;

impl Template {
    /// Reads a template; the failure is about the setting.
    pub fn read(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Failure::new(format!(
                "the setting template, {text:?}, {what}; the default is {:?}",
                crate::config::TEMPLATE
            ))
        };
        let mut parts: Vec<&str> = text.split('/').collect();
        if parts.pop() != Some("{file}") {
            return Err(wrong("must end with /{file}"));
        }
        let parts: Vec<Vec<Piece>> = parts
            .into_iter()
            .map(|part| pieces(part).map_err(|what| wrong(&what)))
            .collect::<Result<_>>()?;
        let versions = |part: &Vec<Piece>| {
            let is_version = |piece: &&Piece| matches!(piece, Piece::Version(_));
            part.iter().filter(is_version).count()
        };
        match parts.split_last() {
            Some((version, above))
                if versions(version) == 1 && above.iter().all(|part| versions(part) == 0) =>
            {
                Ok(Template {
                    above: above.to_vec(),
                    version: version.clone(),
                })
            }
            _ => Err(wrong(
                "must have {version} exactly once, in the last folder before /{file}",
            )),
        }
    }

    /// The folder of the versions beneath the root, without slashes at its ends. Empty if the
    /// template has only the folder of the version.
    pub fn folder(&self, value: &dyn Fn(&str) -> Option<String>) -> Result<String> {
        let parts = self.above.iter().map(|part| filled(part, 0, value));
        Ok(parts.collect::<Result<Vec<_>>>()?.join("/"))
    }

    /// The name of a version's folder.
    pub fn version(&self, number: u64, value: &dyn Fn(&str) -> Option<String>) -> Result<String> {
        filled(&self.version, number, value)
    }

    /// The number of the version that a folder with this name is, if it is one.
    pub fn number(&self, folder: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<u64> {
        let at = self
            .version
            .iter()
            .position(|piece| matches!(piece, Piece::Version(_)))?;
        let start = joined(&self.version[..at], 0, value).ok()?.to_lowercase();
        let end = joined(&self.version[at + 1..], 0, value)
            .ok()?
            .to_lowercase();
        let folder = folder.to_lowercase();
        let number = folder.strip_prefix(&start)?.strip_suffix(&end)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.parse().ok())?
    }
}

/// The pieces of a part, or what is wrong with it.
fn pieces(part: &str) -> std::result::Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = part;
    if part.is_empty() {
        return Err("has an empty folder".into());
    }
    while let Some(at) = rest.find(['{', '}']) {
        let (text, marked) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        let end = marked.find('}').filter(|_| marked.starts_with('{'));
        let end = end.ok_or("has a brace without its pair")?;
        pieces.push(key(&marked[1..end])?);
        rest = &marked[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    let texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let is_dots = matches!(pieces.as_slice(), [Piece::Text(text)] if text.starts_with('.'));
    let bad = |text: &str| text.contains(|c: char| c == '\\' || c.is_control());
    if is_dots || texts.into_iter().any(bad) {
        return Err(format!(
            "has {part:?}, which cannot be the name of a folder"
        ));
    }
    Ok(pieces)
}

fn key(text: &str) -> std::result::Result<Piece, String> {
    let (key, format) = text
        .split_once(':')
        .map_or((text, None), |(key, format)| (key, Some(format)));
    match (key, format) {
        ("version", None) => Ok(Piece::Version(1)),
        ("version", Some(format)) => {
            let width = format.strip_prefix('0').unwrap_or(format);
            let width = width.strip_suffix('d').unwrap_or(width).parse().ok();
            let width = width.filter(|width| (1..=MOST_DIGITS).contains(width));
            width.map(Piece::Version).ok_or_else(|| {
                format!("has {{{text}}}, but a version has 01 to 0{MOST_DIGITS} digits")
            })
        }
        ("file", _) => Err("has {file} before its end".into()),
        ("", _) => Err("has a key without a name".into()),
        (_, Some(_)) => Err(format!("has {{{text}}}, but only a version has digits")),
        (key, None) => Ok(Piece::Key(key.into())),
    }
}

/// A part as the name of a folder.
fn filled(pieces: &[Piece], number: u64, value: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let part = joined(pieces, number, value)?;
    let what = pieces.iter().find_map(|piece| match piece {
        Piece::Key(key) => Some(key.as_str()),
        _ => None,
    });
    name::must_be_plain(what.unwrap_or("folder"), &part)?;
    Ok(part)
}

fn joined(pieces: &[Piece], number: u64, value: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Version(width) => text.push_str(&format!("{number:0width$}")),
            Piece::Key(key) => match value(key).filter(|value| !value.is_empty()) {
                Some(value) => text.push_str(&value),
                None => fail!(
                    "the setting template has {{{key}}}, which has no value here: give it one for \
                     all with --set values={key}=VALUE, or for an instance in its data"
                ),
            },
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(key: &str) -> Option<String> {
        Some(match key {
            "family" => "image".into(),
            "name" => "hero".into(),
            "up" => "..".into(),
            "deep" => "a/b".into(),
            _ => return None,
        })
    }

    fn wrong(text: &str) -> String {
        Template::read(text).unwrap_err().message().to_owned()
    }

    #[test]
    fn a_template_says_where_a_version_is() {
        let template =
            Template::read("show/{family}/{name}/{name}_v{version:03}_x/{file}").unwrap();
        assert_eq!(template.folder(&values).unwrap(), "show/image/hero");
        assert_eq!(template.version(7, &values).unwrap(), "hero_v007_x");
        assert_eq!(template.version(1007, &values).unwrap(), "hero_v1007_x");
        for (folder, number) in [
            ("hero_v007_x", Some(7)),
            ("HERO_V12_X", Some(12)),
            ("hero_v007", None),
            ("hero_v_x", None),
            ("hero_v7a_x", None),
        ] {
            assert_eq!(template.number(folder, &values), number, "{folder}");
        }
    }

    #[test]
    fn a_value_stays_in_its_folder() {
        for text in ["{up}/v{version}/{file}", "{deep}/v{version}/{file}"] {
            let failure = Template::read(text).unwrap().folder(&values).unwrap_err();
            assert!(failure.message().contains("cannot be the name of a folder"));
        }
        let template = Template::read("{project}/v{version}/{file}").unwrap();
        let failure = template.folder(&values).unwrap_err();
        assert!(failure.message().contains("--set values=project=VALUE"));
    }

    #[test]
    fn a_mistake_is_named() {
        for (text, part) in [
            ("{family}/{name}/v{version:03}", "must end with /{file}"),
            ("{family}/{name}/{file}", "exactly once"),
            ("v{version}/{name}/{file}", "exactly once"),
            ("{version}{version}/{file}", "exactly once"),
            ("/v{version}/{file}", "an empty folder"),
            ("../v{version}/{file}", "cannot be the name"),
            ("a\\b/v{version}/{file}", "cannot be the name"),
            ("{name/v{version}/{file}", "without its pair"),
            ("name}/v{version}/{file}", "without its pair"),
            ("{}/v{version}/{file}", "without a name"),
            ("{file}/v{version}/{file}", "before its end"),
            ("{name:3}/v{version}/{file}", "only a version"),
            ("v{version:x}/{file}", "01 to 09 digits"),
            ("v{version:010}/{file}", "01 to 09 digits"),
        ] {
            assert!(wrong(text).contains(part), "{text}: {}", wrong(text));
        }
    }
}
