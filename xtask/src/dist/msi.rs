//! The installer for Windows (MSI), by msitools: for all users, into `Program Files`, and on `PATH`.
//!
//! `wixl` packs the files. It knows no variables of the environment, so `msibuild` adds their table.
//! The time in the installer is the one of its making: `faketime` gives `wixl` that of the release.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::program::Program;
use super::release::Release;
use super::shared::Shared;
use super::stage::{self, Stage};
use crate::child;
use crate::step;
use crate::workspace::{RUNTIME, Workspace};

/// What Windows lists among the programs.
pub const PRODUCT: &str = "Pyblish Endpoint";

/// The same in all versions: one version replaces another.
const UPGRADE_CODE: &str = "{7C1D6E0A-5B0E-4F39-9E57-3A1B6B9C2D48}";

/// The table of variables, as `msibuild` reads it. `=` sets it, `-` takes it away again, `*` is for
/// all users; `[~];` keeps what is there before ours.
const ENVIRONMENT: &str = "Environment\tName\tValue\tComponent_\r\n\
                           s72\tl255\tL255\ts72\r\n\
                           Environment\tEnvironment\r\n\
                           Path\t=-*PATH\t[~];[INSTALLDIR]\tprogram\r\n";

/// The name of its file.
pub fn file_name(release: &Release, program: &Program) -> String {
    format!("{}-{}.msi", release.name(), program.target.triple)
}

/// Packs it.
pub fn installer(
    workspace: &Workspace,
    release: &Release,
    shared: &Shared,
    program: &Program,
    into: &Path,
) -> Result<()> {
    let name = file_name(release, program);
    step::say(&format!("packing {name}"));
    let place = workspace.target.join("dist-work").join("msi");
    stage::remove(&place)?;
    let stage = Stage::new(&place.join("files"), release.epoch)?;
    shared.archive(&stage, program)?;
    let folder = stage.done()?;
    let source = place.join("product.wxs");
    write(
        &source,
        &product(release, &program.target.program(), &folder)?,
    )?;
    let table = place.join("Environment.idt");
    write(&table, ENVIRONMENT)?;
    let file = into.join(name);
    let mut pack = Command::new("faketime");
    pack.args(["-f", &release.utc("%Y-%m-%d %H:%M:%S")?])
        .args(["wixl", "--arch", "x64", "--output"])
        .args([&file, &source])
        .env("TZ", "UTC")
        .current_dir(&folder);
    child::quietly(&mut pack)?;
    let mut complete = Command::new("msibuild");
    complete.arg(&file).arg("-i").arg(&table);
    child::quietly(&mut complete)?;
    // Each installer has a number of its own, which wixl draws by chance.
    let number = guid(&["installer", release.version, &release.commit]);
    let mut describe = Command::new("msibuild");
    describe
        .arg(&file)
        .args(["-s", PRODUCT, "Pyblish", "x64;1033", &number]);
    child::quietly(&mut describe).map(drop)
}

fn write(to: &Path, text: &str) -> Result<()> {
    std::fs::write(to, text).with_context(|| format!("cannot write {}", to.display()))
}

/// What `wixl` reads, in the language of WiX.
fn product(release: &Release, program: &str, folder: &Path) -> Result<String> {
    let mut files = Files {
        program,
        tree: String::new(),
        references: String::new(),
        count: 0,
    };
    files.add(folder, "")?;
    let version = release.version;
    let number = guid(&["product", version]);
    let page = env!("CARGO_PKG_REPOSITORY");
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Wix xmlns=\"http://schemas.microsoft.com/wix/2006/wi\">\n\
         <Product Id=\"{number}\" Name=\"{PRODUCT}\" Version=\"{version}\" Language=\"1033\" \
         Manufacturer=\"Pyblish\" UpgradeCode=\"{UPGRADE_CODE}\">\n\
         <Package InstallerVersion=\"500\" Compressed=\"yes\" InstallScope=\"perMachine\" \
         Comments=\"Publish from any host through sandboxed adapters, over REST\"/>\n\
         <MajorUpgrade DowngradeErrorMessage=\"A newer version is installed; remove it first.\"/>\n\
         <Media Id=\"1\" Cabinet=\"files.cab\" EmbedCab=\"yes\"/>\n\
         <Property Id=\"ARPNOMODIFY\" Value=\"1\"/>\n\
         <Property Id=\"ARPURLINFOABOUT\" Value=\"{page}\"/>\n\
         <Directory Id=\"TARGETDIR\" Name=\"SourceDir\">\n\
         <Directory Id=\"ProgramFiles64Folder\" Name=\"PFiles\">\n\
         <Directory Id=\"INSTALLDIR\" Name=\"{RUNTIME}\">\n{}</Directory>\n</Directory>\n\
         </Directory>\n\
         <Feature Id=\"Complete\" Level=\"1\">\n{}</Feature>\n\
         <InstallExecuteSequence><WriteEnvironmentStrings/><RemoveEnvironmentStrings/>\
         </InstallExecuteSequence>\n\
         </Product>\n</Wix>\n",
        files.tree, files.references
    ))
}

/// The files of a folder: each is a component, with a number that stays the same in all versions.
struct Files<'a> {
    /// The name of the program, whose component sets `PATH`, too.
    program: &'a str,
    tree: String,
    references: String,
    count: usize,
}

impl Files<'_> {
    /// Adds what is in the folder. `inside` is its path in the package, with a slash at its end.
    fn add(&mut self, folder: &Path, inside: &str) -> Result<()> {
        for path in stage::sorted(folder)? {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let n = self.count;
            self.count += 1;
            if path.is_dir() {
                self.tree += &format!("<Directory Id=\"d{n}\" Name=\"{name}\">\n");
                self.add(&path, &format!("{inside}{name}/"))?;
                self.tree += "</Directory>\n";
                continue;
            }
            let number = guid(&["component", inside, &name]);
            let id = match inside.is_empty() && name == self.program {
                true => "program".to_owned(),
                false => format!("c{n}"),
            };
            self.tree += &format!(
                "<Component Id=\"{id}\" Guid=\"{number}\" Win64=\"yes\"><File Id=\"f{n}\" \
                 Name=\"{name}\" Source=\"{inside}{name}\" KeyPath=\"yes\"/></Component>\n"
            );
            self.references += &format!("<ComponentRef Id=\"{id}\"/>\n");
        }
        Ok(())
    }
}

/// A number that is always the same for the same words (version 8 of RFC 9562).
fn guid(words: &[&str]) -> String {
    let mut digest = Sha256::new_with_prefix(RUNTIME);
    for word in words {
        digest.update([0]);
        digest.update(word);
    }
    let digest = digest.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;

    #[test]
    fn numbers_stay_the_same_and_differ() {
        let one = guid(&["component", "", "a"]);
        assert_eq!(one, guid(&["component", "", "a"]));
        assert_ne!(one, guid(&["component", "a", ""]));
        assert_eq!((one.len(), &one[15..16]), (38, "8"));
    }

    #[test]
    fn every_file_is_a_component_of_the_one_feature() {
        let scratch = Scratch::new("msi");
        let stage = Stage::new(&scratch.join("files"), 1_700_000_000).unwrap();
        for name in ["CHANGELOG.md", "adapters/a.wasm", "it.exe"] {
            stage.write(name, name).unwrap();
        }
        let release = Release {
            version: "1.2.3",
            commit: "0".repeat(40),
            epoch: 1_700_000_000,
        };
        let said = product(&release, "it.exe", &stage.done().unwrap()).unwrap();
        for part in [
            "<Directory Id=\"d1\" Name=\"adapters\">\n<Component Id=\"c2\"",
            "Source=\"adapters/a.wasm\"",
            "<Component Id=\"program\"",
            "<ComponentRef Id=\"c0\"/>\n<ComponentRef Id=\"c2\"/>\n<ComponentRef Id=\"program\"/>",
            "Version=\"1.2.3\"",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
