//! A small reader of XML, for the tests: says what is wrong with a document.

/// Checks that tags nest, attributes are quoted and unique, references and characters are allowed;
/// answers the names of the elements and what text they hold together.
pub(super) fn well_formed(xml: &str) -> Result<Vec<String>, String> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    if let Some(wrong) = xml.chars().find(|&c| !allowed(c)) {
        return Err(format!("forbidden character {wrong:?}"));
    }
    let mut rest = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .unwrap_or(xml);
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        references(&rest[..start])?;
        if open.is_empty() && !rest[..start].trim().is_empty() {
            return Err(format!("text outside of the root: {:?}", &rest[..start]));
        }
        // `<` and `>` are escaped in values, too.
        let end = start + rest[start..].find('>').ok_or("a tag without end")?;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
            continue;
        }
        if open.is_empty() && !seen.is_empty() {
            return Err(format!("a second root: {tag}"));
        }
        let (tag, empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, values) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(format!("no name of an element: {name:?}"));
        }
        attributes(values)?;
        seen.push(name.to_owned());
        if !empty {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() && rest.trim().is_empty() && !seen.is_empty() {
        Ok(seen)
    } else {
        Err(format!("left open: {open:?}, left over: {rest:?}"))
    }
}

fn attributes(mut rest: &str) -> Result<(), String> {
    let mut names = Vec::new();
    while !rest.trim().is_empty() {
        let (name, after) = rest
            .split_once("=\"")
            .ok_or(format!("no value: {rest:?}"))?;
        let (value, after) = after.split_once('"').ok_or(format!("no end: {rest:?}"))?;
        references(value)?;
        let name = name.trim();
        if names.contains(&name) || value.contains(['\n', '\t', '<']) {
            return Err(format!(
                "{name} is there twice or has a bad value: {value:?}"
            ));
        }
        names.push(name);
        rest = after;
    }
    Ok(())
}

fn references(text: &str) -> Result<(), String> {
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;", "#10;", "#9;"];
        if !known.iter().any(|known| after.starts_with(known)) {
            return Err(format!("no reference: &{after:.10}"));
        }
    }
    if text.contains("]]>") {
        Err("]]> in text".into())
    } else {
        Ok(())
    }
}

#[test]
fn check_finds_errors() {
    assert_eq!(
        well_formed("<a x=\"1\"><b/>t&amp;</a>").unwrap(),
        ["a", "b"]
    );
    for wrong in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a x=1/>",
        "<a x=\"1\" x=\"2\"/>",
        "<a>&</a>",
        "<a>\u{1}</a>",
        "<a/>text",
        "<a x=\"\n\"/>",
    ] {
        assert!(well_formed(wrong).is_err(), "{wrong:?}");
    }
}
