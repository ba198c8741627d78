use super::{AdapterError, Description, Setting, SettingKind};
use pyblish_model::{Data, JsonText};

/// Settings as the user wrote them: names and texts, the last one of a name wins.
pub type Settings = Vec<(String, String)>;

/// The value of every setting that the adapter takes: what the user wrote, checked, or else the
/// default.
pub fn resolve_settings(description: &Description, given: &Settings) -> Result<Data, AdapterError> {
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
fn read(kind: SettingKind, text: &str) -> Option<JsonText> {
    match kind {
        SettingKind::Text => Some(text.into()),
        SettingKind::Boolean => text.parse::<bool>().ok().map(JsonText::from),
        SettingKind::Integer => text.parse::<i64>().ok().map(|it| JsonText::of_value(&it)),
        SettingKind::Number => {
            let number = text.parse::<f64>().ok()?;
            number.is_finite().then(|| JsonText::of_value(&number))
        }
        // JSON where a text holds a comma; otherwise commas, as one types it.
        SettingKind::Texts if text.starts_with('[') => {
            let texts: Vec<String> = serde_json::from_str(text).ok()?;
            Some(JsonText::of_value(&texts))
        }
        SettingKind::Texts => {
            let texts = text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty());
            Some(JsonText::of_value(&texts.collect::<Vec<_>>()))
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
            host_versions: Default::default(),
            settings: vec![
                setting("text", SettingKind::Text, None),
                setting("flag", SettingKind::Boolean, Some(true.into())),
                setting("count", SettingKind::Integer, Some(json!(1).into())),
                setting("scale", SettingKind::Number, Some(json!(0.5).into())),
                setting("off", SettingKind::Texts, Some(json!([]).into())),
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
    fn missing_settings_get_defaults() {
        let settled = resolve_settings(&description(), &given(&[("text", "x")])).unwrap();
        let expected = json!({"text": "x", "flag": true, "count": 1, "scale": 0.5, "off": []});
        assert_eq!(json!(settled), expected);
    }

    #[test]
    fn text_becomes_its_kind() {
        let all = [
            ("text", "1"),
            ("flag", "false"),
            ("count", "-7"),
            ("scale", "2"),
            ("off", "a, b"),
        ];
        let settled = resolve_settings(&description(), &given(&all)).unwrap();
        let expected =
            json!({"text": "1", "flag": false, "count": -7, "scale": 2.0, "off": ["a", "b"]});
        assert_eq!(json!(settled), expected);
        let listed = resolve_settings(
            &description(),
            &given(&[("text", ""), ("off", "[\"a,b\"]")]),
        )
        .unwrap();
        assert_eq!(listed["off"].text(), r#"["a,b"]"#);
    }

    #[test]
    fn wrong_type_is_explained() {
        for (name, text) in [
            ("flag", "yes"),
            ("count", "1.5"),
            ("scale", "NaN"),
            ("off", "[1]"),
        ] {
            let error = resolve_settings(&description(), &given(&[("text", ""), (name, text)]))
                .unwrap_err();
            let message = error.to_string();
            assert!(
                message.contains(name) && message.contains(&format!("{text:?}")),
                "{message}"
            );
        }
    }

    #[test]
    fn unknown_and_missing_settings_are_named() {
        let unknown = resolve_settings(&description(), &given(&[("text", ""), ("colour", "red")]));
        let message = unknown.unwrap_err().to_string();
        assert!(
            message.contains("\"colour\"; there are text, flag"),
            "{message}"
        );
        let message = resolve_settings(&description(), &given(&[]))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("needs the setting text: Matters."),
            "{message}"
        );
    }
}
