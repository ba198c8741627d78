//! The page of the hub. It only uses the API, and shares modules with the page of a runtime.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::api::HubProblem;
use pyblish_server::{PageFile, PageFiles, page_files};

const INDEX: &str = "index.html";

const FILES: &[PageFile] = page_files![
    "index.html",
    "access.js",
    "address.js",
    "api.js",
    "app.js",
    "chart.js",
    "entrance.js",
    "feed.js",
    "filters.js",
    "keys.js",
    "machines.js",
    "main.js",
    "now.js",
    "paged.js",
    "plugins.js",
    "provenance.js",
    "run.js",
    "runs.js",
    "style.css",
    "table.js",
    "versions.js",
    "words.js",
];

static PAGE: LazyLock<PageFiles> = LazyLock::new(|| PageFiles::new(FILES));

/// The page at `/`, and its files below `/page`. Everybody may read them: nothing in them is about
/// the studio.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(async |headers| answer(INDEX, &headers)))
        .route("/page/{*name}", get(file))
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&name, &headers)
}

fn answer(name: &str, headers: &HeaderMap) -> Response {
    PAGE.answer(name, headers).unwrap_or_else(|| {
        let detail = format!("the page has no file {name:?}; open the page at /");
        HubProblem::not_found("not-found", detail).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_folder_are_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            assert!(PAGE.answer(&name, &HeaderMap::new()).is_some(), "{name}");
        }
    }

    #[test]
    fn page_has_nothing_inline_or_foreign() {
        assert_eq!(PAGE.faults(), [""; 0]);
    }
}
