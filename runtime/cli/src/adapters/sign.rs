use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::manager_options::limit;
use crate::release::describe;
use crate::stderr::Error;
use crate::stdout;
use pyblish_adapter::{AdapterLimits, Limit};
use pyblish_distribution::{SIGNATURE_EXTENSION, SigningKey, sign};
use pyblish_platform::atomic::{self, Readers};
use pyblish_platform::trusted::{self, Trust};

/// The largest file with a password.
const LARGEST_PASSWORD: u64 = 4096;

#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The adapter's file, sealed. Its signature goes into FILE.wasm.minisig
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// The secret key, of `adapters keys generate` or of minisign
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// The file with the key's password, if it has one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let the adapter be larger: adapter-size=512M
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(String, String)>,
}

impl Sign {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let mut limits = AdapterLimits::default();
        for (name, value) in &self.limits {
            limits.set(name, value)?;
        }
        let bytes = trusted::read(&self.file, Trust::Any, limits.get(Limit::AdapterSize))?;
        let release = describe(&self.file, &bytes)?;
        let password = self.password_file.as_deref().map(password).transpose()?;
        let key = SigningKey::read(&self.key, password.as_deref())?;
        let signature = sign(&key, &release, &bytes)?;
        let mut path = self.file.into_os_string();
        path.push(format!(".{SIGNATURE_EXTENSION}"));
        let path = PathBuf::from(path);
        atomic::write(&path, signature.as_bytes(), Readers::Usual)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        let (name, version, id) = (&release.name, &release.version, key.public().id());
        let path = path.display();
        stdout::put(&format!(
            "signed {name} {version} with the key {id}: {path}\n"
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The first line of a file that only this user can read.
pub(super) fn password(path: &Path) -> Result<String, Error> {
    let text = trusted::read_text(path, Trust::Private, LARGEST_PASSWORD)?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(format!("{}: its first line must be the password", path.display()).into()),
    }
}
