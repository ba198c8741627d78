//! Whether a run may begin in the context that there is: it must be about the scene that is open in
//! the host. If it is not, a run that collects begins with an empty context, and any other run is
//! refused, or collects first where the user has set that.

use std::collections::HashSet;

use crate::adapter_driver::AdapterDriver;
use crate::error::SessionError;
use crate::run_request::RunRequest;
use pyblish_model::{JsonText, Plugin, PluginId, SceneState, SmolStr};
use pyblish_rules::{Stage, Until};

/// The setting of a host's adapter that has a run collect again where it would be refused.
const COLLECTS: &str = "collect-when-stale";

/// Makes the context one that the run may begin in. Ids in the request become those of now.
///
/// # Errors
/// The context is stale or outdated for this run: [`SessionError::Stale`]. Or the reset fails.
pub(crate) async fn ensure(
    request: &mut RunRequest,
    driver: &mut AdapterDriver,
) -> Result<(), SessionError> {
    let now = driver.journal.now();
    let Some(why) = why(request, &now.scene, &now.plugins) else {
        return Ok(());
    };
    let options = &request.options;
    let collects_itself = now
        .plugins
        .iter()
        .any(|it| is_collector(it) && options.sees_plugin(it));
    let may_collect = collects_itself || driver.slot.setting(COLLECTS).is_some_and(is_true);
    // Instances of a former context do not exist in a new one.
    if !may_collect || options.instances.is_some() || request.continues.is_some() {
        return Err(SessionError::Stale(why));
    }
    let chosen: HashSet<_> = now
        .plugins
        .iter()
        .filter(|it| options.sees_plugin(it))
        .map(key)
        .collect();
    let is_all = options.plugins.is_none() && collects_itself;
    driver.reset().await?;
    if !is_all {
        let plugins = driver.journal.now().plugins.iter();
        let kept = plugins.filter(|it| is_collector(it) || chosen.contains(&key(it)));
        request.options.plugins = Some(kept.map(|it| it.id.clone()).collect::<HashSet<PluginId>>());
    }
    if let Until::One(stage) = request.options.until {
        request.options.until = Until::UpTo(stage);
    }
    Ok(())
}

/// Why the context is not one for this run, if it is not.
fn why(request: &RunRequest, scene: &SceneState, plugins: &[Plugin]) -> Option<String> {
    let publishes = |plugin: &Plugin| {
        Stage::of(plugin.order) > Stage::Validate && request.options.sees_plugin(plugin)
    };
    let outdated = scene.outdated.as_ref();
    let outdated = outdated.filter(|_| plugins.iter().any(publishes));
    scene.stale.as_ref().or(outdated).cloned()
}

fn is_collector(plugin: &Plugin) -> bool {
    Stage::of(plugin.order) == Stage::Collect
}

fn is_true(value: &JsonText) -> bool {
    value.as_bool() == Some(true)
}

/// What stays the same of a plug-in when it is discovered again. Ids do not.
fn key(plugin: &Plugin) -> (SmolStr, Option<String>) {
    (plugin.name.clone(), plugin.file.clone())
}
