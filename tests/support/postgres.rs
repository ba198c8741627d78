//! A PostgreSQL of a test's own, in a folder of its own, on a unix socket only. It runs as an
//! ordinary user: as `nobody`, where the test runs as root.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

/// Where Debian keeps the programs that are not for users, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// What statements that go on are called in the server.
const MEANWHILE: &str = "meanwhile";

/// A running PostgreSQL.
pub struct Postgres {
    place: TempDir,
    server: Option<(Child, JoinHandle<()>)>,
    is_durable: bool,
}

impl Postgres {
    /// Makes an empty cluster, and starts it. Its disk need not survive a power failure.
    #[track_caller]
    pub fn start() -> Postgres {
        Postgres::start_with(false)
    }

    /// The same, and what it has committed is on its disk, as for a studio.
    #[track_caller]
    pub fn start_durable() -> Postgres {
        Postgres::start_with(true)
    }

    #[track_caller]
    fn start_with(is_durable: bool) -> Postgres {
        let mut postgres = Postgres {
            place: folder(),
            server: None,
            is_durable,
        };
        let mut initdb = postgres.command("initdb");
        initdb.args([
            "--auth=trust",
            "--username=hub",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        let made = initdb.arg("-D").arg(postgres.data()).output();
        let made = made.expect("initdb runs");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}");
        postgres.resume();
        postgres
    }

    /// Starts it again after [`Postgres::kill`], and waits until it takes connections.
    #[track_caller]
    pub fn resume(&mut self) {
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.place.path());
        for setting in [
            "listen_addresses=",
            if self.is_durable {
                "fsync=on"
            } else {
                "fsync=off"
            },
            "max_connections=100",
            "log_destination=stderr",
        ] {
            command.args(["-c", setting]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("postgres starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let mut before = Vec::new();
        let is_ready = |line: &String| line.contains("ready to accept");
        let ready = lines
            .by_ref()
            .inspect(|line| before.push(line.clone()))
            .any(|line| is_ready(&line));
        assert!(ready, "PostgreSQL does not start: {}", before.join("\n"));
        // Its output must never fill the pipe; a failing test shows it.
        let log = thread::spawn(move || lines.for_each(|line| eprintln!("postgres: {line}")));
        self.server = Some((child, log));
    }

    /// Ends it as a crash does, without a last word to anybody: what was not committed is gone.
    #[track_caller]
    pub fn kill(&mut self) {
        if let Some((mut child, log)) = self.server.take() {
            // It then ends its own children. A killed one would leave them behind.
            let pid = child.id().to_string();
            let sent = Command::new("kill").args(["-QUIT", &pid]).status();
            assert!(sent.expect("kill runs").success());
            child.wait().expect("it ends");
            log.join().expect("the log is text");
        }
    }

    /// Makes a standby of this one, which follows it until it is told to take over. From then on, a
    /// commit here waits until the standby has it.
    #[track_caller]
    pub fn standby(&self) -> Postgres {
        let mut standby = Postgres {
            place: folder(),
            server: None,
            is_durable: self.is_durable,
        };
        let mut copy = standby.command("pg_basebackup");
        copy.arg("-h").arg(self.place.path());
        copy.args(["-U", "hub", "-X", "stream", "-c", "fast", "-R", "-D"]);
        let made = copy.arg(standby.data()).output();
        let made = made.expect("pg_basebackup runs");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}");
        standby.resume();
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
        standby
    }

    /// The folder of its socket, which is the `host` of its address.
    pub fn host(&self) -> &Path {
        self.place.path()
    }

    /// The address, as `hub --database` takes it.
    pub fn url(&self) -> String {
        format!(
            "host={} user=hub dbname=postgres",
            self.place.path().display()
        )
    }

    /// Does this in the database with psql, and goes on: it may take as long as this is kept.
    #[track_caller]
    pub fn sql_meanwhile(&self, statement: &str) -> Meanwhile {
        let mut psql = self.psql();
        psql.env("PGAPPNAME", MEANWHILE).args(["-c", statement]);
        psql.stdout(Stdio::null()).stderr(Stdio::null());
        let child = psql.spawn().expect("psql runs");
        let mut end = self.psql();
        end.args(["-c", &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{MEANWHILE}'")]);
        Meanwhile { child, end }
    }

    /// Has psql do what is in this script, with its own commands. Returns what it prints.
    #[track_caller]
    pub fn script(&self, script: &str) -> String {
        let mut psql = self.psql();
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), script).expect("a script");
        psql.arg("-f").arg(file.path());
        let done = psql.output().expect("psql runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        String::from_utf8(done.stdout).expect("psql prints UTF-8")
    }

    fn psql(&self) -> Command {
        let mut psql = Command::new(program("psql"));
        psql.arg("-h").arg(self.place.path());
        psql.args([
            "-U",
            "hub",
            "-d",
            "postgres",
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
        ]);
        psql
    }

    /// Does this in the database with psql. Returns its rows, columns separated by `|`.
    #[track_caller]
    pub fn sql(&self, statement: &str) -> Vec<String> {
        let mut psql = self.psql();
        psql.args(["-c", statement]);
        let done = psql.output().expect("psql runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{statement}: {said}");
        let rows = String::from_utf8(done.stdout).expect("psql prints UTF-8");
        rows.lines().map(str::to_owned).collect()
    }

    /// Does this statement so many times in each of so many clients, with pgbench. Returns how many
    /// of them were done in a second.
    #[track_caller]
    pub fn pgbench(&self, statement: &str, clients: usize, times: usize) -> f64 {
        let script = self.place.path().join("pgbench.sql");
        std::fs::write(&script, statement).expect("a script");
        let mut pgbench = Command::new(program("pgbench"));
        pgbench.arg("-h").arg(self.place.path());
        pgbench.args([
            "-U", "hub", "-d", "postgres", "-n", "-M", "prepared", "-j", "2",
        ]);
        pgbench.args(["-c", &clients.to_string(), "-t", &times.to_string()]);
        let done = pgbench
            .arg("-f")
            .arg(&script)
            .output()
            .expect("pgbench runs");
        let said = String::from_utf8_lossy(&done.stdout);
        let tps = said.lines().find_map(|line| {
            let rest = line.strip_prefix("tps = ")?;
            rest.split(' ').next()?.parse().ok()
        });
        tps.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&done.stderr)))
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// One of its programs, as the user that owns the folder.
    fn command(&self, name: &str) -> Command {
        let path = program(name);
        let mut command = match other_user() {
            None => Command::new(path),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", &user.to_string(), "--regid", &group.to_string()]);
                command.arg("--clear-groups").arg(path);
                command
            }
        };
        command.current_dir(self.place.path()).env("LC_ALL", "C");
        command
    }
}

/// A statement that goes on until this is dropped.
pub struct Meanwhile {
    child: Child,
    /// Ends it: the server does not notice that a client is gone while it works for it.
    end: Command,
}

impl Drop for Meanwhile {
    fn drop(&mut self) {
        let _ = self.end.output();
        let _ = self.child.wait();
    }
}

/// A new folder of the user that PostgreSQL runs as.
#[track_caller]
fn folder() -> TempDir {
    let place = tempfile::tempdir().expect("a folder");
    if let Some((user, group)) = other_user() {
        chown(place.path(), Some(user), Some(group)).expect("the folder has another owner");
    }
    place
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.server {
            let _ = Command::new("kill")
                .args(["-QUIT", &child.id().to_string()])
                .status();
            let _ = child.wait();
        }
    }
}

/// The user `nobody` and its group, if this is root: PostgreSQL refuses to run as root.
fn other_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let told = Command::new("id")
            .args(arguments)
            .output()
            .expect("id runs");
        let text = String::from_utf8_lossy(&told.stdout).trim().to_owned();
        text.parse::<u32>().expect("a number")
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", "nobody"]), id(&["-g", "nobody"])))
}

/// The path of one of PostgreSQL's programs.
fn program(name: &str) -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).map(|folder| folder.join(name));
    let versions = Path::new(DEBIAN).read_dir().into_iter().flatten().flatten();
    let of_debian = versions.map(|entry| entry.path().join("bin").join(name));
    let mut found = on_path.chain(of_debian).filter(|path| path.is_file());
    found
        .next()
        .unwrap_or_else(|| panic!("{name} is missing: install postgresql"))
}
