//! The names that each format holds, and files that name each other in any way.

use std::io::Cursor;

use super::reader::read;
use super::scan::Scan;

fn scan(extension: &str, bytes: &[u8]) -> Scan {
    read(extension, bytes.len() as u64, &mut Cursor::new(bytes)).unwrap()
}

#[track_caller]
fn names(extension: &str, bytes: &[u8], expected: &[&str]) {
    assert_eq!(scan(extension, bytes).names, expected, "{extension}");
}

#[test]
fn gltf_names_what_its_uris_say() {
    let json = br#"{"buffers":[{"uri":"a%20b.bin","byteLength":4},{"uri":"data:x;base64,AAAA"}],
        "images":[{"uri":"t\u00e9x.png"},{"uri":"a%20b.bin"},{"name":"uri"}],
        "extensions":{"X":{"sounds":[{"uri":"s.wav"}]}},"extras":{"x":[1,2.5,null,true,-3]}}"#;
    names("gltf", json, &["a b.bin", "téx.png", "s.wav"]);
    let mut glb = b"glTF\x02\0\0\0\0\0\0\0".to_vec();
    glb.extend((json.len() as u32).to_le_bytes());
    glb.extend(b"JSON");
    glb.extend(json);
    names("glb", &glb, &["a b.bin", "téx.png", "s.wav"]);
    let deep = [&[b'['; 100_000][..], b"1"].concat();
    assert!(scan("gltf", &deep).not_checked.is_some());
}

#[test]
fn obj_and_mtl_name_libraries_and_textures() {
    names(
        "obj",
        b"# mtllib no.mtl\nmtllib my box.mtl\nv 0 0 0\n",
        &["my box.mtl"],
    );
    names("obj", b"mtllib a.mtl b.mtl\r\n", &["a.mtl", "b.mtl"]);
    names(
        "mtl",
        b"newmtl map_Kd\nKd 1 1 1\n\tmap_Kd -s 1 1 1 -o 0.5 wood color.png\nmap_Bump -bm 0.2 n.png\n\
          norm -clamp on x\\y.png\nrefl -type sphere -mm 0 1 r.png\nmap_aat on\nbump -odd.png\n",
        &["wood color.png", "n.png", "x\\y.png", "r.png", "-odd.png"],
    );
}

#[test]
fn usd_text_names_assets() {
    names(
        "usd",
        b"#usda 1.0\n( subLayers = [@./a.usda@ (offset = 1), @b.usd@]\n assetInfo = { asset identifier = @me.usd@ } )\n\
          def \"x\" ( prepend references = @c.usdz[d.usda]@</x> payload = @@@e@f.usd@@@ ) {\n\
          asset inputs:file = @t.<UDIM>.exr@ # @no@\n string templateAssetPath = \"clip.###.usd\"\n\
          string s = \"@no@\"\n asset e = @@\n asset g = @g.sdf:SDF_FORMAT_ARGS:x=1@ }",
        &["./a.usda", "b.usd", "c.usdz", "e@f.usd", "t.<UDIM>.exr", "clip.###.usd", "g.sdf"],
    );
}

#[test]
fn scripts_name_what_they_read() {
    names(
        "nk",
        b"Root {\n name /x/comp.nk\n}\nRead {\n inputs 0\n file plates/p.%04d.exr\n first 1\n}\n\
          Read {\n file \"[file dirname [value root.name]]/my plate.####.exr\"\n}\n\
          Read {\n file {\\[getenv P]/a.exr}\n}\nWrite {\n file out.%04d.exr\n}\n",
        &["plates/p.%04d.exr", "my plate.####.exr", "[getenv P]/a.exr"],
    );
    names(
        "ma",
        b"//Maya ASCII\nfile -rdi 1 -ns \"a\" -rfn \"aRN\"\n\t\t -typ \"mayaAscii\" \"scenes/a.ma\";\n\
          file -r -ns \"a\" -dr 1 \"scenes/a.ma{2}\";\n\
          setAttr \".ftn\" -type \"string\" \"tex/b.png\";\nsetAttr \".nts\" -type \"string\" \"note.txt\";\n",
        &["scenes/a.ma", "tex/b.png"],
    );
    names(
        "aepx",
        b"<fileReference fullpath=\"/a &amp; b/c.mov\" x=\"1\"/>",
        &["/a & b/c.mov"],
    );
}

#[test]
fn fbx_names_relative_files() {
    let mut fbx = b"Kaydara FBX Binary  \0\x1a\0".to_vec();
    fbx.extend([7; 3_000]);
    fbx.extend(b"\x10RelativeFilenameS\x0a\0\0\0..\\tex.pngxx");
    fbx.extend(b"\x10RelativeFilenameS\xff\xff\xff\xff..\\tex.png");
    names("fbx", &fbx, &["..\\tex.png"]);
    names(
        "fbx",
        b"; FBX 7\n  RelativeFilename: \"a b.png\"\n",
        &["a b.png"],
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    for extension in ["mb", "hip", "aep", "c4d", "ztl"] {
        assert!(scan(extension, b"x").not_checked.is_some(), "{extension}");
    }
    for extension in ["png", "exr", "abc", "bin", ""] {
        assert_eq!(scan(extension, b"x"), Scan::default(), "{extension}");
    }
    assert!(scan("gltf", b"{\"a\":").not_checked.is_some());
}

/// A binary USD with these tokens, strings and fields; `values` begin at byte 24.
fn usdc(values: &[u8], tokens: &[&str], strings: &[u32], fields: &[(u32, u64)]) -> Vec<u8> {
    let pack = |bytes: &[u8]| [&[0][..], &lz4_flex::block::compress(bytes)].concat();
    let sized = |bytes: Vec<u8>| [&(bytes.len() as u64).to_le_bytes()[..], &bytes].concat();
    let text: Vec<u8> = tokens
        .iter()
        .flat_map(|token| [token.as_bytes(), b"\0"].concat())
        .collect();
    let mut sections = Vec::new();
    let mut section = (tokens.len() as u64).to_le_bytes().to_vec();
    section.extend((text.len() as u64).to_le_bytes());
    section.extend(sized(pack(&text)));
    sections.push(("TOKENS", section));
    let mut section = (strings.len() as u64).to_le_bytes().to_vec();
    section.extend(strings.iter().flat_map(|number| number.to_le_bytes()));
    sections.push(("STRINGS", section));
    let mut section = (fields.len() as u64).to_le_bytes().to_vec();
    // The most frequent difference is not used: each has four bytes.
    let mut integers = 0_u32.to_le_bytes().to_vec();
    integers.extend(vec![0xff; fields.len().div_ceil(4)]);
    let mut before = 0_u32;
    for (name, _) in fields {
        integers.extend(name.wrapping_sub(before).to_le_bytes());
        before = *name;
    }
    section.extend(sized(pack(&integers)));
    let reps: Vec<u8> = fields
        .iter()
        .flat_map(|(_, value)| value.to_le_bytes())
        .collect();
    section.extend(sized(pack(&reps)));
    sections.push(("FIELDS", section));
    sections.extend(["FIELDSETS", "PATHS", "SPECS"].map(|name| (name, Vec::new())));
    let mut bytes = b"PXR-USDC\0\x08\0\0\0\0\0\0".to_vec();
    bytes.extend([0; 8]);
    bytes.extend(values);
    let mut table = (sections.len() as u64).to_le_bytes().to_vec();
    for (name, section) in sections {
        let mut wide = [0; 16];
        wide[..name.len()].copy_from_slice(name.as_bytes());
        table.extend(wide);
        table.extend((bytes.len() as u64).to_le_bytes());
        table.extend((section.len() as u64).to_le_bytes());
        bytes.extend(section);
    }
    let at = bytes.len() as u64;
    bytes[16..24].copy_from_slice(&at.to_le_bytes());
    [bytes, table].concat()
}

fn layer() -> Vec<u8> {
    let tokens = [
        "subLayers",
        "a.usd",
        "references",
        "r.usd",
        "inputs:file",
        "t.png",
        "payload",
        "p.usd",
        "identifier",
        "x.png",
        "templateAssetPath",
    ];
    let strings = [1, 3, 7, 9, 10];
    let mut values = Vec::new();
    // Layers: one text.
    values.extend(1_u64.to_le_bytes());
    values.extend(0_u32.to_le_bytes());
    let references = 24 + values.len() as u64;
    // An explicit list with one reference, which has one value in a dictionary.
    values.push(3);
    values.extend(1_u64.to_le_bytes());
    values.extend(1_u32.to_le_bytes());
    values.extend([0; 4 + 16]);
    values.extend(1_u64.to_le_bytes());
    values.extend(4_u32.to_le_bytes());
    values.extend(8_u64.to_le_bytes());
    values.extend((10_u64 << 48 | 1 << 62 | 3).to_le_bytes());
    let payload = 24 + values.len() as u64;
    values.extend(2_u32.to_le_bytes());
    values.extend([0; 4 + 16]);
    let array = 24 + values.len() as u64;
    values.extend(1_u64.to_le_bytes());
    values.extend(3_u32.to_le_bytes());
    let fields = [
        (0, 50 << 48 | 24),
        (2, 35 << 48 | references),
        (4, 12 << 48 | 1 << 62 | 5),
        (6, 47 << 48 | payload),
        (8, 12 << 48 | 1 << 62),
        (4, 12 << 48 | 1 << 63 | array),
    ];
    usdc(&values, &tokens, &strings, &fields)
}

#[test]
fn binary_usd_names_what_its_fields_hold() {
    let bytes = layer();
    let found = scan("usd", &bytes);
    assert_eq!(found.names, ["a.usd", "r.usd", "x.png", "t.png", "p.usd"]);
    assert_eq!(found.not_checked, None);
    let verdict = crate::soundness::read("usdc", bytes.len() as u64, &mut Cursor::new(&bytes));
    assert_eq!(verdict.unwrap(), crate::soundness::Verdict::Sound);
}

#[test]
fn damaged_binary_usd_ends() {
    let bytes = layer();
    for place in 0..bytes.len() {
        for value in [0, 0xff, bytes[place] ^ 0x10] {
            let mut bytes = bytes.clone();
            bytes[place] = value;
            scan("usdc", &bytes);
        }
        scan("usdc", &bytes[..place]);
    }
    // A dictionary that has itself as a value.
    let mut values = 1_u64.to_le_bytes().to_vec();
    values.extend(0_u32.to_le_bytes());
    values.extend(8_u64.to_le_bytes());
    values.extend((31_u64 << 48 | 24).to_le_bytes());
    let circle = usdc(&values, &["a", "b"], &[1], &[(0, 31 << 48 | 24)]);
    assert_eq!(
        scan("usdc", &circle).not_checked.unwrap(),
        "it has too many values"
    );
}
