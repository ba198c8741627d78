use pyblish_model::{Instance, JsonText};

/// Whether the user left this instance out of the publish: its `publish` is exactly false. If
/// `publish` is missing, 0 or null, the instance is published. Collectors skip it too.
///
/// Source: pyblish-base 1.8.12, logic.py: Iterator.
pub fn is_skipped(instance: &Instance) -> bool {
    if let Some(selection) = &instance.selection {
        return selection.skipped;
    }
    let publish = instance.data.get("publish");
    publish.and_then(JsonText::as_bool) == Some(false)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{data, instance};
    use super::*;
    use pyblish_model::Selection;

    #[test]
    fn only_false_skips() {
        assert!(is_skipped(&instance("i", data! {"publish" => false})));
        for runs in [
            data! {},
            data! {"publish" => true},
            data! {"publish" => ()},
            data! {"publish" => 0},
            data! {"publish" => ""},
            data! {"publish" => "false"},
            data! {"publish" => Vec::<bool>::new()},
        ] {
            assert!(!is_skipped(&instance("i", runs.clone())), "{runs:?}");
        }
    }

    #[test]
    fn host_decides() {
        for skipped in [false, true] {
            let mut instance = instance("i", data! {"publish" => !skipped});
            instance.selection = Some(Box::new(Selection {
                families: Vec::new(),
                skipped,
            }));
            assert_eq!(is_skipped(&instance), skipped);
        }
    }
}
