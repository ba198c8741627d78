//! The files of a page, embedded in the binary, so that it works offline and has the version of the
//! server. The hub's page and the runtime's each have their own, and both use the [`SHARED`] ones.
//!
//! Its content security policy allows nothing from other sites, only the scripts and styles of the
//! page, no text that becomes markup (trusted types), and no frame around it.

use std::collections::HashMap;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::etag::client_has;

/// The content security policy of a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of a page.
#[derive(Debug, Clone, Copy)]
pub struct PageFile {
    /// Its path in the folder of the page, such as `shared/dom.js`.
    pub name: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// Embeds files of the folder `page` of a crate, by their paths in it.
#[macro_export]
macro_rules! page_files {
    ($($name:literal,)*) => {
        &[$($crate::PageFile {
            name: $name,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/page/", $name)),
        },)*]
    };
}

/// The files that all pages use. They import only each other.
const SHARED: &[PageFile] = page_files![
    "shared/base.css",
    "shared/copy.js",
    "shared/crash.js",
    "shared/dom.js",
    "shared/format.js",
    "shared/icon.svg",
    "shared/icons.js",
    "shared/lanes.js",
    "shared/live.js",
    "shared/markdown.js",
    "shared/notices.js",
    "shared/record-list.js",
    "shared/request.js",
    "shared/run-words.js",
    "shared/storage.js",
    "shared/theme.js",
    "shared/typing.js",
    "shared/virtual-list.js",
];

/// The files of one page, each with its strong entity tag.
#[derive(Debug)]
pub struct PageFiles(HashMap<&'static str, (PageFile, String)>);

impl PageFiles {
    /// These files and the shared ones.
    pub fn new(own: &[PageFile]) -> Self {
        let all = own.iter().chain(SHARED);
        let tagged = all.map(|file| {
            let tag = format!("\"{:.32x}\"", Sha256::digest(file.bytes));
            (file.name, (*file, tag))
        });
        PageFiles(tagged.collect())
    }

    /// The answer to a request for this file; none if there is no such file.
    pub fn answer(&self, name: &str, headers: &HeaderMap) -> Option<Response> {
        let (file, tag) = self.0.get(name)?;
        let is_known = client_has(headers, tag);
        let headers = [
            (header::CONTENT_TYPE, media_type(name)),
            (header::ETAG, tag.as_str()),
            // Browsers check each time, so that a page never runs with files of another version of
            // the server.
            (header::CACHE_CONTROL, "no-cache"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        Some(match is_known {
            true => (StatusCode::NOT_MODIFIED, headers).into_response(),
            false => (headers, file.bytes).into_response(),
        })
    }

    /// What must not be in a file, such as markup that is made of texts; for tests of a page.
    pub fn faults(&self) -> Vec<String> {
        let forbidden = [
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "https://",
            " style=\"",
            "@import",
        ];
        let mut faults = Vec::new();
        for (file, _) in self.0.values() {
            let text = String::from_utf8_lossy(file.bytes);
            let found = forbidden.iter().filter(|part| text.contains(**part));
            faults.extend(found.map(|part| format!("{}: {part}", file.name)));
            let imports = text.split("from \"./").skip(1);
            let imports = imports.chain(text.split("import \"./").skip(1));
            for rest in imports {
                let import = rest.split('"').next().unwrap_or_default();
                let folder = file.name.rsplit_once('/').map(|(folder, _)| folder);
                let name = folder.map_or(import.into(), |folder| format!("{folder}/{import}"));
                if !self.0.contains_key(name.as_str()) {
                    faults.push(format!("{} imports {name}, which is not there", file.name));
                }
            }
        }
        faults
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

    const TWO: &[PageFile] = &[
        PageFile {
            name: "one.js",
            bytes: b"import { h } from \"./shared/dom.js\";",
        },
        PageFile {
            name: "two.js",
            bytes: b"import \"./three.js\"; it.innerHTML = 1",
        },
    ];

    #[test]
    fn known_file_is_not_sent_again() {
        let files = PageFiles::new(TWO);
        let answer = |name: &str, tag: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            files.answer(name, &headers).map(|answer| answer.status())
        };
        let tag = |name: &str| files.0[name].1.clone();
        assert_eq!(
            answer("one.js", &tag("one.js")),
            Some(StatusCode::NOT_MODIFIED)
        );
        assert_eq!(answer("one.js", &tag("two.js")), Some(StatusCode::OK));
        assert_eq!(answer("shared/dom.js", "\"\""), Some(StatusCode::OK));
        assert_eq!(answer("dom.js", "\"\""), None);
    }

    #[test]
    fn faults_are_found() {
        let mut faults = PageFiles::new(TWO).faults();
        faults.sort();
        let expected = [
            "two.js imports three.js, which is not there",
            "two.js: innerHTML",
        ];
        assert_eq!(faults, expected);
        assert_eq!(PageFiles::new(&[]).faults(), [""; 0]);
    }
}
