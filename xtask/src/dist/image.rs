//! Container images, as archives of an OCI layout, made without a daemon: Debian's libc and no shell
//! below (mmdebstrap), the program above (umoci).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::archive;
use super::program::Program;
use super::release::Release;
use super::shared::Shared;
use super::stage::{self, Stage};
use super::target::LinuxNames;
use crate::child;
use crate::step;
use crate::workspace::{RUNTIME, Workspace};

/// What the program needs of Debian. The files are unpacked; nothing of them runs.
const PACKAGES: &str = "base-files,ca-certificates,libc6,libgcc-s1,tzdata";

/// Debian 12: its glibc is newer than the program's.
const SUITE: &str = "bookworm";

/// The user in the image, whose home is a volume.
const USER: &str = "1000:1000";
const HOME: &str = "/home/pyblish";

/// Makes the image of one processor.
pub fn image(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    (program, names): (&Program, &LinuxNames),
    into: &Path,
) -> Result<()> {
    let name = format!("{}-image-{}", release.name(), names.image);
    step::say(&format!("making {name}"));
    let work = workspace
        .target
        .join("dist-work")
        .join("image")
        .join(names.image);
    stage::remove(&work)?;
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let layers = [
        base(&work, names, release)?,
        own(&work, shared, program, release)?,
    ];
    let layout = work.join("layout");
    // As in RFC 3339.
    let time = release.utc("%Y-%m-%dT%H:%M:%SZ")?;
    let image = format!("{}:{}", layout.display(), release.version);
    umoci(&["init", "--layout", &layout.display().to_string()])?;
    umoci(&["new", "--image", &image])?;
    for layer in &layers {
        umoci(&[
            "raw",
            "add-layer",
            // The time of the release, not of its making.
            "--history.created",
            &time,
            "--history.created_by",
            "cargo xtask dist",
            "--image",
            &image,
            &layer.display().to_string(),
        ])?;
    }
    let entry = format!("/usr/bin/{RUNTIME}");
    umoci(&[
        "config",
        "--image",
        &image,
        "--no-history",
        "--created",
        &time,
        "--os",
        "linux",
        "--architecture",
        names.image,
        "--config.user",
        USER,
        "--config.env",
        &format!("HOME={HOME}"),
        "--config.env",
        "PATH=/usr/bin",
        "--config.workingdir",
        HOME,
        "--config.volume",
        HOME,
        "--config.entrypoint",
        &entry,
        "--config.label",
        &format!("org.opencontainers.image.version={}", release.version),
        "--config.label",
        &format!("org.opencontainers.image.revision={}", release.commit),
        "--config.label",
        "org.opencontainers.image.licenses=MIT OR Apache-2.0",
    ])?;
    // The image as it was before the last command, and before that.
    umoci(&["gc", "--layout", &layout.display().to_string()])?;
    archive::tar_of_content(&layout, &into.join(format!("{name}.tar")), release.epoch)
}

/// Debian's files.
fn base(work: &Path, names: &LinuxNames, release: &Release) -> Result<PathBuf> {
    let layer = work.join("base.tar");
    let mut command = Command::new("mmdebstrap");
    command
        .args([
            "--quiet",
            "--variant=extract",
            "--mode=root",
            "--skip=output/dev",
        ])
        .arg(format!("--architectures={}", names.deb))
        .arg(format!("--include={PACKAGES}"))
        // As this machine's apt is set up, with its mirrors.
        .arg(SUITE)
        .arg(&layer)
        .env("SOURCE_DATE_EPOCH", release.epoch.to_string());
    child::quietly(&mut command).context("cannot unpack Debian's packages for the image")?;
    Ok(layer)
}

/// Our files.
fn own(work: &Path, shared: &Shared, program: &Program, release: &Release) -> Result<PathBuf> {
    let stage = Stage::new(&work.join("own"), release.epoch)?;
    shared.usr(&stage, program)?;
    shared.licences(&stage, &format!("usr/share/doc/{RUNTIME}"))?;
    stage.write(
        "etc/passwd",
        &format!("root:x:0:0::/root:/none\npyblish:x:1000:1000::{HOME}:/none\n"),
    )?;
    stage.write("etc/group", "root:x:0:\npyblish:x:1000:\n")?;
    let folder = stage.done()?;
    let layer = work.join("own.tar");
    archive::tar_of_content(&folder, &layer, release.epoch)?;
    // The home is the user's own, which a tar of this machine's files cannot say at once.
    let home = Stage::new(&work.join("home"), release.epoch)?;
    home.write(&format!("{}/.keep", HOME.trim_start_matches('/')), "")?;
    let folder = home.done()?;
    child::quietly(
        Command::new("tar")
            .args([
                "--append",
                "--sort=name",
                "--format=ustar",
                "--owner=1000",
                "--group=1000",
            ])
            .arg(format!("--mtime=@{}", release.epoch))
            .arg("--numeric-owner")
            .arg("--file")
            .arg(&layer)
            .arg("--directory")
            .arg(folder)
            .arg(HOME.trim_start_matches('/')),
    )?;
    Ok(layer)
}

fn umoci(arguments: &[&str]) -> Result<()> {
    child::quietly(Command::new("umoci").args(arguments)).map(drop)
}
