use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use super::limits::Limit;
use pyblish_model::Failure;
use pyblish_platform::trusted::FileReason;

/// Why an adapter cannot be found, loaded, opened or called. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// No adapter has this name.
    #[error(
        "there is no adapter {name:?}; {}. Searched in {}. \
         Put the package's folder `adapters` beside the program (in a clone: `cargo xtask build`), or name a .wasm file",
        there_are(.known), listed(.searched)
    )]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names that there are.
        known: Vec<String>,
        /// The folders that were searched.
        searched: Vec<PathBuf>,
    },

    /// It must not be used: it is not locked, not signed, or revoked.
    #[error("the adapter {name:?} is refused: {reason}")]
    NotAllowed {
        /// The name or path that was given.
        name: String,
        /// Why, and what to do.
        reason: String,
    },

    /// The file is not the one that was installed.
    #[error(
        "{} was changed since it was installed (its SHA-256 is {found}, and not {expected}); do not \
         trust it. Run `pyblish-endpoint adapters install --locked`, which fetches it again",
        path.display()
    )]
    OtherDigest {
        /// The file.
        path: PathBuf,
        /// The digest that it must have.
        expected: String,
        /// The digest that it has.
        found: String,
    },

    /// The file cannot be read.
    #[error("the adapter {} cannot be read: {reason}. Check the path", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: FileReason,
    },

    /// `limit` says which, how much that is, and how to raise it.
    #[error("the adapter {} is too large: {limit}", path.display())]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// The limit, its value, and how to raise it.
        limit: String,
    },

    /// `limit` says which, how much that is, and how to raise it.
    #[error("compiling {} was stopped because it uses too much: {limit}. Do not trust this adapter unless you know why", path.display())]
    CompileLimit {
        /// The file or folder.
        path: PathBuf,
        /// The limit, its value, and how to raise it.
        limit: String,
    },

    /// The process that compiles failed.
    #[error("{} cannot be compiled: {reason}. Try again, and tell its author if that does not help", path.display())]
    NotCompiled {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// The file is no component, or a broken one.
    #[error(
        "{} is no WebAssembly component: {reason}. \
         Build the adapter for wasm32-wasip2, and name the .wasm file that this makes", path.display()
    )]
    NoComponent {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// The file is a module, which has no interfaces.
    #[error(
        "{} is a core module, not a component. Build the adapter for wasm32-wasip2, \
         or make a component of it with `wasm-tools component new`", path.display()
    )]
    CoreModule {
        /// The file or folder.
        path: PathBuf,
    },

    /// It was built for another contract.
    #[error(
        "{} does not fit this runtime: {reason}. This runtime is made for adapters of the world {world}; \
         get the adapter that was built for it", path.display()
    )]
    OtherWorld {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// The world that this runtime loads.
        world: &'static str,
    },

    /// Its manifest differs from what it says when it runs.
    #[error(
        "{} describes itself differently than its file does. Do not trust it. If you built it, seal it \
         again with `pyblish-endpoint adapters seal`", path.display()
    )]
    OtherManifest {
        /// The file or folder.
        path: PathBuf,
    },

    /// Its author names versions of a host that it is not for.
    #[error(
        "{name} is not for the host {host}, so there are no versions of it to name; it is for {}",
        .hosts.join(", ")
    )]
    OtherHost {
        /// The adapter.
        name: String,
        /// The host whose versions are named.
        host: String,
        /// The hosts that it is for.
        hosts: Vec<String>,
    },

    /// wasmtime could not be set up.
    #[error("the WebAssembly engine does not start here: {0}")]
    Engine(String),

    /// A value was given for a setting that it does not have.
    #[error("the adapter {adapter} has no setting {name:?}; {}", there_are(.known))]
    UnknownSetting {
        /// The adapter's name.
        adapter: String,
        /// The name that was given.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },

    /// The value of a setting is not of its kind.
    #[error(
        "the setting {name} of the adapter {adapter} must be {kind}, but {value:?} is not; \
         give it as --set {name}=VALUE"
    )]
    IllTypedSetting {
        /// The adapter's name.
        adapter: String,
        /// The name that was given.
        name: String,
        /// The kind that it must be, in words.
        kind: &'static str,
        /// The value that was given.
        value: String,
    },

    /// A setting without a default has no value.
    #[error("the adapter {adapter} needs the setting {name}: {doc} Give it as --set {name}=VALUE")]
    MissingSetting {
        /// The adapter's name.
        adapter: String,
        /// The name that was given.
        name: String,
        /// What it is for, in the adapter's words.
        doc: String,
    },

    /// A granted folder cannot be opened.
    #[error("the folder {}, granted as {guest}, cannot be opened: {reason}", host.display())]
    Folder {
        /// The folder's path on this machine.
        host: PathBuf,
        /// The folder's path inside the sandbox.
        guest: String,
        /// What is wrong.
        reason: String,
    },

    /// Two granted folders are one, or one lies in the other.
    #[error(
        "the folders {one} and {other} overlap: they are one, or one lies inside the other, here or in the sandbox. \
         Grant one of them, or folders apart from each other"
    )]
    FoldersOverlap {
        /// The one folder, as it was granted.
        one: String,
        /// The other one.
        other: String,
    },

    /// A temporary folder cannot be made.
    #[error(
        "no temporary folder can be made: {0}. Set TMPDIR (on Windows TEMP) to a folder of yours, or grant one \
         with --dir FOLDER=/tmp"
    )]
    Temporary(io::Error),

    /// The folder for temporary files lies in a granted one.
    #[error(
        "the folder {folder} has the system's folder for temporary files in it. Grant a folder that is beside it, or \
         grant one for temporary files with --dir FOLDER=/tmp"
    )]
    TemporaryInside {
        /// The granted folder, as it was granted.
        folder: String,
    },

    /// Two of its folders have one path inside the sandbox.
    #[error(
        "the adapter {adapter} asks for two folders as {guest}; give the settings that name them different values"
    )]
    FolderAskedTwice {
        /// The adapter's name.
        adapter: String,
        /// The folder's path inside the sandbox.
        guest: String,
    },

    /// A folder was granted that it does not ask for.
    #[error("the adapter {adapter} asks for no folder {guest}; it asks for {}", .asked.join(", "))]
    FolderNotAsked {
        /// The adapter's name.
        adapter: String,
        /// The folder's path inside the sandbox.
        guest: String,
        /// What the adapter asks for.
        asked: Vec<String>,
    },

    /// A folder that it needs was not granted.
    #[error(
        "the adapter {adapter} needs a folder as {guest}: {doc} Grant it with --dir FOLDER={guest}{}",
        if *.writable { "" } else { ":ro" }
    )]
    MissingFolder {
        /// The adapter's name.
        adapter: String,
        /// The folder's path inside the sandbox.
        guest: String,
        /// What it is for, in the adapter's words.
        doc: String,
        /// Whether it wants to write there.
        writable: bool,
    },

    /// Addresses that it needs were not granted.
    #[error(
        "the adapter {adapter} connects to {}; allow that with --connect {}",
        .addresses.join(" and "), .addresses.join(" --connect ")
    )]
    MissingAddress {
        /// The adapter's name.
        adapter: String,
        /// Each as `HOST:PORT`.
        addresses: Vec<String>,
    },

    /// An address was granted that it does not ask for.
    #[error("the adapter {adapter} asks for no connection to {address}; it asks for {}", .asked.join(", "))]
    AddressNotAsked {
        /// The adapter's name.
        adapter: String,
        /// `HOST:PORT`.
        address: String,
        /// What the adapter asks for.
        asked: Vec<String>,
    },

    /// What it asks to connect to is no address.
    #[error(
        "the adapter {adapter} asks for a connection to {address}, and {reason}. Check the settings that are in it"
    )]
    NoAddressAsked {
        /// The adapter's name.
        adapter: String,
        /// `HOST:PORT`.
        address: String,
        /// What is wrong.
        reason: String,
    },

    /// The bridge that it needs was not granted.
    #[error(
        "the adapter {adapter} works through the bridge in a running {host}, where it can do all that {host} can. If you \
         trust it, allow that with --bridge {host}"
    )]
    MissingBridge {
        /// The adapter's name.
        adapter: String,
        /// The name of the host.
        host: String,
    },

    /// A bridge was granted that it does not ask for.
    #[error(
        "the adapter {adapter} asks for no bridge of {host}; {}. Leave --bridge {host} out, or choose another adapter",
        match .asked.as_slice() { [] => "it asks for none".into(), asked => format!("it asks for {}", asked.join(", ")) }
    )]
    BridgeNotAsked {
        /// The adapter's name.
        adapter: String,
        /// The name of the host.
        host: String,
        /// What the adapter asks for.
        asked: Vec<String>,
    },

    /// An environment variable was granted that it does not ask for.
    #[error(
        "the adapter {adapter} asks for no environment variable {name}; take it out of the grants"
    )]
    EnvironmentNotAsked {
        /// The adapter's name.
        adapter: String,
        /// The name that was given.
        name: String,
    },

    /// A tool was granted that it does not ask for.
    #[error("the adapter {adapter} makes no use of {name}; leave --tool {name} out")]
    ToolNotAsked {
        /// The adapter's name.
        adapter: String,
        /// The name of the tool.
        name: String,
    },

    /// A process was named for an adapter that works through no running host.
    #[error(
        "the adapter {adapter} works through no running host, so there is no process to choose; leave --pid {pid} out"
    )]
    PidNotAsked {
        /// The adapter's name.
        adapter: String,
        /// The process that was named.
        pid: u32,
    },

    /// The name of a granted address cannot be resolved.
    #[error("the address {address} cannot be found: {reason}. Check the name")]
    NoAddress {
        /// `HOST:PORT`.
        address: String,
        /// What the system says.
        reason: io::Error,
    },

    /// `found` is where the name leads, `realm` what that is, and `advice` what to do.
    #[error("the address {address} leads to {found}, which is {realm}; {advice}")]
    NameLeadsElsewhere {
        /// `HOST:PORT`.
        address: String,
        /// Where the name leads.
        found: IpAddr,
        /// What kind of place that is, in words.
        realm: &'static str,
        /// What to do.
        advice: String,
    },

    /// Its `open` failed.
    #[error("the adapter {adapter} does not open: {}", .failure.message)]
    Refused {
        /// The adapter's name.
        adapter: String,
        /// Why, in its own words.
        failure: Box<Failure>,
    },

    /// It crashed.
    #[error(
        "the adapter {adapter} crashed in {call}: {reason}. It is stopped; start the session anew"
    )]
    Trapped {
        /// The adapter's name.
        adapter: String,
        /// The function of the adapter that was called.
        call: &'static str,
        /// What is wrong.
        reason: String,
        /// The limit of which it got no more before that, if any.
        refused: Option<Limit>,
    },

    /// This machine has no more memory; the adapter did not ask for too much.
    #[error(
        "the adapter {adapter} gets no memory in {call} ({reason}): each adapter reserves some gigabytes of addresses, \
         of which it uses few; raise the limit with `ulimit -v`, or close other programs"
    )]
    NoMemory {
        /// The adapter's name.
        adapter: String,
        /// The function of the adapter that was called.
        call: &'static str,
        /// What is wrong.
        reason: String,
    },

    /// It used more than a limit allows.
    #[error("the adapter {adapter} was stopped in {call} because it used too much: {said}")]
    Limit {
        /// The adapter's name.
        adapter: String,
        /// The function of the adapter that was called.
        call: &'static str,
        /// The limit.
        limit: Limit,
        /// The limit in words: its value, and how to raise it.
        said: String,
    },

    /// Somebody asked to have it started again, in the middle of a call.
    #[error("the adapter {adapter} was stopped by force in {call} because somebody restarted it")]
    Restarted {
        /// The adapter's name.
        adapter: String,
        /// The function of the adapter that was called.
        call: &'static str,
    },

    /// Its answer breaks the contract.
    #[error(
        "the adapter {adapter} answered {call} with {reason}. It is stopped; start the session anew, \
         and tell its author"
    )]
    Misbehaved {
        /// The adapter's name.
        adapter: String,
        /// The function of the adapter that was called.
        call: &'static str,
        /// What is wrong.
        reason: String,
    },

    /// A run or a plug-in was cancelled, and it did not stop by itself.
    #[error(
        "the adapter {adapter} was stopped by force, because what it did was cancelled and did not stop; reset the session to start it again"
    )]
    Forced {
        /// The adapter's name.
        adapter: String,
    },

    /// It crashed before, and is not called again.
    #[error("the adapter {adapter} was stopped after a crash; start the session anew")]
    Stopped {
        /// The adapter's name.
        adapter: String,
    },
}

impl AdapterError {
    /// The limit of an adapter that was met, if that is why it ended.
    pub fn limit(&self) -> Option<Limit> {
        match self {
            AdapterError::Limit { limit, .. } => Some(*limit),
            AdapterError::Trapped { refused, .. } => *refused,
            _ => None,
        }
    }
}

fn there_are(names: &[String]) -> String {
    match names {
        [] => "there are none".into(),
        _ => format!("there are {}", names.join(", ")),
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let shown = paths.iter().map(|path| path.display().to_string());
    shown.collect::<Vec<_>>().join(", ")
}
