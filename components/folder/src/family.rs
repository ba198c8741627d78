//! The family of a file's instance, by the file's extension.

/// The families of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The family of a single file.
    pub family: &'static str,
    /// The family of a sequence, if numbered files with this extension form one. Documents and
    /// scenes do not, nor do files that contain their own time, like Alembic.
    pub sequence: Option<&'static str>,
}

impl Kind {
    /// Whether it is an image that programs number: as a frame or as a tile of a texture.
    pub fn is_image(&self) -> bool {
        self.sequence == Some("imagesequence")
    }
}

const IMAGE: Kind = Kind {
    family: "image",
    sequence: Some("imagesequence"),
};
const PAINTING: Kind = Kind {
    family: "image",
    sequence: None,
};
const MESH: Kind = Kind {
    family: "geometry",
    sequence: Some("geometry"),
};
const GEOMETRY: Kind = Kind {
    family: "geometry",
    sequence: None,
};
const FRAMES: Kind = Kind {
    family: "cache",
    sequence: Some("cache"),
};
const CACHE: Kind = Kind {
    family: "cache",
    sequence: None,
};
const SCENE: Kind = Kind {
    family: "scene",
    sequence: None,
};
const DOCUMENT: Kind = Kind {
    family: "document",
    sequence: None,
};
const OTHER: Kind = Kind {
    family: "other",
    sequence: None,
};

/// The families of this extension, which is not case-sensitive.
pub fn of(extension: &str) -> Kind {
    match extension.to_ascii_lowercase().as_str() {
        "exr" | "png" | "jpg" | "jpeg" | "tif" | "tiff" | "dpx" | "cin" | "tga" | "hdr" | "bmp"
        | "gif" | "webp" | "jp2" | "sgi" | "iff" | "rat" | "tx" | "pic" => IMAGE,
        "psd" | "psb" | "kra" | "xcf" | "svg" | "heic" | "ktx2" | "dds" => PAINTING,
        "obj" | "ply" | "stl" => MESH,
        "glb" | "gltf" | "fbx" | "usd" | "usda" | "usdc" | "usdz" | "dae" | "3ds" => GEOMETRY,
        "vdb" | "bgeo" | "bgeo.sc" | "bgeo.gz" | "geo" | "sim" | "prt" | "ass" | "ass.gz" => FRAMES,
        "abc" | "mdd" | "pc2" | "mc" | "mcx" => CACHE,
        "blend" | "ma" | "mb" | "hip" | "hipnc" | "hiplc" | "max" | "c4d" | "nk" | "ztl"
        | "zpr" | "spp" | "sbs" | "katana" | "lxo" | "aep" => SCENE,
        "txt" | "md" | "pdf" | "doc" | "docx" | "odt" | "rtf" | "xls" | "xlsx" | "ods" | "csv"
        | "tsv" | "json" | "xml" | "yaml" | "yml" | "html" | "ppt" | "pptx" | "odp" => DOCUMENT,
        _ => OTHER,
    }
}

/// Whether files with this extension are movies.
pub fn is_movie(extension: &str) -> bool {
    [
        "mov", "mp4", "m4v", "mkv", "webm", "avi", "mxf", "mpg", "mpeg", "ts", "m2ts", "mts",
        "ogv", "flv", "wmv", "asf", "dv", "3gp", "qt",
    ]
    .contains(&&*extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_follow_extensions_in_any_case() {
        for (extension, family) in [
            ("PNG", "image"),
            ("exr", "image"),
            ("glb", "geometry"),
            ("usda", "geometry"),
            ("Abc", "cache"),
            ("bgeo.sc", "cache"),
            ("blend", "scene"),
            ("pdf", "document"),
            ("zip", "other"),
            ("", "other"),
        ] {
            assert_eq!(of(extension).family, family, "{extension}");
        }
    }

    #[test]
    fn only_frames_make_sequences() {
        assert_eq!(of("png").sequence, Some("imagesequence"));
        assert_eq!(of("vdb").sequence, Some("cache"));
        assert_eq!(of("obj").sequence, Some("geometry"));
        for extension in ["pdf", "blend", "abc", "zip", "psd", ""] {
            assert_eq!(of(extension).sequence, None, "{extension}");
        }
    }
}
