//! Folders of one test, and a server on them.

use std::fs;
use std::path::PathBuf;
use std::sync::Once;

use pyblish_endpoint_tests::hosts::Session;
use pyblish_endpoint_tests::{Server, adapter, data, endpoint, run, v2};
use serde_json::Value;
use tempfile::TempDir;

/// The first lines of most plug-ins here.
pub const HEAD: &str = "
import os, sys, time
import pyblish.api
import pyblish_endpoint_bridge as bridge

class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder
    def process(self, context):
        for name in ('one', 'two'):
            context.create_instance(name, family='thing', families=['a'])
";

/// Folders of plug-ins, modules, work, and published files.
pub struct Place(TempDir);

impl Place {
    /// The folders with one plug-in file: [`HEAD`] and this text.
    pub fn with(plugins: &str) -> Place {
        let place = Place(tempfile::tempdir().expect("a folder"));
        for folder in ["plugins", "modules", "work", "publish"] {
            fs::create_dir(place.path(folder)).expect("a folder");
        }
        place.write("plugins/plugins.py", &format!("{HEAD}{plugins}"));
        place
    }

    /// The folders with the sample inbox and its plug-ins.
    pub fn inbox() -> Place {
        let place = Place::with("");
        let copy = |from: PathBuf, to: String| fs::copy(from, place.path(&to)).expect("a copy");
        copy(data("plugins/inbox.py"), "plugins/plugins.py".into());
        for entry in fs::read_dir(data("inbox")).expect("the inbox").flatten() {
            let name = entry.file_name().into_string().expect("a name");
            copy(entry.path(), format!("work/{name}"));
        }
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    /// The text of a file; empty if there is none.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// The arguments of `serve` that grant all folders; plug-ins and modules are read-only.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--adapter".to_owned(), "pyplugins".to_owned()];
        for (folder, how) in [
            ("plugins", ":ro"),
            ("modules", ":ro"),
            ("work", ""),
            ("publish", ""),
        ] {
            arguments.push("--dir".to_owned());
            arguments.push(format!("{}=/{folder}{how}", self.path(folder).display()));
        }
        arguments
    }

    #[track_caller]
    pub fn serve(&self) -> Session {
        self.serve_with(&[])
    }

    /// A server on these folders, with more arguments.
    #[track_caller]
    pub fn serve_with(&self, more: &[&str]) -> Session {
        compile();
        let more = more.iter().map(|&it| it.to_owned());
        let server = Server::start(self.arguments().into_iter().chain(more));
        let path = v2::session(&server);
        Session { server, path }
    }
}

/// Compiles the adapter into the tests' cache, before several servers want it at once. Sealing it
/// again changes nothing, and may take long on a busy machine; other commands give up before.
fn compile() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let sealed = tempfile::tempdir().expect("a folder");
        let mut command = endpoint();
        command
            .args(["adapters", "seal"])
            .arg(adapter("pyplugins"))
            .arg("--output")
            .arg(sealed.path().join("pyplugins.wasm"));
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
    });
}

/// The whole failure of this plug-in in a run that has ended.
#[track_caller]
pub fn failure(session: &Session, plugin: &str) -> Value {
    let results = session.get("/results?limit=1000");
    let mut results = results["items"].as_array().expect("results").iter();
    let found = results.find(|result| result["plugin"] == plugin);
    let result = found.unwrap_or_else(|| panic!("no result of {plugin}"));
    assert_eq!(result["success"], false, "{result:#}");
    result["error"].clone()
}
