//! What these tests share: servers with limits, and requests on them.

use pyblish_endpoint_tests::raw::{Heard, Raw, request};
use pyblish_endpoint_tests::{Scenario, Server};
use serde_json::json;

pub const HELLO: &str = "/pyblish/v1/hello";
pub const STATE: &str = "/pyblish/v1/state";
pub const SESSIONS: &str = "/pyblish/v2/sessions";
pub const JSON: &str = "content-type: application/json";

/// A server on a scenario, with more arguments.
#[track_caller]
pub fn start(scenario: &Scenario, more: &[&str]) -> Server {
    let more = more.iter().map(|text| (*text).to_owned());
    Server::start(scenario.arguments().into_iter().chain(more))
}

/// One plug-in, that takes no time.
pub fn quick() -> Scenario {
    Scenario::of(json!([{"name": "Quick", "order": 0, "context": [{"set": {"done": true}}]}]))
}

/// The lines that every request needs.
pub fn lines(server: &Server) -> [String; 2] {
    [format!("host: {}", server.host()), server.authorization()]
}

/// The line with the cookie of a browser that opens the page for the first time.
#[track_caller]
pub fn cookie(server: &Server) -> String {
    let page = server.started["page"].as_str().expect("a page");
    let path = page.strip_prefix(&server.address).expect("its own page");
    let heard = ask(server, &format!("GET {path}"), &[], "");
    let cookie = heard.header("set-cookie").expect("a cookie");
    format!("cookie: {}", cookie.split(';').next().unwrap_or_default())
}

/// A request as text, with the lines that it needs and these.
pub fn text(server: &Server, start: &str, more: &[&str], body: &str) -> String {
    let known = lines(server);
    let known = known.iter().map(String::as_str);
    let all: Vec<_> = known.chain(more.iter().copied()).collect();
    request(start, &all, body)
}

/// A request on a connection of its own.
#[track_caller]
pub fn ask(server: &Server, start: &str, more: &[&str], body: &str) -> Heard {
    let mut raw = Raw::to(server);
    raw.say(&text(server, start, more, body));
    raw.hear()
}

/// Whether the server works normally.
#[track_caller]
pub fn serves(server: &Server) {
    assert_eq!(ask(server, &format!("GET {HELLO}"), &[], "").status, 200);
    assert_eq!(ask(server, &format!("GET {SESSIONS}"), &[], "").status, 200);
}

/// Opens a stream of events, and waits until it is one.
#[track_caller]
pub fn listen(server: &Server, session: &str) -> (Raw, Heard) {
    let mut raw = Raw::to(server);
    raw.say(&text(server, &format!("GET {session}/events"), &[], ""));
    let heard = raw.hear();
    (raw, heard)
}

/// Checks the answer when there is no room: when to come back, and what to do.
#[track_caller]
pub fn is_full(heard: &Heard, status: u16, flag: &str) {
    assert_eq!(heard.status, status, "{heard:?}");
    assert_eq!(heard.header("retry-after"), Some("1"));
    assert_eq!(
        heard.header("content-type"),
        Some("application/problem+json")
    );
    let problem = heard.json();
    assert_eq!(problem["status"], status);
    assert!(
        problem["detail"].as_str().unwrap().contains(flag),
        "{problem}"
    );
}
