//! `.deb` and `.rpm`: installed by dpkg and rpm into a folder that they take for the system, so that
//! this machine stays as it is.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::super::stage;
use super::super::target::NATIVE;
use super::proving::{Proof, Proving};
use crate::child;
use crate::scene::{self, Scene};
use crate::workspace::RUNTIME;

/// dpkg's.
pub fn deb(proving: &Proving<'_>) -> Result<Proof> {
    let Some(names) = names(proving) else {
        return Ok(Proof::NotShown("it was not made".into()));
    };
    let file = format!("{RUNTIME}_{}_{}.deb", proving.release.version, names.deb);
    let root = proving.folder("deb")?;
    let dpkg = |arguments: &[&str]| {
        let mut command = in_dpkg_root(&root)?;
        // The folder has no libc6, and needs none: this machine's is used.
        command
            .args(["--force-depends", "--force-not-root"])
            .args(arguments);
        child::quietly(&mut command)
    };
    let package = proving.made.join(file);
    installed(
        proving,
        &root,
        "var/lib/dpkg",
        &|| dpkg(&["--install", &package.display().to_string()]).map(drop),
        &|| dpkg(&["--purge", RUNTIME]).map(drop),
    )
}

/// rpm's.
pub fn rpm(proving: &Proving<'_>) -> Result<Proof> {
    let Some(names) = names(proving) else {
        return Ok(Proof::NotShown("it was not made".into()));
    };
    let file = format!("{RUNTIME}-{}-1.{}.rpm", proving.release.version, names.rpm);
    let root = proving.folder("rpm")?;
    let rpm = |arguments: &[&str]| child::quietly(in_rpm_root(&root)?.args(arguments));
    let package = proving.made.join(file);
    // Its libraries are this machine's.
    installed(
        proving,
        &root,
        "var/lib/rpm",
        &|| rpm(&["--install", "--nodeps", &package.display().to_string()]).map(drop),
        &|| rpm(&["--erase", "--nodeps", RUNTIME]).map(drop),
    )
}

/// dpkg for a system in this folder, which is made if it is not there.
pub fn in_dpkg_root(root: &Path) -> Result<Command> {
    let own = root.join("var/lib/dpkg");
    for folder in ["updates", "info", "triggers"] {
        make(&own.join(folder))?;
    }
    let status = own.join("status");
    if !status.exists() {
        fs::write(status, "").context("cannot make a system for dpkg")?;
    }
    let mut command = Command::new("dpkg");
    command.arg("--root").arg(root).arg("--log=/dev/null");
    Ok(command)
}

/// rpm for a system in this folder, which is made if it is not there.
pub fn in_rpm_root(root: &Path) -> Result<Command> {
    let rpm = || {
        let mut command = Command::new("rpm");
        command.arg("--root").arg(root);
        command.args(["--dbpath", "/var/lib/rpm"]);
        command
    };
    child::quietly(rpm().arg("--initdb"))?;
    Ok(rpm())
}

/// Installs, uses and removes. `own` is the folder of the package manager's own database.
fn installed(
    proving: &Proving<'_>,
    root: &Path,
    own: &str,
    install: &dyn Fn() -> Result<()>,
    remove: &dyn Fn() -> Result<()>,
) -> Result<Proof> {
    let outside = |files: Vec<String>| -> Vec<String> {
        files
            .into_iter()
            .filter(|file| !file.starts_with(own))
            .collect()
    };
    let before = outside(stage::files(root)?);
    install()?;
    let program = root.join("usr/bin").join(RUNTIME);
    let place = proving.folder(&format!(
        "{}-scene",
        root.file_name().unwrap_or_default().to_string_lossy()
    ))?;
    let scene = Scene::new(proving.workspace, &place)?;
    scene.publishes(Command::new(&program))?;
    for file in [
        "share/man/man1/pyblish-endpoint.1.gz",
        "share/bash-completion/completions/pyblish-endpoint",
    ] {
        if !root.join("usr").join(file).is_file() {
            bail!("it has no /usr/{file}");
        }
    }
    by_socket(root, &program, &scene)?;
    remove()?;
    let left: Vec<_> = outside(stage::files(root)?)
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    if !left.is_empty() {
        bail!("its removal left {}", left.join(", "));
    }
    if root.join("usr/share").join(RUNTIME).exists() {
        bail!("its removal left an empty folder in /usr/share");
    }
    Ok(Proof::Shown(
        "installed, published, started by systemd-socket-activate as its units say, removed without \
         a trace"
            .into(),
    ))
}

/// Starts the server as its units say, with systemd's own program for that.
fn by_socket(root: &Path, program: &Path, scene: &Scene) -> Result<()> {
    let unit = |kind: &str| {
        let path = root.join(format!("usr/lib/systemd/user/{RUNTIME}.{kind}"));
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (socket, service) = (unit("socket")?, unit("service")?);
    let stream = value(&socket, "ListenStream").context("the socket has no ListenStream")?;
    let Some((ip, _)) = stream.rsplit_once(':') else {
        bail!("ListenStream={stream} is no port");
    };
    let line = value(&service, "ExecStart").context("the service has no ExecStart")?;
    let Some(arguments) = line.strip_prefix("/usr/bin/pyblish-endpoint ") else {
        bail!("ExecStart={line} does not start the program");
    };
    scene.settle()?;
    // Another port, since 6001 may be in use here.
    let port = TcpListener::bind((ip, 0))?.local_addr()?.port();
    let mut command = Command::new("systemd-socket-activate");
    command.arg(format!("--listen={ip}:{port}"));
    for name in ["HOME", "PATH"] {
        command.arg(format!("--setenv={name}"));
    }
    command.arg(program).args(arguments.split(' '));
    scene
        .user(&mut command)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut activator = Activator(
        command
            .spawn()
            .context("cannot start systemd-socket-activate")?,
    );
    let answer = ask(ip, port)?;
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("the first client was answered {answer:?}");
    }
    // It has become the server.
    scene::interrupt(&activator.0)?;
    let status = activator.0.wait()?;
    if !status.success() {
        bail!("the server ended with {status}");
    }
    Ok(())
}

/// Ends with its proof.
struct Activator(Child);

impl Drop for Activator {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks for `hello`, as the first client. The socket is there as soon as the port accepts.
fn ask(ip: &str, port: u16) -> Result<String> {
    use std::io::{Read, Write};
    let end = Instant::now() + Duration::from_secs(30);
    let mut stream = loop {
        match TcpStream::connect((ip, port)) {
            Ok(stream) => break stream,
            Err(error) if Instant::now() > end => return Err(error).context("nobody listens"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let request =
        format!("GET /pyblish/v1/hello HTTP/1.1\r\nhost: {ip}:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn value<'a>(unit: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = unit.lines();
    lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

/// What the packages for this machine call its processor; none if they were not made.
pub fn names(proving: &Proving<'_>) -> Option<&'static super::super::target::LinuxNames> {
    let native = proving
        .targets(NATIVE.system)
        .find(|target| *target == NATIVE);
    native.and_then(|target| target.linux.as_ref())
}

fn make(folder: &PathBuf) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
