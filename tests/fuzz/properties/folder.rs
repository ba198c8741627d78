//! Files in an inbox, with any content and any names.

#![allow(dead_code, reason = "each fuzz target uses one")]

use std::cmp::Ordering;

use pyblish_folder::parsers;

/// The size of an image comes from its header alone; later bytes change nothing.
pub fn image_size(bytes: &[u8]) {
    let Some((width, height)) = parsers::image_size(bytes) else {
        return;
    };
    let longer = [bytes, &[0; 64]].concat();
    assert_eq!(parsers::image_size(&longer), Some((width, height)));
}

/// Each line is a name. The parts of a frame make up its name, shown text stays on its line, and
/// names have one order.
pub fn file_names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let names: Vec<&str> = text.split('\n').take(6).collect();
    for name in &names {
        if let Some((prefix, separator, digits, extension, number)) = parsers::frame(name) {
            let dot = if extension.is_empty() { "" } else { "." };
            assert_eq!(
                format!("{prefix}{separator}{digits}{dot}{extension}"),
                *name
            );
            // A place in a grid, `u1_v2`, is written otherwise.
            if !digits.starts_with(['u', 'U']) {
                assert_eq!(digits.parse(), Ok(number));
            }
        }
        assert!(!parsers::shown(name).contains(char::is_control));
        for other in parsers::cleaned(name) {
            assert!(parsers::is_plain(&other), "{other:?}");
        }
    }
    for a in &names {
        for b in &names {
            let order = parsers::order(a, b);
            assert_eq!(order, parsers::order(b, a).reverse());
            assert_eq!(order == Ordering::Equal, a == b);
            for c in &names {
                if order.is_lt() && parsers::order(b, c).is_lt() {
                    assert!(parsers::order(a, c).is_lt(), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }
}

/// The extensions of formats that their first bytes do not tell, and one of those that they do.
const EXTENSIONS: [&str; 9] = [
    "exr", "mp4", "bmp", "tga", "gltf", "obj", "usda", "fbx", "blend",
];

/// Any bytes can be looked at to their end, and the same bytes give the same answer.
pub fn files_to_their_ends(bytes: &[u8]) {
    for extension in EXTENSIONS {
        let is_broken = parsers::is_broken(extension, bytes);
        assert_eq!(parsers::is_broken(extension, bytes), is_broken);
    }
    // What was not written to its end is never sound.
    if bytes.iter().all(|byte| *byte == 0) && !bytes.is_empty() {
        assert!(parsers::is_broken("exr", bytes));
    }
}

/// Any bytes can be read for names, and no name leads out of the inbox.
pub fn names_in_files(bytes: &[u8]) {
    for extension in [
        "gltf", "obj", "mtl", "usda", "usdc", "nk", "ma", "aepx", "fbx", "blend",
    ] {
        for name in parsers::names_in(extension, bytes) {
            assert!(!name.is_empty() && name.trim() == name);
            for folder in ["", "a", "a/b"] {
                if let Some(path) = parsers::inside(folder, &name) {
                    let words: Vec<&str> = path.split('/').collect();
                    assert!(
                        !words.iter().any(|word| ["", ".", ".."].contains(word)),
                        "{path:?}"
                    );
                }
            }
        }
    }
}
