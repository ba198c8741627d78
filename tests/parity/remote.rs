//! A host with the bridge, and the sandbox: both play a question with the plug-in file `play.py`,
//! over HTTP. One server plays all scenarios, each after a reset.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::hosts::{Host, Place, Session};
use serde_json::{Map, Value, json};

/// How long one run may take: thousands of times longer than it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// The keys of data that scenarios set. Hosts have more.
const KEYS: [&str; 5] = ["family", "families", "publish", "k", "m"];

/// What is played in one way.
pub struct Remote {
    session: Session,
    place: Place,
    /// Ends with it.
    _host: Option<Host>,
}

impl Remote {
    /// In a plain Python with the bridge.
    pub fn host() -> Remote {
        let place = prepared();
        // Pyblish writes failures to stderr, too.
        let log = File::create(place.path("host.log")).expect("a log");
        let mut command = place.python_command();
        command.stderr(log);
        let host = Host::start(command);
        let session = place.serve();
        Remote {
            session,
            place,
            _host: Some(host),
        }
    }

    /// In the sandbox.
    pub fn sandbox() -> Remote {
        let place = prepared();
        let session = place.serve_sandbox();
        Remote {
            session,
            place,
            _host: None,
        }
    }

    /// Plays one question, and answers in the driver's form.
    pub fn ask(&self, question: &Value) -> Value {
        write(&self.place, question);
        let answer = self.session.post("/reset", &json!({}));
        if answer.status >= 300 {
            return json!({"error": answer.body});
        }
        let stages = match &question["until"] {
            Value::Array(stages) => stages.clone(),
            Value::Null => vec![json!("publish")],
            stage => vec![stage.clone()],
        };
        let mut stopped = Value::Null;
        for stage in &stages {
            let mut request = json!({"targets": targets(question)});
            if stage != "publish" {
                request["only"] = stage.clone();
            }
            let run = match self.ended(&request) {
                Ok(run) => run,
                Err(error) => return json!({ "error": error }),
            };
            if run["state"] == "stopped" {
                stopped = run["reason"].clone();
            }
        }
        let mut answer = self.answer();
        if question["test"].is_null() {
            answer["stopped"] = stopped;
        }
        answer
    }

    /// Asks again and again, because its events are those of all scenarios before it, too.
    fn ended(&self, request: &Value) -> Result<Value, String> {
        let run = self.session.start(request.clone());
        let began = Instant::now();
        loop {
            let run = self.session.server.send("GET", &run).ok();
            match run["state"].as_str() {
                Some("running") if began.elapsed() < PATIENCE => {}
                Some("running" | "lost") | None => return Err(format!("it ended as {run}")),
                Some(_) => return Ok(run),
            }
        }
    }

    fn answer(&self) -> Value {
        let results = self.session.get("/results?limit=10000");
        let results = results["items"].as_array().expect("results").iter();
        let instances = self.session.get("/instances?limit=10000");
        let instances = instances["items"].as_array().expect("them").iter();
        json!({
            "pairs": results.map(pair).collect::<Value>(),
            "context": visible(&self.session.get("/context")["data"]),
            "instances": instances
                .map(|instance| json!([instance["name"], visible(&instance["data"])]))
                .collect::<Value>(),
        })
    }
}

/// A place with the plug-in file and its modules.
fn prepared() -> Place {
    let place = Place::with("");
    fs::remove_file(place.path("plugins/plugins.py")).expect("none of ours");
    fs::create_dir(place.path("plugins/library")).expect("a folder");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity");
    for (name, to) in [
        ("play.py", "plugins"),
        ("scenario.py", "plugins/library"),
        ("values.py", "plugins/library"),
    ] {
        fs::copy(ours.join(name), place.path(to).join(name)).expect("a copy");
    }
    write(&place, &json!({"scenario": {"plugins": []}}));
    place
}

fn write(place: &Place, question: &Value) {
    fs::write(place.path("plugins/question.json"), question.to_string()).expect("a question");
}

/// The targets of Pyblish's function. `play.py` registers others.
fn targets(question: &Value) -> Value {
    match &question["targets"] {
        Value::Null => json!([]),
        targets => targets.clone(),
    }
}

fn pair(result: &Value) -> Value {
    let error = &result["error"];
    let message = match error["message"].as_str() {
        // Pyblish has an empty text.
        Some(message) if message.ends_with(", without a message") => json!(""),
        _ => error["message"].clone(),
    };
    json!([
        result["plugin"],
        result["instance"],
        result["success"],
        message
    ])
}

fn visible(data: &Value) -> Map<String, Value> {
    let data = data.as_object().cloned().unwrap_or_default();
    let known = data
        .into_iter()
        .filter(|(key, _)| KEYS.contains(&key.as_str()));
    known.collect()
}
