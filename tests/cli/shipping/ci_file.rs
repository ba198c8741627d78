//! The file of CI of a project that `new` makes, read by a parser of YAML, as the service reads it.
//! Its commands are run as the service runs them: each with its environment, in one shell, which ends
//! at the first failure. What the service brings is given: variables, secrets, and a folder.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::run;
use yaml_rust2::{Yaml, YamlLoader};

/// A step with a command.
pub(super) struct Step {
    /// What it runs.
    pub(super) script: String,
    environment: BTreeMap<String, String>,
}

/// A file of CI.
pub(super) struct CiFile {
    document: Yaml,
}

impl CiFile {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut documents = YamlLoader::load_from_str(&text).unwrap();
        assert_eq!(documents.len(), 1);
        CiFile {
            document: documents.remove(0),
        }
    }

    /// The pattern of tags that start it.
    pub(super) fn tags(&self) -> Vec<&str> {
        let tags = self.document["on"]["push"]["tags"].as_vec().unwrap();
        tags.iter().map(|it| it.as_str().unwrap()).collect()
    }

    /// What its token may do in the repository.
    pub(super) fn permissions(&self) -> Vec<(&str, &str)> {
        let all = self.document["permissions"].as_hash().unwrap();
        let pairs = all.iter();
        pairs
            .map(|(key, value)| (key.as_str().unwrap(), value.as_str().unwrap()))
            .collect()
    }

    /// The steps with commands, in order. Those that use an action of the service have none.
    pub(super) fn steps(&self) -> Vec<Step> {
        let jobs = self.document["jobs"].as_hash().unwrap();
        assert_eq!(jobs.len(), 1);
        let (_, job) = jobs.iter().next().unwrap();
        let steps = job["steps"].as_vec().unwrap().iter();
        let with_commands = steps.filter_map(|step| {
            let script = step["run"].as_str()?.to_owned();
            let environment = step["env"].as_hash().into_iter().flatten();
            let environment = environment.map(|(key, value)| {
                let (key, value) = (key.as_str().unwrap(), value.as_str().unwrap());
                (key.to_owned(), value.to_owned())
            });
            Some(Step {
                script,
                environment: environment.collect(),
            })
        });
        with_commands.collect()
    }
}

impl Step {
    /// Runs it in this command's environment, with these variables and secrets.
    #[track_caller]
    pub(super) fn run(&self, mut command: Command, given: &BTreeMap<&str, &str>) -> String {
        for (name, value) in &self.environment {
            let key = value
                .strip_prefix("${{ ")
                .and_then(|it| it.strip_suffix(" }}"));
            let key = key.unwrap_or_else(|| panic!("{name}: {value}"));
            let given = given
                .get(key)
                .unwrap_or_else(|| panic!("{key} is not given"));
            command.env(name, given);
        }
        // As the service says of itself: `bash --noprofile --norc -eo pipefail {0}`.
        command.args([
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            &self.script,
        ]);
        let (output, said) = run(command);
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}:\n{out}\n{said}", self.script);
        out.into_owned()
    }
}
