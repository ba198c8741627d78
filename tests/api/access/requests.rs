//! What these tests share: a server, requests on it, and a browser that comes in.

use std::process::{Command, Output, Stdio};

use pyblish_endpoint_tests::raw::{Heard, ask};
use pyblish_endpoint_tests::v2::shots;
use pyblish_endpoint_tests::{Scenario, Server, run, serve};

pub const HELLO: &str = "/pyblish/v1/hello";
pub const STATE: &str = "/pyblish/v1/state";
pub const SESSIONS: &str = "/pyblish/v2/sessions";
pub const JSON: &str = "content-type: application/json";
pub const FORM: &str = "content-type: application/x-www-form-urlencoded";

pub fn host(server: &Server) -> String {
    format!("host: {}", server.host())
}

/// The status of a request with these lines beside the right `Host`.
#[track_caller]
pub fn status(server: &Server, start: &str, lines: &[&str]) -> u16 {
    answer(server, start, lines).status
}

#[track_caller]
pub fn answer(server: &Server, start: &str, lines: &[&str]) -> Heard {
    let host = host(server);
    ask(server, start, &[&[&host[..]], lines].concat(), "")
}

/// A server on a scenario, with more arguments.
pub fn start(scenario: &Scenario, more: &[&str]) -> Server {
    let more = more.iter().map(|text| (*text).to_owned());
    Server::start(scenario.arguments().into_iter().chain(more))
}

/// The cookie of a browser that opens the page for the first time.
#[track_caller]
pub fn cookie(server: &Server) -> String {
    let page = server.started["page"].as_str().unwrap();
    let path = page.strip_prefix(&server.address).unwrap();
    entered(server, path)
}

#[track_caller]
pub fn entered(server: &Server, path: &str) -> String {
    let answer = answer(server, &format!("GET {path}"), &[]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap();
    let (pair, flags) = cookie.split_once("; ").unwrap();
    assert_eq!(flags, "HttpOnly; SameSite=Strict; Path=/");
    format!("cookie: {pair}")
}

/// The first lines that a command prints; then the command is ended.
#[track_caller]
pub fn printed(mut command: Command, lines: usize) -> Vec<String> {
    use std::io::BufRead;
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<_> = stdout.lines().take(lines).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    lines
}

/// The error of `serve` when it does not start with these arguments.
#[track_caller]
pub fn refused(more: &[&str], parts: &[&str]) -> Output {
    let scenario = shots();
    let mut command = serve();
    command.args(scenario.arguments()).args(more);
    let (output, said) = run(command);
    assert!(!output.status.success());
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    output
}
