//! A studio on this machine: a PostgreSQL, a hub, and three machines that publish the sample. `cargo
//! xtask studio` starts it, and people look at the page.
//!
//! Its stdout has one line of JSON: `page`, an address that lets in one browser; `command`, which
//! makes another; and `machines`, the addresses of the machines' own pages. Everything is in folders
//! of its own. It ends, with all that it started, when its stdin ends.

#[cfg(unix)]
fn main() {
    studio::run();
}

#[cfg(not(unix))]
fn main() {
    eprintln!("PostgreSQL is only started on Unix");
    std::process::exit(2);
}

#[cfg(unix)]
mod studio {
    use std::io::{self, Read};
    use std::net::TcpListener;

    use pyblish_endpoint_tests::hub::{hub_command, sends_to, start_hub, start_hub_at, token};
    use pyblish_endpoint_tests::postgres::Postgres;
    use pyblish_endpoint_tests::{Folders, Server, run as run_to_end, serve, v2};
    use serde_json::{Value, json};
    use tempfile::TempDir;

    /// Where the hub listens, if nobody else does.
    const USUAL: &str = "127.0.0.1:6100";

    /// A machine of the studio: its server, its inbox, and the folder with its history.
    struct Machine {
        server: Server,
        _folders: Folders,
        _place: TempDir,
    }

    impl Machine {
        fn start(postgres: &Postgres, hub: &Server, name: &str) -> Machine {
            let (folders, place) = (Folders::sample(), tempfile::tempdir().expect("a folder"));
            let mut command = serve();
            command
                .env("XDG_DATA_HOME", place.path())
                .args(folders.arguments())
                .args(["--hub-send", "records", "--hub-send", "data:project"]);
            let token = token(postgres, &["--machine", name]);
            sends_to(&mut command, &hub.address, &token, place.path());
            Machine {
                server: Server::start_with(command),
                _folders: folders,
                _place: place,
            }
        }

        /// Publishes all, which the sample's mistakes stop, and then what has none.
        fn publish(&self, show: &str) {
            let session = v2::session(&self.server);
            let run = |request: Value| {
                let run = v2::start(&self.server, &session, request);
                v2::end(&self.server, &session, &run)
            };
            run(json!({"comment": "All of the inbox"}));
            let listed = self.server.send("GET", v2::SESSIONS).ok();
            let change =
                json!({"revision": listed["items"][0]["revision"], "set": {"project": show}});
            self.server
                .send_json("PATCH", &format!("{session}/context"), &change, &[])
                .ok();
            let found = self.server.send("GET", &format!("{session}/instances"));
            let items = found.ok()["items"].take();
            let hero = items.as_array().and_then(|items| {
                let mut heroes = items.iter().filter(|item| item["name"] == "hero");
                heroes.next().map(|item| item["id"].clone())
            });
            if let Some(id) = hero {
                run(json!({"comment": "Only the hero", "instanceIds": [id]}));
            }
        }
    }

    pub(super) fn run() {
        let postgres = Postgres::start();
        let is_free = TcpListener::bind(USUAL).is_ok();
        let hub = match is_free {
            true => start_hub_at(&postgres, USUAL),
            false => start_hub(&postgres),
        };
        let machines =
            [("ws1", "bunny"), ("ws2", "bunny"), ("ws3", "sintel")].map(|(name, show)| {
                let machine = Machine::start(&postgres, &hub, name);
                machine.publish(show);
                machine
            });
        token(&postgres, &["--role", "admin", "--name", "you"]);
        let code = [
            "tokens",
            "code",
            "--json",
            "--name",
            "you",
            "--hub",
            &hub.address,
        ];
        let (made, said) = run_to_end(hub_command(&postgres, &code));
        assert!(made.status.success(), "{said}");
        let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        let pages = machines
            .each_ref()
            .map(|machine| &machine.server.started["page"]);
        let again = format!(
            "PYBLISH_HUB_DATABASE='{}' {} hub tokens code --name you --hub {}",
            postgres.url(),
            std::path::Path::new(hub_command(&postgres, &[]).get_program()).display(),
            hub.address
        );
        println!(
            "{}",
            json!({"page": made["page"], "command": again, "machines": pages})
        );
        // Whoever started this ends it by closing the pipe.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        drop(machines);
        drop(hub);
    }
}
