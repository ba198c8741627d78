//! `--version`, for people and for programs.

use serde_json::Value;

use super::user::User;

#[test]
fn version_says_what_it_is_of() {
    let user = User::new();
    let long = user.run(["--version"]).with(0).out;
    let version = env!("CARGO_PKG_VERSION");
    let first = format!("pyblish-endpoint {version}");
    assert_eq!(long.lines().next(), Some(&*first));
    assert_eq!(user.run(["-V"]).with(0).out, format!("{first}\n"));

    let json: Value = serde_json::from_str(&user.run(["--version", "--json"]).with(0).out).unwrap();
    assert_eq!(json["version"], version);
    assert_eq!(json["contract"], "0.2.0");
    assert!(json["commit"].is_null() || json["commit"].as_str().unwrap().len() == 40);
    for key in ["target", "wasmtime", "contract"] {
        let value = json[key].as_str().expect("a text");
        assert!(value.len() > 4, "{key}: {value}");
        assert!(long.contains(&format!("\n{key}: {value}\n")), "{long}");
    }
}
