//! The names of items: under which each is published, and which its instance has.
//!
//! An item is published under its own name, whatever else is in the inbox, so that the same thing
//! tomorrow is the next version of the same thing. Only two items of one family and one name need
//! two names, as `hero.png` and `hero.jpg`: then the published versions say which of them was
//! called what, and a fixed order of formats decides for new ones.
//!
//! The name of an instance is the same, unless an instance has it already: frontends of REST v1
//! know instances by their names.

use std::collections::{HashMap, HashSet};

use pyblish_sdk::Context;

use crate::config::Config;
use crate::disk;
use crate::item::Item;
use crate::name;
use crate::portable::fold;
use crate::version::Thing;

/// Formats in the order in which they get the plain name.
const FORMATS: [&str; 24] = [
    "exr", "dpx", "tif", "tiff", "png", "tga", "hdr", "jpg", "jpeg", "usd", "usda", "usdc", "usdz",
    "abc", "fbx", "obj", "glb", "gltf", "vdb", "blend", "ma", "mb", "hip", "nk",
];

/// Families in the order in which their instances get the plain name.
const FAMILIES: [&str; 8] = [
    "imagesequence",
    "image",
    "texture",
    "geometry",
    "cache",
    "scene",
    "document",
    "other",
];

/// The names of a collection.
pub struct Naming<'a> {
    config: &'a Config,
    /// Families and names under which something is published.
    places: HashSet<(String, String)>,
    /// The names of instances.
    instances: HashSet<String>,
    /// The folders in a folder, read once.
    listed: HashMap<String, HashSet<String>>,
}

/// The names of an item.
pub struct Names {
    pub asset: String,
    pub instance: String,
}

impl<'a> Naming<'a> {
    /// With the names of the instances that are there.
    pub fn new(config: &'a Config, context: &mut Context) -> Self {
        let mut naming = Naming {
            config,
            places: HashSet::new(),
            instances: HashSet::new(),
            listed: HashMap::new(),
        };
        for id in context.ids() {
            let Some(instance) = context.instance(&id) else {
                continue;
            };
            naming.instances.insert(instance.name().to_owned());
            let family: String = instance.get("family").unwrap_or_default();
            if let Some(asset) = instance.get::<String>("asset") {
                naming.places.insert((family, fold(&asset)));
            }
        }
        naming
    }

    /// The names of these items, in their order.
    pub fn all(&mut self, items: &[Item], context: &Context) -> Vec<Names> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|place| rank(&items[*place]));
        let mut names: Vec<Option<Names>> = items.iter().map(|_| None).collect();
        for place in order {
            let item = &items[place];
            let asset = self.asset(item, context);
            self.places.insert((item.family().to_owned(), fold(&asset)));
            let instance = self.instance(item, &asset);
            self.instances.insert(instance.clone());
            names[place] = Some(Names { asset, instance });
        }
        names.into_iter().flatten().collect()
    }

    /// The name that an item is published under.
    fn asset(&mut self, item: &Item, context: &Context) -> String {
        let pattern = item.pattern();
        let stem = self.stem(item);
        let mut free = None;
        for (tried, name) in candidates(&stem, item).enumerate() {
            let is_taken = self
                .places
                .contains(&(item.family().to_owned(), fold(&name)));
            let owner = self.owner(item, &name, context);
            if !is_taken && owner == Some(Some(pattern.clone())) {
                return name;
            }
            // Versions of earlier releases do not say what they were made of.
            let is_free = !is_taken && !matches!(owner, Some(Some(_)));
            if is_free && free.is_none() {
                free = Some(name);
            }
            // Names are given in this order, so there is nothing of ours behind one that nobody has.
            if tried > 0 && free.is_some() && owner.is_none() {
                break;
            }
        }
        free.unwrap_or(stem)
    }

    /// The name of an item's instance.
    fn instance(&self, item: &Item, asset: &str) -> String {
        let name = name::show(asset);
        let mut free = candidates(&name, item).filter(|name| !self.instances.contains(name));
        free.next().unwrap_or(name)
    }

    /// The item's own name; that of the inbox's folder for files that are only numbers.
    fn stem(&self, item: &Item) -> String {
        match item.stem.is_empty() {
            true => {
                let folder = self.config.inbox_name();
                name::cleaned(&folder)
                    .into_iter()
                    .next()
                    .unwrap_or("frames".into())
            }
            false => item.stem.clone(),
        }
    }

    /// What [`Thing::owner`] answers, without asking the disk for what is not there.
    fn owner(&mut self, item: &Item, name: &str, context: &Context) -> Option<Option<String>> {
        let thing = Thing::new(self.config, item.family(), name).in_context(context);
        let folder = thing.folder().ok()?;
        let (above, last) = folder.rsplit_once('/')?;
        let there = self.listed.entry(above.to_owned()).or_insert_with(|| {
            let listed = disk::list(above).into_iter().flatten().flatten();
            listed.map(|entry| entry.name).collect()
        });
        there.contains(last).then(|| thing.owner())?
    }
}

/// A name, the name with the extension, and that with numbers.
fn candidates(stem: &str, item: &Item) -> impl Iterator<Item = String> + use<> {
    /// How many items can have one name.
    const MOST: usize = 10_000;
    let extension = item.extension.to_ascii_lowercase().replace('.', "_");
    let long = match extension.is_empty() {
        true => format!("{stem}_file"),
        false => format!("{stem}_{extension}"),
    };
    let numbered = long.clone();
    [stem.to_owned(), long]
        .into_iter()
        .chain((2..MOST).map(move |number| format!("{numbered}_{number}")))
}

/// What decides between items of one name; the same for the same items, in whatever order they come.
fn rank(item: &Item) -> (usize, usize, usize, String) {
    let place = |list: &[&str], text: &str| {
        let found = list
            .iter()
            .position(|known| known.eq_ignore_ascii_case(text));
        found.unwrap_or(list.len())
    };
    let count = item.frames.as_ref().map_or(0, |frames| frames.digits.len());
    (
        place(&FAMILIES, item.family()),
        place(&FORMATS, &item.extension),
        // The sequence with more frames goes first.
        usize::MAX - count,
        item.extension.clone(),
    )
}
