//! Reads the text form of Windows' access control lists (SDDL, "Security Descriptor Definition
//! Language"), such as `O:S-1-5-21-7D:P(A;;FA;;;S-1-5-21-7)(A;;FA;;;SY)`: who owns a file, and who
//! else may access it. Windows itself writes the text; see `acl`.

/// SYSTEM, the administrators of the machine and of its domain, and two that stand for the owner.
/// The first three can open every file anyway, as root can on Unix.
const TRUSTED: [&str; 5] = ["SY", "BA", "DA", "CO", "OW"];

/// The owner, if the text names one.
pub(crate) fn owner(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("O:")?;
    // The next part begins with one letter and a colon.
    let end = match rest.find(':') {
        Some(colon) => colon.checked_sub(1)?,
        None => rest.len(),
    };
    Some(&rest[..end])
}

/// Whether a file of this owner is this user's own. Whoever runs as an administrator makes files
/// that belong to all administrators.
pub(crate) fn is_ours(owner: &str, user: &str) -> bool {
    owner == user || ["BA", "SY"].contains(&owner)
}

/// Who else than this user may do anything with the file, each once.
pub(crate) fn others<'a>(text: &'a str, user: &str) -> Vec<&'a str> {
    let mut others = Vec::new();
    let entries = text.split_once("D:").map(|(_, list)| list);
    // Without a list, everybody may do everything.
    let Some(list) = entries.filter(|list| !list.starts_with("NO_ACCESS_CONTROL")) else {
        return vec!["WD"];
    };
    for entry in list.split('(').skip(1) {
        let mut fields = entry.trim_end_matches(')').split(';');
        let (kind, whose) = (fields.next().unwrap_or_default(), fields.nth(4));
        // What has fewer fields is a part of a condition.
        let Some(whose) = whose else { continue };
        // An entry that denies gives nothing. Any other kind may.
        let gives = !matches!(kind, "D" | "OD" | "XD");
        if gives && whose != user && !TRUSTED.contains(&whose) && !others.contains(&whose) {
            others.push(whose);
        }
    }
    others
}

/// What people call it; a number for what has no abbreviation.
pub(crate) fn name(whose: &str) -> &str {
    match whose {
        "WD" => "Everyone",
        "BU" => "Users",
        "AU" => "Authenticated Users",
        "DU" => "Domain Users",
        "BG" => "Guests",
        "IU" => "Interactive",
        "NU" => "Network",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "S-1-5-21-0-0-0-1000";

    #[test]
    fn owner_is_told_from_what_follows() {
        assert_eq!(owner("O:S-1-5-21-7D:P(A;;FA;;;SY)"), Some("S-1-5-21-7"));
        assert_eq!(owner("O:BAG:DUD:P"), Some("BA"));
        assert_eq!(owner("O:LA"), Some("LA"));
        assert_eq!(owner("D:P(A;;FA;;;SY)"), None);
        for (owner, ours) in [
            (USER, true),
            ("BA", true),
            ("SY", true),
            ("S-1-5-21-8", false),
        ] {
            assert_eq!(is_ours(owner, USER), ours, "{owner}");
        }
    }

    #[test]
    fn others_are_those_who_are_given_something() {
        let ours = format!("(A;OICI;FA;;;{USER})(A;OICI;FA;;;SY)");
        for (text, expected) in [
            (format!("O:{USER}D:P{ours}"), vec![]),
            (
                format!("D:AI{ours}(A;ID;FA;;;BA)(A;OICIIO;GA;;;CO)"),
                vec![],
            ),
            (format!("D:AI{ours}(A;;0x1200a9;;;WD)"), vec!["WD"]),
            (format!("D:{ours}(D;;FA;;;BU)(A;;FR;;;BU)"), vec!["BU"]),
            (format!("D:P{ours}(D;;FA;;;BU)"), vec![]),
            (
                format!("D:{ours}(A;;FR;;;S-1-5-9)(A;;FW;;;S-1-5-9)"),
                vec!["S-1-5-9"],
            ),
            (
                format!("D:{ours}(XA;;FR;;;AU;(@User.a == (1)))"),
                vec!["AU"],
            ),
            // Nobody but the owner, who can change that.
            ("D:P".into(), vec![]),
            ("D:NO_ACCESS_CONTROL".into(), vec!["WD"]),
            (format!("O:{USER}"), vec!["WD"]),
        ] {
            assert_eq!(others(&text, USER), expected, "{text}");
        }
        assert_eq!((name("WD"), name("S-1-5-9")), ("Everyone", "S-1-5-9"));
    }
}
