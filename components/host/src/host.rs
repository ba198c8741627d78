use pyblish_sdk::{Description, Failure, Opening, Result, RunningHost, Setting};

/// A host with the bridge in it.
pub trait Host: Sized + 'static {
    /// The name of the adapter and of the host: its bridge and plug-ins use the same one.
    const NAME: &str;
    /// `env!("CARGO_PKG_VERSION")`
    const VERSION: &str;
    /// What the adapter is for, in one sentence.
    const DOC: &str;

    /// What else it needs: by default a running host with the bridge in it.
    fn needs(description: Description) -> Description {
        let name = Self::NAME;
        description.running_host(RunningHost::new(name).start(format!(
            "Start {name} with the bridge in it, as the guide \"Set up a host\" says."
        )))
    }

    /// Starts the bridge if none is running, and returns the process of its host. By default it
    /// cannot.
    ///
    /// # Errors
    /// The bridge cannot be started; the message says what the user can do.
    fn start_bridge(opening: &Opening) -> Result<u32> {
        let _ = opening;
        let name = Self::NAME;
        Err(Failure::new(format!(
            "no {name} is running with the bridge; start the bridge there, as the guide \"Set up a \
             host\" says"
        ))
        .title("No host"))
    }

    /// The description of the adapter.
    fn describe() -> Description {
        let description = Description::new(Self::NAME, Self::VERSION)
            .doc(Self::DOC)
            .host(Self::NAME)
            .setting(
                Setting::texts(
                    "paths",
                    "Folders on the host's machine with additional plug-ins, besides those that it \
                     has registered itself.",
                )
                .default(Vec::<String>::new()),
            )
            .setting(
                Setting::boolean(
                    "collect-when-stale",
                    "Whether a run collects again where the scene is not the one that was collected. \
                     Otherwise it is refused.",
                )
                .default(false),
            );
        Self::needs(description)
    }
}
