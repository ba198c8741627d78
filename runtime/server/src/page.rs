//! The page: the reference frontend. It is embedded in the binary, so that it works offline and has
//! the version of the server.
//!
//! It only uses `/pyblish/v2`. Its content security policy allows nothing from other sites, only
//! the scripts and styles below, no text that becomes markup (trusted types), and no frame around
//! it.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error_format::refused;
use super::etag::client_has;
use super::refusal::Refusal;

/// The content security policy of the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of the page.
struct File {
    name: &'static str,
    bytes: &'static [u8],
}

/// Files of `runtime/server/page`, by their names.
macro_rules! files {
    ($($name:literal,)*) => {
        &[$(File { name: $name, bytes: include_bytes!(concat!("../page/", $name)) },)*]
    };
}

const INDEX: &str = "index.html";

const FILES: &[File] = files![
    "index.html",
    "action-buttons.js",
    "api.js",
    "app.js",
    "card-text.js",
    "card.js",
    "cards.js",
    "commands.js",
    "compare.js",
    "copy.js",
    "crash.js",
    "data-editor.js",
    "details.js",
    "dom.js",
    "ended.js",
    "format.js",
    "history.js",
    "icon.svg",
    "icons.js",
    "keys.js",
    "live.js",
    "main.js",
    "markdown.js",
    "marks.js",
    "notices.js",
    "outcome.js",
    "overview-row.js",
    "overview.js",
    "plan.js",
    "problems.js",
    "progress.js",
    "records.js",
    "reports.js",
    "rules.js",
    "run-bar.js",
    "scene-bar.js",
    "session-bar.js",
    "session-name.js",
    "settings.js",
    "snapshot.js",
    "splitter.js",
    "states.js",
    "store.js",
    "style.css",
    "theme.js",
    "timeline.js",
    "times.js",
    "virtual-list.js",
];

/// The strong entity tag of each file, in the order of [`FILES`].
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tag = |file: &File| format!("\"{:.32x}\"", Sha256::digest(file.bytes));
    FILES.iter().map(tag).collect()
});

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
        .route("/page/{name}", get(file))
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
    let mut files = FILES.iter().zip(TAGS.iter());
    let Some((file, tag)) = files.find(|(file, _)| file.name == name) else {
        let detail = format!("the page has no file {name:?}; open the page at /");
        let refusal = Refusal::new(StatusCode::NOT_FOUND, "Not found", detail);
        return refused(refusal, "/page/");
    };
    let is_known = client_has(headers, tag);
    let headers = [
        (header::CONTENT_TYPE, media_type(name)),
        (header::ETAG, tag.as_str()),
        // Browsers check each time, so that a page never runs with files of another version of the
        // server.
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    if is_known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, file.bytes).into_response()
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is missing in the table would only be missing in the embedded page.
    #[test]
    fn files_of_the_folder_are_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        let mut there: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        there.sort();
        let mut embedded: Vec<_> = FILES.iter().map(|file| file.name).collect();
        embedded.sort_unstable();
        assert_eq!(embedded, there);
    }

    #[test]
    fn known_file_is_not_sent_again() {
        let status = |tag: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            answer(INDEX, &headers).status()
        };
        assert_eq!(status(&TAGS[0]), StatusCode::NOT_MODIFIED);
        assert_eq!(status(&TAGS[1]), StatusCode::OK);
    }

    #[test]
    fn page_has_nothing_inline_or_foreign() {
        for file in FILES {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for forbidden in [
                "innerHTML",
                "insertAdjacentHTML",
                "document.write",
                "https://",
                " style=\"",
                "@import",
            ] {
                assert!(!text.contains(forbidden), "{}: {forbidden}", file.name);
            }
        }
    }
}
