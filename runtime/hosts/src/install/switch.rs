//! The line of Krita's settings that switches our plug-in on. Krita writes the file anew when it
//! ends and keeps no comments, so the line itself is the mark.

const SECTION: &str = "[python]";

/// The settings with the plug-in switched on.
pub(super) fn on(settings: &str, key: &str) -> String {
    let mut lines = lines_without(settings, key);
    let line = format!("{key}=true\n");
    match lines.iter().position(|line| line.trim() == SECTION) {
        Some(at) => {
            if !lines[at].ends_with('\n') {
                lines[at].push('\n');
            }
            lines.insert(at + 1, line);
        }
        None => {
            if lines.last().is_some_and(|last| !last.ends_with('\n')) {
                lines.push("\n".into());
            }
            if !lines.is_empty() {
                lines.push("\n".into());
            }
            lines.extend([format!("{SECTION}\n"), line]);
        }
    }
    lines.concat()
}

/// The settings without the plug-in.
pub(super) fn off(settings: &str, key: &str) -> String {
    let mut lines = lines_without(settings, key);
    let is_empty_section = |lines: &[String]| {
        lines.last().is_some_and(|last| last.trim() == SECTION) && lines.concat() != settings
    };
    // If the section is the last and empty, we added it, and the empty line before it.
    if is_empty_section(&lines) {
        lines.pop();
        if lines.last().is_some_and(|last| last.trim().is_empty()) {
            lines.pop();
        }
    }
    lines.concat()
}

/// Whether it is switched on.
pub(super) fn is_on(settings: &str, key: &str) -> bool {
    lines_without(settings, key).concat() != settings && settings.contains(&format!("{key}=true"))
}

fn lines_without(settings: &str, key: &str) -> Vec<String> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in settings.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            inside = line.trim() == SECTION;
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        if !(inside && name == key) {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "enable_ours";

    #[test]
    fn switching_off_restores_settings() {
        for settings in [
            "",
            "[a]\nb=1\n",
            "[python]\nenable_other=true\n",
            "[python]\nenable_other=true\n\n[z]\nenable_ours=1\n",
        ] {
            let on = on(settings, KEY);
            assert!(is_on(&on, KEY), "{on}");
            assert!(!is_on(settings, KEY), "{settings}");
            assert_eq!(off(&on, KEY), settings);
        }
    }

    #[test]
    fn disabled_plugin_is_enabled_once() {
        let settings = "[python]\nenable_ours=false\nenable_other=true\n";
        assert!(!is_on(settings, KEY));
        let on = on(settings, KEY);
        assert_eq!(on, "[python]\nenable_ours=true\nenable_other=true\n");
        assert_eq!(off(&on, KEY), "[python]\nenable_other=true\n");
    }
}
