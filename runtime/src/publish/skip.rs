use crate::model::Instance;

/// Whether the user took this instance out of the publish: its `publish` is exactly false. Without
/// `publish` it is in, as with 0 and null. Collectors skip it too.
///
/// Source: pyblish-base 1.8.12, logic.py: Iterator.
pub fn is_skipped(instance: &Instance) -> bool {
    let publish = instance.data.get("publish");
    publish.and_then(|value| value.as_bool()) == Some(false)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{data, instance};
    use super::*;

    #[test]
    fn publish_skips_only_when_it_is_exactly_false() {
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
}
