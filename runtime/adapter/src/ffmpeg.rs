//! The ffmpeg that makes pictures of movies: whether it is granted, and which programs start it.

use std::path::PathBuf;

use super::bindings::movies::{PictureError, PictureErrorCode as Code};
use super::tool::ToolGrant;

/// Where ffmpeg is, and how it is started.
#[derive(Debug, Clone, Default)]
pub(super) struct Ffmpeg {
    /// None where the user did not grant it.
    pub grant: Option<ToolGrant>,
    /// This program; none in a program that only uses the library.
    pub runner: Option<PathBuf>,
}

impl Ffmpeg {
    /// The program that limits itself, and ffmpeg.
    pub(super) fn programs(&self) -> Result<(PathBuf, PathBuf), PictureError> {
        let Some(grant) = &self.grant else {
            let reason = "the user did not grant ffmpeg: --tool ffmpeg grants it";
            return Err(error(Code::NotGranted, reason));
        };
        let Some(program) = grant.program() else {
            let reason = match &grant.path {
                Some(path) => format!("there is no program {}", path.display()),
                None => "there is no ffmpeg on PATH: install it, or grant it by its path with \
                         --tool ffmpeg=PATH"
                    .into(),
            };
            return Err(error(Code::NoProgram, reason));
        };
        match &self.runner {
            Some(runner) => Ok((runner.clone(), program)),
            None => Err(error(
                Code::NoProgram,
                "only pyblish-endpoint itself can run ffmpeg within limits",
            )),
        }
    }
}

/// An error with this reason.
pub(super) fn error(code: Code, reason: impl Into<String>) -> PictureError {
    PictureError {
        code,
        reason: reason.into(),
    }
}
