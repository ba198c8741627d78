use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use crate::stderr::Error;
use pyblish_model::visible_json;
use pyblish_platform::output;
use pyblish_report::Report;

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For machines
    Json,
    /// One self-contained page
    Html,
    /// JUnit XML, for continuous integration
    Xml,
}

impl Format {
    /// The format that the file's extension stands for.
    pub fn of(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Format::Json),
            "html" | "htm" => Some(Format::Html),
            "xml" => Some(Format::Xml),
            _ => None,
        }
    }

    /// The report in this format.
    pub fn render(self, report: &Report) -> Result<String, Error> {
        Ok(match self {
            Format::Json => {
                let mut text = serde_json::to_string_pretty(&pyblish_report::document(report))?;
                text.push('\n');
                // The content is the same, but readable in a terminal.
                visible_json(&text).into_owned()
            }
            Format::Html => pyblish_report::to_html(report),
            Format::Xml => pyblish_report::to_junit(report),
        })
    }
}

/// A file for a report; its extension says the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    path: PathBuf,
    format: Format,
}

impl FromStr for Document {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        match Format::of(&path) {
            Some(format) => Ok(Document { path, format }),
            None => Err("the name of a report must end in .json, .html or .xml".into()),
        }
    }
}

impl Document {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that the report can be written, so that a user does not learn after an hour that it
    /// cannot.
    pub fn check(&self) -> Result<(), Error> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if !folder.as_os_str().is_empty() && !folder.is_dir() {
            let (path, folder) = (self.path.display(), folder.display());
            return Err(format!(
                "the report {path} cannot be written, because there is no folder {folder}; create \
                 it, or name another with --report"
            )
            .into());
        }
        if self.path.is_dir() {
            let path = self.path.display();
            return Err(format!(
                "the report {path} cannot be written: it is a folder; name a file"
            )
            .into());
        }
        Ok(())
    }

    pub fn write(&self, report: &Report) -> Result<(), Error> {
        let text = self.format.render(report)?;
        let path = self.path.display();
        output::write(&self.path, text.as_bytes())
            .map_err(|error| format!("the report {path} cannot be written: {error}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_the_format() {
        for (name, format) in [
            ("a.json", Some(Format::Json)),
            ("b/a.HTML", Some(Format::Html)),
            ("a.b.xml", Some(Format::Xml)),
            ("a.pdf", None),
            ("json", None),
            (".json", None),
        ] {
            let document = name.parse::<Document>();
            assert_eq!(document.ok().map(|d| d.format), format, "{name}");
        }
    }

    #[test]
    fn a_report_needs_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let document = |name: &str| {
            let path = place.path().join(name);
            path.to_str().unwrap().parse::<Document>().unwrap()
        };
        assert!(document("a.json").check().is_ok());
        let message = document("b/a.json").check().unwrap_err().to_string();
        assert!(message.contains("there is no folder"), "{message}");
        assert!("a.json".parse::<Document>().unwrap().check().is_ok());
    }
}
