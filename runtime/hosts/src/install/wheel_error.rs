use std::path::PathBuf;

/// The release of pyblish-base that is fetched where no wheel is found: the last of 1.8, with which
/// we test.
pub const RELEASE: &str = "1.8.12";

/// Why there is no wheel of pyblish-base to install from.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    /// The file is no wheel of pyblish-base that can be used.
    #[error(
        "{} cannot be installed: {reason}. Fetch it again with `pip download --no-deps pyblish-base=={}`",
        path.display(), RELEASE
    )]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// The folder that was named has none.
    #[error(
        "there is no wheel of pyblish-base in {}. Put it there, with `pip download --no-deps pyblish-base=={}` on a \
         machine that reaches the package index",
        .0.display(), RELEASE
    )]
    None(PathBuf),

    /// None was found, and pip fetched none.
    #[error(
        "no wheel of pyblish-base is found beside this program, and none can be fetched ({reason}). Fetch it on a \
         machine that reaches the package index, with `pip download --no-deps pyblish-base=={}`, and name the \
         file or its folder: --with-pyblish=FILE",
        RELEASE
    )]
    NotFetched {
        /// Why pip fetched none.
        reason: String,
    },
}
