//! Paths in the data of instances. They come from the host or from a client, so they cannot be
//! trusted: only what is in a folder that the user granted to the session is opened.

use axum::http::StatusCode;

use super::problem::Problem;
use pyblish_session::GrantedFolder;

/// The granted folder that contains the path, and the rest of the path.
pub(super) fn split<'a>(
    path: &str,
    folders: &'a [GrantedFolder],
) -> Result<(&'a GrantedFolder, String), Problem> {
    let refused = || outside(path, folders);
    let holding = folders
        .iter()
        .filter_map(|folder| Some((folder, below(folder, path)?)));
    // Of folders in one another, the inner one leaves the shortest rest.
    let (folder, rest) = holding
        .min_by_key(|(_, rest)| rest.len())
        .ok_or_else(refused)?;
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    if !rest.split('/').all(plain) {
        return Err(refused());
    }
    Ok((folder, rest))
}

/// The rest of a path that begins with a folder's path, inside the sandbox or on this machine.
fn below(folder: &GrantedFolder, path: &str) -> Option<String> {
    let guest = path.strip_prefix(folder.guest.as_str());
    if let Some(rest) = guest.and_then(|rest| rest.strip_prefix('/')) {
        return Some(rest.to_owned());
    }
    let host = folder.host_path();
    let rest = path.strip_prefix(host.to_str()?.trim_end_matches(std::path::is_separator))?;
    let rest = rest.strip_prefix(std::path::is_separator)?;
    // Only Windows has another separator.
    let rest = rest.split(std::path::is_separator);
    Some(rest.collect::<Vec<_>>().join("/"))
}

pub(super) fn outside(path: &str, folders: &[GrantedFolder]) -> Problem {
    let granted: Vec<_> = folders.iter().map(|folder| folder.guest.as_str()).collect();
    let granted = match granted.as_slice() {
        [] => "it was granted none".to_owned(),
        granted => granted.join(", "),
    };
    Problem::new(
        StatusCode::FORBIDDEN,
        "Outside of the sandbox",
        format!("{path} is not in a folder that was granted to the session: {granted}"),
    )
}
