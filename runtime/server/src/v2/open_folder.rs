//! Shows where an instance was published, in the file manager of this machine.
//!
//! It is for a user whose browser is on the same machine. Others are refused: a window would open
//! before somebody else. It is also refused without a token (`--no-auth`), because then any user of
//! this machine could open windows on this user's screen. The path comes from the data of an
//! instance, so it is opened only if it is a folder in one that the user granted.

use std::path::PathBuf;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::extract::Path;
use super::granted_path::{outside, split};
use super::problem::Problem;
use super::state::V2State;
use crate::access::ClientId;
use pyblish_model::{InstanceId, JsonText};
use pyblish_platform::file_manager;
use pyblish_session::{GrantedFolder, SessionError};

/// The headers that proxies add. Behind one, nobody can be told from a client on this machine.
const BY_PROXIES: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// Opens the folder of a published instance, its `publishPath`, in the file manager of the server's
/// machine. Only for clients on that machine, and with a token.
#[utoipa::path(post, path = "/pyblish/v2/sessions/{sessionId}/instances/{instanceId}/open-folder", tag = "things",
    params(("sessionId" = String, Path), ("instanceId" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn open(
    State(v2): State<V2State>,
    Extension(client): Extension<ClientId>,
    Path((id, instance)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let is_by_proxy = BY_PROXIES.iter().any(|name| headers.contains_key(*name));
    if is_by_proxy || !client.is_on_this_machine() {
        return Err(refused(
            "a folder is opened only for a client on the server's own machine: copy the path",
        ));
    }
    if !v2.access.needs_token() {
        return Err(refused(
            "this server needs no token (--no-auth), so it opens no folders: copy the path",
        ));
    }
    let snapshot = v2.session(&id)?.snapshot();
    let found = snapshot
        .context
        .instance(&InstanceId(instance.as_str().into()));
    let found = found.ok_or_else(|| SessionError::UnknownInstance(instance.clone()))?;
    let path = found.data.get("publishPath").and_then(JsonText::as_str);
    let path = path.filter(|path| !path.is_empty()).ok_or_else(|| {
        Problem::not_found(format!(
            "the instance {instance:?} is not published: its data has no `publishPath`"
        ))
    })?;
    let path = path.into_owned();
    let folders = v2.sessions.folders(&id);
    let opened = tokio::task::spawn_blocking(move || {
        let folder = folder(&path, &folders)?;
        file_manager::open(&folder).map_err(|error| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "No file manager",
                format!(
                    "{} cannot be opened: {error}; copy the path",
                    folder.display()
                ),
            )
        })
    });
    opened
        .await
        .map_err(|error| Problem::not_found(error.to_string()))??;
    Ok(StatusCode::NO_CONTENT)
}

/// The path on this machine, if it is that of a folder in a granted one.
fn folder(path: &str, folders: &[GrantedFolder]) -> Result<PathBuf, Problem> {
    let (granted, rest) = split(path, folders)?;
    let there = granted.is_in_place().then(|| granted.dir.open_dir(&rest));
    match there {
        Some(Ok(_)) => Ok(granted.host_path().join(rest)),
        // cap-std refused the path because it leaves the folder.
        Some(Err(error))
            if error.kind() == std::io::ErrorKind::PermissionDenied
                && error.raw_os_error().is_none() =>
        {
            Err(outside(path, folders))
        }
        Some(Err(error)) => Err(Problem::not_found(format!("{path} is no folder: {error}"))),
        None => Err(Problem::not_found(format!(
            "{path} is no longer in the folder that was granted"
        ))),
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "Not from here", detail)
}
