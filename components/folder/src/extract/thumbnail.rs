//! A thumbnail of an image, of the middle frame of a sequence, or of a movie, which the runtime has
//! ffmpeg decode where the user granted that.
//!
//! It is optional: if an image cannot be read, there is only a warning, and the files are published
//! without a thumbnail. The memory is limited before anything is decoded, because a header can
//! claim any size.

use std::fs;
use std::rc::Rc;

use image::codecs::png::PngEncoder;
use image::error::{DecodingError, ImageFormatHint};
use image::{
    DynamicImage, ImageError, ImageFormat, ImageReader, Limits, Rgba, Rgba32FImage, RgbaImage,
};
use pyblish_sdk::movies::{self, PictureErrorCode};
use pyblish_sdk::{Failure, Instance, InstancePlugin, Meta, Result, log, stop_if_cancelled};

use super::layer;
use crate::config::Config;
use crate::disk;
use crate::name::{self, show};
use crate::{family, reference, staging};

/// The longer side of a thumbnail, in pixels.
const SIDE: u32 = 256;

/// The largest decoded image, in bytes: 4096 x 4096 pixels of four 32-bit floats.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// The longest side of an image, in pixels.
const MOST_PIXELS: u32 = 65_536;

pub struct ExtractThumbnail {
    pub config: Rc<Config>,
}

impl ExtractThumbnail {
    pub const NAME: &str = "ExtractThumbnail";
}

impl InstancePlugin for ExtractThumbnail {
    fn meta(&self) -> Meta {
        // A tenth after the copies, like the steps between the validators.
        Meta::new(Self::NAME, pyblish_sdk::EXTRACT + 0.1)
            .label("Thumbnail")
            .doc(
                "Makes a thumbnail of an image, of the middle frame of a sequence, or of a movie (with \
                 ffmpeg, if that is granted), for browsers of versions. If that fails, the files \
                 are published without one.",
            )
            // Movies are in the last one.
            .families(["image", "imagesequence", "texture", "other"])
            .optional()
    }

    fn process(&self, instance: &mut Instance) -> Result {
        stop_if_cancelled()?;
        let files = name::files(instance)?;
        let is_movie = family::is_movie(name::split(&files[0]).1);
        if instance.get::<String>("family").as_deref() == Some("other") && !is_movie {
            return Ok(());
        }
        let Some(staging) = staging::of(&self.config, instance) else {
            // The version that has these files has its thumbnail, too.
            if instance.get("published") == Some(true) {
                return Ok(());
            }
            log::warn!(
                "There is no thumbnail of {}, because its files were not copied: run ExtractFiles \
                 first",
                show(instance.name())
            );
            return Ok(());
        };
        let middle = &files[files.len() / 2];
        let picture = match is_movie {
            true => movie(&staging, middle),
            false => small(&format!("{staging}/{middle}")).map_err(|error| {
                Trouble::Reason(format!("this adapter cannot decode it ({error})"))
            }),
        };
        let picture = match picture {
            Ok(picture) => picture,
            Err(Trouble::Cancelled) => return Err(Failure::cancelled()),
            Err(Trouble::Reason(reason)) => {
                log::info!(
                    "There is no thumbnail of {}, because {reason}: it is published without one",
                    show(middle)
                );
                return Ok(());
            }
        };
        let taken = [files.clone(), reference::parts(instance)?].concat();
        let name = free_name(&taken);
        let path = format!("{staging}/{name}");
        // From an earlier run.
        let _ = fs::remove_file(&path);
        if let Err(error) = disk::write_new(&path, &picture) {
            let _ = fs::remove_file(&path);
            return Err(disk::cannot_write(&path, &self.config.root, &error));
        }
        instance.set("thumbnail", name);
        Ok(())
    }
}

/// Why there is no picture.
enum Trouble {
    /// As a clause that follows "because".
    Reason(String),
    Cancelled,
}

/// A picture of a staged movie, by ffmpeg.
fn movie(staging: &str, file: &str) -> std::result::Result<Vec<u8>, Trouble> {
    movies::picture(staging, file, SIDE).map_err(|error| match error.code {
        PictureErrorCode::Cancelled => Trouble::Cancelled,
        _ => Trouble::Reason(show(&error.reason)),
    })
}

/// A name that differs from the names of the files on any disk.
fn free_name(files: &[String]) -> String {
    let taken = |name: &str| files.iter().any(|file| file.to_lowercase() == name);
    let mut name = "thumbnail.png".to_owned();
    let mut number = 1;
    while taken(&name) {
        number += 1;
        name = format!("thumbnail_{number}.png");
    }
    name
}

/// The image at `path` as a small PNG.
fn small(path: &str) -> image::ImageResult<Vec<u8>> {
    if layer::is_exr(path)? {
        let image = layer::small(path, SIDE).map_err(|error| {
            let format = ImageFormatHint::Exact(ImageFormat::OpenExr);
            ImageError::Decoding(DecodingError::new(format, error))
        })?;
        return encoded(&DynamicImage::from(toned(&image)));
    }
    // Detect the format from the content, not from the name.
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    reader.limits(limits);
    let mut image = reader.decode()?;
    if image.width().max(image.height()) > SIDE {
        image = image.thumbnail(SIDE, SIDE);
    }
    let image = match image {
        DynamicImage::ImageRgb32F(_) => {
            let toned = DynamicImage::from(toned(&image.into_rgba32f()));
            toned.into_rgb8().into()
        }
        DynamicImage::ImageRgba32F(image) => toned(&image).into(),
        image if image.color().has_alpha() => image.into_rgba8().into(),
        image => DynamicImage::from(image.into_rgb8()),
    };
    encoded(&image)
}

fn encoded(image: &DynamicImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut bytes))?;
    Ok(bytes)
}

/// Converts linear light for a screen: values brighter than white become white.
fn toned(image: &Rgba32FImage) -> RgbaImage {
    RgbaImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, a] = image.get_pixel(x, y).0;
        Rgba([byte(srgb(r)), byte(srgb(g)), byte(srgb(b)), byte(a)])
    })
}

/// The curve of sRGB.
fn srgb(linear: f32) -> f32 {
    match linear <= 0.003_130_8 {
        true => linear * 12.92,
        false => 1.055 * linear.powf(1.0 / 2.4) - 0.055,
    }
}

/// Converts 0 to 1 into a byte; NaN becomes black.
fn byte(value: f32) -> u8 {
    // The cast saturates at the bounds of u8, and converts NaN to 0.
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{exr, jpeg, png};

    fn of(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        fs::write(&path, bytes).unwrap();
        image::load_from_memory(&small(path.to_str().unwrap())?)
    }

    #[test]
    fn the_longer_side_is_brought_to_256() {
        for (bytes, size) in [
            (png(512, 256), (256, 128)),
            (png(300, 600), (128, 256)),
            (png(64, 36), (64, 36)),
            (png(2000, 1), (256, 1)),
            (jpeg(480, 270), (256, 144)),
            (exr(320, 160, 0.5), (256, 128)),
        ] {
            let image = of(&bytes).unwrap();
            assert_eq!((image.width(), image.height()), size);
        }
    }

    #[test]
    fn every_format_that_can_be_decoded_has_a_picture() {
        use ImageFormat::{Bmp, Gif, Hdr, Jpeg, Png, Tga, Tiff, WebP};
        let folder = tempfile::tempdir().unwrap();
        let picture = image::RgbImage::from_pixel(8, 4, image::Rgb([200, 200, 200]));
        for format in [Bmp, Gif, Hdr, Jpeg, Png, Tga, Tiff, WebP] {
            let picture = match format {
                Hdr => DynamicImage::from(picture.clone()).into_rgb32f().into(),
                _ => DynamicImage::from(picture.clone()),
            };
            // Targa has no first bytes of its own, so that the name counts.
            let path = folder
                .path()
                .join(format!("image.{}", format.extensions_str()[0]));
            picture.save_with_format(&path, format).unwrap();
            let small = image::load_from_memory(&small(path.to_str().unwrap()).unwrap()).unwrap();
            assert_eq!((small.width(), small.height()), (8, 4), "{format:?}");
        }
        // A channel of 16 bits.
        let path = folder.path().join("one.png");
        image::ImageBuffer::from_pixel(8, 4, image::Luma([40_000_u16]))
            .save(&path)
            .unwrap();
        assert!(small(path.to_str().unwrap()).is_ok());
    }

    #[test]
    fn light_is_toned_and_clamped() {
        // Middle grey in linear light is brighter on a screen.
        assert_eq!(
            of(&exr(8, 8, 0.18)).unwrap().into_rgb8().get_pixel(0, 0).0,
            [118; 3]
        );
        assert_eq!(
            of(&exr(8, 8, 50.0)).unwrap().into_rgb8().get_pixel(0, 0).0,
            [255; 3]
        );
        assert_eq!(
            of(&exr(8, 8, -1.0)).unwrap().into_rgb8().get_pixel(0, 0).0,
            [0; 3]
        );
        assert_eq!(
            of(&exr(8, 8, f32::NAN))
                .unwrap()
                .into_rgb8()
                .get_pixel(0, 0)
                .0,
            [0; 3]
        );
    }

    #[test]
    fn what_claims_to_be_huge_is_refused_before_it_is_decoded() {
        let mut bytes = png(4, 4);
        // The width, in the header of a PNG, and the header's checksum.
        bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let sum = crate::testing::crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(
            matches!(of(&bytes), Err(image::ImageError::Limits(_))),
            "{:?}",
            of(&bytes)
        );
    }

    #[test]
    fn what_is_no_image_is_an_error() {
        for bytes in [&b""[..], b"hello", &png(8, 8)[..40]] {
            assert!(of(bytes).is_err());
        }
    }

    #[test]
    fn it_takes_no_name_of_a_file() {
        assert_eq!(free_name(&["a.png".into()]), "thumbnail.png");
        assert_eq!(free_name(&["Thumbnail.PNG".into()]), "thumbnail_2.png");
    }
}
