use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use super::network::NetworkOptions;
use super::sign::password;
use crate::config::Config;
use crate::event_loop::block_on;
use crate::manager_options::limit;
use crate::release::describe;
use crate::screen::Screen;
use crate::stderr::Error;
use crate::{log, stdout};
use pyblish_adapter::Limit;
use pyblish_distribution::{Image, PushRules, SigningKey, push, sign, signature_beside};
use pyblish_platform::trusted::{self, Trust};

#[derive(Debug, Args)]
pub(super) struct Push {
    /// The adapter's file, sealed. A signature beside it, FILE.wasm.minisig, is pushed too
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// Where to: oci://REGISTRY/NAME:TAG, such as registry.studio.lan/pipeline/maya:1.4.0
    #[arg(value_name = "REFERENCE")]
    image: Image,

    /// Sign it with this secret key, in place of the signature beside the file
    #[arg(long, value_name = "FILE")]
    sign: Option<PathBuf>,

    /// The file with the key's password, if it has one
    #[arg(long, value_name = "FILE", requires = "sign")]
    password_file: Option<PathBuf>,

    /// The licence of the adapter, as an expression of SPDX: Apache-2.0
    #[arg(long, value_name = "SPDX")]
    licence: Option<String>,

    /// Let the tag name this file, if it names another one
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    network: NetworkOptions,

    /// Let the adapter be larger: adapter-size=512M
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(String, String)>,

    /// Read this file instead of endpoint.toml in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print a JSON object: name, version, source, key, new
    #[arg(long)]
    json: bool,
}

impl Push {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        block_on(self.push())
    }

    async fn push(self) -> Result<ExitCode, Error> {
        log::to(&Screen::default(), LevelFilter::INFO);
        if self.image.digest().is_some() {
            return Err(format!("{} has a digest; push to a tag alone", self.image).into());
        }
        let config = Config::read(self.config.as_deref())?;
        let mut limits = config.limits()?;
        for (name, value) in &self.limits {
            limits.set(name, value)?;
        }
        let bytes = trusted::read(&self.file, Trust::Any, limits.get(Limit::AdapterSize))?;
        let release = describe(&self.file, &bytes)?;
        let (signature, key) = match &self.sign {
            Some(file) => {
                let password = self.password_file.as_deref().map(password).transpose()?;
                let key = SigningKey::read(file, password.as_deref())?;
                let signature = sign(&key, &release, &bytes)?;
                (Some(signature), Some(key.public().id().to_string()))
            }
            None => (signature_beside(&self.file)?, None),
        };
        let network = self.network.network(&config)?;
        let rules = PushRules {
            licence: self.licence.as_deref(),
            replace: self.replace,
        };
        let text = signature.as_deref();
        let (image, is_new) = push(&network, &self.image, &release, &bytes, text, rules).await?;
        let (name, version) = (&release.name, &release.version);
        if self.json {
            let shown = json!({
                "name": name,
                "version": version.to_string(),
                "source": image.to_string(),
                "key": key,
                "new": is_new,
            });
            stdout::put_json(&format!("{shown}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let what = if is_new { "pushed" } else { "already there" };
        let signed = match (&key, signature.is_some()) {
            (Some(key), _) => format!("signed with the key {key}"),
            (None, true) => "with the signature beside its file".into(),
            (None, false) => "not signed".into(),
        };
        stdout::put(&format!("{what}: {name} {version}, {signed}\n  {image}\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}
