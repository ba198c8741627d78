use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use tempfile::TempDir;

use super::file::ConfigFile;
use super::source::Source;
use super::*;
use pyblish_adapter::Limit;

/// Files of these texts, the weakest first.
fn config(texts: &[&str]) -> Result<(Config, TempDir), String> {
    let place = tempfile::tempdir().unwrap();
    let files = texts.iter().enumerate().map(|(number, text)| {
        let path = place.path().join(format!("{number}-endpoint.toml"));
        fs::write(&path, text).unwrap();
        let source = Source {
            path,
            is_named: true,
        };
        ConfigFile::read(&source).map(|file| file.unwrap())
    });
    let files: Result<Vec<_>, _> = files.collect();
    let files = files.map_err(|error| error.to_string())?;
    Ok((Config { files }, place))
}

fn mistake(text: &str) -> String {
    match config(&[text]) {
        Ok(_) => panic!("{text} is right"),
        Err(said) => said,
    }
}

#[test]
fn what_is_granted_is_what_the_flags_say() {
    let text = r#"
        [adapters.folder]
        dir = ["in=/inbox:ro", "out=/publish"]
        env = ["SHOW"]
        set = { digest = true, count = 3, names = ["a", "b,c"] }
        [adapters.maya]
        connect = ["127.0.0.1:7001"]
        network = ["10.20.0.0/16"]
        bridge = ["maya"]
    "#;
    let (config, _place) = config(&[text]).unwrap();
    let standing = config.standing().unwrap();
    let folder = &standing["folder"];
    assert_eq!(folder.folders.len(), 2);
    assert!(!folder.folders[0].writable);
    assert_eq!(folder.environment, ["SHOW"]);
    let settings = [
        ("count", "3"),
        ("digest", "true"),
        ("names", r#"["a","b,c"]"#),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(folder.settings, settings);
    let maya = &standing["maya"];
    assert_eq!(maya.addresses[0].to_string(), "127.0.0.1:7001");
    assert_eq!(maya.networks[0].to_string(), "10.20.0.0/16");
    assert_eq!(maya.bridges, ["maya"]);
}

#[test]
fn program_of_the_menu_is_a_whole_path() {
    for text in [
        "[menu]\nprogram = '/a/b'",
        r"[menu]
          program = ['/a', 'C:\a.exe', '\\server\share\a.exe', '//server/a.exe', 'd:/a.exe']",
        "[menu]",
    ] {
        config(&[text]).unwrap();
    }
    for (text, words) in [
        ("[menu]\nprogram = 'a/b'", "\"a/b\": write the whole path"),
        (
            "[menu]\nprogram = ['/a', 'c:a']",
            "\"c:a\": write the whole path",
        ),
        ("[menu]\nprogram = 3", "must be a text, or a list of texts"),
        ("[menu]\nprogramm = '/a'", "program"),
        ("menu = 3", "write [menu]"),
    ] {
        let said = mistake(text);
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn later_files_win_and_grants_add_up() {
    let site = "
        [adapters.folder]
        dir = ['site=/inbox:ro']
        env = ['SHOW']
        set = { off = 'A', root = '/a' }
        [limits]
        cpu = 5
        files = 7
    ";
    let user = "
        [adapters.folder]
        dir = ['mine=/inbox', 'out=/publish']
        set = { off = 'B' }
        [limits]
        cpu = 9
    ";
    let (config, _place) = config(&[site, user]).unwrap();
    let folder = &config.standing().unwrap()["folder"];
    let hosts: Vec<_> = folder.folders.iter().map(|it| it.host.clone()).collect();
    assert_eq!(hosts, [PathBuf::from("mine"), PathBuf::from("out")]);
    assert_eq!(folder.environment, ["SHOW"]);
    // The last value of a setting counts.
    let mut off = folder.settings.iter().filter(|(key, _)| key == "off");
    assert_eq!(off.next_back().unwrap().1, "B");
    let limits = config.limits().unwrap();
    assert_eq!(limits.get(Limit::Cpu), 9);
    assert_eq!(limits.get(Limit::Files), 7);
}

#[test]
fn the_file_of_an_adapter_is_named_by_its_whole_path() {
    let whole = std::env::temp_dir().join("mine.wasm");
    let text = format!("[adapters.mine]\nfile = {whole:?}\n[adapters.folder]");
    let (config, _place) = config(&[&text]).unwrap();
    let files = config.adapter_files().unwrap();
    assert_eq!(files, BTreeMap::from([("mine".to_owned(), whole)]));
    let said = mistake("[adapters.mine]\nfile = \"mine.wasm\"");
    assert!(said.contains("file of [adapters.mine]"), "{said}");
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (text, part) in [
        (
            "[adapters.folder]\ndirs = []",
            "no key \"dirs\" in [adapters.folder]; did you mean \"dir\"?",
        ),
        (
            "[adapters.folder]\ndir = [\"in\"]",
            "dir of [adapters.folder], \"in\"",
        ),
        (
            "[adapters.folder]\ndir = 1",
            "[adapters.folder]: invalid type",
        ),
        ("adapters = 1", "adapters must be a table"),
        ("[adapters.maya]\nconnect = [\"x\"]", "HOST:PORT"),
        (
            "[adapters.maya]\nnetwork = [\"8.8.8.8\"]",
            "private network",
        ),
        ("adapters =", "line 1"),
        (
            "[limits]\nmemry = 1",
            "no limit \"memry\" in [limits]; did you mean \"memory\"?",
        ),
        (
            "[limits]\nmemory = \"much\"",
            "memory of [limits]: the limit memory must be",
        ),
        ("[limits]\ncpu = 0.5", "a whole number of seconds"),
        ("[policy]\nplugins = []", "write [[policy]]"),
        ("[trust]\nlokced = true", "did you mean \"locked\"?"),
        ("[trust]\nlock = 'adapters.lock'", "write the whole path"),
        ("[trust]\nrevoked-keys = ['1']", "16 digits"),
        ("[trust]\nrevoked-digests = ['1']", "is no digest"),
        (
            "[[trust.keys]]\nname = 'a'\nkey = 'x'",
            "is no key of minisign",
        ),
        ("[[trust.keys]]\nname = 'a'", "write either `key`"),
        (
            "[[trust.keys]]\nname = 'a'\ncosign-key = 'cosign.pub'",
            "write the whole path",
        ),
        (
            "[[trust.keys]]\nname = 'a'\ncosign-key = '/no/cosign.pub'",
            "/no/cosign.pub cannot be read",
        ),
        (
            "[[trust.keys]]\nname = 'a'\nhost = ['x']",
            "did you mean \"hosts\"?",
        ),
        (
            "[[policy]]\nactive = false",
            "[[policy]]: missing field `plugins`",
        ),
        (
            "[[policy]]\nplugins = ['*']\nactiv = false",
            "no key \"activ\" in [policy]; did you mean \"active\"?",
        ),
    ] {
        let said = mistake(text);
        assert!(
            said.contains(part) && said.contains("endpoint.toml"),
            "{said}"
        );
    }
    let missing = Config::read(Some(Path::new("no/such/endpoint.toml"))).unwrap_err();
    let missing = missing.to_string();
    assert!(missing.contains("no/such/endpoint.toml"), "{missing}");
}

/// A key of minisign, whose secret part nobody has.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

/// What a site requires, no user's file takes back.
#[test]
fn trust_of_all_files_adds_up() {
    let site = format!(
        "[trust]\nlocked = true\nrequire-signature = true\nlock = {:?}\n
         [[trust.keys]]\nname = 'studio'\nkey = '{KEY}'\nuntil = '2027-12-31'",
        std::env::temp_dir().join("site.lock")
    );
    let show = std::env::temp_dir().join("show.lock");
    let user = format!(
        "[trust]\nlocked = false\nrequire-signature = false\nlock = {show:?}\n
         revoked-keys = ['0123456789abcdef']"
    );
    let (config, _place) = config(&[&site, &user]).unwrap();
    assert_eq!(config.lock(), (Some(show), true));
    let trust = config.trust();
    assert!(trust.require_signature);
    assert_eq!(trust.keys[0].name, "studio");
    assert_eq!(trust.revoked_keys.len(), 1);
}

fn command_line() -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name);
    let serve = Command::new("serve")
        .arg(flag("config").value_parser(clap::value_parser!(PathBuf)))
        .arg(flag("port").default_value("6001"))
        .arg(flag("socket").conflicts_with("port"))
        .arg(flag("set").action(ArgAction::Append))
        .arg(flag("open").action(ArgAction::SetTrue))
        .arg(flag("adapter"))
        .arg(flag("host"))
        .group(
            clap::ArgGroup::new("what")
                .args(["adapter", "host"])
                .required(true),
        );
    let install = Command::new("install").arg(flag("into"));
    Command::new("it")
        .subcommand(serve)
        .subcommand(Command::new("host").subcommand(install))
}

/// The words of a command line with a file of this text.
fn completed(text: &str, words: &[&str]) -> Result<Vec<String>, String> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("endpoint.toml");
    fs::write(&path, text).unwrap();
    let mut words: Vec<OsString> = words.iter().map(OsString::from).collect();
    words.insert(0, "it".into());
    let file = format!("--config={}", path.display());
    words.push(file.clone().into());
    let completed = complete(&command_line(), words).map_err(|error| error.to_string())?;
    let words = completed.words.into_iter().skip(1);
    let words = words.map(|word| word.into_string().unwrap());
    Ok(words.filter(|word| *word != file).collect())
}

#[test]
fn flags_of_a_file_are_as_if_typed() {
    let text = "
        [serve]
        adapter = 'folder'
        port = 7000
        open = true
        [serve.set]
        a = 1
        b = ['x', 'y']
    ";
    assert_eq!(
        completed(text, &["serve"]).unwrap(),
        [
            "serve",
            "--port=7000",
            "--set=a=1",
            "--set=b=[\"x\",\"y\"]",
            "--open",
            "--adapter=folder"
        ]
    );
    // What is typed wins, also where it is something that is not allowed beside the key.
    let typed = ["serve", "--socket", "s", "--host=blender", "--set=c=1"];
    assert_eq!(
        completed(text, &typed).unwrap(),
        [
            "serve",
            "--open",
            "--socket",
            "s",
            "--host=blender",
            "--set=c=1"
        ]
    );
    let common = "[common]\nport = 7\n[serve]\nport = 8\nopen = false";
    assert_eq!(
        completed(common, &["serve"]).unwrap(),
        ["serve", "--port=8"]
    );
}

#[test]
fn unknown_flags_and_tables_are_errors() {
    for (text, part) in [
        (
            "[serve]\nprot = 1",
            "no key \"prot\" in [serve]; did you mean \"port\"?",
        ),
        (
            "[common]\nprot = 1",
            "no key \"prot\" in [common]; did you mean \"port\"?",
        ),
        (
            "[host.install]\nport = 1",
            "no key \"port\" in [host.install]; there are into",
        ),
        (
            "[server]\nport = 1",
            "no table \"server\"; did you mean \"serve\"?",
        ),
        (
            "[adapter.folder]",
            "no table \"adapter\"; did you mean \"adapters\"?",
        ),
        ("[serve]\nconfig = 'x'", "no key \"config\" in [serve]"),
        ("[serve]\nopen = 1", "open of [serve]: write true or false"),
        ("[serve]\nport = [1]", "port of [serve]: it has one value"),
    ] {
        let said = completed(text, &["serve"]).unwrap_err();
        assert!(
            said.contains(part) && said.contains("endpoint.toml"),
            "{said}"
        );
    }
}
