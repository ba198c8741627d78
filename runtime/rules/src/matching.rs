use std::collections::HashSet;
use std::sync::Arc;

use pyblish_model::{Context, Instance, MatchAlgorithm, Plugin};

use super::{BadFamilies, Families};

/// In a plug-in's families or hosts: all of them.
const WILDCARD: &str = "*";

/// The target of a plug-in, and of a session, that names none.
pub const DEFAULT_TARGET: &str = "default";

/// Whether a plug-in is for instances of such families.
///
/// `*` among the plug-in's matches always, even what has no readable families. Otherwise the
/// plug-in's algorithm compares the two sets. A plug-in without families matches each instance by
/// Subset, one without families by Exact, none by Intersection.
///
/// # Errors
/// The instance's families cannot be read.
///
/// Source: pyblish-base 1.8.12, logic.py: instances_by_plugin, `_algorithms`.
pub fn families_match(plugin: &Plugin, instance: &Instance) -> Result<bool, BadFamilies> {
    if has(&plugin.families, WILDCARD) {
        return Ok(true);
    }
    let families = Families::of(instance)?;
    Ok(match plugin.algorithm {
        // No plug-in names an unnamed family, so the sets differ.
        MatchAlgorithm::Exact if !families.all_named() => false,
        algorithm => sets_match(algorithm, &plugin.families, families.names()),
    })
}

/// Whether a plug-in is for a session of these targets: by its own algorithm, without a wildcard.
///
/// Source: pyblish-base 1.8.12, logic.py: plugins_by_targets.
pub fn targets_match<S: AsRef<str>>(plugin: &Plugin, targets: &[S]) -> bool {
    sets_match(plugin.algorithm, &plugin.targets, targets)
}

/// The targets of a run: those asked for, or, if none is, `default` and those registered.
///
/// Source: pyblish-base 1.8.12, logic.py: Iterator.
pub fn session_targets(asked: &[String], registered: &[String]) -> Vec<String> {
    if asked.is_empty() {
        let mut targets = vec![DEFAULT_TARGET.to_owned()];
        targets.extend_from_slice(registered);
        targets
    } else {
        asked.to_vec()
    }
}

/// Whether a plug-in is for one of these hosts: any in common, or `*` among the plug-in's. Its
/// algorithm plays no part.
///
/// Pyblish asks this when it discovers plug-ins, not when it runs them.
///
/// Source: pyblish-base 1.8.12, plugin.py: host_is_compatible.
pub fn hosts_match<S: AsRef<str>>(plugin: &Plugin, hosts: &[S]) -> bool {
    has(&plugin.hosts, WILDCARD) || hosts.iter().any(|host| has(&plugin.hosts, host.as_ref()))
}

/// The instances that a plug-in is for, in the context's order, those that are skipped included.
///
/// A plug-in on the context ignores families: it has such a list too, but runs without it.
///
/// # Errors
/// An instance's families cannot be read.
///
/// Source: pyblish-base 1.8.12, logic.py: instances_by_plugin.
pub fn compatible_instances<'a>(
    plugin: &Plugin,
    context: &'a Context,
) -> Result<Vec<&'a Arc<Instance>>, BadFamilies> {
    let mut compatible = Vec::new();
    for instance in &context.instances {
        if families_match(plugin, instance)? {
            compatible.push(instance);
        }
    }
    Ok(compatible)
}

/// The plug-ins that are for an instance, in their order.
///
/// # Errors
/// The instance's families cannot be read.
///
/// Source: pyblish-base 1.8.12, logic.py: plugins_by_instance; but that one takes no text or object
/// for `families` where its counterpart does. Here both read them alike.
pub fn compatible_plugins<'a>(
    plugins: &'a [Plugin],
    instance: &Instance,
) -> Result<Vec<&'a Plugin>, BadFamilies> {
    let mut compatible = Vec::new();
    for plugin in plugins {
        if families_match(plugin, instance)? {
            compatible.push(plugin);
        }
    }
    Ok(compatible)
}

/// Whether `wanted`, a plug-in's, goes with `offered`, both as sets.
///
/// Source: pyblish-base 1.8.12, logic.py: `_algorithms`.
fn sets_match<S: AsRef<str>>(algorithm: MatchAlgorithm, wanted: &[String], offered: &[S]) -> bool {
    if wanted.len().saturating_mul(offered.len()) > FEW {
        return large_sets_match(algorithm, wanted, offered);
    }
    let is_wanted = |name: &S| has(wanted, name.as_ref());
    let is_offered = |name: &String| offered.iter().any(|other| other.as_ref() == name);
    match algorithm {
        MatchAlgorithm::Intersection => offered.iter().any(is_wanted),
        MatchAlgorithm::Subset => wanted.iter().all(is_offered),
        MatchAlgorithm::Exact => wanted.iter().all(is_offered) && offered.iter().all(is_wanted),
    }
}

/// Up to this many comparisons are quicker than building sets. Real plug-ins stay below it.
const FEW: usize = 1024;

/// The same with sets, because comparing each with each takes quadratic time.
fn large_sets_match<S: AsRef<str>>(
    algorithm: MatchAlgorithm,
    wanted: &[String],
    offered: &[S],
) -> bool {
    let wanted: HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let offered: HashSet<&str> = offered.iter().map(AsRef::as_ref).collect();
    match algorithm {
        MatchAlgorithm::Intersection => !wanted.is_disjoint(&offered),
        MatchAlgorithm::Subset => wanted.is_subset(&offered),
        MatchAlgorithm::Exact => wanted == offered,
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{context, data, instance, plugin, texts};
    use super::*;
    use MatchAlgorithm::{Exact, Intersection, Subset};

    fn matching(algorithm: MatchAlgorithm, families: &[&str]) -> Plugin {
        Plugin {
            algorithm,
            families: texts(families),
            ..plugin("P", 1.0)
        }
    }

    fn families_of(names: &[&str]) -> Instance {
        instance("i", data! {"families" => texts(names)})
    }

    /// Whether a plug-in of these families matches an instance of those, space by space.
    fn matches(algorithm: MatchAlgorithm, wanted: &[&str], offered: &[&str]) -> bool {
        families_match(&matching(algorithm, wanted), &families_of(offered)).unwrap()
    }

    #[test]
    fn large_sets_match_like_small_ones() {
        let names = |numbers: std::ops::Range<usize>| -> Vec<String> {
            numbers.map(|number| number.to_string()).collect()
        };
        let all = names(0..FEW);
        let mut doubled = all.clone();
        doubled.extend(names(0..FEW));
        for (algorithm, offered, expected) in [
            (Intersection, names(FEW - 1..2 * FEW), true),
            (Intersection, names(FEW..2 * FEW), false),
            (Subset, names(0..FEW + 1), true),
            (Subset, names(1..FEW + 1), false),
            (Exact, doubled, true),
            (Exact, names(0..FEW + 1), false),
        ] {
            assert_eq!(
                sets_match(algorithm, &all, &offered),
                expected,
                "{algorithm:?}"
            );
        }
    }

    #[test]
    fn star_in_plugin_matches_all() {
        for algorithm in [Intersection, Subset, Exact] {
            assert!(matches(algorithm, &["*"], &[]));
            assert!(matches(algorithm, &["a", "*"], &["b"]));
            let unreadable = instance("i", data! {"families" => ()});
            assert_eq!(
                families_match(&matching(algorithm, &["*"]), &unreadable),
                Ok(true)
            );
        }
    }

    #[test]
    fn star_in_instance_is_ordinary() {
        assert!(!matches(Intersection, &["a"], &["*"]));
    }

    #[test]
    fn intersection_needs_one_common_family() {
        assert!(matches(Intersection, &["a", "b"], &["b", "c"]));
        assert!(!matches(Intersection, &["a"], &["b"]));
        assert!(!matches(Intersection, &[], &["b"]));
        assert!(!matches(Intersection, &["a"], &[]));
        assert!(!matches(Intersection, &["a"], &["A", "a "]));
    }

    #[test]
    fn subset_needs_all_of_the_plugin() {
        assert!(matches(Subset, &["a", "b"], &["c", "b", "a"]));
        assert!(!matches(Subset, &["a", "b"], &["a"]));
    }

    #[test]
    fn subset_without_families_matches_everything() {
        assert!(matches(Subset, &[], &["a"]));
        assert!(matches(Subset, &[], &[]));
    }

    #[test]
    fn exact_matches_equal_sets() {
        assert!(matches(Exact, &["a", "b", "a"], &["b", "a"]));
        assert!(matches(Exact, &[], &[]));
        assert!(!matches(Exact, &["a"], &["a", "b"]));
        assert!(!matches(Exact, &["a", "b"], &["a"]));
    }

    #[test]
    fn unnamed_family_prevents_exact_only() {
        let odd = instance("i", data! {"family" => 5, "families" => ["a"]});
        assert_eq!(
            families_match(&matching(Intersection, &["a"]), &odd),
            Ok(true)
        );
        assert_eq!(families_match(&matching(Subset, &["a"]), &odd), Ok(true));
        assert_eq!(families_match(&matching(Exact, &["a"]), &odd), Ok(false));
    }

    #[test]
    fn targets_use_the_plugins_algorithm() {
        let targeting = |algorithm, targets: &[&str]| Plugin {
            algorithm,
            targets: texts(targets),
            ..plugin("P", 1.0)
        };
        assert!(targets_match(
            &targeting(Intersection, &["a", "b"]),
            &["b", "c"]
        ));
        assert!(!targets_match(&targeting(Subset, &["a", "b"]), &["b", "c"]));
        assert!(targets_match(&targeting(Subset, &[]), &["b"]));
        assert!(targets_match(&targeting(Exact, &["a"]), &["a"]));
        assert!(!targets_match(
            &targeting(Exact, &["default"]),
            &["default", "farm"]
        ));
    }

    #[test]
    fn targets_have_no_wildcard() {
        let star = Plugin {
            targets: texts(&["*"]),
            ..plugin("P", 1.0)
        };
        assert!(!targets_match(&star, &[DEFAULT_TARGET]));
        assert!(!targets_match(&plugin("P", 1.0), &["*"]));
    }

    #[test]
    fn targets_are_default_and_registered() {
        let farm = texts(&["farm"]);
        assert_eq!(session_targets(&[], &[]), ["default"]);
        assert_eq!(session_targets(&[], &farm), ["default", "farm"]);
        assert_eq!(session_targets(&texts(&["local"]), &farm), ["local"]);
    }

    #[test]
    fn hosts_need_one_in_common_or_star() {
        let hosted = |algorithm, hosts: &[&str]| Plugin {
            algorithm,
            hosts: texts(hosts),
            ..plugin("P", 1.0)
        };
        for algorithm in [Intersection, Subset, Exact] {
            assert!(hosts_match(
                &hosted(algorithm, &["maya", "nuke"]),
                &["python", "nuke"]
            ));
            assert!(hosts_match(&hosted(algorithm, &["*"]), &[] as &[&str]));
            assert!(!hosts_match(&hosted(algorithm, &["maya"]), &["nuke", "*"]));
            assert!(!hosts_match(&hosted(algorithm, &[]), &["maya"]));
        }
    }

    #[test]
    fn instances_are_in_context_order() {
        let context = context([
            instance("b", data! {"family" => "x"}),
            instance("c", data! {"family" => "y"}),
            instance("a", data! {"family" => "x", "publish" => false}),
        ]);
        let found = compatible_instances(&matching(Intersection, &["x"]), &context).unwrap();
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn plugins_of_instance_are_in_order() {
        let plugins = [
            matching(Subset, &["a", "b"]),
            matching(Intersection, &["a"]),
            matching(Exact, &["*"]),
        ];
        let found = compatible_plugins(&plugins, &families_of(&["a"])).unwrap();
        assert_eq!(found, [&plugins[1], &plugins[2]]);
    }
}
