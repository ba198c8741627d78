//! A server with a healthy session, and a hostile adapter beside it.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::v2::{SESSIONS, session};
use crate::{Answer, Scenario, Server, configured, target};

/// The server with both sessions, and what the hostile adapter may reach.
pub struct Beside {
    pub server: Server,
    /// The path of the healthy session.
    pub healthy: String,
    place: TempDir,
    /// How many adapters were installed beside the hostile one.
    installed: AtomicU32,
    /// The one address that the hostile adapter may connect to.
    pub granted: TcpListener,
    _scenario: Scenario,
}

impl Beside {
    /// A server with these limits. By default, no adapter is restarted automatically.
    #[track_caller]
    pub fn with(limits: &[&str]) -> Beside {
        Beside::started(limits, &[])
    }

    /// The same, with these further arguments.
    #[track_caller]
    pub fn started(limits: &[&str], more: &[&str]) -> Beside {
        let scenario = Scenario::of(json!([
            {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "a"}}]},
            {"name": "Set", "order": 1, "instance": [{"set": {"answer": 42}}]},
        ]));
        let place = tempfile::tempdir().expect("a folder");
        for name in ["work", "input", "outside", "adapters"] {
            fs::create_dir(place.path().join(name)).expect("a folder");
        }
        fs::write(place.path().join("outside/secret"), "secret").expect("a file");
        let granted = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut arguments = scenario.arguments();
        let adapters = place.path().join("adapters");
        let hostile = target().join("test-adapters").join("hostile.wasm");
        fs::copy(&hostile, adapters.join("hostile.wasm")).expect("the hostile adapter");
        arguments.extend(["--adapters-dir".into(), adapters.display().to_string()]);
        // The user's grants to it; clients that open its sessions grant nothing.
        let address = granted.local_addr().expect("an address");
        let work = format!("{}=/work", place.path().join("work").display());
        let input = format!("{}=/input:ro", place.path().join("input").display());
        let config = format!(
            "[adapters.hostile]\ndir = [{work:?}, {input:?}]\nconnect = [\"{address}\"]\nset = {{ address = \"{address}\" }}\n"
        );
        arguments.extend(configured(place.path(), &config));
        if !limits.iter().any(|limit| limit.starts_with("restarts=")) {
            arguments.extend(["--limit".into(), "restarts=0".into()]);
        }
        for limit in limits {
            arguments.extend(["--limit".into(), (*limit).to_owned()]);
        }
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let server = Server::start(arguments);
        let healthy = session(&server);
        Beside {
            server,
            healthy,
            place,
            installed: AtomicU32::new(0),
            granted,
            _scenario: scenario,
        }
    }

    /// The folder that the hostile adapter may write to.
    pub fn work(&self) -> PathBuf {
        self.place.path().join("work")
    }

    /// The folder that it may only read.
    pub fn input(&self) -> PathBuf {
        self.place.path().join("input")
    }

    /// The folder beside them, with one file: `secret`.
    pub fn outside(&self) -> PathBuf {
        self.place.path().join("outside")
    }

    /// Installs the adapter in this file. Returns its name.
    #[track_caller]
    pub fn install(&self, file: &str) -> String {
        let number = self.installed.fetch_add(1, Ordering::Relaxed);
        let name = format!("installed{number}");
        let place = self.place.path().join("adapters").join(&name);
        fs::copy(file, place.with_extension("wasm")).expect("an adapter");
        name
    }

    /// Asks for a session with the adapter of this name.
    #[track_caller]
    pub fn open(&self, adapter: &str, request: Value) -> Answer {
        let mut request = request;
        request["adapter"] = adapter.into();
        self.server.send_json("POST", SESSIONS, &request, &[])
    }

    /// Asks for a session with the hostile adapter.
    #[track_caller]
    pub fn try_hostile(&self, settings: Value) -> Answer {
        self.open("hostile", json!({"settings": settings}))
    }

    /// The path of a session with the hostile adapter.
    #[track_caller]
    pub fn hostile(&self, settings: Value) -> String {
        path(self.try_hostile(settings))
    }

    /// A session whose deeds have this amount.
    #[track_caller]
    pub fn so_much(&self, amount: u64) -> String {
        self.hostile(json!({"amount": amount}))
    }

    /// Has the session do this deed. Returns the result.
    #[track_caller]
    pub fn does(&self, session: &str, deed: &str) -> Value {
        self.try_to(session, deed).ok()
    }

    #[track_caller]
    pub fn try_to(&self, session: &str, deed: &str) -> Answer {
        let pair = json!({"pluginId": deed});
        self.server
            .send_json("POST", &format!("{session}/process"), &pair, &[])
    }

    /// Has the session do this deed, which must succeed and leave the adapter alive.
    #[track_caller]
    pub fn can(&self, session: &str, deed: &str) -> Value {
        let result = self.does(session, deed);
        assert_eq!(result["success"], true, "{deed}: {result:#}");
        assert_eq!(self.does(session, "Answer")["success"], true);
        assert_eq!(self.state(session)["state"], "idle");
        result
    }

    /// Has the session do this deed, which must end its adapter. Returns the message of the
    /// failure.
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

    /// Publishes in the healthy session, whose results must be right.
    #[track_caller]
    pub fn all_is_right(&self) {
        let (server, session) = (&self.server, &self.healthy);
        server.send("POST", &format!("{session}/reset")).ok();
        assert_eq!(self.does(session, "Collect")["success"], true);
        let page = server.send("GET", &format!("{session}/instances")).ok();
        assert_eq!(page["total"], 1);
        let pair = json!({"pluginId": "Set", "instanceId": page["items"][0]["id"]});
        let result = server.send_json("POST", &format!("{session}/process"), &pair, &[]);
        assert_eq!(result.ok()["success"], true);
        let page = server.send("GET", &format!("{session}/instances")).ok();
        assert_eq!(page["items"][0]["data"]["answer"], 42, "{page:#}");
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

/// The message of a failed result.
#[track_caller]
pub fn message(result: &Value) -> String {
    let message = result["error"]["message"].as_str();
    message.unwrap_or_else(|| panic!("{result:#}")).to_owned()
}

/// An adapter in hand-written WebAssembly that exports the whole service. Each call succeeds.
/// `more` is put into its module; `process` is code that the function of this name runs before it
/// answers.
pub fn by_hand(more: &str, process: &str) -> (TempDir, String) {
    // Memory is zero from 4096 to 61440: outcomes without failure and changes, no plug-ins. At 61440
    // is what `open` answers. Handles that are lent for a call are dropped before its end.
    let module = format!(
        r#"(module
            (import "pyblish:endpoint/work@0.2.0" "[resource-drop]call" (func $drop-call (param i32)))
            (import "pyblish:endpoint/work@0.2.0" "[resource-drop]batch" (func $drop-batch (param i32)))
            (import "pyblish:endpoint/work@0.2.0" "[method]batch.finished"
                (func $finished (param i32 i32 i32) (result i32)))
            (import "[export]pyblish:endpoint/service@0.2.0" "[resource-new]session"
                (func $new-session (param i32) (result i32)))
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
            (func (export "pyblish:endpoint/service@0.2.0#describe") (result i32) (i32.const 64))
            (func (export "pyblish:endpoint/service@0.2.0#[static]session.open")
                (param $call i32) (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                (call $drop-call (local.get $call))
                (i32.store (i32.const 61444) (call $new-session (i32.const 1)))
                (i32.const 61440))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.reset")
                (param i32) (param $call i32) (result i32)
                (call $drop-call (local.get $call)) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.discover")
                (param i32) (param $call i32) (result i32)
                (call $drop-call (local.get $call)) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.process")
                (param i32) (param $call i32) (param $batch i32) (param $pairs i32) (param $count i32)
                {process}
                (drop (call $finished (local.get $batch) (i32.const 4096) (local.get $count)))
                (call $drop-batch (local.get $batch))
                (call $drop-call (local.get $call)))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.repair")
                (param i32) (param $call i32) (param i32 i32 i32 i32 i32) (result i32)
                (call $drop-call (local.get $call)) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.act")
                (param i32) (param $call i32) (param i32 i32 i32 i32 i32 i32 i32) (result i32)
                (call $drop-call (local.get $call)) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.apply")
                (param i32) (param $call i32) (param i32 i32) (result i32)
                {process} (call $drop-call (local.get $call)) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.notify")
                (param i32) (param $call i32) (param i32 i32 i32 i32) (result i32)
                (call $drop-call (local.get $call)) (i32.const 4096))
            (func (export "pyblish:endpoint/service@0.2.0#[method]session.close") (param i32) (param $call i32)
                (call $drop-call (local.get $call)))
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
