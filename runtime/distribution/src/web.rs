//! The address of an adapter on a web server.

use std::fmt::{self, Display};
use std::str::FromStr;

use reqwest::Url;

use super::loopback::is_this_machine;

/// The address of a `.wasm` file: `https://…`, or `http://…` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(Url);

impl WebAddress {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The address of the signature: the same with this behind the name of the file.
    pub(crate) fn with(&self, extension: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(&format!("{}.{extension}", self.0.path()));
        WebAddress(url)
    }
}

/// Whether this address may be asked: by TLS, or on this machine.
pub(crate) fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => url.host_str().is_some_and(is_this_machine),
        _ => false,
    }
}

impl Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for WebAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |reason: &str| format!("{text:?} {reason}; write https://HOST/NAME.wasm");
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is an address that cannot be used"));
        }
        if !is_private(&url) {
            return Err(wrong("is plain HTTP, which is only used on this machine"));
        }
        // A lock would show them to everybody.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("has a user in it, and a lock would keep that"));
        }
        if !url.path().ends_with(".wasm") || url.fragment().is_some() {
            return Err(wrong("is the address of no .wasm file"));
        }
        Ok(WebAddress(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_private() {
        for text in [
            "https://studio.lan/a/maya.wasm",
            "http://127.0.0.1:8000/maya.wasm",
            "https://studio.lan/maya.wasm?version=1",
        ] {
            assert_eq!(text.parse::<WebAddress>().unwrap().to_string(), text);
        }
        for (wrong, part) in [
            ("http://studio.lan/maya.wasm", "plain HTTP"),
            ("ftp://studio.lan/maya.wasm", "cannot be used"),
            ("https://me:secret@studio.lan/maya.wasm", "a user in it"),
            ("https://studio.lan/maya", "no .wasm file"),
            ("https://", "is no address"),
        ] {
            let said = wrong.parse::<WebAddress>().unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn signature_lies_beside_the_file() {
        let address: WebAddress = "https://studio.lan/maya.wasm?a=1".parse().unwrap();
        let beside = address.with("minisig").to_string();
        assert_eq!(beside, "https://studio.lan/maya.wasm.minisig?a=1");
    }
}
