//! glTF: each `uri` in it, wherever an extension puts one.

use std::io::{self, BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::scan::Scan;

/// Finds the names in glTF as text.
pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(text);
    Any {
        scan,
        is_uri: false,
    }
    .deserialize(&mut json)
    .map_err(io::Error::from)
}

/// Finds the names in the JSON of binary glTF.
pub fn find_in_binary(bytes: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    let mut header = [0; 20];
    bytes.read_exact(&mut header)?;
    let length = u32::from_le_bytes([header[12], header[13], header[14], header[15]]);
    find(&mut bytes.take(length.into()), scan)
}

/// Any value; its texts are names if it is the value of `uri`.
struct Any<'a> {
    scan: &'a mut Scan,
    is_uri: bool,
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        // Data that is in the file itself has no name.
        if self.is_uri && !text.starts_with("data:") {
            self.scan.add(decoded(text));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let is_uri = key == "uri";
            map.next_value_seed(Any {
                scan: self.scan,
                is_uri,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list
            .next_element_seed(Any {
                scan: self.scan,
                is_uri: false,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A URI with its escapes (`%20`) replaced.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [first, more @ ..] = rest {
        let escaped = match (first, more) {
            (b'%', [a, b, ..]) => std::str::from_utf8(&[*a, *b])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
