use crate::model::{Data, Instance, InstanceId};

/// The family of an instance that was made without one.
pub const DEFAULT_FAMILY: &str = "default";

/// The families of one instance: its `family`, then its `families`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Families<'a> {
    names: Vec<&'a str>,
    /// Something that is no text is among them, say a number. No plug-in can name it.
    nameless: bool,
}

/// An instance whose data has no readable families. The original dies of a `TypeError` here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "instance \"{name}\": its data \"{key}\" {problem}; \
     set \"family\" to a text and \"families\" to a list of texts, or remove them"
)]
pub struct BadFamilies {
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
    /// - `family` is left out if it is missing, null, false, 0 or empty; there is no default here, for
    ///   an instance gets its `default` when it is made, and may lose it;
    /// - `families` may be missing; a text counts as a list of its letters, an object as a list of its keys;
    /// - what is a number, a boolean or null among them is a family that no plug-in names.
    ///
    /// # Errors
    /// `families` is null, a boolean or a number, or a list or an object is where a name should be.
    /// The original now and then finds its match before it comes to the latter; here it is always an error.
    ///
    /// Source: pyblish-base 1.8.12, logic.py: instances_by_plugin.
    pub fn of(instance: &'a Instance) -> Result<Self, BadFamilies> {
        let bad = |key, problem| BadFamilies {
            instance: instance.id.clone(),
            name: instance.name.clone(),
            key,
            problem,
        };
        let mut families = Families {
            names: Vec::new(),
            nameless: false,
        };

        if let Some(family) = instance.data.get("family") {
            if let Some(name) = family.as_str() {
                // An empty text is false to Python.
                families
                    .names
                    .extend(Some(name).filter(|name| !name.is_empty()));
            } else if let Some(list) = family.as_array() {
                if !list.is_empty() {
                    return Err(bad("family", "is a list"));
                }
            } else if let Some(object) = family.as_object() {
                if !object.is_empty() {
                    return Err(bad("family", "is an object"));
                }
            } else {
                let is_true = family.as_bool() == Some(true);
                let is_not_zero = family.as_f64().is_some_and(|number| number != 0.0);
                families.nameless |= is_true || is_not_zero;
            }
        }

        if let Some(listed) = instance.data.get("families") {
            if let Some(list) = listed.as_array() {
                for item in list {
                    if let Some(name) = item.as_str() {
                        families.names.push(name);
                    } else if item.is_array() {
                        return Err(bad("families", "holds a list"));
                    } else if item.is_object() {
                        return Err(bad("families", "holds an object"));
                    } else {
                        families.nameless = true;
                    }
                }
            } else if let Some(text) = listed.as_str() {
                families.names.extend(letters(text));
            } else if let Some(object) = listed.as_object() {
                families.names.extend(object.keys().map(String::as_str));
            } else if listed.is_null() {
                return Err(bad("families", "is null"));
            } else if listed.is_boolean() {
                return Err(bad("families", "is a boolean"));
            } else {
                return Err(bad("families", "is a number"));
            }
        }

        Ok(families)
    }

    /// Those that have a name, in their order; one may be there twice.
    pub fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Whether nothing is among them that has no name.
    pub fn all_named(&self) -> bool {
        !self.nameless
    }
}

/// Python takes a text for the list of its characters.
fn letters(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices()
        .map(|(start, letter)| &text[start..start + letter.len_utf8()])
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
    use super::super::fixtures::{data, instance};
    use super::*;

    /// Their names, with `?` at the end for those that have none, or what is wrong.
    fn read(data: Data) -> String {
        let instance = instance("hero", data);
        match Families::of(&instance) {
            Ok(families) => {
                let mut names = families.names().to_vec();
                names.extend((!families.all_named()).then_some("?"));
                names.join(" ")
            }
            Err(bad) => format!("{} {}", bad.key, bad.problem),
        }
    }

    #[test]
    fn families_are_the_family_followed_by_the_families() {
        assert_eq!(
            read(data! {"families" => ["b", "a", "b"], "family" => "a"}),
            "a b a b"
        );
        assert_eq!(read(data! {"family" => "a"}), "a");
        assert_eq!(read(data! {"families" => ["b"]}), "b");
    }

    #[test]
    fn an_instance_is_made_with_the_default_family() {
        let made = new_instance_data("hero", Data::new());
        assert_eq!(made, data! {"family" => "default", "name" => "hero"});
        let made = new_instance_data("hero", data! {"family" => "a", "x" => 1});
        assert_eq!(made, data! {"family" => "a", "name" => "hero", "x" => 1});
    }

    #[test]
    fn a_family_that_was_removed_has_no_default() {
        assert_eq!(read(Data::new()), "");
    }

    #[test]
    fn a_family_that_python_takes_for_false_is_none() {
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
    fn a_family_that_is_no_text_has_no_name() {
        assert_eq!(read(data! {"family" => 5}), "?");
        assert_eq!(read(data! {"family" => true}), "?");
        assert_eq!(read(data! {"families" => [Some("a"), None]}), "a ?");
        assert_eq!(read(data! {"families" => [0, 1]}), "?");
    }

    #[test]
    fn families_in_a_text_are_its_letters() {
        assert_eq!(read(data! {"families" => "añ漢"}), "a ñ 漢");
        assert_eq!(read(data! {"families" => ""}), "");
    }

    #[test]
    fn families_in_an_object_are_its_keys() {
        assert_eq!(
            read(data! {"families" => data! {"b" => 1, "a" => ()}}),
            "b a"
        );
    }

    #[test]
    fn families_that_python_cannot_read_are_an_error() {
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
    fn an_error_says_what_to_do() {
        let hero = instance("hero", data! {"families" => ()});
        assert_eq!(
            Families::of(&hero).unwrap_err().to_string(),
            "instance \"hero\": its data \"families\" is null; \
             set \"family\" to a text and \"families\" to a list of texts, or remove them"
        );
    }
}
