//! The picture of an OpenEXR image, whatever its channels are.
//!
//! `image` only reads a layer with the channels R, G and B. Renderers also write layers into one
//! file, whose channels are named after them (`diffuse.R`), depth (`Z`), and masks of one channel.
//! The picture is made while the blocks are read, so that it needs no memory for all pixels.

use std::fs::File;
use std::io::{self, BufReader, Read};

use exr::error::{Error, Result};
use exr::meta::header::Header;
use exr::prelude::*;
use image::{Rgba, Rgba32FImage};

/// The largest block, in bytes; one has up to 256 lines with all channels.
const LARGEST: usize = 256 << 20;

/// Colors of three channels, in order: light, a normal, a motion.
const COLORS: [[&str; 3]; 5] = [
    ["R", "G", "B"],
    ["r", "g", "b"],
    ["red", "green", "blue"],
    ["X", "Y", "Z"],
    ["x", "y", "z"],
];

/// The channels that make a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Channels {
    /// With the name of the alpha channel, if there is one.
    Color([Text; 3], Option<Text>),
    One(Text),
}

/// Whether the file is an OpenEXR image.
pub fn is_exr(path: &str) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(start == [0x76, 0x2f, 0x31, 0x01])
}

/// The picture of the file at `path`, with a longer side of at most `side` pixels.
pub fn small(path: &str, side: u32) -> Result<Rgba32FImage> {
    let meta = MetaData::read_from_buffered(BufReader::new(File::open(path)?), false)?;
    let flat = meta.headers.iter().filter(|header| !header.deep);
    let header = flat
        .clone()
        .find(|header| is_color(header))
        .or_else(|| flat.clone().next());
    let Some(header) = header else {
        return Err(Error::NotSupported("deep pixels".into()));
    };
    if meta
        .headers
        .iter()
        .any(|header| header.max_block_byte_size() > LARGEST)
    {
        return Err(Error::NotSupported("blocks that are very large".into()));
    }
    let channels =
        picked(header).ok_or_else(|| Error::NotSupported("an image without channels".into()))?;
    let file = BufReader::new(File::open(path)?);
    let reader = read()
        .no_deep_data()
        .largest_resolution_level()
        .specific_channels();
    let picture = match channels {
        Channels::Color([r, g, b], alpha) => {
            // A name that no channel has gives the default.
            let alpha = alpha.unwrap_or_else(|| Text::from("no alpha"));
            let reader = reader
                .required(r)
                .required(g)
                .required(b)
                .optional(alpha, 1.0_f32);
            let set = |picture: &mut Picture, at, (r, g, b, a): (f32, f32, f32, f32)| {
                picture.add(at, [r, g, b, a])
            };
            let reader = reader
                .collect_pixels(|size, _| Picture::new(size, side), set)
                .first_valid_layer()
                .all_attributes();
            reader
                .non_parallel()
                .from_buffered(file)?
                .layer_data
                .channel_data
                .pixels
                .finished()
        }
        Channels::One(name) => {
            let is_light = is_light(&name);
            let set = |picture: &mut Picture, at, (v,): (f32,)| picture.add(at, [v, v, v, 1.0]);
            let reader = reader
                .required(name)
                .collect_pixels(|size, _| Picture::new(size, side), set)
                .first_valid_layer();
            let reader = reader.all_attributes().non_parallel();
            let image = reader
                .from_buffered(file)?
                .layer_data
                .channel_data
                .pixels
                .finished();
            if is_light { image } else { stretched(image) }
        }
    };
    Ok(picture)
}

/// The names of a header's channels.
fn names(header: &Header) -> Vec<String> {
    header
        .channels
        .list
        .iter()
        .map(|channel| channel.name.to_string())
        .collect()
}

fn is_color(header: &Header) -> bool {
    matches!(picked(header), Some(Channels::Color(..)))
}

/// The channels to show: the colors without a layer, those of the first layer that has some, light,
/// or any channel.
fn picked(header: &Header) -> Option<Channels> {
    let names = names(header);
    let mut layers: Vec<&str> = vec![""];
    layers.extend(
        names
            .iter()
            .filter_map(|name| name.rfind('.').map(|dot| &name[..=dot])),
    );
    for layer in layers {
        for color in COLORS {
            let color = color.map(|name| format!("{layer}{name}"));
            if color.iter().all(|name| names.contains(name)) {
                let alpha = ["A", "a", "alpha"].map(|name| format!("{layer}{name}"));
                let alpha = alpha.iter().find(|name| names.contains(name));
                let text = |name: &String| Text::from(name.as_str());
                return Some(Channels::Color(
                    [text(&color[0]), text(&color[1]), text(&color[2])],
                    alpha.map(text),
                ));
            }
        }
    }
    let one = names
        .iter()
        .find(|name| *name == "Y")
        .or_else(|| names.iter().find(|name| *name != "A"));
    one.or(names.first())
        .map(|name| Channels::One(Text::from(name.as_str())))
}

/// Whether a channel has light, or coverage, which is shown as it is. Depth can have any range.
fn is_light(name: &Text) -> bool {
    let name = name.to_string();
    let last = name.rsplit('.').next().unwrap_or_default();
    ["Y", "A", "R", "G", "B", "a", "mask", "alpha"].contains(&last)
}

/// A picture of a larger one: each pixel is the mean of those that fall into it.
struct Picture {
    size: (usize, usize),
    full: (usize, usize),
    sums: Vec<[f32; 4]>,
    counts: Vec<f32>,
}

impl Picture {
    fn new(full: Vec2<usize>, side: u32) -> Self {
        let full = (full.width().max(1), full.height().max(1));
        let longer = full.0.max(full.1);
        let side = side as usize;
        let short = |length: usize| match longer > side {
            true => (length * side / longer).max(1),
            false => length,
        };
        let size = (short(full.0), short(full.1));
        let count = size.0 * size.1;
        Picture {
            size,
            full,
            sums: vec![[0.0; 4]; count],
            counts: vec![0.0; count],
        }
    }

    fn add(&mut self, at: Vec2<usize>, pixel: [f32; 4]) {
        let x = at.x() * self.size.0 / self.full.0;
        let y = at.y() * self.size.1 / self.full.1;
        let place = y * self.size.0 + x;
        if let (Some(sum), Some(count)) = (self.sums.get_mut(place), self.counts.get_mut(place)) {
            // Nothing, and infinitely far, have no mean.
            let value = |value: f32| if value.is_finite() { value } else { 0.0 };
            (0..4).for_each(|channel| sum[channel] += value(pixel[channel]));
            *count += 1.0;
        }
    }

    fn finished(self) -> Rgba32FImage {
        let width = self.size.0 as u32;
        Rgba32FImage::from_fn(width, self.size.1 as u32, |x, y| {
            let place = y as usize * self.size.0 + x as usize;
            let count = self.counts[place].max(1.0);
            Rgba(self.sums[place].map(|sum| sum / count))
        })
    }
}

/// Brings the values of a picture between 0 and 1.
fn stretched(mut image: Rgba32FImage) -> Rgba32FImage {
    let values = image.pixels().map(|pixel| pixel.0[0]);
    let (least, most) = values.fold((f32::MAX, f32::MIN), |(least, most), v| {
        (least.min(v), most.max(v))
    });
    let range = (most - least).max(f32::MIN_POSITIVE);
    for pixel in image.pixels_mut() {
        let value = (pixel.0[0] - least) / range;
        pixel.0 = [value, value, value, 1.0];
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(channels: &[(&str, f32)], size: (usize, usize)) -> tempfile::NamedTempFile {
        let channel = |(name, value): &(&str, f32)| {
            let samples = (0..size.0 * size.1)
                .map(|n| value * if n % size.0 * 2 < size.0 { 1.0 } else { 0.5 });
            AnyChannel::new(*name, FlatSamples::F32(samples.collect()))
        };
        let channels = AnyChannels::sort(channels.iter().map(channel).collect());
        let layer = Layer::new(
            size,
            LayerAttributes::default(),
            Encoding::SMALL_LOSSLESS,
            channels,
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        Image::from_layer(layer)
            .write()
            .non_parallel()
            .to_file(file.path())
            .unwrap();
        file
    }

    fn left(channels: &[(&str, f32)]) -> [f32; 4] {
        let file = written(channels, (600, 300));
        let image = small(file.path().to_str().unwrap(), 256).unwrap();
        assert_eq!(image.dimensions(), (256, 128));
        image
            .get_pixel(3, 3)
            .0
            .map(|value| (value * 100.0).round() / 100.0)
    }

    #[test]
    fn every_kind_of_channels_has_a_picture() {
        assert_eq!(
            left(&[("R", 0.1), ("G", 0.2), ("B", 0.3), ("Z", 9.0)]),
            [0.1, 0.2, 0.3, 1.0]
        );
        assert_eq!(
            left(&[("A", 0.5), ("R", 0.1), ("G", 0.2), ("B", 0.3)]),
            [0.1, 0.2, 0.3, 0.5]
        );
        assert_eq!(
            left(&[("di.B", 0.3), ("di.G", 0.2), ("di.R", 0.1), ("sp.R", 1.0)]),
            [0.1, 0.2, 0.3, 1.0]
        );
        assert_eq!(
            left(&[("N.X", 0.3), ("N.Y", 0.2), ("N.Z", 0.1)]),
            [0.3, 0.2, 0.1, 1.0]
        );
        assert_eq!(left(&[("Y", 0.4)]), [0.4, 0.4, 0.4, 1.0]);
        assert_eq!(left(&[("A", 0.4)]), [0.4, 0.4, 0.4, 1.0]);
        // Depth, from the nearest to the farthest.
        assert_eq!(left(&[("Z", 4000.0)]), [1.0; 4]);
    }
}
