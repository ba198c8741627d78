use serde_json::json;

use super::*;

fn read(text: &str) -> Result<JsonText, JsonError> {
    JsonText::read(text.into(), &mut Budget::unlimited())
}

fn text(written: &str) -> String {
    read(written).unwrap().to_string()
}

fn refusal(written: &str) -> String {
    read(written).unwrap_err().to_string()
}

#[test]
fn text_is_compact() {
    for (written, kept) in [
        ("null", "null"),
        (" [ 1 ,\t2 ]\r\n", "[1,2]"),
        ("{ \"a b\" : [ ] , \"c\" : { } }", r#"{"a b":[],"c":{}}"#),
        (r#""a\/b""#, r#""a/b""#),
        (r#"["\u00e9\ud83c\udfac","\u0041\n"]"#, "[\"é🎬\",\"A\\n\"]"),
        (
            r#"{"\u0041" : "\u001F\u007f"}"#,
            "{\"A\":\"\\u001f\u{7f}\"}",
        ),
        (r#""[1, 2] \\\" , :""#, r#""[1, 2] \\\" , :""#),
    ] {
        assert_eq!(text(written), kept);
        // What is kept is what would be kept of it.
        assert_eq!(text(kept), kept);
        let same = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(same(written), same(kept));
    }
}

#[test]
fn numbers_stay_as_written() {
    let digits = "9".repeat(300);
    for number in [
        "0",
        "-0",
        "1.0",
        "1E5",
        "1e-999999",
        "12345678901234567890123",
        &digits,
    ] {
        assert_eq!(text(number), number);
    }
    assert_ne!(read("1").unwrap(), read("1.0").unwrap());
    let long = format!("0.{}", "1".repeat(1_000_000));
    assert_eq!(text(&long), long);
}

#[test]
fn infinite_numbers_are_refused() {
    let endless = "9".repeat(1_000_000);
    for number in ["1e999999", "[-1E400]", &endless] {
        let reason = refusal(number);
        assert_eq!(
            reason,
            "has a number that is too large for a float of 64 bits"
        );
    }
}

#[test]
fn malformed_text_is_refused() {
    for written in [
        "",
        "x",
        "NaN",
        "Infinity",
        "01",
        "1.",
        "[1,]",
        "[1",
        "{\"a\"}",
        "{1:2}",
        "\"a",
        "\"\t\"",
        "\"\\x\"",
        "1 2",
        "\u{feff}1",
        r#""\ud800""#,
        r#"{"\udc00":1}"#,
    ] {
        assert!(refusal(written).starts_with("is not JSON ("), "{written}");
    }
}

#[test]
fn nesting_is_limited() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = |levels| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        assert!(read(&deep(NESTING)).is_ok());
        assert!(refusal(&deep(NESTING + 1)).contains("more than 100 deep"));
        assert!(refusal(&deep(1_000_000)).contains("more than 100 deep"));
    }
}

#[test]
fn values_are_counted() {
    for (written, values) in [
        ("1", 1),
        ("[]", 1),
        (r#"[[],{},"a",1,null,true]"#, 7),
        (r#"{"a":1,"b":{"c":"d"}}"#, 4),
        (r#"{"a" : "b", "a" : ["c" , "d"]}"#, 5),
    ] {
        let read = |most| JsonText::read(written.into(), &mut Budget::of(most));
        assert!(read(values).is_ok(), "{written}");
        let reason = read(values - 1).unwrap_err().to_string();
        assert!(
            reason.ends_with(&format!("more than {} values", values - 1)),
            "{reason}"
        );
    }
    // A budget is for all that is read with it.
    let mut budget = Budget::of(3);
    assert!(JsonText::read("[1]".into(), &mut budget).is_ok());
    assert!(JsonText::read("[1]".into(), &mut budget).is_err());
}

#[test]
fn value_is_inspected() {
    let value = read(r#"{"a":[1,"x,]\"}",{"b":[]}],"c:d":null,"a":true}"#).unwrap();
    let Shape::Object(members) = value.shape() else {
        panic!("no object");
    };
    let members: Vec<_> = members.collect();
    let names: Vec<_> = members.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["a", "c:d", "a"]);
    let Shape::List(items) = &members[0].1 else {
        panic!("no list");
    };
    let items: Vec<_> = items.clone().collect();
    assert!(matches!(items[0], Shape::Number("1")));
    assert!(matches!(&items[1], Shape::Text(text) if text == "x,]\"}"));
    assert!(matches!(items[2], Shape::Object(_)));
    assert_eq!(items.len(), 3);
    assert!(matches!(value.get("c:d"), Some(Shape::Null)));
    assert!(value.get("d").is_none());
    assert_eq!(read(r#""\n""#).unwrap().as_str().unwrap(), "\n");
    assert_eq!(read("false").unwrap().as_bool(), Some(false));
    assert_eq!(read("0").unwrap().as_bool(), None);
}

#[test]
fn truth_follows_python() {
    for falsy in [
        "null", "false", "0", "-0.0", "0e9", "1e-400", "\"\"", "[]", "{}",
    ] {
        assert!(!read(falsy).unwrap().is_truthy(), "{falsy}");
    }
    for truthy in [
        "true",
        "1",
        "1e-300",
        "\" \"",
        "[0]",
        r#"{"":0}"#,
        "123456789012345678901",
    ] {
        assert!(read(truthy).unwrap().is_truthy(), "{truthy}");
    }
}

#[test]
fn values_survive_serde() {
    let text = r#"{"big":12345678901234567890123,"one":1.0,"list":[null,{"a":"é"}]}"#;
    let data: crate::Data = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&data).unwrap(), text);
    assert_eq!(data["list"], json!([null, {"a": "é"}]).into());
    let pretty: JsonText = serde_json::from_str("{\"a\" : [ 1 ]}").unwrap();
    assert_eq!(pretty.text(), r#"{"a":[1]}"#);
    let value: JsonText = serde_json::from_value(json!({"a": [1.5, null]})).unwrap();
    assert_eq!(value.text(), r#"{"a":[1.5,null]}"#);
}
