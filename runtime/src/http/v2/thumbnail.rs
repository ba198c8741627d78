//! The small picture that an extractor made of an instance.
//!
//! Its data says where it is, and data are the host's words: the path is one inside the sandbox, and leads to
//! nothing but the folders that the user granted to the session, also by way of symbolic links. What is there must
//! be a picture by its first bytes, of a kind that cannot hold a script, whatever it is called.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Endpoint;
use super::input::Path;
use super::problem::Problem;
use crate::adapter::FolderGrant;
use crate::model::{Data, InstanceId};
use crate::session::SessionError;

/// Bytes that a picture may have. It is to be a small one; this is room for a large one.
const LARGEST: u64 = 8 << 20;

/// The instance's thumbnail: its data's `thumbnail`, a path inside the sandbox. A relative one lies in its
/// `publishPath`, or else in its `staging`.
#[utoipa::path(get, path = "/pyblish/v2/sessions/{session}/instances/{instance}/thumbnail", tag = "things",
    params(("session" = String, Path), ("instance" = String, Path)),
    responses((status = 200, content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"))),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read(
    State(endpoint): State<Endpoint>,
    Path((id, instance)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let snapshot = endpoint.session(&id)?.snapshot();
    let found = snapshot.context.instance(&InstanceId(instance.clone()));
    let found = found.ok_or_else(|| SessionError::UnknownInstance(instance.clone()))?;
    let path = place(&found.data).ok_or_else(|| {
        Problem::not_found(format!(
            "the instance {instance:?} has no thumbnail: its data has no `thumbnail` with a path inside the sandbox"
        ))
    })?;
    let folders = endpoint.house.folders(&id);
    // The folder may lie on a slow disk.
    let picture = tokio::task::spawn_blocking(move || picture(&path, &folders)).await;
    let picture = picture.map_err(|error| Problem::not_found(error.to_string()))?;
    let (kind, bytes) = picture?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// The path inside the sandbox that the data speak of.
fn place(data: &Data) -> Option<String> {
    let text = |key: &str| {
        let value = data.get(key).and_then(Value::as_str);
        value.filter(|text| !text.is_empty())
    };
    let path = text("thumbnail")?;
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    let folder = text("publishPath").or_else(|| text("staging"))?;
    Some(format!("{folder}/{path}"))
}

/// The picture at this path inside the sandbox, with its media type.
fn picture(path: &str, folders: &[FolderGrant]) -> Result<(&'static str, Vec<u8>), Problem> {
    let file = inside(path, folders)?;
    let unreadable =
        |error: std::io::Error| Problem::not_found(format!("{path} cannot be read: {error}"));
    // Looked at before it is opened: to open a pipe may take forever.
    let known = fs::metadata(&file).map_err(unreadable)?;
    if !known.is_file() {
        return Err(Problem::not_found(format!("{path} is no file")));
    }
    if known.len() > LARGEST {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            format!(
                "{path} has {} bytes, and a thumbnail may have {LARGEST}: make a smaller one",
                known.len()
            ),
        ));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(file).map_err(unreadable)?.take(LARGEST);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    let kind = kind(&bytes).ok_or_else(|| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not a picture",
            format!("{path} is no PNG, JPEG, WebP or GIF by its first bytes: make the thumbnail one of these"),
        )
    })?;
    Ok((kind, bytes))
}

/// The file on this machine, if it lies in a folder that was granted.
fn inside(path: &str, folders: &[FolderGrant]) -> Result<PathBuf, Problem> {
    let refused = || {
        let granted: Vec<_> = folders.iter().map(|folder| folder.guest.as_str()).collect();
        Problem::new(
            StatusCode::FORBIDDEN,
            "Outside of the sandbox",
            format!(
                "{path} is in none of the folders that the session was granted: {}",
                granted.join(", ")
            ),
        )
    };
    let below = |folder: &FolderGrant| {
        let rest = path.strip_prefix(folder.guest.as_str())?;
        rest.strip_prefix('/').map(str::to_owned)
    };
    let holding = folders
        .iter()
        .filter_map(|folder| Some((folder, below(folder)?)));
    let (folder, rest) = holding
        .max_by_key(|(folder, _)| folder.guest.len())
        .ok_or_else(refused)?;
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    if !rest.split('/').all(plain) {
        return Err(refused());
    }
    let missing =
        |error: std::io::Error| Problem::not_found(format!("{path} cannot be read: {error}"));
    let root = folder.host.canonicalize().map_err(missing)?;
    // What a symbolic link leads to counts.
    let file = root.join(rest).canonicalize().map_err(missing)?;
    match file.starts_with(&root) {
        true => Ok(file),
        false => Err(refused()),
    }
}

/// The media type, by the first bytes.
fn kind(bytes: &[u8]) -> Option<&'static str> {
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
