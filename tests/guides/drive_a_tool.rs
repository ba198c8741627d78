//! The guide "Drive a tool through a socket", as its reader follows it: the tool and the adapters
//! are the code of the guide, built by what `new` makes, and published with the real binary. Its
//! Python is played by `tests/data/sdk_python/test_guide.py`. Needs crates.io and npm.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::{author, endpoint, run};

const GUIDE: &str = include_str!("../../docs/src/guides/drive-a-tool.md");

/// How long the tool may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The block of code in the guide that has this text in it.
fn code(language: &str, with: &str) -> String {
    let fence = format!("```{language}\n");
    let blocks = GUIDE.split(&fence).skip(1);
    let mut texts = blocks.map(|block| block.split("```").next().expect("a text"));
    let found = texts.find(|text| text.contains(with));
    found
        .unwrap_or_else(|| panic!("the guide has no {language} with {with}"))
        .to_owned()
}

/// The tool, which ends with the test.
struct Tool(Child);

impl Tool {
    /// Starts it with so many layers of its picture `crowd`.
    fn start(place: &Path, port: u16, layers: u32) -> Tool {
        let text = code("python", "class Talk(socketserver");
        let empty = "\"crowd\": 0";
        assert!(text.contains(empty), "{text}");
        let script = place.join("tool.py");
        fs::write(
            &script,
            text.replace(empty, &format!("\"crowd\": {layers}")),
        )
        .unwrap();
        let mut command = Command::new("python3");
        command.arg(&script).arg(port.to_string());
        let tool = Tool(
            command
                .stdout(Stdio::null())
                .spawn()
                .expect("python3 starts"),
        );
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < PATIENCE, "the tool does not listen");
            std::thread::yield_now();
        }
        tool
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes the project, puts the guide's code in its place, builds it with these commands, and
/// publishes: with no tool, with an empty picture, and with everything right.
fn adapter_of_the_guide(language: &str, block: &str, with: &str, file: &str, build: &str) {
    let place = tempfile::tempdir().unwrap();
    let mut new = endpoint();
    new.args(["new", "painter", "--language", language]);
    new.current_dir(place.path());
    let (made, said) = run(new);
    assert!(made.status.success(), "{said}");
    let project = place.path().join("painter");
    fs::write(project.join(file), code(block, with)).unwrap();
    let mut shell = author("sh");
    shell.args(["-ec", build]).current_dir(&project);
    shell.env("PYBLISH_ENDPOINT", endpoint().get_program());
    let (built, said) = run(shell);
    let out = String::from_utf8_lossy(&built.stdout);
    assert!(built.status.success(), "{build}: {out}\n{said}");

    let published = place.path().join("published");
    fs::create_dir(&published).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let publish = |connect: u16| {
        let mut command = endpoint();
        command.args(["publish", "--adapter", "./painter.wasm"]);
        command.args(["--connect", &format!("127.0.0.1:{connect}")]);
        command.args(["--set", &format!("port={port}")]);
        command.args(["--dir", &format!("{}=/publish", published.display())]);
        command.current_dir(&project);
        let (output, said) = run(command);
        let out = String::from_utf8_lossy(&output.stdout);
        (output.status.code(), format!("{out}{said}"))
    };
    let (code, said) = publish(port);
    assert_ne!(code, Some(0), "{said}");
    let refused = format!("127.0.0.1:{port} refuses");
    assert!(
        said.contains(&refused) && said.contains("start Painter"),
        "{said}"
    );

    let tool = Tool::start(place.path(), port, 0);
    let (code, said) = publish(port);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("crowd has no layers: paint something"),
        "{said}"
    );
    assert!(!published.join("crowd.png").exists());
    drop(tool);

    let tool = Tool::start(place.path(), port, 2);
    let (code, said) = publish(port);
    assert_eq!(code, Some(0), "{said}");
    for name in ["hero", "crowd"] {
        let text = fs::read_to_string(published.join(format!("{name}.png"))).unwrap();
        assert_eq!(text, format!("picture of {name}"));
    }
    assert!(said.contains("Painter wrote "), "{said}");
    drop(tool);
}

#[test]
fn javascript_adapter_of_the_guide_publishes() {
    let with = "export const service = serve({";
    let build = "npm install --no-audit --no-fund && npm run build";
    adapter_of_the_guide("js", "javascript", with, "adapter.js", build);
}

#[test]
fn rust_adapter_of_the_guide_publishes() {
    let build = "cargo build --release --target wasm32-wasip2 && \
        \"$PYBLISH_ENDPOINT\" adapters seal target/wasm32-wasip2/release/adapter.wasm --output painter.wasm";
    adapter_of_the_guide(
        "rust",
        "rust",
        "impl Adapter for PainterAdapter",
        "src/lib.rs",
        build,
    );
}
