use axum::http::HeaderName;

use pyblish_promise::promise_eq;

use super::*;

const HOST: (&str, &str) = ("host", "localhost:6000");
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const V1: &str = "/pyblish/v1/state";
const V2: &str = "/pyblish/v2/sessions";

fn access(token: Option<Secret>) -> Access {
    Access::new(ServerNames::new(false, 6000, &[]), 6000, false, token)
}

/// A server with a token, and the header with its token.
fn guarded() -> (Access, String) {
    let token = Secret::new().unwrap();
    let header = format!("Bearer {}", token.reveal());
    (access(Some(token)), header)
}

fn admit(
    access: &Access,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Admitted, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().chain([&HOST]) {
        map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    access
        .0
        .admit(&method.parse().unwrap(), &path.parse().unwrap(), &map)
}

/// The status with which it is refused.
fn refused(access: &Access, method: &str, path: &str, headers: &[(&str, &str)]) -> Option<u16> {
    let refusal = admit(access, method, path, headers).err();
    refusal.map(|refusal| refusal.status.as_u16())
}

/// The cookie of a browser that was just admitted.
fn cookie(access: &Access) -> String {
    let path = access.new_page_path().unwrap();
    match admit(access, "GET", &path, &[]) {
        Ok(Admitted::Browser(Some(cookie))) => {
            let text = cookie.to_str().unwrap();
            let (pair, rest) = text.split_once("; ").unwrap();
            assert_eq!(rest, "HttpOnly; SameSite=Strict; Path=/");
            pair.to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn token_is_needed_but_for_hello_and_page() {
    let (access, token) = guarded();
    for path in ["/", "/page/main.js", "/pyblish/v1/hello"] {
        assert_eq!(refused(&access, "GET", path, &[]), None, "{path}");
        assert_eq!(refused(&access, "POST", path, &[JSON]), Some(401), "{path}");
    }
    for path in [
        V1,
        V2,
        "/pyblish/v1/hello/",
        "/pyblish/v2/openapi.json",
        "/page",
        "/x",
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let with = |headers: &[(&str, &str)]| refused(&access, method, path, headers);
            promise_eq!("ACCESS-01", with(&[JSON]), Some(401), "{method} {path}");
            assert_eq!(with(&[("authorization", &token)]), None, "{method} {path}");
        }
    }
}

#[test]
fn wrong_tokens_are_refused() {
    let (access, token) = guarded();
    let with = |headers: &[(&str, &str)]| refused(&access, "GET", V1, headers);
    let secret = token.strip_prefix("Bearer ").unwrap();
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer 0",
        secret,
        &token[..70],
        &format!("{token}0"),
        &format!("Basic {secret}"),
    ] {
        promise_eq!(
            "ACCESS-05",
            with(&[("authorization", wrong)]),
            Some(401),
            "{wrong}"
        );
    }
    let twice = ("authorization", &token[..]);
    promise_eq!("ACCESS-05", with(&[twice, twice]), Some(401));
    assert_eq!(
        with(&[("authorization", &format!("bearer {secret}"))]),
        None
    );
    // The token does not work in the address or as a cookie.
    assert_eq!(
        refused(&access, "GET", &format!("{V1}?token={secret}"), &[]),
        Some(401)
    );
    let as_cookie = format!("pyblish-endpoint-6000={secret}");
    assert_eq!(with(&[("cookie", &as_cookie)]), Some(401));
}

#[test]
fn cookie_needs_json_for_changes() {
    let (access, token) = guarded();
    let cookie = cookie(&access);
    let known = ("cookie", &cookie[..]);
    assert_eq!(refused(&access, "GET", V2, &[known]), None);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let with = |headers: &[(&str, &str)]| refused(&access, method, V2, headers);
        for kind in [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "text/plain",
        ] {
            assert_eq!(with(&[known, ("content-type", kind)]), Some(415), "{kind}");
        }
        assert_eq!(with(&[known]), Some(415));
        assert_eq!(with(&[known, JSON]), None);
        assert_eq!(with(&[("authorization", &token), FORM]), None);
    }
    // Among other cookies, such as one of another server on this machine.
    let among = format!("a=b; {cookie}; pyblish-endpoint-6000=forged");
    assert_eq!(refused(&access, "GET", V2, &[("cookie", &among)]), None);
    let other = cookie.replace("6000", "6001");
    assert_eq!(
        refused(&access, "GET", V2, &[("cookie", &other)]),
        Some(401)
    );
}

#[test]
fn code_opens_the_page_once() {
    let (access, _) = guarded();
    let path = access.new_page_path().unwrap();
    // Browsers and messengers preview a link with HEAD, which does not use up the code.
    assert_eq!(refused(&access, "HEAD", &path, &[]), None);
    assert!(matches!(
        admit(&access, "GET", &path, &[]),
        Ok(Admitted::Browser(Some(_)))
    ));
    assert_eq!(refused(&access, "GET", &path, &[]), Some(403));
    assert_eq!(refused(&access, "GET", "/?code=", &[]), Some(403));
    let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let person = admit(&access, "GET", &path, &[html]);
    assert!(matches!(person, Ok(Admitted::OldCode)));
    let known = cookie(&access);
    let again = admit(&access, "GET", &path, &[("cookie", &known)]);
    assert!(matches!(again, Ok(Admitted::Browser(None))));
}

#[test]
fn only_v1_takes_forms_without_a_token() {
    let open = access(None);
    assert_eq!(open.new_page_path().unwrap(), "/");
    assert_eq!(refused(&open, "GET", V2, &[]), None);
    assert_eq!(refused(&open, "PUT", V1, &[FORM]), None);
    assert_eq!(refused(&open, "POST", V1, &[]), None);
    assert_eq!(refused(&open, "POST", V2, &[FORM]), Some(415));
    assert_eq!(refused(&open, "POST", V2, &[JSON]), None);
    let foreign = ("origin", "http://evil.example");
    assert_eq!(refused(&open, "PUT", V1, &[FORM, foreign]), Some(403));
}
