//! A machine of its own: a home folder, a project and a share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_adapter::{Description, manifest};
use pyblish_endpoint_tests::home::Said;
use pyblish_endpoint_tests::{Folders, Server, adapter, endpoint, run, serve};
use tempfile::TempDir;

/// A machine of its own. The compile cache is that of all tests.
pub(super) struct Machine {
    place: TempDir,
    pub(super) folders: Folders,
}

impl Machine {
    /// One on which nothing is installed.
    pub(super) fn empty() -> Machine {
        let place = tempfile::tempdir().unwrap();
        for folder in ["project", "share", "config/pyblish-endpoint"] {
            fs::create_dir_all(place.path().join(folder)).unwrap();
        }
        Machine {
            place,
            folders: Folders::sample(),
        }
    }

    /// One with this `endpoint.toml`.
    pub(super) fn with_config(text: &str) -> Machine {
        let machine = Machine::empty();
        machine.configure(text);
        machine
    }

    pub(super) fn configure(&self, text: &str) {
        fs::write(self.path("config/pyblish-endpoint/endpoint.toml"), text).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The text of the project's lock.
    pub(super) fn lock(&self) -> String {
        fs::read_to_string(self.path("project/adapters.lock")).unwrap()
    }

    pub(super) fn write_lock(&self, text: &str) {
        fs::write(self.path("project/adapters.lock"), text).unwrap();
    }

    /// The only adapter in the store.
    pub(super) fn stored(&self) -> PathBuf {
        let stored = self.all_stored();
        assert_eq!(stored.len(), 1, "{stored:?}");
        stored.into_iter().next().unwrap()
    }

    /// All adapters in the store.
    pub(super) fn all_stored(&self) -> Vec<PathBuf> {
        let store = self.path("data/pyblish-endpoint/store");
        let entries = fs::read_dir(store).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let adapters = paths.filter(|path| path.extension().is_some_and(|it| it == "wasm"));
        adapters.collect()
    }

    /// The same command in a shell that allows files of so many blocks of 512 bytes.
    #[cfg(unix)]
    pub(super) fn with_small_files(&self, blocks: u32, arguments: &[&str]) -> Command {
        let command = self.command(arguments);
        let mut limited = Command::new("sh");
        let script = format!("ulimit -f {blocks} && exec \"$@\"");
        limited.args(["-c", &script, "sh"]);
        limited.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited.current_dir(self.path("project"));
        limited
    }

    fn set(&self, command: &mut Command) {
        command
            .current_dir(self.path("project"))
            .env("HOME", self.place.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            // Logins of whoever runs the tests.
            .env_remove("REGISTRY_AUTH_FILE")
            .env_remove("DOCKER_CONFIG");
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = endpoint();
        command.arg("adapters").args(arguments);
        self.set(&mut command);
        command
    }

    /// `pyblish-endpoint adapters` and these arguments, in the project.
    #[track_caller]
    pub(super) fn adapters(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments))
    }

    /// `pyblish-endpoint doctor`, in the project.
    #[track_caller]
    pub(super) fn doctor(&self, arguments: &[&str]) -> Said {
        let mut command = endpoint();
        command.arg("doctor").args(arguments);
        self.set(&mut command);
        said(command)
    }

    /// `serve`, in the project.
    pub(super) fn serve_command(&self) -> Command {
        let mut command = serve();
        self.set(&mut command);
        command
    }

    /// `serve` with the folder adapter.
    fn serving(&self, arguments: &[&str]) -> Command {
        let mut command = self.serve_command();
        command.args(self.folders.arguments()).args(arguments);
        command
    }

    /// A server with the folder adapter.
    #[track_caller]
    pub(super) fn serve(&self, arguments: &[&str]) -> Server {
        Server::start_with(self.serving(arguments))
    }

    /// The reason why a server with the folder adapter does not start.
    #[track_caller]
    pub(super) fn refused(&self, arguments: &[&str]) -> String {
        let mut command = self.serving(arguments);
        command.args(["--listen", "127.0.0.1:0"]);
        let (output, said) = run(command);
        assert_ne!(output.status.code(), Some(0), "{said}");
        assert!(output.stdout.is_empty(), "{output:?}");
        said
    }

    /// The folder adapter on the share, as it was built.
    pub(super) fn share_folder_adapter(&self) -> PathBuf {
        let file = self.path("share/folder.wasm");
        fs::copy(adapter("folder"), &file).unwrap();
        file
    }

    /// The folder adapter on the share, saying something else of itself.
    pub(super) fn share(&self, file: &str, change: impl FnOnce(&mut Description)) -> PathBuf {
        let bytes = fs::read(adapter("folder")).unwrap();
        let mut description = manifest::read(&bytes).unwrap();
        change(&mut description);
        let path = self.path("share").join(file);
        fs::write(&path, manifest::seal(&bytes, &description)).unwrap();
        path
    }

    /// A version of an adapter called `tool` on the share.
    pub(super) fn share_tool(&self, version: &str) -> PathBuf {
        self.share("tool.wasm", |it| {
            it.name = "tool".into();
            it.version = version.into();
        })
    }

    /// Makes a key. Answers its file, and the lines of `endpoint.toml` for it.
    pub(super) fn key(&self, name: &str) -> (PathBuf, String) {
        let file = self.path(name);
        let lines = self.adapters(&["keys", "generate", text(&file)]).ok();
        (file, lines)
    }

    /// Signs an adapter.
    pub(super) fn sign(&self, file: &Path, key: &Path) {
        self.adapters(&["sign", text(file), "--key", text(key)])
            .ok();
    }
}

#[track_caller]
pub(super) fn said(command: Command) -> Said {
    let (output, err) = run(command);
    Said {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err,
    }
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The file of the signature of an adapter.
pub(super) fn signature(file: &Path) -> PathBuf {
    file.with_extension("wasm.minisig")
}

#[track_caller]
pub(super) fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

/// Writes a file that only this user can read.
pub(super) fn write_private(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}
