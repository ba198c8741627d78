use std::borrow::Cow;

use pyblish_model::{Data, Instance, InstanceId, JsonText, Shape};

/// How many families an instance can have: each plug-in is compared with all of them.
const MOST: usize = 1000;

/// The key of an object that stands in place of a value that JSON cannot hold. A host that can read
/// families in such a value tells them as the instance's selection.
const MARK: &str = "$repr";

/// The family of an instance that was made without one.
pub const DEFAULT_FAMILY: &str = "default";

/// The families of one instance: its `family`, then its `families`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Families<'a> {
    names: Vec<Cow<'a, str>>,
    /// Whether one of them is not a text, but a number for example. No plug-in can name it.
    nameless: bool,
}

/// An instance whose data has no readable families. The original dies of a `TypeError` here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "instance \"{name}\": its data \"{key}\" {problem}; \
     set \"family\" to a text and \"families\" to a list of texts, or remove them"
)]
pub struct BadFamilies {
    /// The instance whose families cannot be read.
    pub instance: InstanceId,
    /// The instance's.
    pub name: String,
    /// `family` or `families`.
    pub key: &'static str,
    /// The rest of a sentence that begins with the key.
    pub problem: &'static str,
}

impl<'a> Families<'a> {
    /// Reads them as Python does, odd values included:
    /// - `family` is left out if it is missing, null, false, 0 or empty; there is no default here,
    ///   because an instance gets its `default` when it is made, and may lose it;
    /// - `families` may be missing; a text counts as a list of its letters, an object as a list of
    ///   its keys;
    /// - what is a number, a boolean or null among them is a family that no plug-in names.
    ///
    /// # Errors
    /// `families` is null, a boolean or a number, or a list or an object is where a name should be;
    /// or it has more than a thousand entries, which the original allows. The original sometimes
    /// finds a match before it meets a bad entry; here a bad entry is always an error.
    ///
    /// Source: pyblish-base 1.8.12, logic.py: instances_by_plugin.
    pub fn of(instance: &'a Instance) -> Result<Self, BadFamilies> {
        let bad = |key, problem| BadFamilies {
            instance: instance.id.clone(),
            name: instance.name.to_string(),
            key,
            problem,
        };
        let mut families = Families {
            names: Vec::new(),
            nameless: false,
        };

        if let Some(selection) = &instance.selection {
            // The host has read them.
            if selection.families.len() > MOST {
                return Err(bad("families", "has more than 1000 entries"));
            }
            let names = selection.families.iter().map(String::as_str);
            families.names.extend(names.map(Cow::Borrowed));
            return Ok(families);
        }

        let family = instance.data.get("family");
        match family
            .filter(|family| family.is_truthy())
            .map(JsonText::shape)
        {
            Some(Shape::Text(name)) => families.names.push(name),
            Some(Shape::List(_)) => return Err(bad("family", "is a list")),
            Some(Shape::Object(_)) => return Err(bad("family", "is an object")),
            Some(Shape::Null | Shape::Bool(_) | Shape::Number(_)) => families.nameless = true,
            None => {}
        }

        let more = match instance.data.get("families").map(JsonText::shape) {
            Some(Shape::List(mut items)) => {
                for item in items.by_ref().take(MOST) {
                    match item {
                        Shape::Text(name) => families.names.push(name),
                        Shape::List(_) => return Err(bad("families", "holds a list")),
                        Shape::Object(_) => return Err(bad("families", "holds an object")),
                        Shape::Null | Shape::Bool(_) | Shape::Number(_) => families.nameless = true,
                    }
                }
                items.next().is_some()
            }
            Some(Shape::Text(text)) => {
                let mut letters = letters(&text);
                families.names.extend(letters.by_ref().take(MOST));
                letters.next().is_some()
            }
            Some(Shape::Object(mut members)) => {
                let keys: Vec<_> = members.by_ref().map(|(key, _)| key).take(MOST).collect();
                if keys.iter().any(|key| key == MARK) {
                    return Err(bad("families", "is no list, and cannot be read as one"));
                }
                families.names.extend(keys);
                members.next().is_some()
            }
            Some(Shape::Null) => return Err(bad("families", "is null")),
            Some(Shape::Bool(_)) => return Err(bad("families", "is a boolean")),
            Some(Shape::Number(_)) => return Err(bad("families", "is a number")),
            None => false,
        };
        if more {
            return Err(bad("families", "has more than 1000 entries"));
        }

        Ok(families)
    }

    /// Those that have a name, in their order; one may be there twice.
    pub fn names(&self) -> &[Cow<'a, str>] {
        &self.names
    }

    /// Whether all of them have a name.
    pub fn all_named(&self) -> bool {
        !self.nameless
    }
}

/// Python iterates a text character by character.
fn letters<'a>(text: &str) -> impl Iterator<Item = Cow<'a, str>> {
    text.chars().map(|letter| Cow::Owned(letter.to_string()))
}

/// The data of an instance of this name that was made with `given`: its family is `default` and its
/// `name` is there, unless `given` says otherwise.
///
/// Source: pyblish-base 1.8.12, plugin.py: `Instance.__init__`.
pub fn new_instance_data(name: &str, given: Data) -> Data {
    let mut data = Data::new();
    data.insert("family".into(), DEFAULT_FAMILY.into());
    data.insert("name".into(), name.into());
    data.extend(given);
    data
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::fixtures::{data, instance};
    use super::*;

    /// Their names, with `?` at the end for those that have none, or what is wrong.
    fn read(data: Data) -> String {
        let instance = instance("hero", data);
        match Families::of(&instance) {
            Ok(families) => {
                let mut names = families.names().to_vec();
                names.extend((!families.all_named()).then_some("?".into()));
                names.join(" ")
            }
            Err(bad) => format!("{} {}", bad.key, bad.problem),
        }
    }

    #[test]
    fn family_comes_before_families() {
        assert_eq!(
            read(data! {"families" => ["b", "a", "b"], "family" => "a"}),
            "a b a b"
        );
        assert_eq!(read(data! {"family" => "a"}), "a");
        assert_eq!(read(data! {"families" => ["b"]}), "b");
    }

    #[test]
    fn new_instance_has_default_family() {
        let made = new_instance_data("hero", Data::new());
        assert_eq!(made, data! {"family" => "default", "name" => "hero"});
        let made = new_instance_data("hero", data! {"family" => "a", "x" => 1});
        assert_eq!(made, data! {"family" => "a", "name" => "hero", "x" => 1});
    }

    #[test]
    fn removed_family_has_no_default() {
        assert_eq!(read(Data::new()), "");
    }

    #[test]
    fn falsy_family_is_none() {
        for falsy in [
            data! {"family" => ()},
            data! {"family" => false},
            data! {"family" => 0},
            data! {"family" => 0.0},
            data! {"family" => ""},
            data! {"family" => Vec::<bool>::new()},
            data! {"family" => Data::new()},
        ] {
            assert_eq!(read(falsy.clone()), "", "{falsy:?}");
        }
    }

    #[test]
    fn non_text_family_has_no_name() {
        assert_eq!(read(data! {"family" => 5}), "?");
        assert_eq!(read(data! {"family" => true}), "?");
        assert_eq!(read(data! {"families" => [Some("a"), None]}), "a ?");
        assert_eq!(read(data! {"families" => [0, 1]}), "?");
    }

    #[test]
    fn families_in_text_are_letters() {
        assert_eq!(read(data! {"families" => "añ漢"}), "a ñ 漢");
        assert_eq!(read(data! {"families" => ""}), "");
    }

    #[test]
    fn families_in_object_are_keys() {
        assert_eq!(
            read(data! {"families" => data! {"b" => 1, "a" => ()}}),
            "b a"
        );
    }

    #[test]
    fn unreadable_families_are_an_error() {
        assert_eq!(read(data! {"families" => ()}), "families is null");
        assert_eq!(read(data! {"families" => false}), "families is a boolean");
        assert_eq!(read(data! {"families" => 0}), "families is a number");
        assert_eq!(read(data! {"families" => [["a"]]}), "families holds a list");
        assert_eq!(
            read(data! {"families" => [data! {}]}),
            "families holds an object"
        );
        assert_eq!(read(data! {"family" => ["a"]}), "family is a list");
        assert_eq!(
            read(data! {"family" => data! {"a" => 1}}),
            "family is an object"
        );
    }

    #[test]
    fn value_that_json_cannot_hold_has_no_families() {
        let mark = BTreeMap::from([("$repr", "<object>"), ("$type", "object")]);
        assert_eq!(
            read(data! {"families" => mark}),
            "families is no list, and cannot be read as one"
        );
    }

    #[test]
    fn families_are_capped() {
        let names = |count: usize| vec!["a"; count];
        assert_eq!(read(data! {"families" => names(MOST)}).len(), 2 * MOST - 1);
        let too_many = "families has more than 1000 entries";
        assert_eq!(read(data! {"families" => names(MOST + 1)}), too_many);
        assert_eq!(read(data! {"families" => vec![0; MOST + 1]}), too_many);
        assert_eq!(read(data! {"families" => "x".repeat(MOST + 1)}), too_many);
    }

    #[test]
    fn error_says_what_to_do() {
        let hero = instance("hero", data! {"families" => ()});
        assert_eq!(
            Families::of(&hero).unwrap_err().to_string(),
            "instance \"hero\": its data \"families\" is null; \
             set \"family\" to a text and \"families\" to a list of texts, or remove them"
        );
    }
}
