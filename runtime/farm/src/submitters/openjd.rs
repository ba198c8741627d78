//! Open Job Description: writes a job bundle, which `openjd run` plays and `deadline bundle submit`
//! gives to AWS Deadline Cloud. The form is `jobtemplate-2023-09`:
//! <https://github.com/OpenJobDescription/openjd-specifications/wiki/2023-09-Template-Schemas>

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::job::TaskKind;
use crate::submitter::{SubmitError, Submitted, Submitter};

/// Characters of the longest name of a job there.
const LONGEST: usize = 128;

/// The names of the files in a bundle. JSON is YAML, too.
const TEMPLATE: &str = "template.json";
const VALUES: &str = "parameter_values.json";

/// Writes a bundle for each job into a folder in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJdSubmitter {
    folder: PathBuf,
}

impl OpenJdSubmitter {
    /// Into this folder.
    pub fn new(folder: PathBuf) -> Self {
        OpenJdSubmitter { folder }
    }

    /// Where the bundle of this job is.
    pub fn bundle(&self, job: i64) -> PathBuf {
        self.folder.join(format!("pyblish-job-{job}"))
    }
}

impl Submitter for OpenJdSubmitter {
    fn name(&self) -> &'static str {
        "openjd"
    }

    fn submit(&self, job: &Submitted) -> Result<String, SubmitError> {
        let bundle = self.bundle(job.id);
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| SubmitError::NotWritten { path, error }
        };
        fs::create_dir_all(&bundle).map_err(failed(&bundle))?;
        let values = json!({"parameterValues": [
            {"name": "Job", "value": job.id}, {"name": "Program", "value": "pyblish-endpoint"},
        ]});
        for (name, value) in [(TEMPLATE, template(job)), (VALUES, values)] {
            let path = bundle.join(name);
            let text = format!("{value:#}\n");
            fs::write(&path, text).map_err(failed(&path))?;
        }
        let template = bundle.join(TEMPLATE);
        Ok(format!(
            "its bundle is {}: `deadline bundle submit {}`, or `openjd run {}`",
            bundle.display(),
            bundle.display(),
            template.display()
        ))
    }
}

/// The template of a job.
fn template(job: &Submitted) -> Value {
    let is_plain = |c: &char| !c.is_control();
    // Braces would be read as expressions.
    let plain = |c| match c {
        '{' => '(',
        '}' => ')',
        c => c,
    };
    let name = job.name.chars().filter(is_plain).map(plain);
    let name: String = name.take(LONGEST).collect();
    let extracting = job.tasks.iter().filter(|it| it.kind == TaskKind::Extract);
    let steps = match extracting.count() {
        0 => vec![step("Publish", &["--job", "{{Param.Job}}"], None, None)],
        count => {
            let last = (count + 1).to_string();
            let one = ["--job", "{{Param.Job}}", "--task", "{{Task.Param.Task}}"];
            vec![
                step("Extract", &one, Some(count), None),
                step(
                    "Integrate",
                    &["--job", "{{Param.Job}}", "--task", &last],
                    None,
                    Some("Extract"),
                ),
            ]
        }
    };
    json!({
        "specificationVersion": "jobtemplate-2023-09",
        "name": name,
        "description": "Publishes what was handed over to the hub of pyblish-endpoint.",
        "parameterDefinitions": [
            {"name": "Job", "type": "INT", "description": "The id of the job in the hub."},
            {"name": "Program", "type": "STRING", "default": "pyblish-endpoint",
                "description": "pyblish-endpoint on the workers: its path, or its name on PATH."},
        ],
        "steps": steps,
    })
}

/// A step that runs `pyblish-endpoint work` with these arguments; with a count, once for each task.
fn step(name: &str, arguments: &[&str], tasks: Option<usize>, after: Option<&str>) -> Value {
    let arguments: Vec<&str> = ["work"].iter().chain(arguments).copied().collect();
    let mut step = json!({
        "name": name,
        "script": {"actions": {"onRun": {
            "command": "{{Param.Program}}",
            "args": arguments,
            // A cancel is a signal first, so that the plug-in can stop and the hub hears of it.
            "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": 30},
        }}},
    });
    if let Some(tasks) = tasks {
        step["parameterSpace"] = json!({"taskParameterDefinitions": [
            {"name": "Task", "type": "INT", "range": format!("1-{tasks}")},
        ]});
    }
    if let Some(after) = after {
        step["dependencies"] = json!([{"dependsOn": after}]);
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::TaskSpec;

    fn task(number: i32, kind: TaskKind) -> TaskSpec {
        TaskSpec {
            number,
            kind,
            instance: None,
            waits_for: 0,
        }
    }

    #[test]
    fn tasks_become_steps() {
        let place = tempfile::tempdir().unwrap();
        let submitter = OpenJdSubmitter::new(place.path().join("bundles"));
        let extract = [1, 2].map(|number| task(number, TaskKind::Extract));
        let mut job = Submitted {
            id: 7,
            name: "hero {{x}}\n".into(),
            tasks: [&extract[..], &[task(3, TaskKind::Integrate)]].concat(),
        };
        let told = submitter.submit(&job).unwrap();
        assert!(told.contains("pyblish-job-7"), "{told}");
        let read = |name: &str| -> Value {
            let text = fs::read_to_string(submitter.bundle(7).join(name)).unwrap();
            serde_json::from_str(&text).unwrap()
        };
        let template = read(TEMPLATE);
        assert_eq!(template["name"], "hero ((x))");
        let steps = &template["steps"];
        assert_eq!(
            steps[0]["parameterSpace"]["taskParameterDefinitions"][0]["range"],
            "1-2"
        );
        assert_eq!(steps[1]["dependencies"][0]["dependsOn"], "Extract");
        let run = &steps[1]["script"]["actions"]["onRun"];
        assert_eq!(
            run["args"],
            json!(["work", "--job", "{{Param.Job}}", "--task", "3"])
        );
        assert_eq!(read(VALUES)["parameterValues"][0]["value"], 7);
        job.tasks = vec![task(1, TaskKind::Publish)];
        submitter.submit(&job).unwrap();
        let template = read(TEMPLATE);
        assert_eq!(template["steps"].as_array().unwrap().len(), 1);
    }
}
