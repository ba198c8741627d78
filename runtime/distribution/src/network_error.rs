//! Why a registry or a web server gave no adapter, or took none.

use std::path::PathBuf;

/// Why a registry or a web server gave no adapter, or took none.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// It is not of this machine, and would be asked in plain text.
    #[error(
        "{address} would be asked by plain HTTP, which is only used on this machine; leave out \
         --plain-http, or give the server a certificate"
    )]
    PlainText {
        /// What was to be asked.
        address: String,
    },

    /// It leads to plain text.
    #[error(
        "{address} leads to {to}, and plain HTTP is only used on this machine; ask whoever looks \
         after the server"
    )]
    PlainRedirect {
        /// What was asked.
        address: String,
        /// Where it leads.
        to: String,
    },

    /// The registry answers, and leads to where nobody does.
    #[error(
        "{address}: the registry leads to another server, which cannot be reached, or only by plain \
         HTTP, which is only used on this machine; ask whoever looks after the registry"
    )]
    LeadsNowhere {
        /// What was asked for.
        address: String,
    },

    /// Nobody answers there.
    #[error(
        "{address} cannot be reached: {reason}; check the address and the network. What is \
         installed can be used without it"
    )]
    Unreachable {
        /// What was asked.
        address: String,
        /// In words.
        reason: String,
    },

    /// It takes too long.
    #[error(
        "{address} gave nothing for {seconds} s; try again, or wait longer with --timeout SECONDS"
    )]
    Slow {
        /// What was asked.
        address: String,
        /// How long it had.
        seconds: u64,
    },

    /// The user may not do that.
    #[error(
        "{address} does not allow it (HTTP {status}); log in with `docker login` or `podman login`, \
         or name a user with --registry-user and --registry-password-file"
    )]
    Denied {
        /// What was asked.
        address: String,
        /// The status of HTTP.
        status: u16,
    },

    /// The web server wants to know who asks.
    #[error(
        "{address} is not open to everybody (HTTP {status}), and a web server is asked without a \
         login; put the adapter into a registry, or open the address"
    )]
    NoLogin {
        /// What was asked.
        address: String,
        /// The status of HTTP.
        status: u16,
    },

    /// It is not there.
    #[error("{address} is not there{}", versions(.tags))]
    NotThere {
        /// What was asked for.
        address: String,
        /// The tags that are there.
        tags: Vec<String>,
    },

    /// The server answers with a failure.
    #[error("{address}: the server answered {answer}; try again, or ask whoever looks after it")]
    Failed {
        /// What was asked.
        address: String,
        /// In words.
        answer: String,
    },

    /// The connection broke off.
    #[error("{address} broke off: {reason}. Nothing of it was kept; try again")]
    BrokeOff {
        /// What was asked for.
        address: String,
        /// In words.
        reason: String,
    },

    /// It is another thing than was asked for.
    #[error(
        "{address} gave something else than it says: {reason}. Nothing of it was kept; do not trust \
         it before you know why"
    )]
    WrongDigest {
        /// What was asked for.
        address: String,
        /// In words, with both digests.
        reason: String,
    },

    /// It is no adapter.
    #[error("{address} is no adapter: {reason}; push one with `pyblish-endpoint adapters push`")]
    NoAdapter {
        /// What was asked for.
        address: String,
        /// In words.
        reason: String,
    },

    /// It is too large.
    #[error(
        "{address} is too large: it has more than {limit} bytes, which is the limit for an adapter; \
         raise it with --limit adapter-size=BYTES if you trust it"
    )]
    TooLarge {
        /// What was asked for.
        address: String,
        /// Bytes that it may have.
        limit: u64,
    },

    /// The registry says more than it needs to.
    #[error(
        "{address}: the answer has more than {limit} bytes, which is more than a registry needs to \
         say; ask whoever looks after it"
    )]
    LargeAnswer {
        /// What was asked for.
        address: String,
        /// Bytes that it may have.
        limit: u64,
    },

    /// The tag has another version in it.
    #[error(
        "the tag {tag} says another version than the adapter, which is {version}; push it as \
         {version}, or under a name that is no version"
    )]
    OtherVersion {
        /// The tag.
        tag: String,
        /// The adapter's.
        version: String,
    },

    /// The tag names something else.
    #[error(
        "{address} is there already, and is another file; give the new one a version of its own, or \
         move the tag with --replace"
    )]
    Taken {
        /// What was to be pushed.
        address: String,
    },

    /// The authorities cannot be read.
    #[error("the certificate authorities {}: {reason}; name a file with certificates in PEM", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// In words.
        reason: String,
    },

    /// The login of the user cannot be used.
    #[error(
        "the login for {registry} cannot be used: {reason}; log in again, or name a user with \
         --registry-user and --registry-password-file"
    )]
    Login {
        /// The registry.
        registry: String,
        /// In words.
        reason: String,
    },
}

/// How many tags a message names.
const SOME: usize = 10;

fn versions(tags: &[String]) -> String {
    match tags.len() {
        0 => "; check its name".into(),
        1..=SOME => format!("; there are {}", tags.join(", ")),
        more => format!(
            "; there are {} and {} more",
            tags[..SOME].join(", "),
            more - SOME
        ),
    }
}
