//! The interface `movies`: pictures of movies, which ffmpeg makes.
//!
//! Movies come from anywhere, and ffmpeg can do much more than is wanted here: read playlists that
//! name other files, ask servers, write files. So:
//! - It gets the open file as its standard input, never a path. No text of the adapter is an
//!   argument.
//! - It only takes formats of movies, which hold their pictures themselves, and it opens no other
//!   file and no connection.
//! - It runs within limits, one at a time. See `tool.rs`.
//! - What it answers must be a small PNG.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cap_std::fs::Dir;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;

use super::batch::CallHandle;
use super::bindings::movies;
use super::ffmpeg::error;
use super::limits::Limit;
use super::sandbox::State;
use super::tool::{self, ToolEnd, ToolLimits};

use movies::{PictureError, PictureErrorCode as Code};

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

/// The longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 2048;

/// The largest picture of a movie: 8192 x 8192 pixels, as one number.
const MOST_PIXELS: &str = "67108864";

/// Of how many pictures the most typical is taken, so that it is no slate and no fade.
const PICTURES: u32 = 50;

/// Formats that hold their pictures themselves. Playlists and the like are not among them.
const FORMATS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mxf,mpegts,mpeg,ogg,flv,asf,dv,ivf";

/// The most bytes of a picture: four for each pixel of the largest.
const MOST_OUTPUT: u64 = 16 << 20;

/// The first bytes of a PNG: its signature, and the header that has its size.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// Held while a picture is made.
static TURN: Mutex<()> = Mutex::new(());

type Picture = Result<Vec<u8>, PictureError>;

impl movies::Host for State {
    async fn picture(
        &mut self,
        _: Resource<CallHandle>,
        folder: Resource<Descriptor>,
        path: String,
        side: u32,
    ) -> wasmtime::Result<Picture> {
        let (runner, program) = match self.ffmpeg.programs() {
            Ok(programs) => programs,
            Err(error) => return Ok(Err(error)),
        };
        let movie = match self.table.get(&folder)? {
            Descriptor::Dir(folder) => open(&folder.dir.try_clone().map(Dir::from_std_file), &path),
            Descriptor::File(_) => Err(error(Code::NotReadable, "it is given beneath a file")),
        };
        let movie = match movie {
            Ok(movie) => movie,
            Err(error) => return Ok(Err(error)),
        };
        let stop = Arc::new(AtomicBool::new(false));
        // Whoever drops this future ends ffmpeg.
        let _stop_on_drop = StopOnDrop(stop.clone());
        let theirs = stop.clone();
        let limits = ToolLimits {
            memory: self.limits.get(Limit::ToolMemory),
            time: Duration::from_secs(self.limits.get(Limit::ToolTime)),
            output: MOST_OUTPUT,
        };
        let too_late = self.limits.said(Limit::ToolTime);
        let mut making = tokio::task::spawn_blocking(move || {
            let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
            let arguments = arguments(side.clamp(1, LONGEST_SIDE));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ended = tool::run(&runner, &program, &arguments, movie, &limits, &theirs);
            picture(ended, side, &too_late)
        });
        loop {
            tokio::select! {
                biased;
                made = &mut making => return Ok(made?),
                () = tokio::time::sleep(TICK) => {}
            }
            if self.observer.cancelled() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The open movie. A link that leads out of the granted folder leads nowhere.
fn open(folder: &std::io::Result<Dir>, path: &str) -> Result<File, PictureError> {
    let unreadable = |reason: &dyn std::fmt::Display| {
        error(Code::NotReadable, format!("it cannot be read ({reason})"))
    };
    let folder = folder.as_ref().map_err(|reason| unreadable(reason))?;
    let movie = pyblish_copy::open(folder, path).map_err(|reason| unreadable(&reason))?;
    match movie.metadata() {
        Ok(found) if found.is_file() => Ok(movie),
        Ok(_) => Err(error(Code::NotReadable, "it is no regular file")),
        Err(reason) => Err(unreadable(&reason)),
    }
}

/// The command line of ffmpeg. Only the number is not fixed.
fn arguments(side: u32) -> Vec<String> {
    // ffmpeg's own names for its standard input, as something that it can seek in.
    let (protocol, input) = match cfg!(unix) {
        true => ("file", "file:/dev/fd/0"),
        // From ffmpeg 6.0 on.
        false => ("fd", "fd:"),
    };
    let filter = format!(
        "scale=w='min({side},iw)':h='min({side},ih)':force_original_aspect_ratio=decrease,\
         thumbnail={PICTURES}"
    );
    let words = [
        // It reads the movie there, and no keys.
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "error",
        "-protocol_whitelist",
        protocol,
        "-format_whitelist",
        FORMATS,
        "-max_pixels",
        MOST_PIXELS,
        "-threads",
        "2",
        "-i",
        input,
        // The first movie that is no cover picture.
        "-map",
        "0:V:0",
        "-vf",
        &filter,
        "-frames:v",
        "1",
        "-pix_fmt",
        "rgb24",
        "-c:v",
        "png",
        "-f",
        "image2pipe",
        "pipe:1",
    ];
    words.map(str::to_owned).to_vec()
}

/// The picture, or why there is none.
fn picture(ended: std::io::Result<ToolEnd>, side: u32, too_late: &str) -> Picture {
    match ended {
        Ok(ToolEnd::Done(picture)) if is_picture(&picture, side) => Ok(picture),
        Ok(ToolEnd::Done(picture)) if picture.is_empty() => {
            Err(error(Code::NotDecoded, "ffmpeg finds no picture in it"))
        }
        Ok(ToolEnd::Done(_) | ToolEnd::TooLarge) => Err(error(
            Code::NotDecoded,
            format!("what ffmpeg answered is no PNG of at most {side} x {side} pixels"),
        )),
        Ok(ToolEnd::Failed(status, words)) => {
            Err(error(Code::NotDecoded, failed(&status.to_string(), &words)))
        }
        Ok(ToolEnd::TooLate) => Err(error(
            Code::TooLate,
            format!("ffmpeg took too long: {too_late}"),
        )),
        Ok(ToolEnd::Cancelled) => Err(error(Code::Cancelled, "the user asked to stop")),
        Err(reason) => Err(error(
            Code::NoProgram,
            format!("ffmpeg does not start ({reason})"),
        )),
    }
}

/// What ffmpeg says. The first line names the cause, and those behind it what follows from that.
fn failed(status: &str, words: &str) -> String {
    let first = words.lines().map(str::trim).find(|line| !line.is_empty());
    let Some(first) = first else {
        return format!("ffmpeg ended with {status}");
    };
    // `[mov @ 0x55dcd3533180] moov atom not found`: which part of ffmpeg says it helps nobody.
    let mut first = first;
    while let Some((_, rest)) = first
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        first = rest;
    }
    let first: String = first.chars().take(300).collect();
    format!("ffmpeg says: {}", first.replace("file:/dev/fd/0: ", ""))
}

/// Whether this is a PNG of at most this size.
fn is_picture(bytes: &[u8], side: u32) -> bool {
    let Some(header) = bytes.strip_prefix(SIGNATURE) else {
        return false;
    };
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let fits = |number: Option<u32>| number.is_some_and(|number| (1..=side).contains(&number));
    fits(number(0)) && fits(number(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_cause_is_told_without_its_place() {
        let words = "[mov,mp4 @ 0x5] [IMG @ 0x7] Picture size 1x2 exceeds\nError marking";
        assert_eq!(
            failed("exit status: 1", words),
            "ffmpeg says: Picture size 1x2 exceeds"
        );
        assert_eq!(failed("signal: 9", " \n"), "ffmpeg ended with signal: 9");
        let long = failed("", &"x".repeat(9000));
        assert_eq!(long.len(), "ffmpeg says: ".len() + 300);
    }

    #[test]
    fn only_a_small_png_is_a_picture() {
        let png = |width: u32, height: u32| {
            [SIGNATURE, &width.to_be_bytes(), &height.to_be_bytes()].concat()
        };
        for (width, height, fits) in [
            (256, 256, true),
            (1, 1, true),
            (257, 1, false),
            (1, 257, false),
            (0, 1, false),
        ] {
            assert_eq!(
                is_picture(&png(width, height), 256),
                fits,
                "{width} {height}"
            );
        }
        assert!(!is_picture(&png(1, 1)[..20], 256));
        assert!(!is_picture(b"GIF89a", 256));
    }
}
