use pyblish_sdk::{Description, Failure, Opening, Result, Setting};

/// A host with the bridge in it.
pub trait Host: Sized + 'static {
    /// Of the adapter, and of the host: the name by which its bridge announces itself and that plug-ins use.
    const NAME: &str;
    /// `env!("CARGO_PKG_VERSION")`
    const VERSION: &str;
    /// What the adapter is for, in one sentence.
    const DOC: &str;

    /// What it needs besides: by default the bridge, which must run already.
    fn needs(description: Description) -> Description {
        description.bridge(Self::NAME)
    }

    /// Starts the bridge where none runs; by default it cannot.
    fn start_bridge(opening: &Opening) -> Result<Found> {
        let _ = opening;
        let name = Self::NAME;
        Err(Failure::new(format!(
            "no {name} is running with the bridge; start it from there (docs/hosts.md)"
        ))
        .title("No host"))
    }

    /// Who the adapter is.
    fn describe() -> Description {
        let description = Description::new(Self::NAME, Self::VERSION)
            .doc(Self::DOC)
            .host(Self::NAME)
            .setting(
                Setting::texts(
                    "paths",
                    "Folders on the host's machine with more plug-ins, beside those that it has registered itself.",
                )
                .default(Vec::<String>::new()),
            );
        Self::needs(description)
    }
}

/// A bridge: where it listens, and in which process.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// `127.0.0.1:port`
    pub address: String,
    pub pid: Option<u32>,
}
