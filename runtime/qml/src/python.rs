//! Finds a Python that can run QML, and says what to install if there is none.

use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The variable in which QML's own host looks for it: one or several paths, as in PATH.
const VARIABLE: &str = "PYBLISH_QML_PYTHON_EXECUTABLE";

/// The possible names of Python.
const NAMES: [&str; 2] = ["python3", "python"];

/// Imports what QML will import, in the same order, and prints the outcome as JSON in the last
/// line.
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

/// A Python that can run QML.
#[derive(Debug, Clone, PartialEq)]
pub struct Python {
    /// Its program.
    pub program: PathBuf,
    /// The folder to start it in; QML's own host uses the same one.
    pub folder: Option<PathBuf>,
}

/// No Python can run QML. The text says why, and what to install.
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
    /// The first Python that can run QML. If the user names one, only that one is tried; otherwise
    /// those in the environment variable, then those in PATH.
    ///
    /// # Errors
    /// None of them can.
    pub fn find(asked: Option<&Path>) -> Result<Self, NoPython> {
        let named = env::var_os(VARIABLE).unwrap_or_default();
        let mut tried: Vec<PathBuf> = match asked {
            // Make it absolute, because it is started in another folder. Do not resolve links:
            // Python finds a virtual environment through them.
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
        // Python must not import modules from the folder that it is started in.
        .current_dir(env::temp_dir())
        .output()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().next_back().unwrap_or_default();
    let said: Said = serde_json::from_str(last).map_err(|_| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let words = stderr.lines().next_back().unwrap_or_default();
        format!(
            "it does not report its modules ({}): {words}",
            output.status
        )
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
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}: {reason}", program.display());
    }
    text += "It runs in Python 3.7 to 3.11. Install it into its own folder:\n";
    text += if cfg!(windows) {
        "  py -3.11 -m venv %USERPROFILE%\\pyblish-qml\n  \
             %USERPROFILE%\\pyblish-qml\\Scripts\\python -m pip install pyblish-qml==1.11.5 PyQt5\n"
    } else {
        "  python3 -m venv ~/pyblish-qml\n  ~/pyblish-qml/bin/python -m pip install \
         pyblish-qml==1.11.5 PyQt5\n"
    };
    let library = |(_, reason): &(PathBuf, String)| reason.contains("cannot open shared object");
    if reasons.iter().any(library) {
        text += "A system library that Qt needs is missing; on Debian and Ubuntu:\n  \
            apt-get install libpulse-mainloop-glib0 libgl1 libegl1 libxkbcommon-x11-0 \
            libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-xinerama0\n";
    }
    let _ = write!(
        text,
        "Then name that Python with --python, or in {VARIABLE}"
    );
    NoPython(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_none_is_told_what_to_install() {
        let missing =
            no_python(&[("python3".into(), "it cannot be started: x".into())]).to_string();
        assert!(
            missing.contains("  python3: it cannot be started: x\n"),
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
            text.contains("/nowhere/python: it cannot be started"),
            "{text}"
        );
        assert!(!text.contains("python3:"), "{text}");
    }
}
