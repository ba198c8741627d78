//! The time of the publish of `copy` on a file system that shares the blocks of files, compared with
//! the same publish where it does not.
//!
//! Policy: the file system is btrfs in a file that is mounted for this, which only root can do, with
//! a kernel that knows btrfs, and with `mkfs.btrfs`. Where that cannot be made, the figure is not
//! measured, and says so. Both publishes are on the same disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::copy::{self, Delivery};
use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::{Folder, Place};
use crate::step;

pub const FIGURE: Figure = Figure {
    name: "clone",
    about: "the publish of `copy` where the file system can share blocks, against where it cannot",
    bound: Bound::AtMost(1.1),
    goal: Some(Bound::AtMost(0.4)),
    unit: "x",
    measure,
};

const DELIVERY: Delivery = Delivery::new(100, 10 << 20);

const ROUNDS: usize = 5;

/// Room for the files, and for a copy of them.
const SIZE: &str = "4G";

fn measure(place: &Place) -> Result<Measured> {
    let mounted = Mounted::new(place)?;
    let (plain, sharing) = (place.folder("plain")?, mounted.path());
    let mut shared = Series::new("where it shares", "s");
    let mut copied = Series::new("where it copies", "s");
    for folder in [&*plain, sharing] {
        std::fs::create_dir(folder.join("inbox"))?;
        DELIVERY.write(&folder.join("inbox"))?;
    }
    for round in 0..=ROUNDS {
        let [copying, sharing] =
            [&*plain, sharing].map(|folder| copy::publish_in(place, folder, DELIVERY));
        let (copying, sharing) = (copying?, sharing?);
        // The first round reads the files into memory, and compiles the adapter.
        if round > 0 {
            copied.push(copying);
            shared.push(sharing);
        }
    }
    let ratio = shared.by(&copied, "of the time of a copy");
    Ok(Measured::of(ratio).beside([shared, copied]))
}

/// A file system in a file. It is unmounted when this is dropped.
struct Mounted {
    folder: PathBuf,
    _image: Folder,
}

impl Mounted {
    fn new(place: &Place) -> Result<Self> {
        let image = place.folder("image")?;
        let (file, folder) = (image.join("btrfs"), image.join("mounted"));
        std::fs::create_dir(&folder)?;
        let why = "needs root, a kernel with btrfs and loop devices, and the package btrfs-progs";
        run(Command::new("truncate").args(["-s", SIZE]).arg(&file)).context(why)?;
        run(Command::new("mkfs.btrfs").arg("-q").arg(&file)).context(why)?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .args([&file, &folder]))
        .context(why)?;
        Ok(Mounted {
            folder,
            _image: image,
        })
    }

    fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(error) = run(Command::new("umount").arg(&self.folder)) {
            step::say(&format!("{error:#}: unmount it by hand"));
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status();
    let status = status.with_context(|| step::cannot_start(command))?;
    ensure!(status.success(), "{command:?} failed ({status})");
    Ok(())
}
