//! The description of a version, `publish.json`.

use std::fs;
use std::io;

use serde::Serialize;
use serde_json::Value;

use crate::disk;
use crate::exception::Reasons;
use crate::handed::RunIdentity;
use crate::name::MANIFEST;
use crate::staging::Transfer;

/// The content of `publish.json`. Paths are those of the machine that published.
#[derive(Serialize)]
pub struct Manifest {
    pub name: String,
    pub family: String,
    pub version: u64,
    /// The folder of the version.
    pub path: String,
    /// What the names of the files have in common, by which the next version is found.
    pub item: String,
    pub host: &'static str,
    /// The version of this adapter.
    pub adapter: &'static str,
    pub user: String,
    pub machine: String,
    /// RFC 3339, in UTC.
    pub created: String,
    pub comment: String,
    /// Which run of a farm published it, and in which attempt. Left out without a farm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<RunIdentity>,
    /// Only for a sequence.
    pub frames: Option<FrameRange>,
    /// The numbers of tiles, only for a texture.
    pub tiles: Option<Vec<String>>,
    /// The validators that did not hold, and why.
    pub exceptions: Reasons,
    /// Which of the files is the thumbnail.
    pub thumbnail: Option<String>,
    /// The files that were copied.
    pub source: Vec<String>,
    /// Every file of the version except this one.
    pub files: Vec<Transfer>,
}

/// The frames of a sequence. They are whole numbers, but for subframes.
#[derive(Serialize)]
pub struct FrameRange {
    pub start: Value,
    pub end: Value,
    pub step: Value,
    pub count: u64,
    pub padding: Option<u64>,
}

impl Manifest {
    /// Writes it into the folder of a version, and replaces one from an earlier try.
    pub fn write(&self, folder: &str) -> io::Result<()> {
        let path = format!("{folder}/{MANIFEST}");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        disk::write_new(&path, &text)
    }
}
