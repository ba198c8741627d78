//! Packages of Linux distributions: `.deb` by dpkg-deb, `.rpm` by rpmbuild.
//!
//! Both install the same files, into the folders of the distribution. Nothing runs at installation
//! and nothing is started: a user turns the socket on (`packaging/pyblish-endpoint.socket`).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::archive;
use super::program::Program;
use super::release::Release;
use super::shared::Shared;
use super::stage::{self, Stage};
use super::target::{GLIBC, LinuxNames};
use crate::child;
use crate::step;
use crate::workspace::{RUNTIME, Workspace};

const SUMMARY: &str = "Publish from any host through sandboxed adapters, over REST";

/// Where zsh looks for completions: each distribution has its own folder.
const ZSH_OF_DEBIAN: &str = "usr/share/zsh/vendor-completions";
const ZSH_OF_FEDORA: &str = "usr/share/zsh/site-functions";

/// The `.deb`.
pub fn deb(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    (program, names): (&Program, &LinuxNames),
    into: &Path,
) -> Result<()> {
    let file = format!("{RUNTIME}_{}_{}.deb", release.version, names.deb);
    step::say(&format!("packing {file}"));
    let place = workspace
        .target
        .join("dist-work")
        .join("deb")
        .join(names.deb);
    let stage = Stage::new(&place, release.epoch)?;
    installed(workspace, shared, program, &stage, ZSH_OF_DEBIAN)?;
    let doc = format!("usr/share/doc/{RUNTIME}");
    let changelog = format!("{doc}/changelog");
    stage.copy(&workspace.root.join("CHANGELOG.md"), &changelog)?;
    archive::gzip(&stage.folder.join(changelog))?;
    stage.write(&format!("{doc}/copyright"), &copyright(shared)?)?;
    let size = size(&stage.folder)?.div_ceil(1024);
    stage.write("DEBIAN/md5sums", &md5sums(&stage.folder)?)?;
    stage.write(
        "DEBIAN/control",
        &format!(
            "Package: {RUNTIME}\nVersion: {}\nArchitecture: {}\nInstalled-Size: {size}\n\
             Maintainer: Pyblish <pyblish-endpoint@localhost>\nDepends: libc6 (>= {GLIBC})\n\
             Section: graphics\nPriority: optional\nHomepage: {}\nDescription: {SUMMARY}\n",
            release.version,
            names.deb,
            env!("CARGO_PKG_REPOSITORY"),
        ),
    )?;
    let folder = stage.done()?;
    let mut command = Command::new("dpkg-deb");
    command
        .args(["--root-owner-group", "-Zgzip", "--build"])
        .arg(&folder)
        .arg(into.join(file))
        .env("SOURCE_DATE_EPOCH", release.epoch.to_string());
    child::quietly(&mut command).map(drop)
}

/// The `.rpm`.
pub fn rpm(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    (program, names): (&Program, &LinuxNames),
    into: &Path,
) -> Result<()> {
    let file = format!("{RUNTIME}-{}-1.{}.rpm", release.version, names.rpm);
    step::say(&format!("packing {file}"));
    let place = workspace
        .target
        .join("dist-work")
        .join("rpm")
        .join(names.rpm);
    stage::remove(&place)?;
    let stage = Stage::new(&place.join("files"), release.epoch)?;
    installed(workspace, shared, program, &stage, ZSH_OF_FEDORA)?;
    let licences = format!("usr/share/licenses/{RUNTIME}");
    shared.licences(&stage, &licences)?;
    let files = stage::files(&stage.folder)?;
    let files = files.iter().map(|file| format!("/{file}\n"));
    let own = [
        format!("%dir /usr/share/{RUNTIME}\n"),
        format!("%dir /usr/share/{RUNTIME}/adapters\n"),
        format!("%dir /{licences}\n"),
    ];
    let files: String = own.into_iter().chain(files).collect();
    let folder = stage.done()?;
    let spec = format!(
        "Name: {RUNTIME}\nVersion: {}\nRelease: 1\nSummary: {SUMMARY}\n\
         License: MIT OR Apache-2.0\nURL: {}\n\
         %description\n{SUMMARY}\n\
         %install\nmkdir -p %{{buildroot}}\ncp -a {}/. %{{buildroot}}\n%files\n{files}",
        release.version,
        env!("CARGO_PKG_REPOSITORY"),
        folder.display(),
    );
    let spec_file = place.join("pyblish-endpoint.spec");
    std::fs::write(&spec_file, spec).context("cannot write the spec file")?;
    let mut command = Command::new("rpmbuild");
    command.args([
        "-bb",
        "--quiet",
        "--target",
        &format!("{}-linux", names.rpm),
    ]);
    for define in [
        format!("_topdir {}", place.display()),
        format!("_rpmdir {}", into.display()),
        format!("_rpmfilename {file}"),
        // Nothing of this machine, and nothing done to the files: they are as in the other packages.
        "_buildhost localhost".into(),
        "use_source_date_epoch_as_buildtime 1".into(),
        "clamp_mtime_to_source_date_epoch 1".into(),
        "_build_id_links none".into(),
        "__os_install_post %{nil}".into(),
        "debug_package %{nil}".into(),
        // Readable by the rpm of Rocky 8.
        "_binary_payload w6.gzdio".into(),
    ] {
        command.args(["--define", &define]);
    }
    command
        .arg(&spec_file)
        .env("SOURCE_DATE_EPOCH", release.epoch.to_string());
    child::quietly(&mut command).map(drop)
}

/// Adds the files as a distribution has them.
fn installed(
    workspace: &Workspace,
    shared: &Shared,
    program: &Program,
    stage: &Stage,
    zsh: &str,
) -> Result<()> {
    shared.usr(stage, program)?;
    let own = format!("usr/share/{RUNTIME}");
    let bridge = shared.bridge.file_name().unwrap_or_default();
    stage.copy(
        &shared.bridge,
        &format!("{own}/{}", bridge.to_string_lossy()),
    )?;
    let man = "usr/share/man/man1";
    stage.copy(&shared.man, man)?;
    for page in stage::sorted(&stage.folder.join(man))? {
        archive::gzip(&page)?;
    }
    for (shell, folder) in [
        ("bash", "usr/share/bash-completion/completions"),
        ("zsh", zsh),
        ("fish", "usr/share/fish/vendor_completions.d"),
    ] {
        stage.copy(&shared.completions.join(shell), folder)?;
    }
    for unit in ["socket", "service"] {
        let name = format!("{RUNTIME}.{unit}");
        let from = workspace.root.join("packaging").join(&name);
        stage.copy(&from, &format!("usr/lib/systemd/user/{name}"))?;
    }
    Ok(())
}

fn copyright(shared: &Shared) -> Result<String> {
    let mut text = format!(
        "{}\nLicensed under MIT or Apache-2.0, as you like.\n",
        env!("CARGO_PKG_REPOSITORY")
    );
    for file in shared.licence_files() {
        let licence = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        text += &format!("\n{licence}");
    }
    Ok(text)
}

/// The digests of all files, as dpkg checks them.
fn md5sums(folder: &Path) -> Result<String> {
    let files = stage::files(folder)?;
    child::quietly(Command::new("md5sum").args(files).current_dir(folder))
}

/// How many bytes the files have.
fn size(folder: &Path) -> Result<u64> {
    let sizes = stage::files(folder)?.into_iter().map(|file| {
        let path: PathBuf = folder.join(file);
        std::fs::metadata(path).map(|file| file.len())
    });
    sizes
        .sum::<std::io::Result<u64>>()
        .context("cannot read the files of a package")
}
