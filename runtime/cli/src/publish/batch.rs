//! A list of what to publish, as vendors send it with a delivery: CSV with a heading, or JSON.
//!
//! | column | what |
//! | --- | --- |
//! | `path` | required: a file, or a sequence as `hero.1001.exr`, `hero.####.exr`, `hero.%04d.exr` or `hero.<UDIM>.exr` |
//! | `name` | the name that it is published under |
//! | `family` | its family |
//! | `frames` | the first and the last frame that must be there, `1001-1048` |
//! | `version` | the number of the version that it becomes |
//! | `comment` | a comment on it |
//! | any other | a value in the instance's data |
//!
//! Each mistake names its line. Nothing is published if a line is wrong.

use std::collections::HashMap;
use std::path::Path;

use pyblish_model::{Change, Context, DataKey, Instance, InstanceId, JsonText};
use serde_json::{Map, Value};

use crate::stderr::Error;

/// The list.
#[derive(Debug)]
pub struct Batch {
    file: String,
    rows: Vec<Row>,
}

/// What one line says.
#[derive(Debug, PartialEq)]
struct Row {
    /// Its line in the file, or its place in the list of JSON, from 1 on.
    line: u64,
    path: String,
    /// The first and the last frame.
    frames: Option<(f64, f64)>,
    /// Values for the data of the instance.
    data: Map<String, Value>,
}

/// The columns with a meaning of their own, and the key of the data that each becomes.
const KEYS: [(&str, &str); 4] = [
    ("name", "asset"),
    ("family", "family"),
    ("version", "wantedVersion"),
    ("comment", "comment"),
];

impl Batch {
    /// Reads a file: CSV, or JSON if its extension says so.
    pub fn read(path: &Path) -> Result<Batch, Error> {
        let file = path.display().to_string();
        let text = std::fs::read(path).map_err(|error| {
            format!("the batch {file} cannot be read ({error}): check the path")
        })?;
        // Spreadsheets write a mark before UTF-8.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let is_json = path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("json"));
        let rows = match is_json {
            true => from_json(text),
            false => from_csv(text),
        };
        let rows = rows.map_err(|wrong| format!("the batch {file} cannot be used: {wrong}"))?;
        if rows.is_empty() {
            return Err(format!("the batch {file} has no line beside its heading").into());
        }
        Ok(Batch { file, rows })
    }

    /// The instances that the list names, and the changes to their data.
    pub fn apply(&self, context: &Context) -> Result<(Vec<InstanceId>, Vec<Change>), Error> {
        let mut taken: HashMap<&InstanceId, u64> = HashMap::new();
        let (mut changes, mut wrong) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let found = context.instances.iter().find(|it| row.names(it));
            let Some(instance) = found else {
                wrong.push(format!("line {}: {} was not collected", row.line, row.path));
                continue;
            };
            if let Some(other) = taken.insert(&instance.id, row.line) {
                wrong.push(format!(
                    "line {}: {} is in line {other} already",
                    row.line, row.path
                ));
                continue;
            }
            if let Err(what) = row.check_frames(instance) {
                wrong.push(format!("line {}: {what}", row.line));
            }
            changes.extend(row.data.iter().map(|(key, value)| Change::DataSet {
                place: DataKey {
                    instance: Some(instance.id.clone()),
                    key: key.clone(),
                },
                value: JsonText::of_value(value),
            }));
        }
        if !wrong.is_empty() {
            let more = wrong.len().saturating_sub(20);
            wrong.truncate(20);
            if more > 0 {
                wrong.push(format!("and {more} more"));
            }
            return Err(format!(
                "the batch {} does not fit what was collected, so nothing was published: {}",
                self.file,
                wrong.join("; ")
            )
            .into());
        }
        let chosen = context.instances.iter().map(|it| &it.id);
        let chosen = chosen.filter(|id| taken.contains_key(id)).cloned();
        Ok((chosen.collect(), changes))
    }
}

impl Row {
    fn new(line: u64, values: impl IntoIterator<Item = (String, Value)>) -> Result<Row, String> {
        let mut row = Row {
            line,
            path: String::new(),
            frames: None,
            data: Map::new(),
        };
        for (column, value) in values {
            let is_empty = value.is_null() || value.as_str().is_some_and(|it| it.trim().is_empty());
            if is_empty {
                continue;
            }
            let text = || match &value {
                Value::String(text) => text.trim().to_owned(),
                other => other.to_string(),
            };
            match column.as_str() {
                "path" => row.path = text(),
                "frames" => {
                    let range = text();
                    let frames = frames(&range);
                    row.frames = Some(frames.ok_or_else(|| {
                        format!("line {line}: the frames {range:?} are no range: write 1001-1048")
                    })?);
                }
                "version" => {
                    let number = text();
                    let digits = number.trim_start_matches(['v', 'V']);
                    let number: u32 =
                        digits.parse().ok().filter(|it| *it > 0).ok_or_else(|| {
                            format!(
                                "line {line}: the version {number:?} is no number: write 3 or v003"
                            )
                        })?;
                    row.data.insert("wantedVersion".into(), number.into());
                }
                column => {
                    let known = KEYS.iter().find(|(known, _)| *known == column);
                    let key = known.map_or(column, |(_, key)| key);
                    row.data.insert(key.to_owned(), value);
                }
            }
        }
        match row.path.is_empty() {
            true => Err(format!("line {line}: there is no path")),
            false => Ok(row),
        }
    }

    /// Whether this is the instance that the row names.
    fn names(&self, instance: &Instance) -> bool {
        let path = self.path.replace('\\', "/");
        let is_whole = Path::new(&path).is_absolute();
        let name = path.rsplit('/').next().unwrap_or(&path);
        instance.members.iter().any(|member| {
            let member = member.replace('\\', "/");
            match is_whole {
                true => fits(&path, &member),
                false => fits(name, member.rsplit('/').next().unwrap_or(&member)),
            }
        })
    }

    fn check_frames(&self, instance: &Instance) -> Result<(), String> {
        let number = |key: &str| instance.data.get(key)?.text().parse::<f64>().ok();
        match (self.frames, number("frameStart"), number("frameEnd")) {
            (None, _, _) => Ok(()),
            (Some(wanted), Some(first), Some(last)) if wanted == (first, last) => Ok(()),
            (Some((first, last)), Some(start), Some(end)) => Err(format!(
                "{} has the frames {start}-{end}, and should have {first}-{last}",
                self.path
            )),
            (Some(_), _, _) => Err(format!("{} is no sequence", self.path)),
        }
    }
}

fn from_csv(text: &[u8]) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.trim(csv::Trim::All).from_reader(text);
    let heading = reader.headers().map_err(|error| error.to_string())?.clone();
    if !heading.iter().any(|column| column == "path") {
        return Err(format!(
            "its first line must be a heading with the column path; it is {:?}",
            heading.iter().collect::<Vec<_>>().join(",")
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let values = heading.iter().zip(&record);
        let values = values.map(|(column, text)| (column.to_owned(), Value::from(text)));
        rows.push(Row::new(line, values)?);
    }
    Ok(rows)
}

fn from_json(text: &[u8]) -> Result<Vec<Row>, String> {
    let list: Vec<Map<String, Value>> = serde_json::from_slice(text)
        .map_err(|error| format!("it must be a list of objects, each with a path ({error})"))?;
    let rows = (1..).zip(list);
    rows.map(|(line, values)| Row::new(line, values)).collect()
}

/// `1001-1048`, `-10-20`, or one frame.
fn frames(text: &str) -> Option<(f64, f64)> {
    // The first character can be a sign.
    let middle = text.get(1..)?.find('-').map(|at| at + 1);
    let (first, last) = match middle {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, text),
    };
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

/// Whether a file has this name; `####`, `%04d`, `$F4`, `<UDIM>` and `<UVTILE>` stand for a number.
fn fits(pattern: &str, file: &str) -> bool {
    if pattern == file {
        return true;
    }
    let Some((start, end)) = around_number(pattern) else {
        return false;
    };
    let number = file
        .strip_prefix(start)
        .and_then(|rest| rest.strip_suffix(end));
    number.is_some_and(|number| {
        let is_part = |c: char| c.is_ascii_digit() || "-._uvUV".contains(c);
        number.contains(|c: char| c.is_ascii_digit()) && number.chars().all(is_part)
    })
}

/// What stands before and after the number of a pattern.
fn around_number(pattern: &str) -> Option<(&str, &str)> {
    if let Some(at) = pattern.find('#') {
        let rest = pattern[at..].trim_start_matches('#');
        return Some((&pattern[..at], rest));
    }
    for mark in ["<UDIM>", "<UVTILE>"] {
        if let Some(split) = pattern.split_once(mark) {
            return Some(split);
        }
    }
    let (start, rest) = pattern.rsplit_once('%').or(pattern.rsplit_once("$F"))?;
    let is_percent = pattern[start.len()..].starts_with('%');
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    match is_percent {
        true => Some((start, rest.strip_prefix('d')?)),
        false => Some((start, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> Result<Vec<Row>, String> {
        from_csv(text.as_bytes())
    }

    #[test]
    fn columns_become_data() {
        let rows =
            csv("path,name,frames,version,shot\n\"a, b.exr\",hero,-5-10,v003,sh010\nc.png,,,,\n");
        let rows = rows.unwrap();
        assert_eq!((rows[0].line, rows[0].path.as_str()), (2, "a, b.exr"));
        assert_eq!(rows[0].frames, Some((-5.0, 10.0)));
        let data = serde_json::json!({"asset": "hero", "wantedVersion": 3, "shot": "sh010"});
        assert_eq!(Value::Object(rows[0].data.clone()), data);
        assert_eq!((rows[1].line, rows[1].data.len()), (3, 0));
        let rows =
            from_json(br#"[{"path": "a.exr", "name": "hero", "cut": [1, 2], "version": 3}]"#);
        let data = serde_json::json!({"asset": "hero", "wantedVersion": 3, "cut": [1, 2]});
        assert_eq!(Value::Object(rows.unwrap()[0].data.clone()), data);
    }

    #[test]
    fn mistake_names_its_line() {
        for (text, part) in [
            ("name\nhero\n", "the column path"),
            ("path,name\na.png,a\n,b\n", "line 3: there is no path"),
            (
                "path,frames\na.png,5\nb.png,x-y\n",
                "line 3: the frames \"x-y\"",
            ),
            ("path,frames\na.png,9-5\n", "line 2: the frames \"9-5\""),
            ("path,version\na.png,0\n", "line 2: the version \"0\""),
            ("path,name\na.png\n", "line: 2"),
        ] {
            let wrong = csv(text).unwrap_err();
            assert!(wrong.contains(part), "{text}: {wrong}");
        }
        assert!(from_json(b"{}").unwrap_err().contains("a list of objects"));
        assert!(
            from_json(b"[{\"name\": \"a\"}]")
                .unwrap_err()
                .contains("line 1")
        );
    }

    #[test]
    fn pattern_stands_for_numbers() {
        for pattern in [
            "hero.1001.exr",
            "hero.####.exr",
            "hero.%04d.exr",
            "hero.$F4.exr",
            "hero.<UDIM>.exr",
        ] {
            assert!(fits(pattern, "hero.1001.exr"), "{pattern}");
        }
        assert!(fits("a.#.exr", "a.-001.exr") && fits("a_<UVTILE>.exr", "a_u1_v2.exr"));
        for (pattern, file) in [
            ("hero.####.exr", "hero.left.exr"),
            ("hero.####.exr", "hero..exr"),
            ("hero.####.exr", "heroes.1001.exr"),
            ("100%.png", "100.png"),
            ("a.exr", "a.1.exr"),
        ] {
            assert!(!fits(pattern, file), "{pattern} {file}");
        }
    }
}
