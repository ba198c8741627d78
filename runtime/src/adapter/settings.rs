use serde_json::Value;

use super::{AdapterError, Description, Setting, SettingKind};
use crate::model::Data;

/// Settings as the user wrote them: names and texts, the last one of a name wins.
pub type Settings = Vec<(String, String)>;

/// The value of every setting that the adapter takes: what the user wrote, checked, or else the default.
pub fn settle(description: &Description, given: &Settings) -> Result<Data, AdapterError> {
    let adapter = || description.name.clone();
    let known = || description.settings.iter();
    if let Some((name, _)) = given
        .iter()
        .find(|(name, _)| !known().any(|s| &s.name == name))
    {
        return Err(AdapterError::UnknownSetting {
            adapter: adapter(),
            name: name.clone(),
            known: known().map(|setting| setting.name.clone()).collect(),
        });
    }
    let value = |setting: &Setting| match given.iter().rfind(|(name, _)| name == &setting.name) {
        Some((name, text)) => {
            read(setting.kind, text).ok_or_else(|| AdapterError::IllTypedSetting {
                adapter: adapter(),
                name: name.clone(),
                kind: words(setting.kind),
                value: text.clone(),
            })
        }
        None => setting
            .default
            .clone()
            .ok_or_else(|| AdapterError::MissingSetting {
                adapter: adapter(),
                name: setting.name.clone(),
                doc: setting.doc.clone(),
            }),
    };
    let mut settings = Data::new();
    for setting in known() {
        settings.insert(setting.name.clone(), value(setting)?);
    }
    Ok(settings)
}

/// The value that the text stands for, if it is of this kind.
fn read(kind: SettingKind, text: &str) -> Option<Value> {
    match kind {
        SettingKind::Text => Some(text.into()),
        SettingKind::Boolean => text.parse::<bool>().ok().map(Into::into),
        SettingKind::Integer => text.parse::<i64>().ok().map(Into::into),
        SettingKind::Number => {
            let number = text.parse::<f64>().ok()?;
            number.is_finite().then(|| number.into())
        }
        // JSON where a text holds a comma; otherwise commas, as one types it.
        SettingKind::Texts if text.starts_with('[') => {
            let texts: Vec<String> = serde_json::from_str(text).ok()?;
            Some(texts.into())
        }
        SettingKind::Texts => {
            let texts = text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty());
            Some(texts.collect())
        }
    }
}

fn words(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Text => "a text",
        SettingKind::Boolean => "true or false",
        SettingKind::Integer => "a whole number",
        SettingKind::Number => "a number",
        SettingKind::Texts => "a list, such as a,b or [\"a\",\"b\"]",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description() -> Description {
        let setting = |name: &str, kind, default| Setting {
            name: name.into(),
            kind,
            doc: "Matters.".into(),
            default,
        };
        Description {
            name: "folder".into(),
            version: "1.0.0".into(),
            doc: String::new(),
            hosts: Vec::new(),
            settings: vec![
                setting("text", SettingKind::Text, None),
                setting("flag", SettingKind::Boolean, Some(json!(true))),
                setting("count", SettingKind::Integer, Some(json!(1))),
                setting("scale", SettingKind::Number, Some(json!(0.5))),
                setting("off", SettingKind::Texts, Some(json!([]))),
            ],
            grants: Vec::new(),
        }
    }

    fn given(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter();
        pairs
            .map(|(name, text)| (name.to_string(), text.to_string()))
            .collect()
    }

    #[test]
    fn defaults_stand_in_for_what_is_not_given() {
        let settled = settle(&description(), &given(&[("text", "x")])).unwrap();
        let expected = json!({"text": "x", "flag": true, "count": 1, "scale": 0.5, "off": []});
        assert_eq!(Value::Object(settled), expected);
    }

    #[test]
    fn a_text_becomes_a_value_of_its_kind() {
        let all = [
            ("text", "1"),
            ("flag", "false"),
            ("count", "-7"),
            ("scale", "2"),
            ("off", "a, b"),
        ];
        let settled = settle(&description(), &given(&all)).unwrap();
        let expected =
            json!({"text": "1", "flag": false, "count": -7, "scale": 2.0, "off": ["a", "b"]});
        assert_eq!(Value::Object(settled), expected);
        let listed = settle(
            &description(),
            &given(&[("text", ""), ("off", "[\"a,b\"]")]),
        )
        .unwrap();
        assert_eq!(listed["off"], json!(["a,b"]));
    }

    #[test]
    fn an_ill_typed_value_is_named_with_what_it_must_be() {
        for (name, text) in [
            ("flag", "yes"),
            ("count", "1.5"),
            ("scale", "NaN"),
            ("off", "[1]"),
        ] {
            let error = settle(&description(), &given(&[("text", ""), (name, text)])).unwrap_err();
            let message = error.to_string();
            assert!(
                message.contains(name) && message.contains(&format!("{text:?}")),
                "{message}"
            );
        }
    }

    #[test]
    fn unknown_and_missing_settings_are_named() {
        let unknown = settle(&description(), &given(&[("text", ""), ("colour", "red")]));
        let message = unknown.unwrap_err().to_string();
        assert!(
            message.contains("\"colour\"; there are text, flag"),
            "{message}"
        );
        let message = settle(&description(), &given(&[])).unwrap_err().to_string();
        assert!(
            message.contains("needs the setting text: Matters."),
            "{message}"
        );
    }
}
