//! The pairs to come, as a run predicts them.

use super::*;

/// A whole publish in which the first pair looks ahead. Returns what it saw, and what ran.
fn look(host: &mut Host, act: impl Fn(&str, &mut Host) -> bool) -> (String, String) {
    let mut seen = None;
    let ran = host.publish(|pair, host, run| {
        seen.get_or_insert_with(|| host.upcoming(run));
        act(pair, host)
    });
    (seen.unwrap_or_default().join(" "), ran)
}

#[test]
fn upcoming_is_what_runs() {
    let off = instance("off", data! {"publish" => false});
    let [a, b] = ab();
    let plugins = [
        context_plugin("Collect", 0.0),
        plugin("P", 1.0),
        family_plugin("None", 1.1, "none"),
        context_plugin("Q", 2.0),
        plugin("R", 2.5),
    ];
    let (seen, ran) = look(&mut Host::new(plugins, [a, off, b]), |_, _| true);
    assert_eq!(seen, "P:a P:b Q R:a R:b");
    assert_eq!(ran, format!("Collect {seen}"));
}

#[test]
fn upcoming_changes_nothing() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 2.0)], ab());
    let ran = host.publish(|_, host, run| {
        let before = (run.progress(), host.upcoming(run));
        assert_eq!((run.progress(), host.upcoming(run)), before);
        true
    });
    assert_eq!(ran, "P:a P:b Q:a Q:b");
    assert_eq!(host.progress, [0.25, 0.5, 0.75, 1.0]);
}

#[test]
fn upcoming_ignores_later_changes() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 1.1)], ab());
    let (seen, ran) = look(&mut host, |pair, host| {
        if pair == "P:a" {
            host.set("b", data! {"publish" => false});
        }
        true
    });
    assert_eq!(seen, "P:b Q:a Q:b");
    assert_eq!(ran, "P:a Q:a");
}

#[test]
fn upcoming_ends_at_known_failure() {
    let plugins = [plugin("P", 1.0), plugin("Q", 1.1), plugin("R", 2.0)];
    let mut host = Host::new(plugins, ab());
    let mut seen = Vec::new();
    host.publish(|pair, host, run| {
        seen.push(host.upcoming(run).join(" "));
        pair != "P:a"
    });
    // The pair at work counts as a success; the one before it is known to have failed.
    assert_eq!(seen[0], "P:b Q:a Q:b R:a R:b");
    assert_eq!(seen[1], "Q:a Q:b");
}

#[test]
fn upcoming_is_as_long_as_wanted() {
    let host = Host::new([plugin("P", 1.0), plugin("Q", 2.0)], ab());
    let mut run = Run::new(Arc::clone(&host.plugins), RunOptions::default());
    let count = |run: &Run, most| run.upcoming(host.view(), || true).take(most).count();
    assert_eq!(count(&run, 3), 3);
    assert_eq!(count(&run, 9), 4);
    while let Step::Pair { .. } = host.next(&mut run) {}
    assert_eq!(count(&run, 9), 0);
}
