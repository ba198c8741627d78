//! A studio's afternoon: a share that artists cannot write, two homes, one `endpoint.toml`, a
//! project that pins a version and another that follows the newest.
//!
//! The program, the start-up files, the bridge and pyblish-base are real. Nuke is a stand-in, and so
//! is what a newer release is: the same program behind a script that says another version.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::home::{Home, put_program, tree};
use pyblish_endpoint_tests::hosts::{Running, python};
use pyblish_endpoint_tests::{Server, adapter, data, endpoint, run, v2};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a server may take to notice that its host has ended: twenty times what it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// The version of this build.
const THIS: &str = env!("CARGO_PKG_VERSION");

/// Makes a wheel of the pyblish-base that this Python has, as its maker did.
const WHEEL: &str = "
import os, sys, zipfile
import pyblish
site = os.path.dirname(os.path.dirname(pyblish.__file__))
info = [name for name in os.listdir(site) if name.startswith('pyblish_base-')][0]
version = info[len('pyblish_base-'):-len('.dist-info')]
with zipfile.ZipFile(os.path.join(sys.argv[1], 'pyblish_base-%s-py2.py3-none-any.whl' % version), 'w',
                     zipfile.ZIP_DEFLATED) as wheel:
    for folder in ('pyblish', info):
        for above, _, names in os.walk(os.path.join(site, folder)):
            for name in names:
                path = os.path.relpath(os.path.join(above, name), site)
                if '__pycache__' not in path and name not in ('INSTALLER', 'REQUESTED'):
                    wheel.write(os.path.join(site, path), path)
";

/// The share, and the folder in which the administrator's hand writes it.
struct Share(TempDir);

impl Share {
    /// With this build, a stand-in for a newer release of it, and start-up files for Nuke.
    fn new() -> Share {
        let share = Share(tempfile::tempdir().unwrap());
        let this = share.path(THIS);
        fs::create_dir_all(this.join("adapters")).unwrap();
        fs::create_dir(this.join("wheels")).unwrap();
        put_program(&this.join("pyblish-endpoint"));
        fs::copy(adapter("nuke"), this.join("adapters/nuke.wasm")).unwrap();
        let mut command = Command::new(python());
        command.args(["-c", WHEEL]).arg(this.join("wheels"));
        assert!(command.status().unwrap().success());
        share.add_standin_for(&newer());
        share.set_current(THIS);
        let configuration = format!(
            "[menu]\nprogram = \"{}\"\n\n[common]\nkeep-days = 90\n",
            share.path("current/pyblish-endpoint").display()
        );
        fs::write(share.path("endpoint.toml"), configuration).unwrap();
        share
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, version: &str) -> PathBuf {
        self.path(version).join("pyblish-endpoint")
    }

    /// A stand-in for another release.
    fn add_standin_for(&self, version: &str) {
        let program = self.program(version);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        let text = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'pyblish-endpoint {version}'; exit; fi\n\
             STANDIN_RELEASE={version} exec '{}' \"$@\"\n",
            self.program(THIS).display()
        );
        fs::write(&program, text).unwrap();
        fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
    }

    /// The administrator says which version those get that follow.
    fn set_current(&self, version: &str) {
        self.set_writable(true);
        let next = self.path("next");
        symlink(version, &next).unwrap();
        fs::rename(next, self.path("current")).unwrap();
        self.set_writable(false);
    }

    /// Takes away the right to write from everybody. Root has it still; so the tests compare what is
    /// there, too.
    fn set_writable(&self, writable: bool) {
        let mut places: Vec<_> = tree(self.0.path()).into_keys().collect();
        places.push(self.0.path().to_owned());
        for place in places {
            let known = fs::symlink_metadata(&place).unwrap();
            // Not of a link, nor of a file that is elsewhere, too.
            if known.is_symlink() || (known.is_file() && known.nlink() > 1) {
                continue;
            }
            let mode = known.permissions().mode();
            let mode = if writable {
                mode | 0o200
            } else {
                mode & !0o222
            };
            fs::set_permissions(place, Permissions::from_mode(mode)).unwrap();
        }
    }

    fn content(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        tree(self.0.path())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set_writable(true);
    }
}

/// The next release that fits this one.
fn newer() -> String {
    let (rest, last) = THIS.rsplit_once('.').unwrap();
    format!("{rest}.{}", last.parse::<u32>().unwrap() + 1)
}

/// An artist: a home, and the environment that the project has.
struct Artist<'a> {
    home: Home,
    share: &'a Share,
    environment: Vec<(&'static str, PathBuf)>,
}

impl<'a> Artist<'a> {
    fn new(share: &'a Share) -> Artist<'a> {
        let home = Home::empty();
        for folder in ["run", "plugins", "assets", "published"] {
            fs::create_dir(home.path(folder)).unwrap();
        }
        fs::set_permissions(home.path("run"), Permissions::from_mode(0o700)).unwrap();
        fs::copy(data("plugins/assets.py"), home.path("plugins/assets.py")).unwrap();
        let asset = json!({"units": "cm", "parts": ["body", "hat"]});
        fs::write(home.path("assets/hero.json"), asset.to_string()).unwrap();
        let browser = home.path("browser");
        fs::write(&browser, "#!/bin/sh\necho \"page $1\"\n").unwrap();
        fs::set_permissions(browser, Permissions::from_mode(0o700)).unwrap();
        let environment = vec![("PYBLISH_ENDPOINT_CONFIG", share.path("endpoint.toml"))];
        Artist {
            home,
            share,
            environment,
        }
    }

    fn set(&self, command: &mut Command) {
        self.home.set(command);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// Starts Nuke with the share's start-up files, and chooses Publish.
    #[track_caller]
    fn publish(&self) -> Nuke {
        let mut command = Command::new(python());
        self.set(&mut command);
        let mut child = command
            // Of the host, only its standard library: pyblish-base is beside the bridge.
            .args(["-I", "-B", "-c"])
            .arg("import runpy, sys; sys.path.insert(0, sys.argv[1]); sys.argv[:2] = []; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; runpy.run_path(sys.argv[0], run_name='__main__')")
            .arg(data("standins"))
            .arg(data("standins/nuke_standin.py"))
            .arg(self.share.path("nuke/menu.py"))
            .env("PLACE", self.home.path(""))
            .env("PYBLISHPLUGINPATH", self.home.path("plugins"))
            .env("STANDIN_CHOOSES", "File/Publish")
            .env("BROWSER", self.home.path("browser"))
            .env("XDG_CACHE_HOME", self.home.path(".cache"))
            .env_remove("PYBLISH_ENDPOINT_ADAPTERS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Nuke {
            process: Running(child),
            out,
        }
    }

    /// The servers of this user.
    fn servers(&self) -> Vec<Value> {
        let mut command = endpoint();
        self.set(&mut command);
        command.args(["list", "--json"]);
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// A stand-in for Nuke that runs.
struct Nuke {
    process: Running,
    out: BufReader<ChildStdout>,
}

impl Nuke {
    /// The rest of the next line that begins with this word.
    #[track_caller]
    fn says(&mut self, word: &str) -> String {
        let mut all = String::new();
        loop {
            let begin = all.len();
            let length = self.out.read_line(&mut all).unwrap();
            assert_ne!(length, 0, "Nuke ended: {all}");
            if let Some(rest) = all[begin..].strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
    }

    /// The message that it shows in place of a page.
    #[track_caller]
    fn refused(mut self) -> String {
        serde_json::from_str(&self.says("message ")).unwrap()
    }

    /// The server that drives it, once its page is open.
    #[track_caller]
    fn server(&mut self, of: &Artist) -> Driver {
        let page = self.says("page ");
        let servers = of.servers();
        let mine = servers
            .iter()
            .find(|it| it["hostPid"] == self.process.0.id());
        let server = Server::known(mine.expect("a server").clone());
        assert!(page.starts_with(&server.address), "{page}");
        let process = format!("/proc/{}", server.pid());
        let environment = fs::read(format!("{process}/environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        let release = variables.find_map(|it| {
            std::str::from_utf8(it)
                .ok()?
                .strip_prefix("STANDIN_RELEASE=")
        });
        Driver {
            release: release.unwrap_or(THIS).to_owned(),
            program: fs::read_link(format!("{process}/exe")).unwrap(),
            server,
        }
    }

    /// Quits, and waits until its server has ended, too.
    fn quit(mut self, driver: &Driver) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
        let process = PathBuf::from(format!("/proc/{}", driver.server.pid()));
        // The server is nobody's child any more, so nothing tells that it has ended.
        let began = Instant::now();
        while is_running(&process) {
            assert!(began.elapsed() < PATIENCE, "the server outlives its host");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether this process of `/proc` has not ended: in a container nobody may wait for it.
fn is_running(process: &Path) -> bool {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|state| !state.starts_with('Z'))
}

/// The server of a host.
struct Driver {
    server: Server,
    /// The version that its program says.
    release: String,
    /// The file of the program.
    program: PathBuf,
}

impl Driver {
    /// Publishes the asset; answers the id of the run.
    #[track_caller]
    fn publish(&self) -> String {
        let session = v2::session(&self.server);
        self.server.send("POST", &format!("{session}/reset")).ok();
        let run = v2::start(&self.server, &session, json!({}));
        let ended = v2::end(&self.server, &session, &run);
        assert_eq!(ended["state"], "succeeded", "{ended}");
        run.rsplit('/').next().unwrap().to_owned()
    }
}

#[cfg(target_os = "linux")]
#[test]
fn afternoon_of_a_studio() {
    // The administrator installs from the share, once for all. Nothing is downloaded.
    let share = Share::new();
    share.set_writable(true);
    let nuke = share.path("nuke");
    let administrator = Home::empty();
    let host = |arguments: &[&str]| {
        let mut command = Command::new(share.program(THIS));
        administrator.set(&mut command);
        command.arg("host").args(arguments).arg("--into").arg(&nuke);
        command.env("PATH", "/nowhere");
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    let silent = host(&["install", "nuke", "--with-pyblish", "--quiet"]);
    assert_eq!(silent, (String::new(), String::new()));
    let again = host(&["install", "nuke", "--with-pyblish", "--json"]).0;
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(
        again[0]["changes"],
        json!([]),
        "a second time changes nothing"
    );
    share.set_writable(false);
    let installed = share.content();

    // One project follows what the site says, another pins this version.
    let follower = Artist::new(&share);
    let mut pinned = Artist::new(&share);
    let pin = ("PYBLISH_ENDPOINT_PROGRAM", share.program(THIS));
    pinned.environment.push(pin);
    let mut first = follower.publish();
    let old = first.server(&follower);
    let mut other = pinned.publish();
    let beside = other.server(&pinned);
    for driver in [&old, &beside] {
        assert_eq!(driver.release, THIS);
        assert_eq!(driver.program, share.program(THIS).canonicalize().unwrap());
        assert_eq!(driver.publish(), "r1");
    }

    // An upgrade while both sessions run: they go on, and end with their hosts.
    share.set_current(&newer());
    assert_eq!(old.publish(), "r2");
    assert_eq!(follower.servers().len(), 1);
    first.quit(&old);
    assert_eq!(follower.servers(), Vec::<Value>::new());

    // The newer version takes up the history; the pinned project stays as it is.
    let mut second = follower.publish();
    let new = second.server(&follower);
    assert_eq!(new.release, newer());
    assert_eq!(new.server.started["session"], old.server.started["session"]);
    assert_eq!(new.publish(), "r3");
    other.quit(&beside);
    let mut other = pinned.publish();
    let beside = other.server(&pinned);
    assert_eq!(
        (beside.release.as_str(), beside.publish().as_str()),
        (THIS, "r2")
    );
    other.quit(&beside);

    // Rollback is the same in the other direction.
    share.set_current(THIS);
    second.quit(&new);
    let mut third = follower.publish();
    let back = third.server(&follower);
    assert_eq!(
        (back.release.as_str(), back.publish().as_str()),
        (THIS, "r4")
    );
    third.quit(&back);

    // A history that a newer version has changed is refused in words, and not touched.
    let session = back.server.started["session"].as_str().unwrap();
    let history = format!(".local/share/pyblish-endpoint/history/{session}.sqlite");
    let history = follower.home.path(&history);
    let database = rusqlite::Connection::open(&history).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let before = fs::read(&history).unwrap();
    let said = follower.publish().refused();
    assert!(
        said.contains("newer version of this program (format 99")
            && said.contains("use that version"),
        "{said}"
    );
    assert_eq!(fs::read(&history).unwrap(), before);

    // Nothing was written on the share by all that.
    assert_eq!(
        share.content().keys().collect::<Vec<_>>(),
        installed.keys().collect::<Vec<_>>()
    );
    for (path, bytes) in &installed {
        assert_eq!(
            fs::read(path).ok().as_ref(),
            bytes.as_ref(),
            "{}",
            path.display()
        );
    }

    // The start-up files and pyblish-base go without a trace.
    share.set_writable(true);
    assert_eq!(host(&["remove", "nuke", "--quiet"]).0, "");
    assert!(tree(&nuke).is_empty(), "{:?}", tree(&nuke).keys());
}

#[test]
fn program_that_cannot_be_started_is_explained_in_the_host() {
    let share = Share::new();
    share.set_writable(true);
    let mut command = Command::new(share.program(THIS));
    Home::empty().set(&mut command);
    command.args([
        "host",
        "install",
        "nuke",
        "--quiet",
        "--with-pyblish",
        "--into",
    ]);
    command.arg(share.path("nuke"));
    assert!(run(command).0.status.success());
    let artist = Artist::new(&share);
    let said = |program: &Path| {
        let mut artist = Artist::new(&share);
        let pin = ("PYBLISH_ENDPOINT_PROGRAM", program.to_owned());
        artist.environment.push(pin);
        artist.publish().refused()
    };

    // A version that does not fit the start-up files.
    let major: u32 = THIS.split('.').next().unwrap().parse().unwrap();
    let far = format!("{}.0.0", major + 1);
    share.add_standin_for(&far);
    let words = said(&share.program(&far));
    assert!(
        words.contains(&format!(
            "version {far}, which is too new for this host's start-up files of {THIS}"
        )) && words.contains("host install nuke`, and start the host again"),
        "{words}"
    );

    // A package of which only half is there: the adapters are missing, or the program is.
    let half = share.path("half");
    fs::create_dir(&half).unwrap();
    put_program(&half.join("pyblish-endpoint"));
    let words = said(&half.join("pyblish-endpoint"));
    assert!(
        words.contains("no adapter") && words.contains("nuke"),
        "{words}"
    );
    fs::remove_file(half.join("pyblish-endpoint")).unwrap();
    fs::write(half.join("pyblish-endpoint"), "").unwrap();
    let executable = Permissions::from_mode(0o755);
    fs::set_permissions(half.join("pyblish-endpoint"), executable).unwrap();
    let words = said(&half.join("pyblish-endpoint"));
    assert!(
        words.contains("only half there. Install it again"),
        "{words}"
    );

    // The share is gone in the middle of a session: the configuration that it had is named.
    fs::rename(share.path("endpoint.toml"), share.path("away")).unwrap();
    let words = artist.publish().refused();
    assert!(
        words.contains("endpoint.toml") && words.contains("Mount its share"),
        "{words}"
    );
    let words = said(&share.path("gone/x/pyblish-endpoint"));
    assert!(
        words.contains("of its path only") && words.contains("Mount its share"),
        "{words}"
    );
}

#[test]
fn pyblish_is_installed_from_what_is_given_or_found() {
    let share = Share::new();
    share.set_writable(true);
    let home = Home::with_all();
    let install = |program: &Path, more: &[&str]| {
        let mut command = Command::new(program);
        home.set(&mut command);
        command
            .args(["host", "install", "maya", "--json"])
            .args(more);
        command.env("PATH", share.path("bin"));
        run(command)
    };
    let folder = home.path("maya/scripts/pyblish_endpoint_startup");
    // Without a wheel beside the program, and without a Python whose pip fetches one.
    let alone = share.path("alone");
    fs::create_dir(&alone).unwrap();
    let program = alone.join("pyblish-endpoint");
    put_program(&program);
    let (output, said) = install(&program, &["--with-pyblish"]);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("there is no Python with pip") && said.contains("--with-pyblish=FILE"),
        "{said}"
    );
    assert!(!folder.exists(), "nothing is half there");
    // A stand-in for a Python whose store of certificates is empty: what its pip says.
    let python = share.path("bin/python3");
    fs::create_dir(share.path("bin")).unwrap();
    let words = "ERROR: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed";
    fs::write(&python, format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n")).unwrap();
    fs::set_permissions(&python, Permissions::from_mode(0o755)).unwrap();
    let (output, said) = install(&program, &["--with-pyblish"]);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("its certificate store is empty") && said.contains("PIP_CERT"),
        "{said}"
    );
    // From a folder, and from a file.
    let wheels = share.path(THIS).join("wheels");
    let given = format!("--with-pyblish={}", wheels.display());
    let (output, said) = install(&program, &[&given]);
    assert!(output.status.success(), "{said}");
    assert!(folder.join("pyblish/__init__.py").is_file());
    assert!(!folder.join("tests").exists());
    let wheel = fs::read_dir(&wheels)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let given = format!("--with-pyblish={}", wheel.display());
    let (output, _) = install(&program, &[&given]);
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done[0]["changes"], json!([]));
    // A folder without one, and a file that is none.
    let (_, said) = install(&program, &[&format!("--with-pyblish={}", alone.display())]);
    assert!(
        said.contains("there is no wheel of pyblish-base in"),
        "{said}"
    );
    let (_, said) = install(
        &program,
        &[&format!("--with-pyblish={}", program.display())],
    );
    assert!(said.contains("cannot be installed"), "{said}");
    home.host(&["remove", "maya"]).ok();
    assert!(!folder.exists());
}
