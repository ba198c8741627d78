//! Adapters on a plain web server: a file, and its signature beside it.

use std::fs;
use std::path::Path;

use pyblish_promise::promise;

use super::certificates::Certificates;
use super::machine::{Machine, assert_says, signature, text};
use super::standin::{Reply, StandIn};

/// A static server of this folder.
fn server(folder: &Path) -> StandIn {
    let folder = folder.to_owned();
    StandIn::new(move |line| {
        let name = line.trim_start_matches("GET /");
        fs::read(folder.join(name)).map_or_else(|_| Reply::status(404), Reply::ok)
    })
}

#[test]
fn adapter_comes_from_a_web_server() {
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let file = machine.share_tool("1.0.0");
    let web = server(&machine.path("share"));
    let address = format!("http://{}/tool.wasm", web.address);
    machine.configure(&lines);
    let said = machine.adapters(&["add", &address]).refused(1);
    assert_says(&said, &["tool is not signed"]);
    machine.sign(&file, &studio);
    let said = machine.adapters(&["add", &address]).ok();
    assert_says(&said, &["tool 1.0.0, signed by studio"]);
    assert_says(&machine.lock(), &[&format!("source = {address:?}")]);
    let other = Machine::with_config(&lines);
    other.write_lock(&machine.lock());
    other.adapters(&["install", "--locked"]).ok();
    // The server has another one by now.
    let file = machine.share_tool("1.1.0");
    machine.sign(&file, &studio);
    let third = Machine::with_config(&lines);
    third.write_lock(&machine.lock());
    let said = third.adapters(&["install", "--locked"]).refused(1);
    assert_says(&said, &["is another file than the lock names"]);
    let said = machine.adapters(&["update"]).ok();
    assert_says(&said, &["version 1.0.0 -> 1.1.0"]);
    fs::remove_file(signature(&file)).unwrap();
    fs::remove_file(&file).unwrap();
    let said = machine.adapters(&["update"]).refused(1);
    assert_says(&said, &["tool.wasm is not there"]);
    other.adapters(&["verify"]).ok();
}

/// A web server of a studio, whose certificate is by the studio's own authority.
#[test]
fn adapter_comes_from_a_web_server_with_tls() {
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let file = machine.share_tool("1.0.0");
    machine.sign(&file, &studio);
    let certificates = Certificates::make();
    let folder = machine.path("share");
    let web = StandIn::with_tls(certificates.config(), move |line| {
        let name = line.trim_start_matches("GET /");
        match name {
            "moved.wasm" => Reply::redirect("/tool.wasm"),
            "plain.wasm" => Reply::redirect("http://127.0.0.1:1/tool.wasm"),
            _ => fs::read(folder.join(name)).map_or_else(|_| Reply::status(404), Reply::ok),
        }
    });
    let address = |name: &str| format!("https://{}/{name}", web.address);
    machine.configure(&lines);
    // Nobody here trusts that authority yet, and nothing is fetched.
    let said = machine.adapters(&["add", &address("tool.wasm")]).refused(1);
    assert_says(&said, &["cannot be reached", "certificate"]);
    let another = Certificates::make();
    let ca = another.authority();
    let add = ["add", &address("tool.wasm"), "--ca-file", text(&ca)];
    assert_says(&machine.adapters(&add).refused(1), &["certificate"]);
    assert!(machine.all_stored().is_empty() && web.requests().is_empty());
    // By a flag, and by the configuration of the site.
    let ca = certificates.authority();
    let add = ["add", &address("tool.wasm"), "--ca-file", text(&ca)];
    let said = machine.adapters(&add).ok();
    assert_says(&said, &["tool 1.0.0, signed by studio"]);
    assert_says(&machine.lock(), &["source = \"https://localhost:"]);
    let trust = format!(
        "[trust]\nrequire-signature = true\nca-file = {:?}\n",
        text(&ca)
    );
    let artist = Machine::with_config(&format!("{trust}{lines}"));
    artist.write_lock(&machine.lock());
    artist.adapters(&["install", "--locked"]).ok();
    // The signature beside it is that of the first address.
    let said = artist
        .adapters(&["install", &address("moved.wasm")])
        .refused(1);
    assert_says(&said, &["tool is not signed"]);
    // Plain text is not gone back to, not even on this machine.
    let said = artist
        .adapters(&["install", &address("plain.wasm")])
        .refused(1);
    promise!(
        "SHIP-08",
        said.contains("leads to http://127.0.0.1:1/"),
        "{said}"
    );
    // A name that the certificate is not for.
    let wrong = address("tool.wasm").replace("localhost", "127.0.0.1");
    let said = artist.adapters(&["install", &wrong]).refused(1);
    assert_says(&said, &["cannot be reached", "certificate"]);
}

#[test]
fn what_goes_wrong_has_its_words() {
    let machine = Machine::empty();
    let bytes = fs::read(machine.share_tool("1.0.0")).unwrap();
    let size = bytes.len();
    let web = StandIn::new(move |line| match line.trim_start_matches("GET /") {
        "half.wasm" => Reply::ok(bytes.as_slice()).half(),
        "slow.wasm" => Reply::silent(),
        "mine.wasm" => Reply::status(403),
        "broken.wasm" => Reply::status(500),
        "round.wasm" => Reply::redirect("/round.wasm"),
        "away.wasm" => Reply::redirect("http://studio.invalid/tool.wasm"),
        "moved.wasm" => Reply::redirect("/tool.wasm"),
        "tool.wasm" => Reply::ok(bytes.as_slice()),
        _ => Reply::status(404),
    });
    let install = |name: &str, more: &[&str]| {
        let address = format!("http://{}/{name}.wasm", web.address);
        let install = ["install", &address, "--timeout", "1"];
        machine.adapters(&[&install[..], more].concat())
    };
    for (name, part) in [
        ("none", "none.wasm is not there"),
        ("half", "broke off"),
        ("slow", "gave nothing for 1 s"),
        ("mine", "HTTP 403"),
        ("broken", "HTTP 500"),
        ("round", "without an end"),
        ("away", "leads to http://studio.invalid/tool.wasm"),
    ] {
        assert_says(&install(name, &[]).refused(1), &[part]);
    }
    let limit = |size: usize| format!("adapter-size={size}");
    let said = install("tool", &["--limit", &limit(size - 1)]).refused(1);
    assert_says(&said, &["is too large"]);
    assert!(machine.all_stored().is_empty());
    install("moved", &["--limit", &limit(size)]).ok();
    for (address, part) in [
        ("http://studio.lan/tool.wasm", "plain HTTP"),
        ("https://me:word@studio.lan/tool.wasm", "a user in it"),
        ("https://studio.lan/tool", "no .wasm file"),
    ] {
        let said = machine.adapters(&["install", address]).refused(64);
        assert_says(&said, &[part]);
    }
    let file = machine.path("share/tool.wasm");
    machine.adapters(&["add", text(&file)]).ok();
}
