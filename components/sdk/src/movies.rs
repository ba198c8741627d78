//! Pictures of movies, which the runtime has ffmpeg make where the user granted it.

use crate::bindings::pyblish::endpoint::movies;

pub use movies::{PictureError, PictureErrorCode};

/// A typical picture of the first seconds of a movie, as PNG. The movie is at `path` beneath a
/// folder, which is a path inside the sandbox; neither side of the picture has more than `side`
/// pixels, from 1 to 2048.
///
/// An adapter asks for it with [`Description::ffmpeg`](crate::Description::ffmpeg), and the user
/// grants it with `--tool ffmpeg`.
///
/// # Errors
/// It is not granted, the movie cannot be decoded, or the user cancelled.
pub fn picture(folder: &str, path: &str, side: u32) -> Result<Vec<u8>, PictureError> {
    place::picture(folder, path, side)
}

#[cfg(target_arch = "wasm32")]
mod place {
    use super::*;
    use crate::bindings::wasi::filesystem::types::DescriptorFlags;
    use crate::call::sandboxed;
    use crate::files::sandboxed::open;

    pub(super) fn picture(folder: &str, path: &str, side: u32) -> Result<Vec<u8>, PictureError> {
        let unreadable = |reason: String| PictureError {
            code: PictureErrorCode::NotReadable,
            reason,
        };
        let opened = open(folder, DescriptorFlags::READ)
            .map_err(|why| unreadable(format!("{folder} cannot be opened ({})", why.name())))?;
        sandboxed::with_handle(|call| movies::picture(call, &opened, path, side))
            .unwrap_or_else(|| Err(unreadable("it can only be made during a call".into())))
    }
}

/// Outside the sandbox, in an adapter's own tests, nothing is granted.
#[cfg(not(target_arch = "wasm32"))]
mod place {
    use super::*;

    pub(super) fn picture(_: &str, _: &str, _: u32) -> Result<Vec<u8>, PictureError> {
        Err(PictureError {
            code: PictureErrorCode::NotGranted,
            reason: "the user did not grant ffmpeg: --tool ffmpeg grants it".into(),
        })
    }
}
