//! Shared code of the tests: a session with temporary folders, and generated images.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use image::{DynamicImage, ImageFormat, Rgb, Rgb32FImage, RgbImage};
use pyblish_sdk::Data;
use pyblish_sdk::bindings::pyblish::endpoint::model::Outcome;
use pyblish_sdk::testing::{Harness, take_records};
use serde_json::Value;
use tempfile::TempDir;

use crate::FolderAdapter;
use crate::group::Known;
use crate::header::Size;
use crate::item::Item;
use crate::meaning::Meaning;

/// An inbox and a root, both empty.
pub struct Studio {
    folder: TempDir,
    settings: Data,
}

impl Studio {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Data::new();
        for (setting, name) in [("inbox", "in"), ("root", "out")] {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            settings.insert(setting.into(), path.to_str().unwrap().into());
        }
        Studio { folder, settings }
    }

    /// With files with these names, each with its name as content.
    pub fn with(files: &[&str]) -> Self {
        let studio = Studio::new();
        files
            .iter()
            .for_each(|file| studio.put(file, file.as_bytes()));
        studio
    }

    pub fn set(mut self, setting: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(setting.into(), value.into());
        self
    }

    pub fn put(&self, file: &str, bytes: &[u8]) {
        fs::write(self.inbox(file), bytes).unwrap();
    }

    pub fn inbox(&self, file: &str) -> PathBuf {
        self.folder.path().join("in").join(file)
    }

    pub fn root(&self, path: &str) -> PathBuf {
        self.folder.path().join("out").join(path)
    }

    pub fn open(&self) -> Harness<FolderAdapter> {
        Harness::open(self.settings.clone()).unwrap()
    }

    /// The error message of a session that cannot be opened.
    #[track_caller]
    pub fn refused(&self) -> String {
        match Harness::<FolderAdapter>::open(self.settings.clone()) {
            Ok(_) => panic!("the session was opened"),
            Err(message) => message,
        }
    }

    /// A session in which the inbox was collected; the records of that are removed.
    pub fn collected(&self) -> Harness<FolderAdapter> {
        let session = self.open();
        done(session.process("CollectFiles", None));
        session
    }

    /// The names in the inbox, in order.
    pub fn names(&self) -> Vec<String> {
        names(&self.inbox(""))
    }
}

/// The names in a folder, in order; none if it does not exist.
pub fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Fails unless a call succeeded, and returns its records.
#[track_caller]
pub fn done(outcome: Outcome) -> Vec<(u32, String)> {
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    take_records()
}

/// The message of a call that failed.
#[track_caller]
pub fn failed(outcome: Outcome) -> String {
    take_records();
    outcome.failure.expect("a failure").message
}

/// An instance's value of a key.
pub fn value(session: &Harness<FolderAdapter>, instance: &str, key: &str) -> Value {
    session.context(|context| {
        let id = context
            .find(instance)
            .unwrap_or_else(|| panic!("no instance {instance}"));
        context
            .instance(&id)
            .unwrap()
            .get(key)
            .unwrap_or(Value::Null)
    })
}

pub fn change(
    session: &Harness<FolderAdapter>,
    instance: &str,
    key: &str,
    value: impl Into<Value>,
) {
    session.context(|context| {
        let id = context.find(instance).unwrap();
        context.instance(&id).unwrap().set(key, value);
    });
}

/// The names of the instances, in order.
pub fn instances(session: &Harness<FolderAdapter>) -> Vec<String> {
    session.context(|context| {
        let ids = context.ids();
        ids.iter()
            .map(|id| context.instance(id).unwrap().name().to_owned())
            .collect()
    })
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    drawn(width, height, ImageFormat::Png)
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    drawn(width, height, ImageFormat::Jpeg)
}

fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 128]));
    encoded(image.into(), format)
}

/// An image with a single brightness.
pub fn exr(width: u32, height: u32, light: f32) -> Vec<u8> {
    let image = Rgb32FImage::from_pixel(width, height, Rgb([light; 3]));
    encoded(image.into(), ImageFormat::OpenExr)
}

fn encoded(image: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The header of an EXR whose data window is smaller than its display window.
pub fn exr_header(width: i32, height: i32) -> Vec<u8> {
    let mut bytes = vec![0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0];
    for (name, right, bottom) in [
        ("dataWindow", 1, 1),
        ("displayWindow", width - 1, height - 1),
    ] {
        bytes.extend(name.as_bytes());
        bytes.extend(b"\0box2i\0\x10\0\0\0");
        [0, 0, right, bottom]
            .iter()
            .for_each(|n: &i32| bytes.extend(n.to_le_bytes()));
    }
    bytes.push(0);
    bytes
}

/// The checksum of PNG.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    })
}

/// Nothing is known beside the names.
pub struct Names;

impl Known for Names {
    fn size(&self, _: &str) -> Option<Size> {
        None
    }

    fn correction(&self, _: &str) -> Option<Meaning> {
        None
    }

    fn was_sequence(&self, _: &Item) -> bool {
        false
    }

    fn fits(&self, _: &str) -> bool {
        true
    }
}
