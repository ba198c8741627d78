//! Tests with packages that are written here, and with the bridge's own.

use super::*;
use crate::BRIDGE;

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pyblish_endpoint_bridge")
}

/// A package of modules, each with what follows its first line.
fn folder(modules: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let frame = [(INIT, "from .b import b\n"), (MAIN, "")];
    for (name, text) in frame.iter().chain(modules) {
        let text = format!("{CODING}\n\"\"\"About {name}.\"\"\"\n{FUTURE}\n{text}");
        fs::write(folder.path().join(format!("{name}.py")), text).unwrap();
    }
    folder
}

fn refused(modules: &[(&str, &str)]) -> String {
    let folder = folder(modules);
    let error = bundle(folder.path()).unwrap_err().to_string();
    let at = format!("{}", folder.path().display());
    error
        .strip_prefix(&at)
        .expect("its file")
        .replace('\\', "/")
}

#[test]
fn file_is_reproducible() {
    let once = bundle(&package()).unwrap();
    assert_eq!(bundle(&package()).unwrap().text, once.text);
    assert_eq!(once.text, BRIDGE, "what is embedded");
    let elsewhere = tempfile::tempdir().unwrap();
    // In another order than git wrote them, and with the line ends that it writes on Windows.
    for file in once.files.iter().rev() {
        let text = fs::read_to_string(file).unwrap().replace('\n', "\r\n");
        fs::write(elsewhere.path().join(file.file_name().unwrap()), text).unwrap();
    }
    fs::create_dir(elsewhere.path().join("__pycache__")).unwrap();
    assert_eq!(bundle(elsewhere.path()).unwrap().text, once.text);
}

#[test]
fn modules_are_in_import_order() {
    let folder = folder(&[
        ("a", "\nimport sys\nfrom os import sep\n\nA = sys.path\n"),
        (
            "b",
            "import re\nimport sys\n\nfrom .a import (\n    A,\n)\n\n\ndef b():\n    import json\n    return A\n",
        ),
        (MAIN, "from .b import b\n\nb()\n"),
    ]);
    let text = bundle(folder.path()).unwrap().text;
    let imports = format!("{FUTURE}\n\nimport re\nimport sys\nfrom os import sep\n\n\n");
    assert!(text.contains(&imports), "{text}");
    let parts = [
        "     1  a             About a.\n     2  b             About b.\n",
        "# 1  a\n#\n# About a.\n\nA = sys.path\n",
        "# 2  b\n#\n# About b.\n\n\ndef b():\n    import json\n    return A\n",
        "# 3  __main__\n#\n# About __main__.\n\nb()\n",
    ];
    let places: Vec<_> = parts.map(|part| text.find(part).expect(part)).into();
    assert!(places.is_sorted(), "{text}");
    assert!(!text.contains("from ."), "{text}");
}

#[test]
fn circle_is_refused() {
    let b = ("b", "from .a import A\nb = A\n");
    let said = refused(&[("a", "from .b import b\nA = b\n"), b]);
    assert_eq!(said, "/b.py: a circle of imports: b -> a -> b");
}

#[test]
fn changing_name_is_refused() {
    let a = (
        "a",
        "A = 1\n\n\ndef change():\n    global A, B\n    A = 2\n",
    );
    let said = refused(&[a, ("b", "from .a import A\nb = A\n")]);
    assert!(
        said.starts_with("/b.py:4: a changes A with `global`"),
        "{said}"
    );
}

#[test]
fn duplicate_name_is_refused() {
    let a = ("a", "if True:\n    b = 1\n");
    let said = refused(&[a, ("b", "\n\n\ndef b():\n    pass\n")]);
    assert_eq!(said, "/b.py:7: b is defined in a too: rename one");
}

#[test]
fn missing_import_is_refused() {
    let said = refused(&[("b", "from .a import A\nb = A\n")]);
    assert_eq!(said, "/b.py:4: there is no module a");
    let said = refused(&[("a", "\n"), ("b", "from .a import A\nb = A\n")]);
    assert_eq!(said, "/b.py:4: a defines no A");
}

#[test]
fn kept_import_is_refused() {
    let a = ("a", "A = 1\n");
    for line in [
        "from . import a",
        "from .a import A as B",
        "from .a import *",
    ] {
        let said = refused(&[a, ("b", &format!("{line}\nb = 1\n"))]);
        assert!(said.starts_with("/b.py:4: "), "{said}");
    }
    let late = (
        "b",
        "b = 1\n\n\ndef later():\n    from .a import A\n    return A\n",
    );
    let said = refused(&[a, late]);
    assert_eq!(said, "/b.py:8: imports stand at the beginning of a module");
}

#[test]
fn unused_module_is_refused() {
    let said = refused(&[("a", "A = 1\n"), ("b", "b = 1\n")]);
    assert_eq!(said, ": no module imports a");
}

#[test]
fn module_without_header_is_refused() {
    let folder = folder(&[]);
    for (text, reason) in [
        (
            "import os\n",
            "b.py:1: here must be `# -*- coding: utf-8 -*-`",
        ),
        (
            "# -*- coding: utf-8 -*-\nimport os\n",
            "b.py:2: here must be the module's documentation",
        ),
        (
            "# -*- coding: utf-8 -*-\n\"\"\"B.\n",
            "b.py:3: the module's documentation does not end",
        ),
        (
            "# -*- coding: utf-8 -*-\n\"\"\"B.\"\"\"\nimport os\n",
            "b.py:3: here must be `from __future__",
        ),
    ] {
        fs::write(folder.path().join("b.py"), text).unwrap();
        let said = bundle(folder.path()).unwrap_err().to_string();
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn init_with_code_is_refused() {
    let said = refused(&[
        (INIT, "from .b import b\n\nb()\n"),
        ("b", "def b():\n    pass\n"),
    ]);
    assert_eq!(
        said,
        "/__init__.py:6: __init__ has its documentation and imports, and nothing else"
    );
}
