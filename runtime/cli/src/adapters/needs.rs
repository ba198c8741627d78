//! What an adapter needs from outside its sandbox, and the flags that grant it.

use pyblish_adapter::{Description, GrantRequest};

/// What the adapter asks for: one line each, with the flag that grants it.
pub(super) fn asks(description: &Description) -> Vec<String> {
    let grants = description.grants.iter().map(|grant| match grant {
        GrantRequest::Folder(folder) => {
            let flag = format!("--dir FOLDER={}{}", folder.path, read_only(folder.writable));
            let how = match (folder.writable, folder.optional) {
                (true, false) => "to read and write",
                (true, true) => "to read and write (optional)",
                (false, false) => "to read",
                (false, true) => "to read (optional)",
            };
            format!("{flag}  a folder {how}: {}", folder.doc)
        }
        GrantRequest::Address(address) => format!("--connect {address}  a connection"),
        GrantRequest::Bridge(bridge) => format!(
            "--bridge {0}  the bridge in a running {0}, through which it can do everything that \
             {0} can; --host {0} grants it too",
            bridge.host
        ),
        GrantRequest::Environment(name) => format!("--env {name}  an environment variable"),
        GrantRequest::Tool(name) => {
            format!("--tool {name}  for thumbnails of movies (optional): the runtime runs it")
        }
    });
    grants.collect()
}

fn read_only(writable: bool) -> &'static str {
    if writable { "" } else { ":ro" }
}
