//! The thumbnail that an extractor made of an instance.
//!
//! The data of an instance says where the picture is. It comes from the host, so it cannot be
//! trusted. Therefore the file must be in a folder that the user granted to the session. The path is
//! one inside the sandbox, or that of the same file on this machine, as people see it. The folder is opened as a `cap_std` directory, which `..` and
//! symbolic links cannot leave. The first bytes of the file must be those of an image format that
//! cannot contain a script, whatever the name of the file.

use std::io::Read;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cap_std::fs::OpenOptions;

use super::extract::Path;
use super::granted_path::{outside, split};
use super::problem::Problem;
use super::state::V2State;
use pyblish_model::{Data, InstanceId, JsonText};
use pyblish_session::GrantedFolder;
use pyblish_session::SessionError;

/// How many bytes a thumbnail may have.
const MAX_PICTURE: u64 = 8 << 20;

/// The instance's thumbnail: the value `thumbnail` in its data, a path inside the sandbox or on the
/// server's machine. A relative path starts in its `publishPath`, or else in its `staging`.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{sessionId}/instances/{instanceId}/thumbnail", tag = "things",
    params(("sessionId" = String, Path), ("instanceId" = String, Path),
        ("v" = Option<String>, Query, description = "Ignored: a browser reads the picture again where it is another text.")),
    responses((status = 200, content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"))),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn read(
    State(v2): State<V2State>,
    Path((id, instance)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let snapshot = v2.session(&id)?.snapshot();
    let found = snapshot
        .context
        .instance(&InstanceId(instance.as_str().into()));
    let found = found.ok_or_else(|| SessionError::UnknownInstance(instance.clone()))?;
    let path = path_in(&found.data).ok_or_else(|| {
        Problem::not_found(format!(
            "the instance {instance:?} has no thumbnail: its data has no `thumbnail` with a path \
             inside the sandbox"
        ))
    })?;
    let folders = v2.sessions.folders(&id);
    // On a thread of its own, because the disk may be slow.
    let picture = tokio::task::spawn_blocking(move || picture(&path, &folders)).await;
    let picture = picture.map_err(|error| Problem::not_found(error.to_string()))?;
    let (media_type, bytes) = picture?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// The thumbnail's path inside the sandbox, from the data.
fn path_in(data: &Data) -> Option<String> {
    let text = |key: &str| {
        let value = data.get(key).and_then(JsonText::as_str);
        value.filter(|text| !text.is_empty())
    };
    let path = text("thumbnail")?;
    if path.starts_with('/') || std::path::Path::new(path.as_ref()).is_absolute() {
        return Some(path.into_owned());
    }
    let folder = text("publishPath").or_else(|| text("staging"))?;
    Some(format!("{folder}/{path}"))
}

/// The picture at this path inside the sandbox, with its media type.
fn picture(path: &str, folders: &[GrantedFolder]) -> Result<(&'static str, Vec<u8>), Problem> {
    let (folder, rest) = split(path, folders)?;
    let unreadable =
        |error: std::io::Error| Problem::not_found(format!("{path} cannot be read: {error}"));
    // From here on only the open file is used, so that nobody can replace it.
    let file = folder.dir.open_with(&rest, &read_without_waiting());
    let file = file.map_err(|error| match error.kind() {
        // cap-std refused the path because it leaves the folder. An error of the system would have
        // a number.
        std::io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            outside(path, folders)
        }
        _ => unreadable(error),
    });
    let mut file = file?.into_std();
    let known = file.metadata().map_err(unreadable)?;
    if !known.is_file() {
        return Err(Problem::not_found(format!("{path} is not a file")));
    }
    if known.len() > MAX_PICTURE {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            format!(
                "{path} has {} bytes, but a thumbnail may have at most {MAX_PICTURE}: make a \
                 smaller one",
                known.len()
            ),
        ));
    }
    let mut bytes = Vec::new();
    let read = (&mut file).take(MAX_PICTURE).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    let media_type = media_type(&bytes).ok_or_else(|| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not a picture",
            format!("{path} is not a PNG, JPEG, WebP or GIF file: use one of these formats for the thumbnail"),
        )
    })?;
    Ok((media_type, bytes))
}

/// Options for reading, without waiting for a writer if the path is a named pipe.
fn read_without_waiting() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        options.custom_flags(flags);
    }
    options
}

/// The media type, by the first bytes.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    }
}
