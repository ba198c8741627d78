//! A Python that can run QML: found, asked what it has, and what to install where there is none.

use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// As QML's own host looks for it: one or several, as in PATH.
const VARIABLE: &str = "PYBLISH_QML_PYTHON_EXECUTABLE";

/// What it may be called.
const NAMES: [&str; 2] = ["python3", "python"];

/// Imports what QML will, in its order, and says how that went: JSON in the last line.
const ASK: &str = "\
import json, os, sys
said = {'version': '%d.%d.%d' % sys.version_info[:3], 'folder': None, 'error': None}
try:
    import pyblish.api
    import pyblish_qml
    said['folder'] = os.path.join(os.path.dirname(os.path.abspath(pyblish_qml.__file__)), 'ipc')
    from pyblish_qml.vendor.Qt5 import QtCore, QtGui, QtQuick
except BaseException as error:
    said['error'] = '%s: %s' % (type(error).__name__, error)
print()
print(json.dumps(said))
";

/// One that can.
#[derive(Debug, Clone, PartialEq)]
pub struct Python {
    pub program: PathBuf,
    /// Where it is to be started, which is where QML's own host starts it.
    pub folder: Option<PathBuf>,
}

/// There is none; told with why not, and what to install.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NoPython(String);

#[derive(Deserialize)]
struct Said {
    version: String,
    folder: Option<PathBuf>,
    error: Option<String>,
}

impl Python {
    /// The first that can run QML: this one and no other, if one is asked for; else those that the environment names,
    /// else those in PATH.
    ///
    /// # Errors
    /// None can.
    pub fn find(asked: Option<&Path>) -> Result<Self, NoPython> {
        let named = env::var_os(VARIABLE).unwrap_or_default();
        let mut tried: Vec<PathBuf> = match asked {
            // It is started elsewhere than here. A link stays one: that is how a virtual environment is found.
            Some(path) if path.components().count() > 1 => {
                vec![std::path::absolute(path).unwrap_or_else(|_| path.into())]
            }
            Some(name) => vec![name.into()],
            None => env::split_paths(&named)
                .filter(|path| path.is_file())
                .collect(),
        };
        if tried.is_empty() {
            tried = NAMES.iter().map(PathBuf::from).collect();
        }
        let mut reasons = Vec::new();
        for program in tried {
            match ask(&program) {
                Ok(python) => return Ok(python),
                Err(reason) => reasons.push((program, reason)),
            }
        }
        Err(no_python(&reasons))
    }
}

fn ask(program: &Path) -> Result<Python, String> {
    let output = Command::new(program)
        .args(["-c", ASK])
        .stdin(Stdio::null())
        // Where it is started is no place to take modules from.
        .current_dir(env::temp_dir())
        .output()
        .map_err(|error| format!("it does not start: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().next_back().unwrap_or_default();
    let said: Said = serde_json::from_str(last).map_err(|_| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let words = stderr.lines().next_back().unwrap_or_default();
        format!("it does not say what it has ({}): {words}", output.status)
    })?;
    match said.error {
        None => Ok(Python {
            program: program.into(),
            folder: said.folder,
        }),
        Some(error) => Err(format!("Python {}: {error}", said.version)),
    }
}

fn no_python(reasons: &[(PathBuf, String)]) -> NoPython {
    let mut text = "no Python here can run Pyblish QML:\n".to_owned();
    for (program, reason) in reasons {
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {}: {reason}", program.display());
    }
    text += "It runs in Python 3.7 to 3.11. Install it into a folder of its own:\n";
    text += match cfg!(windows) {
        true => {
            "  py -3.11 -m venv %USERPROFILE%\\pyblish-qml\n  \
             %USERPROFILE%\\pyblish-qml\\Scripts\\python -m pip install pyblish-qml==1.11.5 PyQt5\n"
        }
        false => {
            "  python3 -m venv ~/pyblish-qml\n  ~/pyblish-qml/bin/python -m pip install pyblish-qml==1.11.5 PyQt5\n"
        }
    };
    let library = |(_, reason): &(PathBuf, String)| reason.contains("cannot open shared object");
    if reasons.iter().any(library) {
        text += "A library of the system that Qt needs is missing; on Debian and Ubuntu:\n  \
            apt-get install libpulse-mainloop-glib0 libgl1 libegl1 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 \
            libxcb-keysyms1 libxcb-render-util0 libxcb-xinerama0\n";
    }
    let _ = write!(text, "and name that Python with --python, or in {VARIABLE}");
    NoPython(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_none_is_told_what_to_install() {
        let missing = no_python(&[("python3".into(), "it does not start: x".into())]).to_string();
        assert!(
            missing.contains("  python3: it does not start: x\n"),
            "{missing}"
        );
        assert!(
            missing.contains("-m pip install pyblish-qml==1.11.5 PyQt5\n"),
            "{missing}"
        );
        assert!(!missing.contains("apt-get"), "{missing}");
        let reason = "Python 3.11.2: ImportError: libpulse-mainloop-glib.so.0: cannot open shared object file";
        let library = no_python(&[("python3".into(), reason.into())]).to_string();
        assert!(
            library.contains("apt-get install libpulse-mainloop-glib0"),
            "{library}"
        );
    }

    #[test]
    fn a_python_that_is_asked_for_is_the_only_one() {
        let error = Python::find(Some(Path::new("/nowhere/python"))).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("/nowhere/python: it does not start"),
            "{text}"
        );
        assert!(!text.contains("python3:"), "{text}");
    }
}
