//! Each checker with a whole file, with that file cut off at many places, and with zeros at its end.

use std::io::Cursor;

use super::{Verdict, read};

mod images;

fn verdict(extension: &str, bytes: &[u8]) -> Verdict {
    read(extension, bytes.len() as u64, &mut Cursor::new(bytes)).unwrap()
}

#[track_caller]
fn assert_broken(extension: &str, bytes: &[u8], what: &str) {
    let verdict = verdict(extension, bytes);
    assert!(
        matches!(verdict, Verdict::Broken(_)),
        "{extension} {what}: {verdict:?}"
    );
}

/// A file that is whole, and may be cut off `spare` bytes before its end without being broken.
#[track_caller]
fn holds(extension: &str, bytes: &[u8], spare: usize) {
    assert_eq!(verdict(extension, bytes), Verdict::Sound, "{extension}");
    let end = bytes.len() - spare;
    let least = (end / 2).min(24);
    let step = ((end - least) / 300).max(1);
    for length in (least..end).step_by(step).chain([end - 1]) {
        assert_broken(
            extension,
            &bytes[..length],
            &format!("cut off after {length}"),
        );
    }
}

/// A file of which the end was not written, and is zeros on the disk.
#[track_caller]
fn zeros_are_found(extension: &str, bytes: &[u8], from: usize) {
    for start in [from, from + (bytes.len() - from) / 2] {
        let mut bytes = bytes.to_vec();
        bytes[start..].fill(0);
        assert_broken(extension, &bytes, &format!("zeros from {start} on"));
    }
}

fn atom(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat()
}

/// A movie with one piece, at this place.
fn movie(at: u32) -> Vec<u8> {
    let handler = atom(b"hdlr", b"\0\0\0\0\0\0\0\0vide");
    let places = atom(
        b"stco",
        &[&[0; 4][..], &1_u32.to_be_bytes(), &at.to_be_bytes()].concat(),
    );
    let table = atom(b"minf", &atom(b"stbl", &places));
    let track = atom(b"trak", &atom(b"mdia", &[handler, table].concat()));
    let data: Vec<u8> = (1..=40).collect();
    [
        atom(b"ftyp", b"isom\0\0\0\0"),
        atom(b"mdat", &data),
        atom(b"moov", &track),
    ]
    .concat()
}

#[test]
fn movies_are_walked_to_their_ends() {
    let mp4 = movie(24);
    holds("mp4", &mp4, 0);
    let Verdict::Broken(reason) = verdict("mov", &mp4[..64]) else {
        panic!()
    };
    assert!(reason.contains("(moov) is missing"), "{reason}");
    assert_broken("mp4", &movie(100_000), "with a piece beyond its end");
    let mut hole = mp4;
    hole[24..56].fill(0);
    assert_broken("mp4", &hole, "with a hole");
    assert_broken("mp4", b"\0\0\0\x10ftypisom\0\0\0\0", "with nothing");
    // A movie whose pictures are in another file.
    let place = atom(b"dref", b"\0\0\0\0\0\0\0\x01\0\0\0\x0curl \0\0\0\0");
    let places = atom(b"stco", b"\0\0\0\0\0\0\0\x01\0\xff\xff\xff");
    let tables = [atom(b"dinf", &place), atom(b"stbl", &places)].concat();
    let track = atom(b"trak", &atom(b"mdia", &atom(b"minf", &tables)));
    assert_eq!(verdict("mov", &atom(b"moov", &track)), Verdict::Sound);

    let mut mkv = b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01\x18\x53\x80\x67\x8f".to_vec();
    mkv.extend(b"\x16\x54\xae\x6b\x81\x07\x1f\x43\xb6\x75\x84\xe7\x82\x01\x02");
    holds("mkv", &mkv, 0);
    // What follows the segment is not a part of the movie.
    mkv.extend(b"\0\0\0\0");
    assert_eq!(verdict("mkv", &mkv), Verdict::Sound);
    // Written as a stream, without sizes.
    let mut live =
        b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff\x1f\x43\xb6\x75\xff\xe7\x81\x05".to_vec();
    live.extend(b"\xa3\x84\x81\0\0\0");
    assert_eq!(verdict("webm", &live), Verdict::Sound);
    assert_broken("webm", &live[..live.len() - 1], "cut off");

    let list = |name: &[u8; 4], content: &[u8]| {
        [
            &b"LIST"[..],
            &(content.len() as u32 + 4).to_le_bytes(),
            name,
            content,
        ]
        .concat()
    };
    let chunks = [
        list(b"hdrl", b"12345678"),
        list(b"movi", b"00dc\x04\0\0\0abcd"),
    ]
    .concat();
    let avi = [
        &b"RIFF"[..],
        &(chunks.len() as u32 + 4).to_le_bytes(),
        b"AVI ",
        &chunks,
    ]
    .concat();
    holds("avi", &avi, 0);
    let mut killed = avi;
    killed[4..8].fill(0);
    assert_broken("avi", &killed, "of a killed recorder");
}

#[test]
fn caches_and_scenes_are_walked_to_their_ends() {
    let mut ogawa = b"Ogawa\xff\0\x01".to_vec();
    ogawa.extend(29_u64.to_le_bytes());
    ogawa.extend(5_u64.to_le_bytes());
    ogawa.extend(b"data!");
    ogawa.extend(1_u64.to_le_bytes());
    ogawa.extend((16 | 1_u64 << 63).to_le_bytes());
    assert_eq!(verdict("abc", &ogawa), Verdict::Sound);
    assert_broken("abc", &ogawa[..29], "cut off");
    let mut open = ogawa.clone();
    open[5] = 0;
    assert_broken("abc", &open, "not finished");
    let mut hurt = ogawa.clone();
    hurt[16] = 200;
    assert!(matches!(verdict("abc", &hurt), Verdict::Damaged(_)));

    let fbx = |name: &str, inside: &[u8], at: usize| {
        let end = (at + 13 + name.len() + inside.len()) as u32;
        [
            &end.to_le_bytes()[..],
            &[0; 8],
            &[name.len() as u8],
            name.as_bytes(),
            inside,
        ]
        .concat()
    };
    let mut bytes = b"Kaydara FBX Binary  \0\x1a\0".to_vec();
    bytes.extend(7400_u32.to_le_bytes());
    let inner = [fbx("Video", b"", 27 + 13 + 7), vec![0; 13]].concat();
    bytes.extend(fbx("Objects", &inner, 27));
    bytes.extend([0; 13]);
    holds("fbx", &bytes, 0);

    let json = br#"{"asset":{"version":"2.0"}}  "#;
    let mut glb = b"glTF\x02\0\0\0".to_vec();
    glb.extend((12 + 8 + json.len() as u32 + 8 + 4).to_le_bytes());
    glb.extend((json.len() as u32).to_le_bytes());
    glb.extend(b"JSON");
    glb.extend(json);
    glb.extend(b"\x04\0\0\0BIN\0abcd");
    holds("glb", &glb, 0);
    holds("gltf", json, 2);

    let layer =
        b"#usda 1.0\n(\n    subLayers = [@./a.usda@]\n)\ndef Xform \"A\" {\n    double a = 1 }";
    assert_eq!(verdict("usda", layer), Verdict::Sound);
    for end in [30, 38, 65, layer.len() - 1] {
        assert_broken("usda", &layer[..end], "cut off");
    }
    zeros_are_found("usda", layer, 40);

    let block = |code: &[u8; 4], content: &[u8]| {
        let length = (content.len() as u32).to_le_bytes();
        [&code[..], &length, &[0; 8], &[0; 8], content].concat()
    };
    let blend = [
        b"BLENDER-v300".to_vec(),
        block(b"GLOB", b"12345"),
        block(b"ENDB", b""),
    ]
    .concat();
    let header: Vec<u8> = [&b"BLENDER-v300"[..], &[0; 32]].concat();
    assert!(matches!(verdict("blend", &header), Verdict::NotChecked(_)));
    holds("blend", &blend, 0);
    let mut packed = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzEncoder::new(&blend[..], flate2::Compression::fast()),
        &mut packed,
    )
    .unwrap();
    holds("blend", &packed, 0);
    let zstd =
        ruzstd::encoding::compress_to_vec(&blend[..], ruzstd::encoding::CompressionLevel::Fastest);
    holds("blend", &zstd, 0);
    let with_table = [&zstd[..], b"\x5e\x2a\x4d\x18\x02\0\0\0ab"].concat();
    assert_eq!(verdict("blend", &with_table), Verdict::Sound);
    assert_broken("blend", &with_table[..with_table.len() - 1], "cut off");
}

/// An archive with two files.
fn zip(is_packed: bool) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    let content: Vec<u8> = (0..200).collect();
    for name in ["a.usda", "b.png"] {
        let at = (bytes.len() as u32).to_le_bytes();
        let mut packed = content.clone();
        if is_packed {
            let mut encoder =
                flate2::bufread::DeflateEncoder::new(&content[..], flate2::Compression::fast());
            packed.clear();
            std::io::Read::read_to_end(&mut encoder, &mut packed).unwrap();
        }
        let mut common = vec![20, 0, 0, 0, if is_packed { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend(crc32fast::hash(&content).to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u32).to_le_bytes());
        bytes.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), &packed].concat());
        list.extend(
            [
                &b"PK\x01\x02\x14\0"[..],
                &common,
                &[0; 10],
                &at,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let at = bytes.len() as u32;
    let end = [
        &b"PK\x05\x06\0\0\0\0\x02\0\x02\0"[..],
        &(list.len() as u32).to_le_bytes(),
        &at.to_le_bytes(),
        &[0; 2],
    ];
    [bytes, list, end.concat()].concat()
}

#[test]
fn archives_are_read_to_their_ends() {
    for is_packed in [false, true] {
        let bytes = zip(is_packed);
        holds("usdz", &bytes, 0);
        let mut wrong = bytes.clone();
        wrong[60] ^= 1;
        assert_broken("usdz", &wrong, "with a wrong bit");
        zeros_are_found("usdz", &bytes, bytes.len() / 2);
    }
}

#[test]
fn nothing_but_zeros_is_broken_whatever_it_is() {
    assert_broken("png", &[0; 4096], "zeros");
    assert_broken("foo", &[0; 4096], "zeros");
    let Verdict::Broken(reason) = verdict("", &[0; 9]) else {
        panic!()
    };
    assert_eq!(reason, "it contains nothing but zeros");
    // Values that may all be zero.
    assert!(matches!(verdict("bin", &[0; 64]), Verdict::NotChecked(_)));
}

#[test]
fn text_has_no_zeros() {
    assert_eq!(verdict("obj", b"v 0 0 0\n"), Verdict::Sound);
    let long = [&[b'v'; 3000][..], &[0; 500]].concat();
    let Verdict::Broken(reason) = verdict("obj", &long) else {
        panic!()
    };
    assert!(
        reason.contains("from byte 3000 on; its end is only zeros"),
        "{reason}"
    );
    // Binary values after a header of text.
    let ply = [
        &b"ply\nformat binary_little_endian 1.0\n"[..],
        &[b'x'; 2000],
        &[0; 9],
    ]
    .concat();
    assert!(matches!(verdict("ply", &ply), Verdict::NotChecked(_)));
    assert!(matches!(
        verdict("txt", b"\xff\xfea\0"),
        Verdict::NotChecked(_)
    ));
}

#[test]
fn what_is_not_known_is_not_checked() {
    for (extension, bytes) in [
        ("foo", &b"abc"[..]),
        ("max", b"\xd0\xcf\x11\xe0"),
        ("", b"abc"),
    ] {
        assert!(
            matches!(verdict(extension, bytes), Verdict::NotChecked(_)),
            "{extension}"
        );
    }
    assert_eq!(
        verdict("foo", b"abc"),
        Verdict::NotChecked(".foo files cannot be checked here".into())
    );
}

/// The files of others that `tests/cases` plays, too.
fn files_of_others(case: &str) -> Vec<(String, Vec<u8>)> {
    let folder = format!(
        "{}/../../tests/cases/{case}/files",
        env!("CARGO_MANIFEST_DIR")
    );
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn damaged_images_of_others_are_broken() {
    let sound = files_of_others("damaged_exr")
        .into_iter()
        .filter_map(|(name, bytes)| {
            let verdict = verdict("exr", &bytes);
            (!matches!(verdict, Verdict::Broken(_))).then(|| format!("{name}: {verdict:?}"))
        });
    assert_eq!(sound.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn sound_files_of_others_are_not_broken() {
    for case in ["display_windows_of_exr", "real_caches"] {
        for (name, bytes) in files_of_others(case) {
            let extension = name.rsplit('.').next().unwrap();
            let verdict = verdict(extension, &bytes);
            assert!(
                !matches!(verdict, Verdict::Broken(_)),
                "{name}: {verdict:?}"
            );
        }
    }
}
