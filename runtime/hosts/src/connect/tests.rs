//! Connects to stand-ins for a bridge, on real sockets.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

const PID: u32 = 4711;

const BRIDGE_NONCE: &str = "ffeeddccbbaa99887766554433221100";

/// Short, so that tests which wait until the end of it are short.
const SHORT: Patience = Patience {
    answer: Duration::from_millis(200),
    retry_for: Duration::from_millis(100),
    retry_every: Duration::from_millis(1),
};

/// For tests that must not wait until the end of it.
const LONG: Patience = Patience {
    answer: Duration::from_mins(1),
    retry_for: Duration::from_mins(1),
    retry_every: Duration::from_millis(1),
};

/// How a stand-in treats a connection.
#[derive(Clone)]
enum Conduct {
    /// It proves that it knows the secret of these digits, and then sends back what it gets.
    Bridge(String),
    /// It sends these bytes after the first message, and waits for the end of the connection.
    Sends(Vec<u8>),
    /// It sends these messages, each after a message.
    Answers(Vec<Value>),
    /// It closes the connection after the first message.
    Closes,
    /// It reads, and never answers.
    Silent,
}

/// A user's run folder, and a program at the address of a host file.
struct Place {
    registry: HostRegistry,
    host: RunningHost,
    connections: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

impl Place {
    /// The program treats the first connections like this, and all others like the last of them.
    async fn with(conduct: impl Fn(&str) -> Vec<Conduct>) -> Place {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = Place::at(listener.local_addr().unwrap());
        let secret = std::fs::read_to_string(place.registry.folder.join("secret")).unwrap();
        let (conduct, connections) = (conduct(secret.trim()), place.connections.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = connections.fetch_add(1, Ordering::Relaxed);
                let conduct = conduct[number.min(conduct.len() - 1)].clone();
                tokio::spawn(treat(stream, conduct));
            }
        });
        place
    }

    fn at(address: SocketAddr) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let registry = HostRegistry {
            folder: folder.path().join("run"),
        };
        registry.secret().unwrap();
        let host = RunningHost {
            host: "python".into(),
            pid: NonZeroU32::new(PID).unwrap(),
            address,
            host_version: None,
            python_version: None,
            pyblish: None,
            bridge: None,
            started: 1.0,
            file: None,
        };
        Place {
            registry,
            host,
            connections: Arc::default(),
            _folder: folder,
        }
    }

    async fn connect(&self, patience: &Patience) -> Result<TcpStream, ConnectError> {
        let caller = Caller {
            adapter: "python 0.2.0",
            owner: "jane on ws12",
        };
        self.registry
            .connect_within(patience, &self.host, caller)
            .await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// The error of a connection to a program that treats each one like this.
async fn refused(conduct: Conduct) -> ConnectError {
    let place = Place::with(|_| vec![conduct.clone()]).await;
    let error = place.connect(&LONG).await.unwrap_err();
    assert_eq!(place.connections(), 1);
    error
}

async fn treat(mut stream: TcpStream, conduct: Conduct) {
    match conduct {
        Conduct::Bridge(secret) => be_bridge(stream, &Secret::of(&secret).unwrap()).await,
        Conduct::Sends(bytes) => {
            read(&mut stream).await;
            stream.write_all(&bytes).await.unwrap();
            let _ = stream.read(&mut [0; 16]).await;
        }
        Conduct::Answers(messages) => {
            for message in messages {
                read(&mut stream).await;
                stream.write_all(&frame(&message)).await.unwrap();
            }
            let _ = stream.read(&mut [0; 16]).await;
        }
        Conduct::Closes => drop(read(&mut stream).await),
        Conduct::Silent => while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {},
    }
}

async fn be_bridge(mut stream: TcpStream, secret: &Secret) {
    let hello = read(&mut stream).await["hello"].clone();
    assert_eq!(hello["adapter"], "python 0.2.0");
    let own_nonce = hello["nonce"].as_str().unwrap().to_owned();
    stream.write_all(&frame(&challenge(2))).await.unwrap();
    let proof = read(&mut stream).await["proof"].clone();
    assert_eq!(proof["owner"], "jane on ws12");
    let handshake = Handshake {
        secret,
        bridge_end: stream.local_addr().unwrap(),
        own_end: stream.peer_addr().unwrap(),
        pid: u32::try_from(hello["pid"].as_u64().unwrap()).unwrap(),
        own_nonce: &own_nonce,
        bridge_nonce: BRIDGE_NONCE,
    };
    let welcome = json!({"welcome": {"proof": handshake.proof(Role::Bridge)}});
    let answer = match handshake.is_proof(Role::Adapter, proof["proof"].as_str().unwrap()) {
        true => welcome,
        // With another secret it can only pretend.
        false => json!({"welcome": {"proof": "00".repeat(32)}}),
    };
    stream.write_all(&frame(&answer)).await.unwrap();
    let mut said = [0; 64];
    while let Ok(length @ 1..) = stream.read(&mut said).await {
        stream.write_all(&said[..length]).await.unwrap();
    }
}

async fn read(stream: &mut TcpStream) -> Value {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.unwrap();
    let mut message = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut message).await.unwrap();
    serde_json::from_slice(&message).unwrap()
}

fn frame(message: &Value) -> Vec<u8> {
    let json = message.to_string();
    let length = u32::try_from(json.len()).unwrap();
    [&length.to_be_bytes()[..], json.as_bytes()].concat()
}

fn challenge(protocol: u32) -> Value {
    json!({"challenge": {"protocol": protocol, "bridge": "0.1.0", "nonce": BRIDGE_NONCE}})
}

fn refusal(reason: &str, message: &str) -> Conduct {
    let refused = json!({"refused": {"reason": reason, "message": message}});
    Conduct::Answers(vec![refused])
}

#[tokio::test]
async fn both_sides_prove_themselves() {
    let place = Place::with(|secret| vec![Conduct::Bridge(secret.into())]).await;
    let mut stream = place.connect(&LONG).await.unwrap();
    stream.write_all(b"request").await.unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"request");
    assert_eq!(place.connections(), 1);
}

#[tokio::test]
async fn program_without_secret_is_detected() {
    let error = refused(Conduct::Bridge("11".repeat(32))).await;
    assert!(matches!(error, ConnectError::WrongProof { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("does not know this user's secret"),
        "{error}"
    );
}

#[tokio::test]
async fn other_program_is_detected() {
    let framed = |text: &str| {
        let length = u32::try_from(text.len()).unwrap();
        [&length.to_be_bytes()[..], text.as_bytes()].concat()
    };
    let nonce = |nonce: Value| {
        let challenge = json!({"challenge": {"protocol": 2, "nonce": nonce}});
        Conduct::Answers(vec![challenge])
    };
    let welcome = json!({"welcome": {"proof": "00".repeat(32)}});
    for conduct in [
        Conduct::Sends(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        Conduct::Sends(framed("[]")),
        Conduct::Sends(framed("no JSON")),
        Conduct::Sends(framed(&"x".repeat(GREETING_LIMIT + 1))),
        nonce(Value::Null),
        nonce("00\n".into()),
        Conduct::Answers(vec![welcome]),
        Conduct::Answers(vec![challenge(2), challenge(2)]),
    ] {
        let error = refused(conduct).await;
        assert!(matches!(error, ConnectError::NoBridge { .. }), "{error}");
        let words = "is not the bridge of python (pid 4711)";
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn other_protocol_is_explained() {
    for (protocol, words) in [
        (1, "the bridge is older: update pyblish_endpoint_bridge.py"),
        (3, "the runtime is older: update pyblish-endpoint"),
    ] {
        // Other versions may have no nonce.
        let challenge = json!({"challenge": {"protocol": protocol, "bridge": "9.0.0"}});
        let error = refused(Conduct::Answers(vec![challenge])).await;
        assert!(
            matches!(error, ConnectError::OtherProtocol { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn refusal_is_told_in_the_words_of_the_bridge() {
    let error = refused(refusal("owned", "Somebody else drives it.")).await;
    assert_eq!(error.to_string(), "Somebody else drives it.");
    let longest = "x".repeat(4000);
    let error = refused(refusal("secret", &longest)).await;
    assert_eq!(error.to_string(), longest);
}

#[tokio::test]
async fn crowded_bridge_is_tried_again() {
    let place = Place::with(|secret| {
        vec![
            refusal("crowded", "Too many."),
            Conduct::Closes,
            refusal("crowded", "Too many."),
            Conduct::Bridge(secret.into()),
        ]
    })
    .await;
    place.connect(&LONG).await.unwrap();
    assert_eq!(place.connections(), 4);
}

#[tokio::test]
async fn attempts_end() {
    let place = Place::with(|_| vec![refusal("crowded", "Too many.")]).await;
    let error = place.connect(&SHORT).await.unwrap_err();
    assert_eq!(error.to_string(), "Too many.");
    assert!(place.connections() > 1);

    let place = Place::with(|_| vec![Conduct::Closes]).await;
    let error = place.connect(&SHORT).await.unwrap_err();
    assert!(matches!(error, ConnectError::Speechless { .. }), "{error}");
    assert!(place.connections() > 1);
}

#[tokio::test]
async fn silent_program_is_not_waited_for() {
    let place = Place::with(|_| vec![Conduct::Silent]).await;
    let error = place.connect(&SHORT).await.unwrap_err();
    assert!(matches!(error, ConnectError::Silent { .. }), "{error}");
    assert_eq!(place.connections(), 1);
    assert_eq!(PATIENCE.answer, Duration::from_secs(10));
}

#[tokio::test]
async fn closed_port_is_explained() {
    // The local end of a connection: nothing listens there, and no other program gets that port.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let held = TcpStream::connect(listener.local_addr().unwrap()).await;
    let address = held.as_ref().unwrap().local_addr().unwrap();
    let error = Place::at(address).connect(&LONG).await.unwrap_err();
    let words =
        format!("python (pid 4711) no longer listens at {address}; start the bridge there again");
    assert_eq!(error.to_string(), words);
}

#[tokio::test]
async fn unreachable_address_is_explained() {
    let broadcast = "255.255.255.255:1".parse().unwrap();
    let error = Place::at(broadcast).connect(&LONG).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn unusable_secret_is_explained() {
    let place = Place::with(|secret| vec![Conduct::Bridge(secret.into())]).await;
    let path = place.registry.folder.join("secret");
    pyblish_platform::private::write(&path, "short").unwrap();
    let error = place.connect(&LONG).await.unwrap_err();
    assert!(matches!(error, ConnectError::Secret(_)), "{error}");
    assert_eq!(place.connections(), 0);
}

#[test]
fn owner_is_cut_between_characters() {
    assert_eq!(beginning("jane", OWNER_LIMIT), "jane");
    let long = "é".repeat(OWNER_LIMIT);
    assert_eq!(beginning(&long, OWNER_LIMIT - 1).len(), OWNER_LIMIT - 2);
}
