//! The page: the reference frontend, embedded in the binary, so that it works offline and fits its runtime.
//!
//! It uses nothing but `/pyblish/v2`. Its policy for the browser: nothing from elsewhere, no script or style but
//! the files below, no text that becomes markup (trusted types), in nobody's frame.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of the page.
struct File {
    name: &'static str,
    bytes: &'static [u8],
}

/// Files of `runtime/page`, by their names.
macro_rules! files {
    ($($name:literal,)*) => {
        &[$(File { name: $name, bytes: include_bytes!(concat!("../../page/", $name)) },)*]
    };
}

const INDEX: &str = "index.html";

const FILES: &[File] = files![
    "index.html",
    "api.js",
    "app.js",
    "commands.js",
    "compare.js",
    "data-editor.js",
    "details.js",
    "dom.js",
    "format.js",
    "history.js",
    "icon.svg",
    "icons.js",
    "keys.js",
    "live.js",
    "main.js",
    "marks.js",
    "notices.js",
    "overview-row.js",
    "overview.js",
    "problems.js",
    "records.js",
    "reports.js",
    "rules.js",
    "run-bar.js",
    "session-bar.js",
    "store.js",
    "style.css",
    "theme.js",
    "timeline.js",
    "virtual-list.js",
];

/// A strong tag of each file's bytes, in the order of the files.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tag = |file: &File| {
        let digest = Sha256::digest(file.bytes);
        let digits: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("\"{digits}\"")
    };
    FILES.iter().map(tag).collect()
});

/// The page at `/`, its files below `/page`.
pub fn routes() -> Router {
    Router::new()
        .route("/", get(async |headers| answer(INDEX, &headers)))
        .route("/page/{name}", get(file))
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&name, &headers)
}

fn answer(name: &str, headers: &HeaderMap) -> Response {
    let mut files = FILES.iter().zip(TAGS.iter());
    let Some((file, tag)) = files.find(|(file, _)| file.name == name) else {
        return super::error(
            StatusCode::NOT_FOUND,
            &format!("the page has no file {name:?}; it begins at /"),
        );
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known.filter_map(|value| value.to_str().ok());
    let has_it = known.any(|list| list.split(',').any(|known| known.trim() == tag));
    let headers = [
        (header::CONTENT_TYPE, media_type(name)),
        (header::ETAG, tag.as_str()),
        // Asked for each time, so that a page never runs with files of another runtime.
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    match has_it {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, file.bytes).into_response(),
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

    /// A file that is in the folder and not in the table would be missing in the binary alone.
    #[test]
    fn every_file_of_the_folder_is_embedded() {
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
    fn a_file_that_is_known_is_not_sent_again() {
        let status = |tag: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            answer(INDEX, &headers).status()
        };
        assert_eq!(status(&TAGS[0]), StatusCode::NOT_MODIFIED);
        assert_eq!(status(&TAGS[1]), StatusCode::OK);
    }

    #[test]
    fn nothing_of_the_page_is_inline_or_from_elsewhere() {
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
