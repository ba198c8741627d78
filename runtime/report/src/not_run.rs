use super::Report;
use super::plugin_index::PluginIndex;
use pyblish_model::{Plugin, RunState};
use pyblish_rules::{session_targets, targets_match};

/// A plug-in that the run knew, and that has no result.
pub(super) struct NotRun<'a> {
    pub(super) plugin: &'a Plugin,
    /// Why, as a sentence. Holds foreign text.
    pub(super) reason: String,
}

/// The plug-ins without a result, in their order.
pub(super) fn not_run<'a>(
    report: &'a Report,
    known: &PluginIndex<'a>,
) -> impl Iterator<Item = NotRun<'a>> + use<'a> {
    let results = report.results.iter();
    let ran: std::collections::HashSet<_> = results
        .filter_map(|result| known.plugin(result))
        .map(|plugin| &plugin.id)
        .collect();
    let plugins = report.discovered.plugins.iter();
    let left = plugins.filter(move |plugin| !ran.contains(&plugin.id));
    left.map(|plugin| NotRun {
        plugin,
        reason: reason(report, plugin),
    })
}

fn reason(report: &Report, plugin: &Plugin) -> String {
    let run = &report.run;
    let chosen = run.plugins.as_ref();
    if chosen.is_some_and(|chosen| !chosen.contains(&plugin.id)) {
        return "The run was for other plug-ins.".into();
    }
    if !plugin.active {
        return "It was switched off.".into();
    }
    let targets = session_targets(&run.targets, &report.discovered.targets);
    if !targets_match(plugin, &targets) {
        return format!(
            "It is for the targets {}, and the run was for {}.",
            plugin.targets.join(", "),
            targets.join(", ")
        );
    }
    let is_whole = matches!(run.state, RunState::Succeeded | RunState::Failed);
    match (is_whole, run.until == "publish") {
        (true, true) => "No instance matched it.",
        (true, false) => "It belongs to another step, or no instance matched it.",
        (false, _) => "The run ended before its turn, or no instance matched it.",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{failed, succeeded};
    use super::*;
    use std::sync::Arc;

    fn reasons(report: &Report) -> Vec<String> {
        not_run(report, &PluginIndex::of(report))
            .map(|it| it.reason)
            .collect()
    }

    #[test]
    fn each_plugin_has_its_reason() {
        let mut report = failed();
        assert_eq!(
            reasons(&report),
            ["The run ended before its turn, or no instance matched it."]
        );
        report.run.state = RunState::Failed;
        assert_eq!(reasons(&report), ["No instance matched it."]);
        report.run.until = "validate".into();
        assert_eq!(
            reasons(&report),
            ["It belongs to another step, or no instance matched it."]
        );
        let mut plugins = report.discovered.plugins.to_vec();
        let last = plugins.last_mut().unwrap();
        last.targets = vec!["farm".into()];
        report.discovered.plugins = plugins.clone().into();
        assert_eq!(
            reasons(&report),
            ["It is for the targets farm, and the run was for default."]
        );
        report.run.targets.clear();
        report.discovered.targets = Arc::new(["studio".into()]);
        assert_eq!(
            reasons(&report),
            ["It is for the targets farm, and the run was for default, studio."]
        );
        plugins.last_mut().unwrap().active = false;
        report.discovered.plugins = plugins.into();
        assert_eq!(reasons(&report), ["It was switched off."]);
        report.run.plugins = Some(Vec::new());
        assert_eq!(reasons(&report), ["The run was for other plug-ins."]);
        assert!(reasons(&succeeded()).is_empty());
    }
}
