//! Each checker with a whole file, with that file cut off at many places, and with zeros at its end.

use std::io::Cursor;

use ::exr::prelude::*;
use image::{DynamicImage, ImageFormat, Rgb32FImage, RgbImage};

use super::{Verdict, read};

pub fn verdict(extension: &str, bytes: &[u8]) -> Verdict {
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

fn picture() -> RgbImage {
    RgbImage::from_fn(67, 41, |x, y| {
        image::Rgb([(x * 3) as u8, (y * 5) as u8, (x * y) as u8])
    })
}

fn drawn(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture())
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// An OpenEXR image with this encoding.
fn exr(encoding: Encoding) -> Vec<u8> {
    let channels = SpecificChannels::rgb(|Vec2(x, y): Vec2<usize>| {
        (
            f16::from_f32(x as f32 / 7.0),
            f16::from_f32((x * y % 31) as f32),
            f16::from_f32(1.0),
        )
    });
    let layer = Layer::new((67, 71), LayerAttributes::default(), encoding, channels);
    let mut bytes = Cursor::new(Vec::new());
    Image::from_layer(layer)
        .write()
        .non_parallel()
        .to_buffered(&mut bytes)
        .unwrap();
    bytes.into_inner()
}

fn layers() -> Vec<u8> {
    let layer = |name: &str, encoding| {
        let list = AnyChannels::sort(
            [AnyChannel::new(
                "Z",
                FlatSamples::F32((0..24 * 10).map(|n| n as f32).collect()),
            )]
            .into_iter()
            .collect(),
        );
        Layer::new((24, 10), LayerAttributes::named(name), encoding, list)
    };
    let layers = vec![
        layer("depth", Encoding::UNCOMPRESSED),
        layer("id", Encoding::SMALL_LOSSLESS),
    ];
    let image = Image::from_layers(
        ImageAttributes::new(IntegerBounds::from_dimensions((24, 10))),
        layers,
    );
    let mut bytes = Cursor::new(Vec::new());
    image
        .write()
        .non_parallel()
        .to_buffered(&mut bytes)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn png_is_walked_to_its_end() {
    let bytes = drawn(ImageFormat::Png);
    holds("png", &bytes, 0);
    zeros_are_found("png", &bytes, 60);
    for place in [20, bytes.len() / 2, bytes.len() - 6] {
        let mut bytes = bytes.clone();
        bytes[place] ^= 4;
        assert_broken("png", &bytes, "with a wrong bit");
    }
    // What programs append is no fault.
    assert_eq!(
        verdict("png", &[&bytes[..], b"more"].concat()),
        Verdict::Sound
    );
    let Verdict::Broken(reason) = verdict("png", &bytes[..60]) else {
        panic!()
    };
    assert_eq!(
        reason,
        "it ends after 60 bytes, in the middle of its picture"
    );
}

#[test]
fn jpeg_is_walked_to_its_end() {
    let bytes = drawn(ImageFormat::Jpeg);
    holds("jpg", &bytes, 0);
    zeros_are_found("jpg", &bytes, bytes.len() / 2);
    // A small picture in its header has an end of its own.
    let mut inside = b"\xff\xd8\xff\xe1\0\x08Exif\xff\xd9".to_vec();
    inside.extend(&bytes[2..bytes.len() - 2]);
    assert_broken("jpg", &inside, "with an end only in its header");
}

#[test]
fn exr_is_walked_by_its_table() {
    let tiles = |compression, levels| Encoding {
        compression,
        blocks: Blocks::Tiles(Vec2(16, 16)),
        line_order: levels,
    };
    for encoding in [
        Encoding::UNCOMPRESSED,
        Encoding::FAST_LOSSLESS,
        Encoding::SMALL_LOSSLESS,
        Encoding::SMALL_FAST_LOSSLESS,
        Encoding {
            compression: Compression::ZIP1,
            blocks: Blocks::ScanLines,
            line_order: LineOrder::Decreasing,
        },
        tiles(Compression::ZIP16, LineOrder::Increasing),
        tiles(Compression::Uncompressed, LineOrder::Unspecified),
        tiles(Compression::PXR24, LineOrder::Increasing),
    ] {
        let bytes = exr(encoding);
        holds("exr", &bytes, 0);
        // Nothing in the others tells a hole in the last block.
        if encoding.compression != Compression::PIZ {
            zeros_are_found("exr", &bytes, bytes.len() / 2);
        }
    }
    holds("exr", &layers(), 0);
    let mut image = Cursor::new(Vec::new());
    DynamicImage::from(Rgb32FImage::new(9, 9))
        .write_to(&mut image, ImageFormat::OpenExr)
        .unwrap();
    holds("exr", image.get_ref(), 0);
}

#[test]
fn exr_of_a_killed_render_is_broken() {
    let bytes = exr(Encoding::SMALL_LOSSLESS);
    // The table is written at the end, so that it is zeros until then.
    let mut killed = bytes.clone();
    let offset = table_of(&bytes);
    killed[offset..offset + 5 * 8].fill(0);
    let Verdict::Broken(reason) = verdict("exr", &killed) else {
        panic!()
    };
    assert!(reason.contains("did not finish it"), "{reason}");
    // A hole of one sector in a packed block.
    let mut hole = bytes.clone();
    let middle = bytes.len() * 2 / 3;
    hole[middle..middle + 64].fill(0);
    let Verdict::Broken(reason) = verdict("exr", &hole) else {
        panic!()
    };
    assert!(reason.contains("is damaged"), "{reason}");
}

/// The place of the first number of the table, which is the place of the first block.
fn table_of(bytes: &[u8]) -> usize {
    (8..bytes.len() - 48)
        .find(|at| {
            let number = |n: usize| {
                u64::from_le_bytes(bytes[at + n * 8..at + n * 8 + 8].try_into().unwrap())
            };
            number(0) == (at + 5 * 8) as u64
                && number(1) > number(0)
                && number(1) < bytes.len() as u64
        })
        .expect("a table")
}

#[test]
fn other_images_are_walked_to_their_ends() {
    let tiff = drawn(ImageFormat::Tiff);
    holds("tif", &tiff, 0);
    // Uncompressed pictures may be black, but the tables at their end are not zeros.
    zeros_are_found("tif", &tiff, tiff.len() - 60);

    let gif = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff\x21\xf9\x04\0\0\0\0\0\
                \x2c\0\0\0\0\x02\0\x02\0\0\x02\x03\x44\x02\x05\0\x3b";
    holds("gif", gif, 0);
    zeros_are_found("gif", gif, 30);

    let mut bmp =
        b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x03\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
    bmp.resize(54, 0);
    bmp.extend([7; 24]);
    holds("bmp", &bmp, 0);

    let mut tga = vec![0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 3, 0, 24, 0];
    tga.extend([0x85, 1, 2, 3, 0x05]);
    tga.extend([9; 18]);
    holds("tga", &tga, 0);

    let mut hdr = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 8\n".to_vec();
    for _ in 0..2 {
        hdr.extend([2, 2, 0, 8]);
        (0..4).for_each(|_| hdr.extend([0x84, 7, 4, 1, 2, 3, 4]));
    }
    holds("hdr", &hdr, 0);
    zeros_are_found("hdr", &hdr, hdr.len() - 40);

    let webp = [
        &b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0"[..],
        &[0x2f, 1, 2, 3, 4, 0],
    ]
    .concat();
    holds("webp", &webp, 0);

    let mut dpx = vec![0; 2048 + 8 * 4 * 4];
    dpx[..4].copy_from_slice(b"SDPX");
    dpx[4..8].copy_from_slice(&2048_u32.to_be_bytes());
    dpx[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    dpx[770..772].copy_from_slice(&1_u16.to_be_bytes());
    dpx[772..776].copy_from_slice(&8_u32.to_be_bytes());
    dpx[776..780].copy_from_slice(&4_u32.to_be_bytes());
    dpx[800..808].copy_from_slice(&[50, 2, 2, 10, 0, 1, 0, 0]);
    dpx[808..812].copy_from_slice(&2048_u32.to_be_bytes());
    holds("dpx", &dpx, 0);

    let mut psd = b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\x08\0\x03".to_vec();
    psd.extend([0; 12]);
    psd.extend([0, 0]);
    psd.extend([7; 60]);
    holds("psd", &psd, 0);
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

    let mut mkv = b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01\x18\x53\x80\x67\x8f".to_vec();
    mkv.extend(b"\x16\x54\xae\x6b\x81\x07\x1f\x43\xb6\x75\x84\xe7\x82\x01\x02");
    holds("mkv", &mkv, 0);
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
