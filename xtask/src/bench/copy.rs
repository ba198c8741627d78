//! The time of a publish of large files by the adapter `folder`, compared with the commands that
//! copy the same files, get them to disk, and make their digests.
//!
//! Policy: our time is that of a whole `pyblish-endpoint publish` process, which also looks at the
//! files, checks them, and writes its history. The commands run one after the other, and know
//! nothing of the files. Both read files that are in memory, as a render that has just ended is.
//! Before each of them everything is on disk, so that neither waits for the other's files.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::figure::Figure;
use super::measure::{Bound, Measured, Series, same};
use super::place::{self, Place};
use crate::step;

pub const FIGURE: Figure = Figure {
    name: "copy",
    about: "a publish of 100 files of 10 MiB, against `cp -r`, `sync` and `sha256sum` one after the other",
    bound: Bound::AtMost(0.8),
    goal: None,
    unit: "x",
    measure: |place| measure(place, Delivery::new(100, 10 << 20)),
};

const ROUNDS: usize = 5;

/// Files to publish: the frames of one sequence.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    files: u64,
    /// Bytes of each.
    size: usize,
}

impl Delivery {
    pub const fn new(files: u64, size: usize) -> Self {
        Delivery { files, size }
    }

    /// Writes it to this folder. No two blocks are the same, so that no disk stores one of them.
    pub fn write(self, folder: &Path) -> Result<()> {
        let mut state = 1_u64;
        let mut bytes = vec![0; self.size];
        for number in 1..=self.files {
            for word in bytes.chunks_exact_mut(8) {
                // xorshift64
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                word.copy_from_slice(&state.to_le_bytes());
            }
            place::write(&folder.join(format!("delivery.{number:04}.vdb")), &bytes)?;
        }
        Ok(())
    }
}

/// A publish of these files, against the three commands.
pub fn measure(place: &Place, delivery: Delivery) -> Result<Measured> {
    let inbox = place.folder("inbox")?;
    delivery.write(&inbox)?;
    let mut ours = Series::new("a whole `pyblish-endpoint publish` process", "s");
    let mut commands = Series::new("the three commands", "s");
    let mut parts = ["cp -r", "sync", "sha256sum"].map(|what| Series::new(what, "s"));
    for round in 0..=ROUNDS {
        let theirs = by_commands(place, &inbox)?;
        let seconds = publish(place, &inbox, delivery)?;
        // The first round reads the files into memory, and compiles the adapter.
        if round > 0 {
            commands.push(theirs.iter().sum());
            for (series, seconds) in parts.iter_mut().zip(theirs) {
                series.push(seconds);
            }
            ours.push(seconds);
        }
    }
    let ratio = ours.by(&commands, "of the time of the three commands");
    Ok(Measured::of(ratio).beside([ours, commands]).beside(parts))
}

/// The seconds of each of the three commands.
fn by_commands(place: &Place, inbox: &Path) -> Result<[f64; 3]> {
    let folder = place.folder("copied")?;
    let target = folder.join("delivery");
    timed(&mut Command::new("sync"))?;
    let copied = timed(Command::new("cp").arg("-r").arg(inbox).arg(&target))?;
    let synced = timed(&mut Command::new("sync"))?;
    // The names are too many for some command lines.
    let digests = "find . -type f -print0 | xargs -0 sha256sum";
    let digested = timed(
        Command::new("sh")
            .args(["-c", digests])
            .current_dir(&target),
    )?;
    Ok([copied, synced, digested])
}

/// The seconds of a process that publishes these files once.
fn publish(place: &Place, inbox: &Path, delivery: Delivery) -> Result<f64> {
    let root = place.folder("root")?;
    timed_publish(place, inbox, &root, delivery)
}

/// The same within one folder, which has an `inbox` with the files.
pub fn publish_in(place: &Place, folder: &Path, delivery: Delivery) -> Result<f64> {
    let root = folder.join("root");
    fs::create_dir(&root)?;
    let seconds = timed_publish(place, &folder.join("inbox"), &root, delivery);
    fs::remove_dir_all(&root)?;
    seconds
}

fn timed_publish(place: &Place, inbox: &Path, root: &Path, delivery: Delivery) -> Result<f64> {
    let history = place.folder("history")?;
    timed(&mut Command::new("sync"))?;
    let mut command = place.endpoint();
    command
        .args(["publish", "--adapter", "folder", "--log", "warn", "--dir"])
        .arg(format!("{}=/inbox:ro", inbox.display()))
        .arg("--dir")
        .arg(format!("{}=/publish", root.display()))
        .arg("--history-dir")
        .arg(&*history)
        .stderr(Stdio::null());
    let seconds = timed(&mut command)?;
    same("published files", delivery.files + 1, published(root)?)?;
    Ok(seconds)
}

/// How many files the one version has.
fn published(root: &Path) -> Result<u64> {
    for family in ["cache", "other"] {
        let version = root.join(family).join("delivery").join("v001");
        if let Ok(files) = fs::read_dir(&version) {
            return Ok(files.count() as u64);
        }
    }
    bail!("nothing was published to {}", root.display());
}

/// The seconds until this command has succeeded.
fn timed(command: &mut Command) -> Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let begin = Instant::now();
    let status = command.status();
    let status = status.with_context(|| step::cannot_start(command))?;
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(status.success(), "{command:?} failed ({status})");
    Ok(seconds)
}
