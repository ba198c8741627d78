//! What is said of a key that does not exist.

/// How alike two words must be, from 0 to 1, to be taken for a slip of the finger.
const ALIKE: f64 = 0.7;

/// `there is no KIND "prot" in [serve]; did you mean "port"?`, or all that there are.
pub fn unknown<'a>(
    kind: &str,
    key: &str,
    table: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let place = match table {
        "" => String::new(),
        table => format!(" in [{table}]"),
    };
    let wrong = format!("there is no {kind} {key:?}{place}");
    match nearest(key, &known) {
        Some(near) => format!("{wrong}; did you mean {near:?}?"),
        None => format!("{wrong}; there are {}", known.join(", ")),
    }
}

/// The word that was probably meant.
fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |word: &str| strsim::jaro_winkler(key, word);
    let best = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.copied().filter(|word| likeness(word) > ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_corrected() {
        let known = ["dir", "connect", "network"];
        assert_eq!(
            unknown("key", "dirs", "adapters.folder", known),
            "there is no key \"dirs\" in [adapters.folder]; did you mean \"dir\"?"
        );
        assert_eq!(
            unknown("table", "zzz", "", known),
            "there is no table \"zzz\"; there are dir, connect, network"
        );
    }
}
