//! Cases: plug-ins and files of others, published with plain Pyblish, in a host, in the sandbox and
//! with the folder adapter. Each is a Python program (`cases/NAME/check.py`) that says whether the
//! result is right.
//!
//! Not all of them are right today. `cases/expected` has the expected result of each. A case that
//! gets worse fails, and one that becomes right must be marked as right there.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pyblish_endpoint_tests::scripts::{Judged, names, play, tell_not_played};

/// A test for each case, and the list of their names.
macro_rules! cases {
    ($($(#[$attribute:meta])* $name:ident,)*) => {
        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                comes_to_what_is_expected(stringify!($name));
            }
        )*

        const ALL: &[&str] = &[$(stringify!($name),)*];
    };
}

cases! {
    actions_and_repairs,
    children_forks_and_threads,
    control_characters,
    damaged_exr,
    display_windows_of_exr,
    errors_of_every_make,
    every_fifth_frame,
    every_kind_of_process,
    families_that_are_no_list,
    files_of_plugins,
    frames_without_separator,
    gltf_and_its_files,
    instances_that_collectors_change,
    mixed_padding,
    names_in_latin1,
    names_of_instances,
    names_that_windows_keeps,
    numbers_that_are_no_frames,
    orders_of_every_size,
    own_test_of_when_to_stop,
    packages_of_a_studio,
    real_caches,
    records_and_loggers,
    renamed_file_that_others_name,
    stdout_of_ascii_only,
    stdout_that_is_wrapped,
    step_by_step_as_the_page,
    targets_that_plugins_register,
    temporary_files,
    temporary_folders_of_extractors,
    truncated_files,
    two_plugins_of_one_name,
    two_spellings_of_one_name,
    udim_tiles,
    usd_and_its_layers,
    values_that_json_cannot_hold,
    what_integrators_do_with_files,
}

/// Whether each case is right today, by the table.
fn expected() -> BTreeMap<String, bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/expected");
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap().to_owned();
        match words.next() {
            Some("right") => (name, true),
            Some("wrong") if words.next().is_some() => (name, false),
            _ => panic!("{name}: `right`, or `wrong` and what mends it"),
        }
    };
    lines.map(read).collect()
}

#[track_caller]
fn comes_to_what_is_expected(name: &str) {
    let is_right = expected()[name];
    match (play(&format!("cases/{name}/check.py"), "cases"), is_right) {
        (Judged::Right(said), true) => println!("{said}"),
        (Judged::Wrong(said), false) => {
            // A case that breaks has judged nothing.
            let is_judged = said.lines().any(|line| line.starts_with("wrong: "));
            assert!(is_judged, "{name} broke: {said}");
            println!("{said}");
        }
        (Judged::NotPlayed(said), _) => tell_not_played(name, &said),
        (Judged::Wrong(said), true) => panic!("{name} was right and is wrong now: {said}"),
        (Judged::Right(said), false) => {
            panic!("{name} is right now, so write `right` in tests/cases/expected: {said}")
        }
    }
}

#[test]
fn cases_are_all_listed() {
    let found = names("cases", |path| {
        let name = path.file_name()?.to_str()?.to_owned();
        path.join("check.py").is_file().then_some(name)
    });
    assert_eq!(found, ALL);
    let expected: Vec<String> = expected().into_keys().collect();
    assert_eq!(expected, ALL);
}
