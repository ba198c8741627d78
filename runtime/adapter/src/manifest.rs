//! What an adapter says of itself, written into its file, so that it can be read without running
//! any of it: a custom section of the component that holds the description as JSON.
//!
//! The section is written once the component is built, from what the adapter answers to `describe`;
//! an adapter that answers something else later is refused.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Chunk, Parser, Payload};

use super::Description;
use super::limits::MOST_VALUES_TO_DESCRIBE as MOST_VALUES;
use pyblish_model::{Budget, check_json};

/// The name of the section.
const SECTION: &str = "pyblish-endpoint";

/// The form of what is in it. Another one is not understood.
const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Manifest {
    form: u32,
    description: Description,
}

/// The description in this component, if it holds one that can be read.
pub fn read(component: &[u8]) -> Option<Description> {
    let json = find(component)?.contents;
    check_json(json, &mut Budget::of(MOST_VALUES)).ok()?;
    let manifest: Manifest = serde_json::from_slice(json).ok()?;
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
    let mut sealed = code(component).concat();
    let section = CustomSection {
        name: SECTION.into(),
        data: json.into(),
    };
    section.append_to_component(&mut sealed);
    sealed
}

/// The parts of this component that are compiled: all but its manifest.
pub(super) fn code(component: &[u8]) -> [&[u8]; 2] {
    match find(component) {
        None => [component, &[]],
        Some(Section { whole, .. }) => [&component[..whole.start], &component[whole.end..]],
    }
}

/// Where the section is, and what is in it.
struct Section<'a> {
    whole: Range<usize>,
    contents: &'a [u8],
}

/// Looks through all sections, for what is broken off or says two things of itself says nothing.
fn find(component: &[u8]) -> Option<Section<'_>> {
    let (mut parser, mut place, mut found) = (Parser::new(0), 0, None);
    while place < component.len() {
        let Ok(Chunk::Parsed { consumed, payload }) = parser.parse(&component[place..], true)
        else {
            return None;
        };
        let whole = place..place + consumed;
        place = whole.end;
        match payload {
            // A nested module or component has its own manifest: skip it.
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => place = unchecked_range.end,
            Payload::CustomSection(section) if section.name() == SECTION => {
                let contents = section.data();
                if found.replace(Section { whole, contents }).is_some() {
                    return None;
                }
            }
            _ => {}
        }
    }
    found.filter(|_| place == component.len())
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
            host_versions: Default::default(),
            settings: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// A component with one custom section that is not ours.
    fn component() -> Vec<u8> {
        [&b"\0asm\x0d\0\x01\0"[..], &[0, 6], b"\x04name!"].concat()
    }

    #[test]
    fn sealed_manifest_is_read() {
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

    /// A program that does not know them reads such a file as one without, and one without is as ever.
    #[test]
    fn versions_of_hosts_are_kept_only_where_there_are_some() {
        let plain = description("One.");
        let text = serde_json::to_string(&plain).unwrap();
        assert!(!text.contains("hostVersions"), "{text}");
        let range = ">=2, <4".parse().unwrap();
        let with = Description {
            host_versions: crate::HostVersions::of([("disk".to_owned(), range)]),
            ..plain
        };
        let text = serde_json::to_string(&with).unwrap();
        assert!(
            text.contains(r#""hostVersions":{"disk":">=2, <4"}"#),
            "{text}"
        );
        assert_eq!(read(&seal(&component(), &with)), Some(with));
    }

    #[test]
    fn nested_manifest_is_ignored() {
        let sealed = seal(&component(), &description("Another."));
        let mut outer = b"\0asm\x0d\0\x01\0".to_vec();
        wasm_encoder::RawSection {
            id: 4,
            data: &sealed,
        }
        .append_to_component(&mut outer);
        assert_eq!(read(&outer), None);
        let outer = seal(&outer, &description("One."));
        assert_eq!(read(&outer), Some(description("One.")));
        // Its declared length exceeds the file.
        let longer = [&b"\0asm\x0d\0\x01\0"[..], &[4, 0x7f], &sealed].concat();
        assert_eq!(read(&longer), None);
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
