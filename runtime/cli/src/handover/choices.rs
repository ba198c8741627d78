//! What users chose in a session, as a job says it.

use pyblish_farm::{DataChoice, PluginChoice, Storages};
use pyblish_session::{ChosenData, UserChoices};

/// The plug-ins that were switched on or off.
pub(super) fn plugins(choices: &UserChoices) -> Vec<PluginChoice> {
    let plugins = choices.plugins.iter();
    let plugins = plugins.map(|(plugin, active)| PluginChoice {
        plugin: plugin.to_string(),
        active: *active,
    });
    plugins.collect()
}

/// The values that were set or removed. Paths are written so that other machines understand them.
pub(super) fn data(choices: &UserChoices, storages: &Storages) -> Vec<DataChoice> {
    let data = choices.data.iter();
    let data = data.map(|chosen| one(chosen, storages));
    data.collect()
}

fn one(chosen: &ChosenData, storages: &Storages) -> DataChoice {
    // It is JSON.
    let value = chosen.value.as_ref();
    let value = value.and_then(|value| serde_json::from_str(value.text()).ok());
    let (instance, nth) = chosen.instance.clone().unzip();
    DataChoice {
        instance: instance.map(|name| name.to_string()),
        nth,
        key: chosen.key.clone(),
        value: storages.value_to_portable(value.unwrap_or_default()),
        unset: chosen.value.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn choices_travel_by_name() {
        let place = tempfile::tempdir().unwrap();
        let root = [("show".to_owned(), place.path().to_path_buf())];
        let storages = Storages::new(root.into()).unwrap();
        let texture = place.path().join("wood.png").display().to_string();
        let set = |instance: Option<(&str, usize)>, value: Option<serde_json::Value>| ChosenData {
            instance: instance.map(|(name, nth)| (name.into(), nth)),
            key: "texture".into(),
            value: value.map(Into::into),
        };
        let choices = UserChoices {
            plugins: vec![("Check".into(), false)],
            data: vec![
                set(Some(("hero", 1)), Some(json!([texture]))),
                set(None, None),
            ],
        };
        let told = plugins(&choices);
        assert_eq!((told[0].plugin.as_str(), told[0].active), ("Check", false));
        let told = data(&choices, &storages);
        assert_eq!(
            serde_json::to_value(&told).unwrap(),
            json!([
                {"instance": "hero", "nth": 1, "key": "texture", "value": ["storage:show/wood.png"]},
                {"key": "texture", "value": null, "unset": true},
            ])
        );
    }
}
