//! A registry that wants tokens: Debian's `docker-registry`, and a stand-in for the server that gives
//! the tokens out, which plays that part as the specification says.
//!
//! Source: <https://distribution.github.io/distribution/spec/auth/jwt/>.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, SigningKey};
use serde_json::{Value, json};

use super::docker_registry::{DockerRegistry, PASSWORD};
use super::machine::{Machine, assert_says, text, write_private};
use super::standin::{Reply, Request, StandIn, registry};

/// The user `ci`, as HTTP sends it: `ci:secret`.
const LOGIN: &str = "Basic Y2k6c2VjcmV0";

/// What signs tokens.
struct Signer {
    key: KeyPair,
    certificate: rcgen::Certificate,
}

impl Signer {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["studio".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Signer { key, certificate }
    }

    /// A token that allows these actions, such as `pull`, until so many seconds from now.
    fn token(&self, name: &str, actions: &[&str], seconds: i64) -> String {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = i64::try_from(now).unwrap();
        let certificate = STANDARD.encode(self.certificate.der());
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [certificate]});
        let claims = json!({
            "iss": "studio", "sub": "ci", "aud": "registry", "jti": "1",
            "nbf": now - 600, "iat": now - 600, "exp": now + seconds,
            "access": [{"type": "repository", "name": name, "actions": actions}],
        });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(plain(&signature)))
    }
}

/// A signature of ECDSA as tokens have it: both numbers, of 32 bytes each, one after the other.
/// X.509 has them with their lengths before them: `30 LENGTH 02 LENGTH … 02 LENGTH …`.
fn plain(signature: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut rest = &signature[2..];
    while let [0x02, length, tail @ ..] = rest {
        let (number, after) = tail.split_at(usize::from(*length));
        let begin = number.len().saturating_sub(32);
        all.extend(std::iter::repeat_n(0, 32 - (number.len() - begin)));
        all.extend_from_slice(&number[begin..]);
        rest = after;
    }
    all
}

/// The value of this key in the address that was asked, with `%3A` and `%2C` read.
fn asked(request: &Request, key: &str) -> Option<String> {
    let (_, query) = request.line.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == key)?;
    Some(
        value
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%2F", "/"),
    )
}

/// A token for what is asked, if the user `ci` asks, or if it is only to read.
fn answer(signer: &Signer, request: &Request, seconds: i64) -> Reply {
    let is_ci = request.header("authorization") == Some(LOGIN);
    if request.has_login() && !is_ci {
        return Reply::status(401);
    }
    assert_eq!(asked(request, "service").as_deref(), Some("registry"));
    let scope = asked(request, "scope").unwrap_or_default();
    let mut parts = scope.split(':');
    let (Some("repository"), Some(name)) = (parts.next(), parts.next()) else {
        return Reply::status(400);
    };
    let actions: Vec<&str> = parts.next().unwrap_or_default().split(',').collect();
    let allowed: Vec<&str> = actions
        .into_iter()
        .filter(|it| is_ci || *it == "pull")
        .collect();
    let token = signer.token(name, &allowed, seconds);
    Reply::ok(json!({"token": token}).to_string())
}

#[test]
fn registry_with_tokens_is_used() {
    let signer = Arc::new(Signer::new());
    let own = Arc::clone(&signer);
    let tokens = StandIn::asked(move |request| answer(&own, request, 300));
    let realm = format!("http://{}/token", tokens.address);
    let registry = DockerRegistry::with_tokens(&realm, &signer.certificate.pem());
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    machine.configure(&lines);
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let push = [
        "push",
        text(&file),
        &image,
        "--plain-http",
        "--sign",
        text(&studio),
    ];
    let said = machine.adapters(&push).refused(1);
    assert_says(&said, &["HTTP 401", "docker login"]);
    let password = machine.path("password");
    let user = |word: &str| {
        write_private(&password, word);
        let user = ["--registry-user", "ci", "--registry-password-file"];
        let all = [&push[..], &user, &[text(&password)]].concat();
        machine.adapters(&all)
    };
    assert_says(&user("wrong").refused(1), &["HTTP 401"]);
    user(PASSWORD).ok();
    // Everybody may read.
    let said = machine.adapters(&["add", &image, "--plain-http"]).ok();
    assert_says(&said, &["tool 1.0.0, signed by studio"]);
    // To read, it asks for no more than that, and the registry never sees the password.
    let requests = tokens.requests();
    let scopes: Vec<_> = requests
        .iter()
        .filter_map(|it| asked(it, "scope"))
        .collect();
    assert!(
        scopes.contains(&"repository:pipeline/tool:pull".to_owned()),
        "{scopes:?}"
    );
    assert!(!requests.last().unwrap().has_login());
}

/// The first token is over when the registry sees it. Another one is fetched, once.
#[test]
fn token_that_is_over_is_fetched_again() {
    let signer = Arc::new(Signer::new());
    let own = Arc::clone(&signer);
    let count = Arc::new(AtomicUsize::new(usize::MAX));
    let begun = Arc::clone(&count);
    let tokens = StandIn::asked(move |request| {
        let is_over = begun.fetch_add(1, Ordering::SeqCst) == 0;
        answer(&own, request, if is_over { -300 } else { 300 })
    });
    let realm = format!("http://{}/token", tokens.address);
    let registry = DockerRegistry::with_tokens(&realm, &signer.certificate.pem());
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let password = machine.path("password");
    write_private(&password, PASSWORD);
    count.store(100, Ordering::SeqCst);
    let push = ["push", text(&file), &image, "--plain-http"];
    let user = [
        "--registry-user",
        "ci",
        "--registry-password-file",
        text(&password),
    ];
    machine.adapters(&[&push[..], &user].concat()).ok();
    count.store(0, Ordering::SeqCst);
    machine.adapters(&["install", &image, "--plain-http"]).ok();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

/// What the registry says of tokens is not believed: where they come from, and how large they are.
#[test]
fn server_of_tokens_is_not_trusted() {
    let machine = Machine::empty();
    let bytes = std::fs::read(machine.share_tool("1.0.0")).unwrap();
    let install = |realm: &str| {
        let challenge = format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"r\"");
        let server = registry(&bytes, move |line, usual| match line {
            "GET /v2/" => Reply::status(401).with(&challenge),
            _ => usual,
        });
        let install = ["install", &server.image(), "--plain-http", "--timeout", "1"];
        machine.adapters(&install)
    };
    let said = install("http://tokens.invalid/token").refused(1);
    assert_says(
        &said,
        &["leads to http://tokens.invalid/token", "plain HTTP"],
    );
    assert_says(&install("tokens").refused(1), &["no address for tokens"]);
    let limit = 64 << 10;
    // A token of so many bytes, in an answer of so many.
    let of_size = |size: usize| {
        let frame = json!({"token": ""}).to_string().len();
        json!({"token": "x".repeat(size - frame)}).to_string()
    };
    let tokens = StandIn::new(move |line| match line.split(['/', '?']).nth(1) {
        Some("usual") => Reply::ok(json!({"access_token": "x"}).to_string()),
        Some("large") => Reply::ok(of_size(limit)),
        Some("larger") => Reply::ok(of_size(limit + 1)),
        Some("silent") => Reply::silent(),
        Some("empty") => Reply::ok("{}"),
        Some("denied") => Reply::status(403),
        _ => Reply::status(500),
    });
    let at = |name: &str| install(&format!("http://{}/{name}", tokens.address));
    at("usual").ok();
    // What a server of the web takes in a head is another limit: only that it is read counts here.
    assert!(
        !at("large").err.contains("has more than"),
        "{}",
        at("large").err
    );
    for (name, part) in [
        ("larger", "has more than 65536 bytes"),
        ("silent", "gave nothing for 1 s"),
        ("empty", "no token that can be read"),
        ("denied", "HTTP 403"),
        ("broken", "no token (HTTP 500"),
    ] {
        assert_says(&at(name).refused(1), &[part]);
    }
}
