//! What the command line chooses in a session beyond its targets and instances: plug-ins that take
//! part or not, and values of data, such as the attributes that plug-ins declare. A wrong name is an
//! error before anything of it is done.

use std::str::FromStr;

use clap::Args;
use serde_json::Value;

use crate::exit::UsageError;
use crate::named_instances::named_instances;
use crate::stderr::Error;
use crate::text::there_are;
use pyblish_model::{Change, Context, DataKey, InstanceId, JsonText, Plugin, PluginId};

/// The flags.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct Choices {
    /// Leave out this optional plug-in, by its name; may be repeated
    #[arg(long = "without", value_name = "PLUGIN")]
    without: Vec<String>,

    /// Use this optional plug-in, which is off by default; may be repeated
    #[arg(long = "with", value_name = "PLUGIN")]
    with: Vec<String>,

    /// Set a value in the data of the context, or of the instances with this name once they are
    /// collected; may be repeated. Attributes of plug-ins are such values: PLUGIN.KEY in the context,
    /// and KEY in an instance. Texts have quotes: note='"late"'
    #[arg(long = "data", value_name = "[INSTANCE:]KEY=JSON")]
    data: Vec<ChosenValue>,
}

/// One thing that is chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Whether this plug-in takes part.
    Plugin(PluginId, bool),
    /// A value of data.
    Value(DataKey, Value),
}

impl From<Choice> for Change {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Plugin(plugin, active) => Change::PluginActivated { plugin, active },
            Choice::Value(place, value) => Change::DataSet {
                place,
                value: JsonText::of_value(&value),
            },
        }
    }
}

/// A value that was typed.
#[derive(Debug, Clone, PartialEq)]
struct ChosenValue {
    /// The name of the instance; none for the context.
    instance: Option<String>,
    key: String,
    value: Value,
}

impl FromStr for ChosenValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, value) = text
            .split_once('=')
            .ok_or("it has no `=`; write it as KEY=JSON or INSTANCE:KEY=JSON")?;
        let (instance, key) = match place.rsplit_once(':') {
            Some((instance, key)) => (Some(instance.to_owned()), key),
            None => (None, place),
        };
        if key.is_empty() || instance.as_ref().is_some_and(String::is_empty) {
            return Err("a name is missing; write it as KEY=JSON or INSTANCE:KEY=JSON".into());
        }
        let value = serde_json::from_str(value).map_err(|error| {
            format!("{value} is not JSON ({error}); write a text with quotes, as in '\"{value}\"'")
        })?;
        Ok(ChosenValue {
            instance,
            key: key.to_owned(),
            value,
        })
    }
}

impl Choices {
    /// Whether something is chosen for instances, which must be collected first.
    pub fn has_instances(&self) -> bool {
        self.data.iter().any(|chosen| chosen.instance.is_some())
    }

    /// The plug-ins that take part or not, and the values of the context.
    ///
    /// # Errors
    /// A plug-in or an attribute does not exist, or the plug-in is not optional.
    pub fn at_first(&self, plugins: &[Plugin]) -> Result<Vec<Choice>, Error> {
        let off = self.without.iter().map(|name| (name, false));
        let on = self.with.iter().map(|name| (name, true));
        let mut choices = Vec::new();
        for (name, active) in off.chain(on) {
            let mut found = plugins
                .iter()
                .filter(|it| it.name == name.as_str())
                .peekable();
            if found.peek().is_none() {
                let known = plugins.iter().filter(|plugin| plugin.optional);
                let known = there_are(known.map(|plugin| plugin.name.as_str()));
                return Err(UsageError(format!(
                    "there is no plug-in {name:?}; of those that are optional, {known}"
                ))
                .into());
            }
            for plugin in found {
                if !plugin.optional {
                    return Err(UsageError(format!(
                        "the plug-in {name} is not optional, so it cannot be left out"
                    ))
                    .into());
                }
                choices.push(Choice::Plugin(plugin.id.clone(), active));
            }
        }
        for chosen in self.data.iter().filter(|it| it.instance.is_none()) {
            check_attribute(&chosen.key, plugins)?;
            choices.push(chosen.choice(None));
        }
        Ok(choices)
    }

    /// The values of instances.
    ///
    /// # Errors
    /// An instance was not collected.
    pub fn once_collected(&self, context: &Context) -> Result<Vec<Choice>, Error> {
        let mut choices = Vec::new();
        for chosen in &self.data {
            let Some(name) = &chosen.instance else {
                continue;
            };
            let ids = named_instances(context, std::slice::from_ref(name))?;
            choices.extend(ids.into_iter().map(|id| chosen.choice(Some(id))));
        }
        Ok(choices)
    }
}

impl ChosenValue {
    fn choice(&self, instance: Option<InstanceId>) -> Choice {
        let place = DataKey {
            instance,
            key: self.key.clone(),
        };
        Choice::Value(place, self.value.clone())
    }
}

/// Checks a key of the context that names an attribute of a plug-in.
fn check_attribute(key: &str, plugins: &[Plugin]) -> Result<(), UsageError> {
    let of_plugin = |plugin: &&Plugin| {
        let rest = key.strip_prefix(plugin.name.as_str());
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let Some(plugin) = plugins.iter().find(of_plugin) else {
        return Ok(());
    };
    let keys = plugin.attributes.iter();
    let keys: Vec<String> = keys.map(|it| it.data_key(&plugin.name)).collect();
    match keys.iter().any(|known| known == key) {
        true => Ok(()),
        false => Err(UsageError(format!(
            "the plug-in {} has no attribute {key:?}; {}",
            plugin.name,
            there_are(keys.iter().map(String::as_str))
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn value_is_json_at_a_place() {
        let read = |text: &str| text.parse::<ChosenValue>();
        let chosen = |instance: Option<&str>, key: &str, value: Value| {
            Ok(ChosenValue {
                instance: instance.map(str::to_owned),
                key: key.to_owned(),
                value,
            })
        };
        assert_eq!(read("frames=10"), chosen(None, "frames", json!(10)));
        assert_eq!(
            read("Check.note=\"a=b:c\""),
            chosen(None, "Check.note", json!("a=b:c"))
        );
        assert_eq!(
            read("ns:hero:publish=false"),
            chosen(Some("ns:hero"), "publish", json!(false))
        );
        for wrong in ["frames", "=1", ":frames=1", "hero:=1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let said = read("note=late").unwrap_err();
        assert!(said.contains("'\"late\"'"), "{said}");
    }
}
