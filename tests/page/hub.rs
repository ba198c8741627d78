//! The hub's page in a browser: a real PostgreSQL, a real hub, real machines, and Chromium.

use pyblish_endpoint_tests::hub::{sends_to, start_hub, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::studio::{few_runs, many_runs};
use pyblish_endpoint_tests::{Folders, Server, serve};
use serde_json::{Value, json};

/// Runs a script of `tests/page/hub` against this hub; `more` is added to its argument.
#[track_caller]
fn drive(name: &str, hub: &Server, mut more: Value) {
    more["codes"] = json!("/pyblish/hub/v1/codes");
    super::drive(&format!("hub/{name}"), hub, more);
}

/// A hub whose token is that of a person with this role.
fn hub_of(postgres: &Postgres, role: &str) -> Server {
    let mut hub = start_hub(postgres);
    hub.token = Some(token(postgres, &["--role", role, "--name", "carla"]));
    hub
}

#[test]
fn browser_enters_with_a_code() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    few_runs(&postgres, &hub);
    drive("enter", &hub, json!({}));
}

#[test]
fn runs_are_filtered_and_shared() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    few_runs(&postgres, &hub);
    drive("runs", &hub, json!({}));
}

#[test]
fn views_answer_the_questions_of_a_studio() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "admin");
    few_runs(&postgres, &hub);
    drive("views", &hub, json!({}));
}

#[test]
fn page_is_live() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    let place = tempfile::tempdir().unwrap();
    let machine = token(&postgres, &["--machine", "ws1"]);
    let folders = Folders::sample();
    let mut command = serve();
    command
        .env("XDG_DATA_HOME", place.path())
        .args(folders.arguments());
    sends_to(&mut command, &hub.address, &machine, place.path());
    let server = Server::start_with(command);
    let given = json!({"machine": {"address": server.address, "token": server.token}});
    drive("live", &hub, given);
}

#[test]
fn views_are_accessible_and_fit() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "admin");
    few_runs(&postgres, &hub);
    drive("accessibility", &hub, json!({}));
}

#[test]
fn hundred_thousand_runs_are_listed() {
    let postgres = Postgres::start();
    let hub = hub_of(&postgres, "viewer");
    many_runs(&postgres);
    drive("thousands", &hub, json!({}));
}
