//! Images.

use std::io::Cursor;

use ::exr::prelude::*;
use image::{DynamicImage, ImageFormat, Rgb32FImage, RgbImage};

use super::super::Verdict;
use super::{assert_broken, holds, verdict, zeros_are_found};

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
    // Bytes between segments that belong to nothing.
    let place = 4 + usize::from(u16::from_be_bytes([bytes[4], bytes[5]]));
    let filled = [&bytes[..place], &[0, 7], &bytes[place..]].concat();
    assert_eq!(verdict("jpg", &filled), Verdict::Sound);
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
fn exr_of_each_packing_is_unpacked_and_never_crashes() {
    for compression in [
        Compression::PIZ,
        Compression::B44,
        Compression::B44A,
        Compression::ZIP16,
        Compression::PXR24,
        Compression::RLE,
    ] {
        let bytes = exr(Encoding {
            compression,
            blocks: Blocks::ScanLines,
            line_order: LineOrder::Increasing,
        });
        holds("exr", &bytes, 0);
        // What is wrong is found or not, but whoever wrote it ends nothing.
        let mut state = 1_u64;
        let mut random = |most: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % most as u64) as usize
        };
        let start = bytes.len() / 4;
        for _ in 0..500 {
            let mut wrong = bytes.clone();
            for _ in 0..=random(8) {
                let place = start + random(bytes.len() - start);
                wrong[place] = random(256) as u8;
            }
            if random(2) == 0 {
                let place = start + random(bytes.len() - start - 64);
                wrong[place..place + 64].fill(0);
            }
            let found = verdict("exr", &wrong);
            assert!(!matches!(found, Verdict::NotChecked(_)), "{found:?}");
        }
    }
}

#[test]
fn exr_whose_packing_is_not_known_is_not_checked() {
    for compression in [Compression::DWAA(None), Compression::DWAB(None)] {
        let bytes = exr(Encoding {
            compression,
            blocks: Blocks::ScanLines,
            line_order: LineOrder::Increasing,
        });
        let Verdict::NotChecked(reason) = verdict("exr", &bytes) else {
            panic!("{compression}")
        };
        assert_eq!(reason, format!("{compression} cannot be unpacked here"));
        // What is missing is found all the same.
        assert_broken("exr", &bytes[..bytes.len() - 1], "cut off");
        // DWAB has one block here, and only its end is missing.
        if matches!(compression, Compression::DWAA(_)) {
            let mut killed = bytes.clone();
            killed[bytes.len() / 3..].fill(0);
            assert_broken("exr", &killed, "with zeros to its end");
        }
    }
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
