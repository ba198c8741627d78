//! What an adapter says of itself, written into its file, so that it can be read without running any of it: a
//! custom section of the component that holds the description as JSON.
//!
//! The section is written once the component is built, from what the adapter answers to `describe`; an adapter
//! that answers something else later is refused.

use serde::{Deserialize, Serialize};

use super::Description;

/// The name of the section.
const SECTION: &str = "pyblish-endpoint";

/// The form of what is in it. Another one is not understood.
const FORM: u32 = 1;

/// Bytes before the first section: a magic number, a version, and that it is a component.
const HEADER: usize = 8;

#[derive(Serialize, Deserialize)]
struct Manifest {
    form: u32,
    description: Description,
}

/// The description in this component, if it holds one that can be read.
pub fn read(component: &[u8]) -> Option<Description> {
    let (start, end) = find(component)?.contents;
    let manifest: Manifest = serde_json::from_slice(&component[start..end]).ok()?;
    (manifest.form == FORM).then_some(manifest.description)
}

/// The component with this description in it, in place of any other.
pub fn seal(component: &[u8], description: &Description) -> Vec<u8> {
    let manifest = Manifest {
        form: FORM,
        description: description.clone(),
    };
    // A description is made of texts, numbers and JSON values.
    let json = serde_json::to_vec(&manifest).expect("a description is JSON");
    let mut body = Vec::new();
    put_number(&mut body, SECTION.len());
    body.extend_from_slice(SECTION.as_bytes());
    body.extend_from_slice(&json);
    let mut sealed = match find(component) {
        None => component.to_vec(),
        Some(Section { whole, .. }) => [&component[..whole.0], &component[whole.1..]].concat(),
    };
    sealed.push(0);
    put_number(&mut sealed, body.len());
    sealed.extend_from_slice(&body);
    sealed
}

/// Where the section is: beginnings and ends.
struct Section {
    whole: (usize, usize),
    /// What is behind its name.
    contents: (usize, usize),
}

/// Looks through all sections, for what is broken off or says two things of itself says nothing. Each is a number of
/// its kind, 0 for custom ones, its length, and so many bytes; a custom one begins with the length of its name and
/// its name.
fn find(component: &[u8]) -> Option<Section> {
    let (mut place, mut found) = (HEADER, None);
    while let Some(kind) = component.get(place) {
        let (size, start) = number(component, place + 1)?;
        let end = start
            .checked_add(size)
            .filter(|end| *end <= component.len())?;
        if *kind == 0 {
            let (length, name) = number(component, start)?;
            let contents = name
                .checked_add(length)
                .filter(|contents| *contents <= end)?;
            if &component[name..contents] == SECTION.as_bytes() {
                let section = Section {
                    whole: (place, end),
                    contents: (contents, end),
                };
                if found.replace(section).is_some() {
                    return None;
                }
            }
        }
        place = end;
    }
    found
}

/// A number of at most 32 bits in LEB128, and where it ends.
fn number(bytes: &[u8], mut place: usize) -> Option<(usize, usize)> {
    let mut value = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = *bytes.get(place)?;
        place += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((usize::try_from(value).ok()?, place));
        }
    }
    None
}

fn put_number(bytes: &mut Vec<u8>, mut value: usize) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return bytes.push(byte);
        }
        bytes.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(doc: &str) -> Description {
        Description {
            name: "shots".into(),
            version: "1.2.3".into(),
            doc: doc.into(),
            hosts: vec!["disk".into()],
            settings: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// A component with one custom section that is not ours.
    fn component() -> Vec<u8> {
        [&b"\0asm\x0d\0\x01\0"[..], &[0, 6], b"\x04name!"].concat()
    }

    #[test]
    fn what_is_sealed_is_read_and_nothing_else_changes() {
        assert_eq!(read(&component()), None);
        let sealed = seal(&component(), &description("One."));
        assert!(sealed.starts_with(&component()));
        assert_eq!(read(&sealed), Some(description("One.")));
        let long = "x".repeat(300_000);
        let again = seal(&sealed, &description(&long));
        assert_eq!(read(&again), Some(description(&long)));
        let back = seal(&again, &description("One."));
        assert_eq!(back, sealed);
    }

    #[test]
    fn what_is_broken_off_or_no_manifest_is_none() {
        let sealed = seal(&component(), &description("One."));
        for length in 0..sealed.len() {
            assert_eq!(read(&sealed[..length]), None, "{length}");
        }
        let section = &sealed[component().len()..];
        assert_eq!(read(&[&sealed, section].concat()), None, "it says it twice");
        let mut garbled = sealed.clone();
        let last = garbled.len() - 1;
        garbled[last] = b'!';
        assert_eq!(read(&garbled), None);
        let endless = [
            &b"\0asm\x0d\0\x01\0"[..],
            &[0, 0xff, 0xff, 0xff, 0xff, 0xff],
        ]
        .concat();
        assert_eq!(read(&endless), None);
    }
}
