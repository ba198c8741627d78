//! Who is refused, and what is found out, in words.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use pyblish_endpoint_tests::hosts::{Host, Place, private_folder};
use serde_json::{Value, json};

use super::talk::place;

#[test]
fn a_second_adapter_is_refused_in_words() {
    let place = place("");
    let host = place.python();
    let session = place.serve();
    let said = place.refused("python", &[]);
    let words = format!("python (pid {}) is driven by pyblish-endpoint", host.pid());
    assert!(said.contains(&words), "{said}");
    assert!(said.contains("End that session first"), "{said}");
    // The first one is none the worse for it.
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    drop(session);
    place.serve();
}

#[test]
fn another_secret_is_refused_in_words() {
    let place = place("");
    let _host = place.python();
    let path = place.met("secret");
    fs::remove_file(&path).unwrap();
    let said = place.refused("python", &[]);
    assert!(
        said.contains("The adapter has another secret than python"),
        "{said}"
    );
    assert!(said.contains("start the bridge again"), "{said}");
}

/// A host file of this process, with something at its address that answers so.
fn impostor(place: &Place, answer: &'static [u8], stay: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    announce(place, &address);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // What is said to it is read, so that its end is a plain one.
            let mut said = [0; 4096];
            let _ = stream.read(&mut said);
            let _ = stream.write_all(answer);
            while stay && stream.read(&mut said).is_ok_and(|read| read > 0) {}
        }
    });
    address
}

fn announce(place: &Place, address: &str) {
    let pid = std::process::id();
    let file = json!({"host": "python", "pid": pid, "address": address, "protocol": 1, "bridge": "0.1.0",
        "hostVersion": null, "pythonVersion": "3.11.2", "pyblish": "1.8.12", "started": 1.0, "file": null});
    let folder = place.met("hosts");
    private_folder(&folder);
    fs::write(folder.join(format!("python-{pid}.json")), file.to_string()).unwrap();
}

#[test]
fn something_else_on_the_port_is_found_out() {
    for (answer, stay) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], false),
        (b"", false),
        (b"\x00\x00\x00\x02[]", true),
        // For ten seconds.
        (b"", true),
    ] {
        let place = place("");
        let address = impostor(&place, answer, stay);
        let said = place.refused("python", &[]);
        let words = format!("what listens at {address} is not the bridge of python");
        assert!(said.contains(&words), "{answer:?}: {said}");
    }
}

#[test]
fn a_bridge_that_knows_not_the_secret_is_found_out() {
    let place = place("");
    // Both frames at once: a challenge, and a proof of somebody who guesses.
    let frames = [
        json!({"challenge": {"protocol": 1, "bridge": "0.1.0", "nonce": "00".repeat(16)}}),
        json!({"welcome": {"proof": "00".repeat(32)}}),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(frame).collect();
    impostor(&place, bytes.leak(), true);
    let said = place.refused("python", &[]);
    assert!(said.contains("does not know this user's secret"), "{said}");
}

#[test]
fn a_bridge_of_another_version_is_refused_in_words() {
    let refused =
        json!({"refused": {"reason": "protocol", "message": "The bridge is older. Update it."}});
    let newer = json!({"challenge": {"protocol": 2, "bridge": "9.0.0", "new": "of another kind"}});
    let older = json!({"challenge": {"protocol": 0, "bridge": "0.0.1"}});
    for (message, words) in [
        (&refused, "The bridge is older. Update it."),
        (&newer, "the adapter is older: update pyblish-endpoint"),
        (
            &older,
            "the bridge is older: update pyblish_endpoint_bridge.py",
        ),
    ] {
        let place = place("");
        impostor(&place, frame(message).leak(), true);
        let said = place.refused("python", &[]);
        assert!(said.contains(words), "{said}");
    }
}

fn frame(message: &Value) -> Vec<u8> {
    let json = message.to_string();
    let length = u32::try_from(json.len()).unwrap();
    [&length.to_be_bytes()[..], json.as_bytes()].concat()
}

#[test]
fn a_host_that_no_longer_listens_is_named() {
    let place = place("");
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    announce(&place, &address);
    let said = place.refused("python", &[]);
    let pid = std::process::id();
    let words =
        format!("python (pid {pid}) no longer listens at {address}; start the bridge there again");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn no_host_and_several_hosts_are_said_and_one_can_be_chosen() {
    let place = place("");
    let said = place.refused("python", &[]);
    assert!(
        said.contains("no python is running with the bridge"),
        "{said}"
    );
    let said = place.refused("photoshop", &[]);
    assert!(
        said.contains("no adapter is for the host \"photoshop\""),
        "{said}"
    );

    let (one, other) = (place.python(), place.python());
    let said = place.refused("python", &[]);
    for host in [&one, &other] {
        let line = format!("--pid {}  python 3.", host.pid());
        assert!(said.contains(&line), "{line:?} is not in {said}");
    }
    let pid = other.pid().to_string();
    let session = place.serve_host("python", &["--pid", &pid]);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    // The other one is another session's.
    let pid = one.pid().to_string();
    let session = place.serve_host("python", &["--pid", &pid]);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

/// A Python that finds this in place of pyblish-base.
fn without_pyblish(place: &Place, library: Option<&Path>) -> String {
    let mut command = place.python_command();
    command.env("PYTHONPATH", library.unwrap_or(Path::new("/nowhere")));
    // Without the packages of the virtual environment.
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut isolated = std::process::Command::new(command.get_program());
    isolated.arg("-S").args(arguments);
    for (name, value) in command.get_envs() {
        isolated.env(name, value.unwrap());
    }
    let _host = Host::start(isolated);
    place.refused("python", &[])
}

#[test]
fn a_host_without_pyblish_or_with_an_old_one_says_what_to_do() {
    let place = place("");
    let said = without_pyblish(&place, None);
    assert!(said.contains("There is no pyblish-base in"), "{said}");
    assert!(said.contains("pip install pyblish-base"), "{said}");

    let old = place.path("old");
    fs::create_dir_all(old.join("pyblish")).unwrap();
    fs::write(old.join("pyblish/__init__.py"), "version = '1.4.3'\n").unwrap();
    for module in ["api", "lib", "plugin"] {
        fs::write(old.join(format!("pyblish/{module}.py")), "").unwrap();
    }
    let said = without_pyblish(&place, Some(&old));
    assert!(said.contains("pyblish-base 1.4.3 in"), "{said}");
    assert!(said.contains("is too old"), "{said}");
}
