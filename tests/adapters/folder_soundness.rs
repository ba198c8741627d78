//! Files of an inbox that are cut off, half-written or damaged: the real binary and the real
//! adapter in its sandbox.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};

use pyblish_endpoint_tests::Folders;
use serde_json::json;

/// A box of an MP4 file.
fn atom(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes()[..], name, content].concat()
}

#[test]
fn broken_frames_are_all_named() {
    let folders = Folders::sample();
    let frame = |number: u32| folders.inbox().join(format!("hero.{number}.png"));
    let whole = fs::read(frame(1003)).unwrap();
    fs::write(frame(1003), &whole[..whole.len() - 9]).unwrap();
    let mut zeros = fs::read(frame(1006)).unwrap();
    let half = zeros.len() / 2;
    zeros[half..].fill(0);
    fs::write(frame(1006), zeros).unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let message = server.fail("ValidateSoundness", Some("hero"));
    assert!(
        message.starts_with("2 of 8 files are broken: hero.1003.png (it ends after "),
        "{message}"
    );
    assert!(
        message.contains("hero.1006.png (the checksum of its chunk"),
        "{message}"
    );
    assert!(message.contains("its end is only zeros"), "{message}");
    for name in ["skyline", "plate", "crate", "set"] {
        server.succeed("ValidateSoundness", Some(name));
    }
    fs::write(frame(1003), &whole).unwrap();
    fs::write(frame(1006), &whole).unwrap();
    server.succeed("ValidateSoundness", Some("hero"));
}

#[test]
fn what_cannot_be_checked_is_counted() {
    let folders = Folders::empty();
    fs::write(folders.inbox().join("tool.xyz"), b"anything").unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let result = server.succeed("ValidateSoundness", Some("tool"));
    let records = result["records"].to_string();
    assert!(
        records.contains(".xyz files cannot be checked here"),
        "{records}"
    );
    let instance = &server.state()["context"]["children"][0];
    assert_eq!(instance["data"]["notChecked"], 1);
}

/// A movie that is larger than the adapter's memory. It takes no room here.
#[test]
fn large_movie_needs_no_memory() {
    const SIZE: u64 = 12 << 30;
    let folders = Folders::empty();
    let path = folders.inbox().join("movie.mp4");
    let mut file = File::create(&path).unwrap();
    file.write_all(&atom(b"ftyp", b"isom\0\0\0\0")).unwrap();
    file.write_all(b"\0\0\0\x01mdat").unwrap();
    file.write_all(&SIZE.to_be_bytes()).unwrap();
    file.write_all(&[7; 64]).unwrap();
    file.seek(SeekFrom::Start(16 + SIZE)).unwrap();
    let places = atom(
        b"stco",
        &[&[0; 4][..], &1_u32.to_be_bytes(), &40_u32.to_be_bytes()].concat(),
    );
    let handler = atom(b"hdlr", b"\0\0\0\0\0\0\0\0vide");
    let table = atom(b"minf", &atom(b"stbl", &places));
    let track = atom(b"trak", &atom(b"mdia", &[handler, table].concat()));
    file.write_all(&atom(b"moov", &track)).unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    server.succeed("ValidateSoundness", Some("movie"));
    // As a recorder leaves it that was ended by force: without an index.
    file.set_len(16 + SIZE).unwrap();
    let message = server.fail("ValidateSoundness", Some("movie"));
    assert!(message.contains("its index (moov) is missing"), "{message}");
    // As a copy leaves it that was interrupted.
    file.set_len(SIZE).unwrap();
    let message = server.fail("ValidateSoundness", Some("movie"));
    assert!(
        message.contains("in the middle of its content"),
        "{message}"
    );
}

#[test]
fn damage_in_a_part_is_a_warning() {
    let folders = Folders::empty();
    let mut ogawa = b"Ogawa\xff\0\x01".to_vec();
    ogawa.extend(16_u64.to_le_bytes());
    ogawa.extend(1_u64.to_le_bytes());
    ogawa.extend(9_999_u64.to_le_bytes());
    fs::write(folders.inbox().join("cache.abc"), ogawa).unwrap();
    let server = folders.serve();
    server.succeed("CollectFiles", None);
    let result = server.succeed("ValidateSoundness", Some("cache"));
    let levels: Vec<_> = result["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["levelname"])
        .collect();
    assert!(levels.contains(&&json!("WARNING")), "{result:#}");
}
