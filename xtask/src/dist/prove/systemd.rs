//! systemd itself with the units of the `.deb`: what a user says, and what the first client gets.
//!
//! Where systemd does not run, its manager of one user's services does, if `/run` says that the
//! system is one of systemd's. So it gets a `/run` of its own, and a `/usr` with the package over
//! that of this machine; both end with the proof, as all its processes do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::packages::{in_dpkg_root, names};
use super::proving::{Proof, Proving};
use crate::child;
use crate::scene::Scene;
use crate::workspace::RUNTIME;

/// What the user does. It prints what the first client is answered, and what `list` says.
const SCRIPT: &str = r#"
    set -e
    root=$1 port=$2
    mount -t tmpfs tmpfs /run
    export XDG_RUNTIME_DIR=/run/user/0
    mkdir -p -m 700 /run/systemd/system "$XDG_RUNTIME_DIR"
    mount -t overlay overlay -o "lowerdir=$root/usr:/usr" /usr
    unset DBUS_SESSION_BUS_ADDRESS
    /lib/systemd/systemd --user >/dev/null 2>&1 &
    manager=$!
    tries=0
    until systemctl --user show-environment >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "systemd does not answer" >&2; exit 1; }
        sleep 0.1
    done
    systemctl --user enable --quiet --now pyblish-endpoint.socket
    [ "$(systemctl --user is-active pyblish-endpoint.service)" = inactive ]
    python3 -I -c "import urllib.request as r
print(r.urlopen('http://127.0.0.1:$port/pyblish/v1/hello', timeout=120).status)"
    systemctl --user is-active pyblish-endpoint.service
    pyblish-endpoint list --json
    systemctl --user disable --quiet --now pyblish-endpoint.socket
    systemctl --user stop pyblish-endpoint.service
    systemctl --user show --property=Result --value pyblish-endpoint.service
    systemctl --user exit
    wait $manager
    # That of this systemd stays behind; one with processes in it cannot be removed.
    rmdir /sys/fs/cgroup/init.scope /sys/fs/cgroup/*/init.scope 2>/dev/null || true
"#;

/// Enables the socket, asks as the first client, and stops both.
pub fn starts(proving: &Proving<'_>) -> Result<Proof> {
    let Some(names) = names(proving) else {
        return Ok(Proof::NotShown("the .deb was not made".into()));
    };
    let root = proving.folder("systemd")?;
    let file = format!("{RUNTIME}_{}_{}.deb", proving.release.version, names.deb);
    let mut dpkg = in_dpkg_root(&root)?;
    dpkg.args(["--force-depends", "--force-not-root", "--install"])
        .arg(proving.made.join(file));
    child::quietly(&mut dpkg)?;
    let scene = Scene::new(proving.workspace, &proving.folder("systemd-scene")?)?;
    scene.settle()?;
    // As the guide says for the second user of a machine: the port may be in use here.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let own = scene
        .home
        .join(".config/systemd/user/pyblish-endpoint.socket.d");
    write(
        &own.join("override.conf"),
        &format!("[Socket]\nListenStream=\nListenStream=127.0.0.1:{port}\n"),
    )?;
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--pid", "--fork", "--mount-proc"])
        .args(["sh", "-c", SCRIPT, "sh"])
        .arg(&root)
        .arg(port.to_string());
    let said = child::quietly(scene.user(&mut command))?;
    let lines: Vec<&str> = said.lines().collect();
    let address = format!("127.0.0.1:{port}");
    let (first, last) = (lines.get(..2), lines.last());
    if first != Some(&["200", "active"]) || last != Some(&"success") || !said.contains(&address) {
        bail!("systemd, the first client and the program said:\n{said}");
    }
    Ok(Proof::Shown(
        "systemd's manager of a user enabled the socket, started the server for the first client, and \
         stopped it; in namespaces, not in a user's session"
            .into(),
    ))
}

fn write(file: &Path, text: &str) -> Result<()> {
    let made = || {
        fs::create_dir_all(file.parent().unwrap_or(file))?;
        fs::write(file, text)
    };
    made().with_context(|| format!("cannot write {}", file.display()))
}
