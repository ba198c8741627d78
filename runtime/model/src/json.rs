//! JSON that is only passed on stays text.
//!
//! A tree of JSON takes up to a hundred times the memory of its text (`[{},{},…]`), and the sender
//! of the text decides how much that is. So a value of `data` is kept as its text. It is checked
//! and counted once, when it arrives, and parsed later only where a rule asks for it. A reader
//! looks at the parts of a value one after the other and builds no tree.
//!
//! The text is compact, with no spaces and each character written the one way that `serde_json`
//! writes it, so that equal texts are equal values and no line break is in it. Numbers stay as they
//! were written.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// How deep lists and objects may lie in each other. What we answer puts a few more around a value,
/// and readers of JSON, `serde_json` among them, refuse more than 127.
pub const NESTING: usize = 100;

/// Characters of a number without an exponent that is finite, whatever its digits are.
const SHORT_NUMBER: usize = 300;

/// How many values may still be read. A text, a number, a list, an object, `true`, `false` and
/// `null` count one each.
#[derive(Debug, Clone)]
pub struct Budget {
    most: usize,
    left: usize,
}

impl Budget {
    /// A budget of this many values.
    pub fn of(most: usize) -> Self {
        Budget { most, left: most }
    }

    /// No limit: for what this program wrote itself.
    pub fn unlimited() -> Self {
        Budget::of(usize::MAX)
    }

    /// Counts one value.
    ///
    /// # Errors
    /// There are too many: [`JsonError::Values`].
    pub fn take(&mut self) -> Result<(), JsonError> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or(JsonError::Values(self.most))?;
        Ok(())
    }
}

/// Why a text is refused. The message follows `that` or `the body`: "a value that is not JSON (…)".
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON.
    #[error("is not JSON ({0})")]
    Malformed(#[from] serde_json::Error),
    /// It is nested deeper than [`NESTING`](crate::NESTING).
    #[error("has lists and objects more than {NESTING} deep in each other")]
    Nested,
    /// It holds a number that is infinite.
    #[error("has a number that is too large for a float of 64 bits")]
    Infinite,
    /// It has more values than this.
    #[error("has, with what came before it, more than {0} values")]
    Values(usize),
}

/// One value, as its text. Cheap to clone.
#[derive(Clone)]
pub struct JsonText(Arc<RawValue>);

/// What kind of value it is.
#[derive(Debug)]
pub enum Shape<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    /// A text, without its quotes and escapes.
    Text(Cow<'a, str>),
    /// A list, of which the items are read one by one.
    List(Items<'a>),
    /// An object, of which the members are read one by one.
    Object(Members<'a>),
}

impl JsonText {
    /// Parses a text, and keeps it if it is JSON within the limits.
    ///
    /// # Errors
    /// It is not JSON, or is beyond a limit.
    pub fn read(text: String, budget: &mut Budget) -> Result<JsonText, JsonError> {
        JsonText::of(RawValue::from_string(text)?, budget)
    }

    fn of(raw: Box<RawValue>, budget: &mut Budget) -> Result<JsonText, JsonError> {
        let raw = match compact(raw.get(), budget)? {
            Some(text) => RawValue::from_string(text)?,
            None => raw,
        };
        Ok(JsonText(raw.into()))
    }

    /// The JSON of a value that always has one: texts, numbers, lists, structures.
    pub fn of_value(value: &impl Serialize) -> JsonText {
        let raw = serde_json::value::to_raw_value(value).expect("plain data is JSON");
        JsonText(raw.into())
    }

    /// An object with these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, JsonText)>) -> JsonText {
        let members = members
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        JsonText::of_value(&members.collect::<IndexMap<String, JsonText>>())
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Parses its outermost level.
    pub fn shape(&self) -> Shape<'_> {
        shape(self.text())
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.text() == "null"
    }

    /// The value, if it is true or false.
    pub fn as_bool(&self) -> Option<bool> {
        match self.text() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<Cow<'_, str>> {
        match self.shape() {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text itself, or the JSON of any other value.
    pub fn to_plain(&self) -> String {
        self.as_str()
            .map_or_else(|| self.text().to_owned(), Cow::into_owned)
    }

    /// The member of this name, if it is an object that has it.
    pub fn get(&self, name: &str) -> Option<Shape<'_>> {
        match self.shape() {
            Shape::Object(mut members) => Some(members.find(|(key, _)| key == name)?.1),
            _ => None,
        }
    }

    /// Whether Python's `bool()` of it is true.
    pub fn is_truthy(&self) -> bool {
        self.shape().is_truthy()
    }
}

impl Shape<'_> {
    /// Whether Python's `bool()` of it is true.
    pub fn is_truthy(self) -> bool {
        match self {
            Shape::Null => false,
            Shape::Bool(value) => value,
            Shape::Number(number) => number.parse() != Ok(0.0),
            Shape::Text(text) => !text.is_empty(),
            Shape::List(mut items) => items.next().is_some(),
            Shape::Object(mut members) => members.next().is_some(),
        }
    }
}

/// Looks at one value of compact JSON.
fn shape(text: &str) -> Shape<'_> {
    match text.as_bytes() {
        [b'n', ..] => Shape::Null,
        [b't', ..] => Shape::Bool(true),
        [b'f', ..] => Shape::Bool(false),
        [b'"', ..] => Shape::Text(plain(text)),
        [b'[', ..] => Shape::List(Items(Parts(&text[1..]))),
        [b'{', ..] => Shape::Object(Members(Parts(&text[1..]))),
        _ => Shape::Number(text),
    }
}

/// What stands between the quotes.
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\\') {
        Cow::Owned(serde_json::from_str(text).expect("the text was checked"))
    } else {
        Cow::Borrowed(&text[1..text.len() - 1])
    }
}

/// The items of a list.
#[derive(Debug, Clone)]
pub struct Items<'a>(Parts<'a>);

impl<'a> Iterator for Items<'a> {
    type Item = Shape<'a>;

    fn next(&mut self) -> Option<Shape<'a>> {
        self.0.next().map(shape)
    }
}

/// The members of an object. A name can be there twice, because JSON allows that.
#[derive(Debug, Clone)]
pub struct Members<'a>(Parts<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Shape<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((plain(self.0.next()?), shape(self.0.next()?)))
    }
}

/// What stands between the commas and colons of compact JSON, up to the bracket that closes it.
#[derive(Debug, Clone)]
struct Parts<'a>(&'a str);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (text, bytes) = (self.0, self.0.as_bytes());
        let (mut at, mut depth) = (0, 0);
        loop {
            match bytes.get(at)? {
                b'"' => {
                    at = string(bytes, at).0;
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b',' | b':' if depth == 0 => break,
                b']' | b'}' if depth == 0 && at == 0 => return None,
                b']' | b'}' if depth == 0 => break,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        // A closing bracket stays, so that the end is seen.
        let behind = at + usize::from(matches!(bytes[at], b',' | b':'));
        self.0 = &text[behind..];
        Some(&text[..at])
    }
}

/// Where the string that begins here ends, behind its quote; and whether a character is written in
/// it in another way than `serde_json` does.
fn string(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut odd) = (start + 1, false);
    while bytes[at] != b'"' {
        if bytes[at] == b'\\' {
            at += 1;
            odd |= matches!(bytes[at], b'u' | b'/');
        }
        at += 1;
    }
    (at + 1, odd)
}

/// Checks JSON that will be read into other types than [`JsonText`], by the same rules.
///
/// # Errors
/// It is not JSON, or is beyond a limit.
pub fn check_json(json: &[u8], budget: &mut Budget) -> Result<(), JsonError> {
    let raw: &RawValue = serde_json::from_slice(json)?;
    compact(raw.get(), budget).map(drop)
}

/// Counts what is in a text of valid JSON, and answers it compact, if it is not already.
fn compact(text: &str, budget: &mut Budget) -> Result<Option<String>, JsonError> {
    let bytes = text.as_bytes();
    let mut made = String::new();
    // Up to here all is in what was made; from here to `at` it stays as it is.
    let mut kept = 0;
    let (mut at, mut depth) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                made.push_str(&text[kept..start]);
                kept = at;
            }
            b'"' => {
                let (end, odd) = string(bytes, start);
                at = end;
                if odd {
                    // An escape of half a character is found here.
                    let plain: String = serde_json::from_str(&text[start..end])?;
                    made.push_str(&text[kept..start]);
                    made.push_str(&serde_json::to_string(&plain)?);
                    kept = end;
                }
                // The name of a member is part of it.
                if bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b':') {
                    budget.take()?;
                }
            }
            b'[' | b'{' => {
                at += 1;
                depth += 1;
                budget.take()?;
                if depth > NESTING {
                    return Err(JsonError::Nested);
                }
            }
            b']' | b'}' => {
                at += 1;
                depth -= 1;
            }
            b',' | b':' => at += 1,
            _ => {
                let is_end =
                    |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                let end = bytes[start..].iter().position(is_end);
                at = end.map_or(bytes.len(), |end| start + end);
                budget.take()?;
                if !is_finite(&text[start..at]) {
                    return Err(JsonError::Infinite);
                }
            }
        }
    }
    if kept == 0 {
        return Ok(None);
    }
    made.push_str(&text[kept..]);
    Ok(Some(made))
}

/// Whether a number, if it is one, is finite as a float of 64 bits, as which Python and browsers
/// read it.
fn is_finite(token: &str) -> bool {
    let is_short = token.len() <= SHORT_NUMBER && !token.contains(['e', 'E']);
    is_short
        || matches!(token, "true" | "false" | "null")
        || token.parse().is_ok_and(f64::is_finite)
}

/// `null`.
impl Default for JsonText {
    fn default() -> Self {
        JsonText::of_value(&())
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &JsonText) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The text.
impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// No budget here: input from outside was counted before it is deserialized.
impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        JsonText::of(raw, &mut Budget::unlimited()).map_err(serde::de::Error::custom)
    }
}

impl From<Value> for JsonText {
    fn from(value: Value) -> JsonText {
        JsonText::of_value(&value)
    }
}

impl From<&str> for JsonText {
    fn from(text: &str) -> JsonText {
        JsonText::of_value(&text)
    }
}

impl From<bool> for JsonText {
    fn from(value: bool) -> JsonText {
        JsonText::of_value(&value)
    }
}

#[cfg(test)]
mod tests;
