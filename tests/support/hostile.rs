//! A server with a healthy session, and a hostile adapter beside it.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::v2::{SESSIONS, session};
use crate::{Answer, Scenario, Server, target};

/// The two of them, and what the hostile one may reach.
pub struct Beside {
    pub server: Server,
    /// The path of the healthy session.
    pub healthy: String,
    place: TempDir,
    /// The one address that the hostile adapter may connect to.
    pub granted: TcpListener,
    _scenario: Scenario,
}

impl Beside {
    /// A server with these limits; without others, no adapter is started again by itself.
    #[track_caller]
    pub fn with(limits: &[&str]) -> Beside {
        let scenario = Scenario::of(json!([
            {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "a"}}]},
            {"name": "Set", "order": 1, "instance": [{"set": {"answer": 42}}]},
        ]));
        let adapters = target().join("test-adapters").display().to_string();
        let mut arguments = scenario.arguments();
        arguments.extend(["--adapters-dir".into(), adapters]);
        if !limits.iter().any(|limit| limit.starts_with("restarts=")) {
            arguments.extend(["--limit".into(), "restarts=0".into()]);
        }
        for limit in limits {
            arguments.extend(["--limit".into(), (*limit).to_owned()]);
        }
        let server = Server::start(arguments);
        let healthy = session(&server);
        let place = tempfile::tempdir().expect("a folder");
        for name in ["work", "outside"] {
            fs::create_dir(place.path().join(name)).expect("a folder");
        }
        fs::write(place.path().join("outside/secret"), "secret").expect("a file");
        Beside {
            server,
            healthy,
            place,
            granted: TcpListener::bind("127.0.0.1:0").expect("a port"),
            _scenario: scenario,
        }
    }

    /// The folder that the hostile adapter may write to.
    pub fn work(&self) -> PathBuf {
        self.place.path().join("work")
    }

    /// The folder beside it, with one file: `secret`.
    pub fn outside(&self) -> PathBuf {
        self.place.path().join("outside")
    }

    /// Asks for a session with an adapter of this name or file.
    #[track_caller]
    pub fn open(&self, adapter: &str, request: Value) -> Answer {
        let mut request = request;
        request["adapter"] = adapter.into();
        self.server.send_json("POST", SESSIONS, &request, &[])
    }

    /// Asks for a session with the hostile adapter.
    #[track_caller]
    pub fn try_hostile(&self, mut settings: Value) -> Answer {
        let address = self.granted.local_addr().expect("an address").to_string();
        settings["address"] = address.clone().into();
        let work = format!("{}=/work", self.work().display());
        let request = json!({"settings": settings, "folders": [work], "addresses": [address]});
        self.open("hostile", request)
    }

    /// The path of a session with the hostile adapter.
    #[track_caller]
    pub fn hostile(&self, settings: Value) -> String {
        path(self.try_hostile(settings))
    }

    /// A session that does so much of each deed.
    #[track_caller]
    pub fn so_much(&self, amount: u64) -> String {
        self.hostile(json!({"amount": amount}))
    }

    /// Has the session do this; the result.
    #[track_caller]
    pub fn does(&self, session: &str, deed: &str) -> Value {
        self.try_to(session, deed).ok()
    }

    #[track_caller]
    pub fn try_to(&self, session: &str, deed: &str) -> Answer {
        let pair = json!({"plugin": deed});
        self.server
            .send_json("POST", &format!("{session}/process"), &pair, &[])
    }

    /// Has the session do this, which must succeed, and leave the adapter alive.
    #[track_caller]
    pub fn can(&self, session: &str, deed: &str) -> Value {
        let result = self.does(session, deed);
        assert_eq!(result["success"], true, "{deed}: {result:#}");
        assert_eq!(self.does(session, "Answer")["success"], true);
        assert_eq!(self.state(session)["state"], "idle");
        result
    }

    /// Has the session do this, which must be its adapter's last; what is said of it.
    #[track_caller]
    pub fn falls(&self, session: &str, deed: &str) -> String {
        let result = self.does(session, deed);
        assert_eq!(result["success"], false, "{deed}: {result:#}");
        let said = message(&result);
        let state = self.state(session);
        assert_eq!(state["state"], "down", "{deed}: {state:#}");
        assert_eq!(state["failure"]["message"], said.as_str(), "{state:#}");
        said
    }

    #[track_caller]
    pub fn state(&self, session: &str) -> Value {
        self.server.send("GET", session).ok()
    }

    /// Publishes in the healthy session; whatever happens beside it, all is right.
    #[track_caller]
    pub fn all_is_right(&self) {
        let (server, session) = (&self.server, &self.healthy);
        server.send("POST", &format!("{session}/reset")).ok();
        assert_eq!(self.does(session, "Collect")["success"], true);
        let page = server.send("GET", &format!("{session}/instances")).ok();
        assert_eq!(page["total"], 1);
        let pair = json!({"plugin": "Set", "instance": page["instances"][0]["id"]});
        let result = server.send_json("POST", &format!("{session}/process"), &pair, &[]);
        assert_eq!(result.ok()["success"], true);
        let page = server.send("GET", &format!("{session}/instances")).ok();
        assert_eq!(page["instances"][0]["data"]["answer"], 42, "{page:#}");
        let state = self.state(session);
        assert_eq!(
            (&state["state"], &state["failure"]),
            (&json!("idle"), &Value::Null)
        );
    }
}

/// The path of a session that was opened.
#[track_caller]
pub fn path(opened: Answer) -> String {
    assert_eq!(opened.status, 201, "{}", opened.body);
    format!("{SESSIONS}/{}", opened.body["id"].as_str().expect("an id"))
}

/// What a result that failed says.
#[track_caller]
pub fn message(result: &Value) -> String {
    let message = result["error"]["message"].as_str();
    message.unwrap_or_else(|| panic!("{result:#}")).to_owned()
}

/// An adapter that is written out by hand, and exports all of the service: each call answers that all is well. `more`
/// is put into its module; `process` is what that function does, before it answers.
pub fn by_hand(more: &str, process: &str) -> (TempDir, String) {
    // Memory is zero from 4096 on: an outcome without failure and changes, an opening without anything, no plug-ins.
    let module = format!(
        r#"(module
            (memory (export "memory") 2)
            (data (i32.const 16) "byhand1.0.0disk")
            (data (i32.const 64) "\10\00\00\00\06\00\00\00\16\00\00\00\05\00\00\00\10\00\00\00\00\00\00\00")
            (data (i32.const 88) "\c8\00\00\00\01\00\00\00")
            (data (i32.const 200) "\1b\00\00\00\04\00\00\00")
            (global $free (mut i32) (i32.const 65536))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.get $free)
                (global.set $free (i32.add (global.get $free) (local.get 3))))
            (func (export "pyblish:endpoint/service@0.1.0#describe") (result i32) (i32.const 64))
            (func (export "pyblish:endpoint/service@0.1.0#open")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#reset") (result i32) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#discover") (result i32) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#process") (param i32 i32 i32 i32 i32) (result i32)
                {process} (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#repair") (param i32 i32 i32 i32 i32) (result i32)
                (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#act") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#apply") (param i32 i32) (result i32) {process} (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#notify") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.1.0#close"))
            {more})"#
    );
    component(wat::parse_str(module).expect("a module"))
}

/// The module as a component of the world in `wit/`, in a file.
fn component(mut module: Vec<u8>) -> (TempDir, String) {
    let mut resolve = wit_parser::Resolve::default();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = resolve.push_dir(folder).expect("the world");
    let world = resolve
        .select_world(&[package], Some("adapter"))
        .expect("the world");
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false)
        .expect("a module");
    let mut encoder = wit_component::ComponentEncoder::default();
    let encoder = encoder.module(&module).expect("a module of the world");
    let bytes = encoder.encode().expect("a component");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("byhand.wasm");
    fs::write(&file, bytes).expect("a file");
    let file = file.display().to_string();
    (folder, file)
}
