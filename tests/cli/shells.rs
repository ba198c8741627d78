//! Completions for shells, and man pages.

use std::fs;

use super::user::User;

#[test]
fn each_shell_has_completions() {
    let user = User::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = user.run(["completions", shell]).with(0).out;
        for word in ["publish", "fail-if-empty", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    user.run(["completions", "tcsh"]).with(64).says(&["bash"]);
}

#[cfg(unix)]
#[test]
fn bash_completes_a_flag() {
    let user = User::new();
    let script = user.run(["completions", "bash"]).with(0).out;
    fs::write(user.path("complete.bash"), script).unwrap();
    let test = "
        source ./complete.bash
        COMP_WORDS=(pyblish-endpoint publish --fail-if)
        COMP_CWORD=2
        complete_it=$(complete -p pyblish-endpoint | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $complete_it pyblish-endpoint --fail-if publish
        echo ${COMPREPLY[@]}
    ";
    let mut command = std::process::Command::new("bash");
    let output = command
        .current_dir(user.path("."))
        .args(["-c", test])
        .output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "--fail-if-empty",
        "{said}"
    );
}

#[test]
fn each_command_has_a_man_page() {
    let user = User::new();
    let page = user.run(["man"]).with(0).out;
    assert!(page.contains(".TH") && page.contains("publish"), "{page}");
    // Packages for all systems have the same pages.
    assert!(!page.contains("target:"), "{page}");
    user.run(["man", "--into", "man1"]).with(0).says(&["man1"]);
    for name in [
        "pyblish-endpoint",
        "pyblish-endpoint-publish",
        "pyblish-endpoint-host-install",
    ] {
        let page = user.text(&format!("man1/{name}.1"));
        assert!(page.contains(".TH"), "{name}");
    }
    let publish = user.text("man1/pyblish-endpoint-publish.1");
    assert!(
        publish.contains("fail\\-if\\-empty") && publish.contains("130"),
        "{publish}"
    );
    user.run(["man", "--into", "/dev/null/man"])
        .with(1)
        .says(&["/dev/null/man"]);
}
