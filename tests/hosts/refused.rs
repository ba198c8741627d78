//! Refused connections and detected impostors, with their messages.

use pyblish_promise::promise;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pyblish_endpoint_tests::hosts::{Host, Place, private_folder};
use serde_json::{Value, json};

use super::sample::place;

#[test]
fn second_adapter_is_refused() {
    let place = place("");
    let host = place.python();
    let session = place.serve();
    let said = place.refused("python", &[]);
    let words = format!("python (pid {}) is driven by pyblish-endpoint", host.pid());
    assert!(said.contains(&words), "{said}");
    assert!(said.contains("End that session first"), "{said}");
    // The first one works on.
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    drop(session);
    place.serve();
}

#[test]
fn other_secret_is_refused() {
    let place = place("");
    let _host = place.python();
    let path = place.met("secret");
    fs::remove_file(&path).unwrap();
    let said = place.refused("python", &[]);
    assert!(
        said.contains("The runtime has another secret than python"),
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
            // It reads the request, so that the connection ends without a reset.
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
    let file = json!({"host": "python", "pid": pid, "address": address, "protocol": 2, "bridge": "0.1.0",
        "hostVersion": null, "pythonVersion": "3.11.2", "pyblish": "1.8.12", "started": 1.0, "file": null});
    let folder = place.met("hosts");
    private_folder(&folder);
    fs::write(folder.join(format!("python-{pid}.json")), file.to_string()).unwrap();
}

#[test]
fn other_program_on_port_is_detected() {
    let is_not = "is not the bridge of python";
    for (answer, stay, words) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], false, is_not),
        (b"\x00\x00\x00\x02[]", true, is_not),
        (
            b"",
            false,
            "closes each connection without an answer: it is",
        ),
        (b"", true, "has not answered for 10 seconds: python (pid"),
    ] {
        let place = place("");
        let address = impostor(&place, answer, stay);
        let said = place.refused("python", &[]);
        let words = format!("the program at {address} {words}");
        promise!("HOST-04", said.contains(&words), "{answer:?}: {said}");
    }
}

#[test]
fn silent_strangers_block_nobody() {
    let place = place("");
    let host = place.python();
    // More than there is room for.
    let connect = |_| TcpStream::connect(&host.address).unwrap();
    let mut silent: Vec<TcpStream> = (0..100).map(connect).collect();
    let session = place.serve();
    assert_eq!(session.run(json!({}))["state"], "succeeded");
    let mut told = String::new();
    // The bytes that are no text are the length of the frame.
    let mut length = [0; 4];
    silent[0].read_exact(&mut length).unwrap();
    silent[0].read_to_string(&mut told).unwrap();
    promise!("HOST-05", told.contains("\"reason\":\"crowded\""), "{told}");
}

#[test]
fn full_bridge_is_retried_then_reported() {
    let place = place("");
    let message = "Too many programs that prove nothing connect to it.";
    let refused = json!({"refused": {"reason": "crowded", "message": message}});
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    announce(&place, &listener.local_addr().unwrap().to_string());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
            let mut stream = stream.unwrap();
            // It reads the request, so that the connection ends without a reset; a closed
            // connection gets no answer.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&frame(&refused));
        }
    });
    let said = place.refused("python", &[]);
    assert!(said.contains(message), "{said}");
    promise!(
        "HOST-05",
        asked.load(Ordering::Relaxed) > 1,
        "it was asked once"
    );
}

#[test]
fn other_host_at_address_is_detected() {
    let place = place("");
    let host = place.python();
    announce(&place, &host.address);
    let pid = std::process::id();
    let said = place.refused("python", &["--pid", &pid.to_string()]);
    let words = format!(
        "the bridge of python (pid {}), and the runtime looks for the process {pid}",
        host.pid()
    );
    promise!("HOST-04", said.contains(&words), "{said}");
}

#[test]
fn bridge_without_secret_is_detected() {
    let place = place("");
    // Both frames at once: a challenge, and a guessed proof.
    let frames = [
        json!({"challenge": {"protocol": 2, "bridge": "0.1.0", "nonce": "00".repeat(16)}}),
        json!({"welcome": {"proof": "00".repeat(32)}}),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(frame).collect();
    impostor(&place, bytes.leak(), true);
    let said = place.refused("python", &[]);
    promise!(
        "HOST-04",
        said.contains("does not know this user's secret"),
        "{said}"
    );
}

#[test]
fn other_bridge_version_is_refused() {
    let refused =
        json!({"refused": {"reason": "protocol", "message": "The bridge is older. Update it."}});
    let newer = json!({"challenge": {"protocol": 3, "bridge": "9.0.0", "new": "of another kind"}});
    let older = json!({"challenge": {"protocol": 1, "bridge": "0.0.1"}});
    for (message, words) in [
        (&refused, "The bridge is older. Update it."),
        (&newer, "the runtime is older: update pyblish-endpoint"),
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
fn silent_host_is_named() {
    let place = place("");
    // The local end of a connection: nothing listens there, and no other program gets that port.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let address = held.local_addr().unwrap().to_string();
    announce(&place, &address);
    let said = place.refused("python", &[]);
    let pid = std::process::id();
    let words =
        format!("python (pid {pid}) no longer listens at {address}; start the bridge there again");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn host_must_be_chosen() {
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
    // The other host belongs to another session.
    let pid = one.pid().to_string();
    let session = place.serve_host("python", &["--pid", &pid]);
    assert_eq!(session.run(json!({}))["state"], "succeeded");
}

/// A Python that finds this in place of pyblish-base.
fn without_pyblish(place: &Place, library: Option<&Path>) -> String {
    let mut command = place.python_command();
    command.env("PYTHONPATH", library.unwrap_or(Path::new("/nowhere")));
    // Run without the packages of the virtual environment.
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
fn missing_pyblish_is_explained() {
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
