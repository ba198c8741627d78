//! Thumbnails of movies: the real ffmpeg on real movies, with a grant and without; and stand-ins for
//! an ffmpeg that does what it should not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyblish_endpoint_tests::v2::session;
use pyblish_endpoint_tests::{Folders, Scenario, Server, endpoint, run, serve};
use pyblish_promise::promise;
use serde_json::{Value, json};

use crate::folder::publish;

/// The real ffmpeg, which makes the movies, too.
fn ffmpeg(arguments: &[&str], movie: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments)
        .arg(movie)
        .output()
        .expect("ffmpeg is missing: apt-get install ffmpeg");
    assert!(made.status.success(), "{made:?}");
}

/// Two seconds of a picture that moves.
fn movie(path: &Path, size: &str, seconds: &str) {
    let source = format!("testsrc=size={size}:rate=25");
    let codec = ["-t", seconds, "-pix_fmt", "yuvj420p", "-c:v", "mjpeg"];
    ffmpeg(
        &[&["-f", "lavfi", "-i", &source][..], &codec].concat(),
        path,
    );
}

/// What a plug-in said while it made a thumbnail of the only file.
fn told(result: &Value) -> String {
    let records = result["records"].as_array().unwrap().iter();
    let messages = records.map(|record| record["message"].as_str().unwrap());
    messages.collect::<Vec<_>>().join("\n")
}

/// What is said of the only file in the inbox, which is published without a thumbnail.
#[track_caller]
fn said(folders: &Folders, more: &[&str]) -> String {
    let server = Server::start(
        folders
            .arguments()
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied()),
    );
    server.succeed("CollectFiles", None);
    let state = server.state();
    let name = state["context"]["children"][0]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    server.succeed("ExtractFiles", Some(&name));
    let result = server.succeed("ExtractThumbnail", Some(&name));
    server.succeed("IntegrateVersion", Some(&name));
    let version = folders.root().join("other").join(&name).join("v001");
    assert!(version.is_dir());
    assert!(!version.join("thumbnail.png").exists());
    told(&result)
}

/// A program in place of ffmpeg, and the flag that grants it.
fn standin(folder: &Path, name: &str, script: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!("ffmpeg={}", path.display())
}

fn with_movie() -> Folders {
    let folders = Folders::empty();
    movie(&folders.inbox().join("clip.mov"), "64x64", "0.2");
    folders
}

#[test]
fn movies_get_thumbnails_where_ffmpeg_is_granted() {
    let folders = Folders::empty();
    movie(&folders.inbox().join("shot.mov"), "640x360", "2");
    movie(&folders.inbox().join("tall.mkv"), "100x400", "0.2");
    movie(&folders.inbox().join("small.avi"), "32x16", "0.04");
    // A name is never an option, nor a protocol.
    movie(&folders.inbox().join("-i.mp4.mov"), "64x64", "0.2");
    movie(&folders.inbox().join("a.mov"), "64x64", "0.2");
    fs::rename(
        folders.inbox().join("a.mov"),
        folders.inbox().join("concat:b.mov"),
    )
    .unwrap();
    let before = folders.inbox_files();
    let server =
        Server::start([folders.arguments(), vec!["--tool".into(), "ffmpeg".into()]].concat());
    server.succeed("CollectFiles", None);
    let size = |version: &Path| {
        let bytes = fs::read(version.join("thumbnail.png")).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    };
    assert_eq!(size(&publish(&server, "shot")), (256, 144));
    assert_eq!(size(&publish(&server, "tall")), (64, 256));
    assert_eq!(size(&publish(&server, "small")), (32, 16));
    assert_eq!(size(&publish(&server, "-i.mp4")), (64, 64));
    let state = server.state();
    let children = state["context"]["children"].as_array().unwrap();
    let odd = children
        .iter()
        .find(|it| it["data"]["files"][0] == "concat:b.mov");
    let odd = odd.unwrap()["name"].as_str().unwrap().to_owned();
    for plugin in ["ExtractFiles", "ExtractThumbnail"] {
        server.succeed(plugin, Some(&odd));
    }
    let state = server.state();
    let children = state["context"]["children"].as_array().unwrap();
    let odd = children
        .iter()
        .find(|it| it["data"]["files"][0] == "concat:b.mov");
    assert_eq!(odd.unwrap()["data"]["thumbnail"], "thumbnail.png");
    assert_eq!(folders.inbox_files(), before);
    // The page shows it.
    let session = session(&server);
    let all = server.send("GET", &format!("{session}/instances")).ok();
    let all = all["items"].as_array().unwrap();
    let shot = all.iter().find(|instance| instance["name"] == "shot");
    let shot = shot.unwrap()["id"].as_str().unwrap();
    let picture = server.send("GET", &format!("{session}/instances/{shot}/thumbnail"));
    assert_eq!(picture.status, 200, "{}", picture.body);
}

#[test]
fn without_a_grant_or_a_program_there_is_none_and_it_is_said() {
    let folders = with_movie();
    let message = said(&folders, &[]);
    assert!(message.contains("no thumbnail of clip.mov, because the user did not grant ffmpeg: --tool ffmpeg grants it: it is published without one"), "{message}");
    let folders = with_movie();
    let message = said(&folders, &["--tool", "ffmpeg=/nowhere/ffmpeg"]);
    assert!(
        message.contains("there is no program /nowhere/ffmpeg"),
        "{message}"
    );

    // On PATH there is none.
    let folders = with_movie();
    let mut command = serve();
    command.env("PATH", folders.inbox());
    command.args(folders.arguments()).args(["--tool", "ffmpeg"]);
    let server = Server::start_with(command);
    server.succeed("CollectFiles", None);
    server.succeed("ExtractFiles", Some("clip"));
    let message = told(&server.succeed("ExtractThumbnail", Some("clip")));
    assert!(
        message.contains("there is no ffmpeg on PATH: install it"),
        "{message}"
    );
}

#[test]
fn what_is_no_movie_is_said_in_words() {
    let broken = |name: &str, bytes: &[u8]| {
        let folders = Folders::empty();
        fs::write(folders.inbox().join(name), bytes).unwrap();
        said(&folders, &["--tool", "ffmpeg"])
    };
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    movie(&path("clip.mov"), "64x64", "0.2");
    let clip = fs::read(path("clip.mov")).unwrap();
    let message = broken("half.mov", &clip[..clip.len() / 2]);
    assert!(
        message.contains("because ffmpeg says: moov atom not found"),
        "{message}"
    );
    let message = broken("zeros.mp4", &[0; 9000]);
    assert!(
        message.contains("because ffmpeg says: Invalid data found"),
        "{message}"
    );
    // Only sound.
    ffmpeg(
        &["-f", "lavfi", "-i", "sine", "-t", "0.1"],
        &path("sound.mov"),
    );
    let message = broken("sound.mov", &fs::read(path("sound.mov")).unwrap());
    assert!(message.contains("because ffmpeg"), "{message}");
    // A playlist that names another file, and one that asks a server.
    for (name, text) in [
        ("list.mp4", format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n", path("clip.mov").display())),
        ("net.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n".into()),
        ("cat.mov", format!("ffconcat version 1.0\nfile '{}'\n", path("clip.mov").display())),
    ] {
        let message = broken(name, text.as_bytes());
        promise!("LIMIT-27", message.contains("because ffmpeg says: "), "{name}: {message}");
    }
    // A giant picture.
    movie(&path("giant.mov"), "8193x8193", "0.04");
    let message = broken("giant.mov", &fs::read(path("giant.mov")).unwrap());
    assert!(message.contains("8193x8193 exceeds"), "{message}");
}

#[cfg(unix)]
#[test]
fn ffmpeg_is_held_within_limits() {
    let place = tempfile::tempdir().unwrap();
    let with = |name: &str, script: &str, more: &[&str]| {
        let tool = standin(place.path(), name, script);
        said(&with_movie(), &[&["--tool", &tool][..], more].concat())
    };
    let png = "printf '\\211PNG\\r\\n\\032\\n\\0\\0\\0\\rIHDR\\0\\0\\0\\001\\0\\0\\0\\001'";

    // It writes no file.
    let left = place.path().join("left");
    let message = with(
        "writing_standin",
        &format!("echo x > {}", left.display()),
        &[],
    );
    promise!(
        "LIMIT-27",
        message.contains("ffmpeg ended with signal"),
        "{message}"
    );
    assert_eq!(fs::read(&left).unwrap_or_default(), b"");
    // Time. What it starts is ended, too: it holds the other end of the pipe.
    let message = with(
        "hanging_standin",
        "sleep 600 & wait",
        &["--limit", "tool-time=1"],
    );
    promise!("LIMIT-27", message.contains("ffmpeg took too long: tool-time is limited to 1 s; allow it more with --limit tool-time=VALUE"), "{message}");

    // What it answers.
    let message = with("endless_standin", "exec yes", &[]);
    assert!(message.contains("no PNG of at most 256 x 256"), "{message}");
    let message = with("silent_standin", "exit 0", &[]);
    assert!(
        message.contains("ffmpeg finds no picture in it"),
        "{message}"
    );
    let message = with("failing_standin", "exit 3", &[]);
    assert!(
        message.contains("ffmpeg ended with exit status: 3"),
        "{message}"
    );
    let message = with("large_standin", &png.replace("\\001'", "\\0'"), &[]);
    assert!(message.contains("no PNG of at most"), "{message}");

    // Memory: with less than it needs, the real one says so.
    let folders = Folders::empty();
    movie(&folders.inbox().join("clip.mov"), "4096x4096", "0.2");
    let little = ["--tool", "ffmpeg", "--limit", "tool-memory=48M"];
    let message = said(&folders, &little);
    promise!("LIMIT-28", message.contains("because ffmpeg"), "{message}");
    let server = Server::start(
        [
            folders.arguments(),
            ["--tool", "ffmpeg"].map(String::from).to_vec(),
        ]
        .concat(),
    );
    server.succeed("CollectFiles", None);
    fs::write(folders.inbox().join("note.md"), "x").unwrap();
    server.succeed("ExtractFiles", Some("clip"));
    let message = told(&server.succeed("ExtractThumbnail", Some("clip")));
    assert!(!message.contains("no thumbnail"), "{message}");
}

#[test]
fn only_adapters_that_ask_get_it_and_only_ffmpeg() {
    let refused = |arguments: Vec<String>| {
        let mut command = serve();
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        run(command)
    };
    let tool = |text: &str| ["--tool".to_owned(), text.to_owned()].to_vec();
    let scenario = Scenario::of(json!([]));
    let (_, said) = refused([scenario.arguments(), tool("ffmpeg")].concat());
    assert!(
        said.contains("makes no use of ffmpeg; leave --tool ffmpeg out"),
        "{said}"
    );
    let folders = Folders::empty();
    let (output, said) = refused([folders.arguments(), tool("sh")].concat());
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("the only one is ffmpeg"), "{said}");
    let (_, said) = refused([folders.arguments(), tool("ffmpeg=ffmpeg")].concat());
    assert!(said.contains("write the whole path"), "{said}");

    let mut inspect = endpoint();
    inspect.args(["adapters", "inspect", "folder"]);
    let (output, _) = run(inspect);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("--tool ffmpeg"), "{printed}");
    let doctor = |path: PathBuf| {
        let mut doctor = endpoint();
        doctor
            .args(["doctor", "--about", "tools"])
            .env("PATH", path);
        String::from_utf8(run(doctor).0.stdout).unwrap()
    };
    let none = doctor(folders.inbox());
    assert!(none.contains("there is no ffmpeg on PATH"), "{none}");
    #[cfg(unix)]
    {
        standin(&folders.inbox(), "ffmpeg", "exit 0");
        let found = doctor(folders.inbox());
        assert!(found.contains("--tool ffmpeg grants it"), "{found}");
    }
}
