//! Small plots that random steps seldom make: two or three plug-ins that run one after another and
//! concern the same instance or plug-in. Each plot adds a step to existing plug-ins.

use serde_json::{Value, json};

use super::generate::FAMILIES;
use super::random::Random;

type Plot = fn(&mut Random, &mut [Value]);

/// How likely each is, in percent.
const PLOTS: [(usize, Plot); 8] = [
    (12, switch_off),
    (55, switch_off_and_on),
    (42, fail),
    (34, create_late),
    (11, skip),
    (12, unskip),
    (50, change_family),
    (24, remove_ahead),
];

pub(super) fn thicken(random: &mut Random, plugins: &mut [Value]) {
    for (chance, plot) in PLOTS {
        if random.percent(chance) {
            plot(random, plugins);
        }
    }
}

/// A plug-in is switched off before its turn.
fn switch_off(random: &mut Random, plugins: &mut [Value]) {
    if let Some([first, second]) = cast(random, plugins, |_, _| true) {
        let step = json!({"activate": plugins[second]["name"], "active": false});
        play(&mut plugins[first], step);
    }
}

/// A plug-in is switched off, and on again by another one before its turn.
fn switch_off_and_on(random: &mut Random, plugins: &mut [Value]) {
    let surely = |number: usize, plugin: &Value| number == 2 || list(plugin) == Some("context");
    if let Some([first, second, third]) = cast(random, plugins, surely) {
        let name = plugins[third]["name"].clone();
        play(
            &mut plugins[second],
            json!({"activate": name, "active": true}),
        );
        play(
            &mut plugins[first],
            json!({"activate": name, "active": false}),
        );
    }
}

/// A validator fails, so a later plug-in must not run. Less often, another plug-in fails.
fn fail(random: &mut Random, plugins: &mut [Value]) {
    let any = random.percent(15);
    let fits = |number: usize, plugin: &Value| match number {
        0 => any || (0.5..1.5).contains(&order(plugin)),
        _ => order(plugin) >= 1.5,
    };
    if let Some([first, _]) = cast(random, plugins, fits) {
        play(&mut plugins[first], json!({"fail": "in a plot"}));
    }
}

/// An instance is made after collection, with a family of a later plug-in.
fn create_late(random: &mut Random, plugins: &mut [Value]) {
    let fits = |number: usize, plugin: &Value| match number {
        0 => order(plugin) >= 0.5,
        _ => list(plugin) == Some("instance"),
    };
    if let Some([first, second]) = cast(random, plugins, fits) {
        let families = plugins[second]["families"].as_array();
        let family = families.and_then(|families| families.first());
        let family = family
            .cloned()
            .unwrap_or_else(|| (*random.pick(&FAMILIES)).into());
        play(
            &mut plugins[first],
            json!({"create": "late", "data": {"family": family}}),
        );
    }
}

/// An instance is switched off before a later plug-in's turn.
fn skip(random: &mut Random, plugins: &mut [Value]) {
    publish(random, plugins, json!(false));
}

/// An instance is switched on again, or gets a value that only looks like false.
fn unskip(random: &mut Random, plugins: &mut [Value]) {
    let value = random
        .pick(&[json!(true), json!(0), Value::Null, json!("")])
        .clone();
    publish(random, plugins, value);
}

/// A plug-in sets `publish` of one instance before another plug-in's turn.
fn publish(random: &mut Random, plugins: &mut [Value], value: Value) {
    let names = made(plugins);
    if !names.is_empty()
        && let Some([first, _]) = cast(random, plugins, |_, _| true)
    {
        let step = json!({"set": {"publish": value}, "on": random.pick(&names)});
        play(&mut plugins[first], step);
    }
}

/// An instance's family changes before a later plug-in's turn.
fn change_family(random: &mut Random, plugins: &mut [Value]) {
    let fits = |number: usize, plugin: &Value| {
        number == 0 || list(plugin) == Some("instance") && plugin["families"].is_array()
    };
    let names = made(plugins);
    if !names.is_empty()
        && let Some([first, second]) = cast(random, plugins, fits)
    {
        let set = match random.below(3) {
            0 => json!({"family": random.pick(&FAMILIES)}),
            1 => json!({"family": plugins[second]["families"][0]}),
            _ => json!({"families": plugins[second]["families"]}),
        };
        let step = json!({"set": set, "on": random.pick(&names)});
        play(&mut plugins[first], step);
    }
}

/// A plug-in removes an instance that it has not processed yet.
fn remove_ahead(random: &mut Random, plugins: &mut [Value]) {
    let names = made(plugins);
    if let Some(name) = names.last().cloned()
        && let Some(plugin) = plugins
            .iter_mut()
            .find(|plugin| plugin.get("instance").is_some())
        && let Value::Object(fields) = plugin
    {
        if random.percent(70) {
            fields.shift_remove("families");
        }
        play(plugin, json!({"remove": name}));
    }
}

/// The names of instances that the first plug-in makes.
fn made(plugins: &[Value]) -> Vec<String> {
    let steps = plugins
        .first()
        .and_then(|plugin| plugin["context"].as_array());
    let names = steps
        .into_iter()
        .flatten()
        .filter_map(|step| step["create"].as_str());
    names.map(str::to_owned).collect()
}

/// The indices of `N` plug-ins with steps that run one after another, each of which fits its number
/// (from 0). None if there are no such plug-ins.
fn cast<const N: usize>(
    random: &mut Random,
    plugins: &[Value],
    fits: impl Fn(usize, &Value) -> bool,
) -> Option<[usize; N]> {
    // Below -0.5 a plug-in runs after the collectors.
    let rank = |plugin: &Value| match order(plugin) {
        low if low < -0.5 => 0.5,
        order => order,
    };
    let plays = |plugin: &Value| list(plugin).is_some() && plugin.get("active").is_none();
    let mut left: Vec<usize> = (0..plugins.len())
        .filter(|at| plays(&plugins[*at]))
        .collect();
    left.sort_by(|one, other| rank(&plugins[*one]).total_cmp(&rank(&plugins[*other])));
    let mut chosen = [0; N];
    for (number, place) in chosen.iter_mut().enumerate() {
        // So that enough are left for the rest.
        let end = (left.len() + number + 1).checked_sub(N)?;
        let allowed = (0..end).filter(|at| fits(number, &plugins[left[*at]]));
        let allowed: Vec<usize> = allowed.collect();
        if allowed.is_empty() {
            return None;
        }
        let at = *random.pick(&allowed);
        *place = left[at];
        left.drain(..=at);
    }
    Some(chosen)
}

fn order(plugin: &Value) -> f64 {
    plugin["order"].as_f64().unwrap_or(0.0)
}

/// The list of steps that Pyblish plays, if the plug-in has one.
fn list(plugin: &Value) -> Option<&'static str> {
    ["instance", "context"]
        .into_iter()
        .find(|list| plugin.get(list).is_some())
}

/// Adds this step at the front, or at the end if the plug-in makes instances first.
fn play(plugin: &mut Value, step: Value) {
    if let Some(list) = list(plugin)
        && let Some(steps) = plugin[list].as_array_mut()
    {
        match steps
            .first()
            .is_some_and(|first| first.get("create").is_some())
        {
            true => steps.push(step),
            false => steps.insert(0, step),
        }
    }
}
