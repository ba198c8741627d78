//! Attacks by an adapter, a client, or another user of the machine that once succeeded. Each is a
//! Python program (`attacks/NAME.py`) that repeats the attack against the real binary; it must fail
//! now.
//!
//! Some take a minute or several gigabytes. `cargo xtask test --attacks` runs these, too.

#![cfg(target_os = "linux")]

use pyblish_endpoint_tests::scripts::{Judged, names, play, tell_not_played};

/// A test for each attack, and the list of their names.
macro_rules! attacks {
    ($($(#[$attribute:meta])* $name:ident,)*) => {
        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                comes_to_nothing(stringify!($name));
            }
        )*

        const ALL: &[&str] = &[$(stringify!($name),)*];
    };
}

attacks! {
    bridge_crowd,
    bridge_without_grant,
    clock_ahead,
    #[ignore = "takes a minute: cargo xtask test --attacks"]
    closed_session_spins,
    #[ignore = "takes a minute: cargo xtask test --attacks"]
    compile_bomb,
    foreign_run_folder,
    foreign_sqlite,
    full_disk,
    history_lock_link,
    history_looked_at,
    history_removed,
    locked_history,
    #[ignore = "takes a minute: cargo xtask test --attacks"]
    many_sessions,
    name_of_loopback,
    nested_grants,
    #[ignore = "takes gigabytes where it succeeds: cargo xtask test --attacks"]
    objects_in_one_answer,
    #[ignore = "takes gigabytes where it succeeds: cargo xtask test --attacks"]
    objects_in_one_request,
    pipes_take_threads,
    #[ignore = "takes a minute: cargo xtask test --attacks"]
    removals_without_end,
    rest_grants,
    small_files,
    thumbnail_race,
    #[ignore = "takes gigabytes where it succeeds: cargo xtask test --attacks"]
    v1_state_names,
}

#[track_caller]
fn comes_to_nothing(name: &str) {
    match play(&format!("attacks/{name}.py"), "attacks") {
        Judged::Right(said) => println!("{said}"),
        Judged::NotPlayed(said) => tell_not_played(name, &said),
        Judged::Wrong(said) => panic!("{name}: {said}"),
    }
}

#[test]
fn attacks_are_all_listed() {
    let shared = ["components", "harness"];
    let found = names("attacks", |path| {
        let name = path.file_stem()?.to_str()?.to_owned();
        let is_attack = path.extension()? == "py" && !shared.contains(&&*name);
        is_attack.then_some(name)
    });
    assert_eq!(found, ALL);
}
