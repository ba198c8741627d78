//! The page: the reference frontend. It only uses `/pyblish/v2`.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::error_format::refused;
use super::page_files::{PageFile, PageFiles};
use super::refusal::Refusal;
use crate::page_files;

const INDEX: &str = "index.html";

const FILES: &[PageFile] = page_files![
    "index.html",
    "action-buttons.js",
    "api.js",
    "app.js",
    "attribute-fields.js",
    "attributes.js",
    "card-text.js",
    "card.js",
    "cards.js",
    "commands.js",
    "compare.js",
    "data-editor.js",
    "details.js",
    "ended.js",
    "focus.js",
    "hand-over.js",
    "history.js",
    "job-attempt.js",
    "job-element.js",
    "job-feed.js",
    "job-words.js",
    "jobs.js",
    "keys.js",
    "main.js",
    "marks.js",
    "outcome.js",
    "overview-row.js",
    "overview.js",
    "picture.js",
    "plan.js",
    "problems.js",
    "progress.js",
    "records.js",
    "reports.js",
    "rules.js",
    "run-bar.js",
    "scene-bar.js",
    "select-button.js",
    "session-bar.js",
    "session-name.js",
    "settings.js",
    "snapshot.js",
    "splitter.js",
    "states.js",
    "store.js",
    "style.css",
    "timeline.js",
    "times.js",
];

static PAGE: LazyLock<PageFiles> = LazyLock::new(|| PageFiles::new(FILES));

/// What the page does by itself in a browser whose user has chosen nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageDefaults {
    /// Whether it collects when it opens on a session that has collected nothing.
    pub collects_at_opening: bool,
}

impl Default for PageDefaults {
    fn default() -> Self {
        PageDefaults {
            collects_at_opening: true,
        }
    }
}

/// The page at `/`, its files below `/page`. Among them are the defaults, as JSON.
pub(crate) fn routes(defaults: PageDefaults) -> Router {
    Router::new()
        .route("/", get(async |headers| answer(INDEX, &headers)))
        .route(
            "/page/defaults.json",
            get(move || async move { Json(defaults) }),
        )
        .route("/page/{*name}", get(file))
}

/// The page for somebody whose address has an old code. Its script asks the server for the sessions,
/// is refused, and says what to do.
pub(crate) fn with_old_code() -> Response {
    let mut response = answer(INDEX, &HeaderMap::new());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&name, &headers)
}

fn answer(name: &str, headers: &HeaderMap) -> Response {
    PAGE.answer(name, headers).unwrap_or_else(|| {
        let detail = format!("the page has no file {name:?}; open the page at /");
        let refusal = Refusal::new(StatusCode::NOT_FOUND, "Not found", detail);
        refused(refusal, "/page/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files in a folder of the page, as they are named.
    fn there(folder: &str) -> Vec<String> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        let entries = std::fs::read_dir(format!("{root}/{folder}")).unwrap();
        let files = entries
            .flatten()
            .filter(|entry| entry.file_type().unwrap().is_file());
        let names = files.map(|entry| entry.file_name().into_string().unwrap());
        names.map(|name| format!("{folder}{name}")).collect()
    }

    /// A file that is missing in a table would only be missing in the embedded page.
    #[test]
    fn files_of_the_folder_are_embedded() {
        for name in [there(""), there("shared/")].concat() {
            let answer = PAGE.answer(&name, &HeaderMap::new());
            assert!(answer.is_some(), "{name}");
        }
    }

    #[test]
    fn page_has_nothing_inline_or_foreign() {
        assert_eq!(PAGE.faults(), [""; 0]);
    }
}
