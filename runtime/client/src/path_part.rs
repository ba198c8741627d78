use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 3986 (2.3) calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A text, such as an id, as a part of the path of an address.
pub fn path_part(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_paths_are_made_of_is_encoded() {
        assert_eq!(path_part("a-Z_0.~"), "a-Z_0.~");
        assert_eq!(path_part("a/b ?#%ä"), "a%2Fb%20%3F%23%25%C3%A4");
    }
}
