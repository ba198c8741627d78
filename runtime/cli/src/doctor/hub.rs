use super::finding::Finding;
use crate::archive::Archive;
use crate::config::Config;
use crate::shipping::ServedHistories;
use pyblish_shipping::{Unsent, unsent};

const ABOUT: &str = "hub";

/// What of the user's histories the studio's hub does not have yet. The hub itself is not asked.
pub fn findings() -> Vec<Finding> {
    // A mistake in a file is a finding about the folders.
    let config = Config::read(None).ok();
    let tables = ["serve", "publish", "watch", "common"];
    let address = config.and_then(|config| {
        let values = tables.map(|table| config.value(table, "hub"));
        values.into_iter().flatten().next()
    });
    let Some(archive) = Archive::of_user() else {
        // A missing home folder is one, too.
        return Vec::new();
    };
    let histories = ServedHistories {
        archive,
        manager: None,
    };
    of(address.as_deref(), &unsent(&histories))
}

fn of(address: Option<&str>, unsent: &Unsent) -> Vec<Finding> {
    let Unsent {
        known,
        events,
        forgotten,
        broken,
    } = unsent;
    let mut findings = Vec::new();
    match (address, known, events) {
        (None, 0, _) => findings.push(Finding::ok(ABOUT, "no hub is configured")),
        (Some(address), 0, _) => findings.push(Finding::ok(
            ABOUT,
            format!("events are sent to {address}; nothing was sent yet"),
        )),
        (_, known, 0) => findings.push(Finding::ok(
            ABOUT,
            format!("the hub has all events of the closed sessions (histories: {known})"),
        )),
        (_, known, events) => findings.push(Finding::advice(
            ABOUT,
            format!("the hub does not have all events of closed sessions (events: {events}, histories: {known})"),
            "the next `serve`, `publish` or `watch` with --hub sends them",
        )),
    }
    if *forgotten > 0 {
        findings.push(Finding::advice(
            ABOUT,
            format!("events were removed from the history before they could be sent to the hub: {forgotten}"),
            "keep more with --keep-days or --keep-size",
        ));
    }
    let broken = broken.iter();
    findings.extend(broken.map(|reason| {
        Finding::problem(
            ABOUT,
            "a history cannot be compared with the hub",
            reason.clone(),
        )
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(address: Option<&str>, unsent: &Unsent) -> String {
        of(address, unsent).iter().map(Finding::line).collect()
    }

    #[test]
    fn what_waits_is_said() {
        let mut unsent = Unsent::default();
        assert!(lines(None, &unsent).contains("no hub is configured"));
        assert!(lines(Some("https://hub"), &unsent).contains("sent to https://hub"));
        unsent.known = 2;
        assert!(lines(None, &unsent).contains("has all events"));
        (unsent.events, unsent.forgotten) = (7, 3);
        let said = lines(None, &unsent);
        assert!(said.starts_with("advice   hub"), "{said}");
        assert!(
            said.contains("events: 7") && said.contains("sent to the hub: 3"),
            "{said}"
        );
    }
}
