//! Files of configuration: those of a site, then the user's, then what is typed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use pyblish_endpoint_tests::run;
use serde_json::Value;

use super::user::{User, good_folders};

/// A user with a file of the site, and a file of their own.
struct Setup {
    user: User,
    site: PathBuf,
    own: PathBuf,
}

impl Setup {
    fn new(site: &str, own: &str) -> Setup {
        let user = User::new();
        let folder = user.path("config/pyblish-endpoint");
        fs::create_dir_all(&folder).unwrap();
        let setup = Setup {
            site: user.path("site.toml"),
            own: folder.join("endpoint.toml"),
            user,
        };
        fs::write(&setup.site, site).unwrap();
        fs::write(&setup.own, own).unwrap();
        setup
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.user.command(words);
        command
            .env("XDG_CONFIG_HOME", self.user.path("config"))
            .env("PYBLISH_ENDPOINT_CONFIG", &self.site);
        command
    }

    /// The exit code, stdout and stderr.
    fn run(&self, words: &[&str]) -> (Option<i32>, String, String) {
        let (output, said) = run(self.command(words));
        let out = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), out, said)
    }
}

#[test]
fn files_say_what_flags_say() {
    let folders = good_folders();
    let site = format!(
        "{}\n[publish]\nadapter = 'folder'\nuntil = 'validate'\nreport = ['site.json']\n\
         [common]\nkeep-days = 3\n",
        folders.config()
    );
    let setup = Setup::new(&site, "[publish]\nuntil = 'collect'\ncomment = 'mine'\n");
    let run_of = || -> Value {
        let text = fs::read_to_string(setup.user.path("site.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["run"].clone()
    };
    // The user's file wins over the site's.
    let (code, out, said) = setup.run(&["publish"]);
    assert_eq!(code, Some(0), "{out}{said}");
    assert_eq!(run_of()["until"], "collect");
    assert_eq!(run_of()["comment"], "mine");
    // What is typed wins over both.
    let (code, out, said) = setup.run(&["publish", "--until", "validate", "--comment", ""]);
    assert_eq!(code, Some(0), "{out}{said}");
    assert_eq!(run_of()["until"], "validate");
    assert_eq!(run_of()["comment"], "");
    // A file that is named takes the place of the user's, not of the site's.
    let job = setup.user.path("job.toml");
    fs::write(&job, "[publish]\ncomment = 'job'\n").unwrap();
    let (code, out, said) = setup.run(&["publish", "--config", job.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{out}{said}");
    assert_eq!(run_of()["until"], "validate");
    assert_eq!(run_of()["comment"], "job");
}

#[test]
fn show_says_where_each_value_is_from() {
    let setup = Setup::new(
        "[serve]\nport = 7001\nmax-sessions = 3\n[limits]\ncpu = 9\n",
        "[serve]\nport = 'auto'\n",
    );
    let (code, out, said) = setup.run(&["config", "show", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    let value = |shown: &Value, key: &str| {
        let mut values = shown["values"].as_array().unwrap().iter();
        let found = values.find(|row| row["key"] == key).unwrap().clone();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("value"), text("from"))
    };
    let site = setup.site.to_str().unwrap().to_owned();
    let own = setup.own.to_str().unwrap().to_owned();
    assert_eq!(value(&shown, "[serve] port"), ("auto".into(), own));
    assert_eq!(value(&shown, "[limits] cpu"), ("9".into(), site.clone()));
    let (_, out, said) = setup.run(&["config", "show", "serve", "--json"]);
    let shown: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{said}"));
    let sessions = ("3".into(), site.clone());
    assert_eq!(value(&shown, "[serve] max-sessions"), sessions);
    let body = ("16777216".into(), "default".into());
    assert_eq!(value(&shown, "[serve] max-body"), body);
    let (_, out, _) = setup.run(&["config", "show"]);
    assert!(out.contains(&site) && out.contains("auto"), "{out}");
}

#[test]
fn mistake_in_any_file_is_an_error() {
    for (site, own, part) in [
        (
            "[serve]\nprot = 1\n",
            "",
            "no key \"prot\" in [serve]; did you mean \"port\"?",
        ),
        (
            "",
            "[serves]\n",
            "no table \"serves\"; did you mean \"serve\"?",
        ),
        (
            "[adapters.folder]\ndirs = []\n",
            "",
            "did you mean \"dir\"?",
        ),
        ("[limits]\nmemry = 1\n", "", "did you mean \"memory\"?"),
        (
            "[publish]\nstrict = 1\n",
            "",
            "strict of [publish]: write true or false",
        ),
        (
            "[publish]\nuntil = 'finish'\n",
            "",
            "--until is in the file",
        ),
    ] {
        let setup = Setup::new(site, own);
        let (code, out, said) = setup.run(&["publish", "--adapter", "folder"]);
        assert_eq!((code, out.as_str()), (Some(64), ""), "{said}");
        assert!(said.contains(part), "{said}");
        assert!(
            said.contains("site.toml") || said.contains("endpoint.toml"),
            "{said}"
        );
        // Help is there all the same.
        assert_eq!(setup.run(&["publish", "--help"]).0, Some(0));
    }
    let setup = Setup::new("", "");
    fs::remove_file(&setup.site).unwrap();
    let (code, _, said) = setup.run(&["list"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("site.toml"), "{said}");
}
