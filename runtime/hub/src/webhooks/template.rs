//! The text for a studio's chat: `{fields}` stand for what the run says.
//!
//! What machines send can be any text. In a chat it must not become a mention of everybody or a
//! link, so it is escaped as Slack and Mattermost ask for.

use std::fmt::Write;
use std::str::FromStr;

use serde_json::json;

use super::event::{EndedRun, FailedPair, PublishedVersion};

/// The media type of the body for a chat.
pub(super) const MEDIA_TYPE: &str = "application/json";

/// Characters of the longest template.
const LONGEST: usize = 2_000;

/// Characters of the longest value of one field.
const LONGEST_VALUE: usize = 500;

/// How many versions or failures one field names.
const NAMED: usize = 5;

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A field that there is not.
    #[error("there is no field {{{0}}}; there are {list}", list = Field::list())]
    Field(String),
    /// A brace without its other one.
    #[error("a brace of the text has no other one; write {{{{ and }}}} for braces themselves")]
    Brace,
    /// It is empty or too long.
    #[error("the text must have 1 to {LONGEST} characters")]
    Length,
}

macro_rules! fields {
    ($($field:ident $name:literal $value:expr,)*) => {
        /// Something that a text can name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Field { $($field),* }

        impl Field {
            const ALL: &[(&'static str, Field)] = &[$(($name, Field::$field)),*];

            fn value(self, run: &EndedRun) -> String {
                match self { $(Field::$field => { let value: fn(&EndedRun) -> String = $value; value(run) }),* }
            }
        }
    };
}

fields! {
    Published "published" |run| published(&run.published),
    Failures "failures" |run| failures(run),
    State "state" |run| run.state.clone(),
    Reason "reason" |run| run.reason.clone().unwrap_or_default(),
    User "user" |run| run.user.clone().unwrap_or_else(|| "somebody".into()),
    Machine "machine" |run| run.machine.clone(),
    Adapter "adapter" |run| run.adapter.clone(),
    Host "host" |run| run.host.clone().unwrap_or_default(),
    Project "project" |run| run.project.clone().unwrap_or_default(),
    Task "task" |run| run.task.clone().unwrap_or_default(),
    Comment "comment" |run| run.comment.clone().unwrap_or_default(),
    Succeeded "succeeded" |run| run.succeeded.to_string(),
    Failed "failed" |run| run.failed.to_string(),
    Run "run" |run| run.id.to_string(),
}

impl Field {
    fn list() -> String {
        let names = Field::ALL.iter().map(|(name, _)| format!("{{{name}}}"));
        names.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// A text with fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

impl Template {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body for a chat: `{"text": …}`, which Slack, Mattermost and others take.
    pub(super) fn body(&self, run: &EndedRun) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(words) => text += words,
                Part::Field(field) => text += &escaped(&field.value(run)),
            }
        }
        json!({ "text": text }).to_string()
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if text.trim().is_empty() || text.chars().count() > LONGEST || text.contains('\0') {
            return Err(TemplateError::Length);
        }
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text.chars().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                '{' | '}' if rest.peek() == Some(&letter) => {
                    rest.next();
                    words.push(letter);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some('{') | None => return Err(TemplateError::Brace),
                            Some(other) => name.push(other),
                        }
                    }
                    let known = Field::ALL.iter().find(|(known, _)| *known == name);
                    let (_, field) = known.ok_or(TemplateError::Field(name))?;
                    parts.push(Part::Text(std::mem::take(&mut words)));
                    parts.push(Part::Field(*field));
                }
                '}' => return Err(TemplateError::Brace),
                other => words.push(other),
            }
        }
        parts.push(Part::Text(words));
        let text = text.to_owned();
        Ok(Template { text, parts })
    }
}

/// In one line, not too long, and without what a chat would act on.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for letter in value.chars().take(LONGEST_VALUE) {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            // `@channel` mentions everybody; a space of no width after the sign prevents that.
            '@' => escaped += "@\u{200b}",
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    if value.chars().nth(LONGEST_VALUE).is_some() {
        escaped.push('…');
    }
    escaped
}

/// Such as `hero rig v012, hero model v003`.
fn published(versions: &[PublishedVersion]) -> String {
    let new: Vec<_> = versions.iter().filter(|it| !it.unchanged).collect();
    let named = new.iter().map(|it| match it.version {
        Some(version) => format!("{} v{version:03}", it.name),
        None => it.name.clone(),
    });
    list(named, new.len(), "nothing")
}

/// Such as `ValidateNames on hero: a name has spaces`.
fn failures(run: &EndedRun) -> String {
    let named = run.failures.iter().map(|failure| {
        let FailedPair {
            plugin,
            instance,
            message,
        } = failure;
        let mut text = plugin.clone();
        if let Some(instance) = instance {
            // Writing to a `String` cannot fail.
            let _ = write!(text, " on {instance}");
        }
        if let Some(message) = message {
            let _ = write!(text, ": {message}");
        }
        text
    });
    let all = usize::try_from(run.failed).unwrap_or_default();
    list(named, all.max(run.failures.len()), "nothing")
}

/// The first of so many, and how many more there are.
fn list(named: impl Iterator<Item = String>, all: usize, none: &str) -> String {
    let first: Vec<_> = named.take(NAMED).collect();
    let more = all - first.len();
    match (first.is_empty(), more) {
        (true, _) => none.into(),
        (false, 0) => first.join(", "),
        (false, more) => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn said(template: &str, run: &EndedRun) -> String {
        let body = template.parse::<Template>().unwrap().body(run);
        let body: Value = serde_json::from_str(&body).unwrap();
        body["text"].as_str().unwrap().to_owned()
    }

    fn version(name: &str, version: Option<i64>, unchanged: bool) -> PublishedVersion {
        let (name, path) = (name.to_owned(), String::new());
        PublishedVersion {
            name,
            version,
            path,
            unchanged,
        }
    }

    #[test]
    fn text_says_what_was_published() {
        let mut run = EndedRun::example();
        run.published = vec![
            version("hero rig", Some(12), false),
            version("hero model", Some(3), true),
            version("notes", None, false),
        ];
        assert_eq!(
            said("{published} published by {user} {{now}}", &run),
            "hero rig v012, notes published by test {now}"
        );
        run.published = (0..7).map(|n| version("a", Some(n), false)).collect();
        assert!(said("{published}", &run).ends_with("a v004 and 2 more"));
        run.published.clear();
        assert_eq!(said("{published}", &run), "nothing");
    }

    #[test]
    fn text_says_what_failed() {
        let mut run = EndedRun::example();
        run.failed = 9;
        run.failures = vec![FailedPair {
            plugin: "ValidateNames".into(),
            instance: Some("hero".into()),
            message: Some("no".into()),
        }];
        assert_eq!(
            said("{failures} ({failed}, run {run})", &run),
            "ValidateNames on hero: no and 8 more (9, run 0)"
        );
    }

    #[test]
    fn nobody_is_mentioned_by_what_a_machine_sends() {
        let mut run = EndedRun::example();
        run.comment = Some("<!channel> @channel <http://evil|x> & \n\u{1b}".into());
        assert_eq!(
            said("<!here> {comment}", &run),
            "<!here> &lt;!channel&gt; @\u{200b}channel &lt;http://evil|x&gt; &amp;   "
        );
        run.comment = Some("x".repeat(LONGEST_VALUE + 1));
        assert_eq!(said("{comment}", &run).chars().count(), LONGEST_VALUE + 1);
    }

    #[test]
    fn wrong_text_is_refused() {
        for (text, reason) in [
            (
                "{name}",
                "there is no field {name}; there are {published}, {failures}",
            ),
            ("{", "has no other one"),
            ("a } b", "write {{ and }}"),
            ("{a{b}}", "has no other one"),
            (" ", "1 to 2000 characters"),
            (&"x".repeat(LONGEST + 1), "1 to 2000 characters"),
        ] {
            let said = text.parse::<Template>().unwrap_err().to_string();
            assert!(said.contains(reason), "{said}");
        }
        assert!("x".repeat(LONGEST).parse::<Template>().is_ok());
    }
}
