//! Names as they come from studios, cameras and programs, and what is made of them: siblings of the
//! cases that people have reported.

use crate::testing::{Studio, exr, instances, jpeg, png, value};

/// What the files of a folder become: the label of each item.
fn labels(files: &[String]) -> Vec<String> {
    let studio = Studio::new();
    for file in files {
        let bytes = match file.rsplit('.').next().unwrap() {
            "png" => png(300, 300),
            "exr" => exr(32, 32, 0.5),
            "jpg" | "JPG" => jpeg(64, 48),
            _ => file.as_bytes().to_vec(),
        };
        studio.put(file, &bytes);
    }
    let session = studio.collected();
    let label = |name: &String| value(&session, name, "label").as_str().unwrap().to_owned();
    instances(&session).iter().map(label).collect()
}

/// `a.{1001,1002}.exr` stands for two names.
fn expanded(text: &str) -> Vec<String> {
    let Some((start, rest)) = text.split_once('{') else {
        return vec![text.to_owned()];
    };
    let (parts, end) = rest.split_once('}').unwrap();
    let parts = parts.split(',');
    parts.map(|part| format!("{start}{part}{end}")).collect()
}

#[test]
fn frames_are_frames_in_each_house() {
    for (files, label) in [
        (
            "abc0010_comp_v002.{1001,1002,1003}.exr",
            "abc0010_comp_v002.####.exr 1001-1003",
        ),
        (
            "SQ010_SH0030_beauty_v012_{1001,1002}.exr",
            "SQ010_SH0030_beauty_v012_####.exr 1001-1002",
        ),
        ("sim.{-002,-001,000,001}.exr", "sim.###.exr -2-1"),
        ("sim_{-0010,-0009,-0008}.exr", "sim_####.exr -10--8"),
        ("sim.{-5,-4,-3}.exr", "sim.#.exr -5--3"),
        ("smoke_{-0002,-0001,0000}.vdb", "smoke_####.vdb -2-0"),
        (
            "A001C003_210101_R2XY.{0086400,0086401}.exr",
            "A001C003_210101_R2XY.#######.exr 86400-86401",
        ),
        (
            "A003C005_151019_R0ML_{0001200,0001201}.exr",
            "A003C005_151019_R0ML_#######.exr 1200-1201",
        ),
        ("{0001,0002,0003}.png", "####.png 1-3"),
        ("Comp 1_{00000,00001,00002}.png", "Comp 1_#####.png 0-2"),
        (
            "Timeline 1_{00086400,00086401}.dpx",
            "Timeline 1_########.dpx 86400-86401",
        ),
        (
            "sh010.fx_v003.$OS.{0001,0002}.bgeo.sc",
            "sh010.fx_v003.$OS.####.bgeo.sc 1-2",
        ),
        ("pyro1.{1001,1002}.vdb", "pyro1.####.vdb 1001-1002"),
        ("test.mantra_ipr.0001.exr", "test.mantra_ipr.0001.exr"),
        (
            "perspShape_beauty.{001,002}.exr",
            "perspShape_beauty.###.exr 1-2",
        ),
        ("hero_tt_{001,002,003}.png", "hero_tt_###.png 1-3"),
        (
            "preview.{1001,1006,1011,1016,1021,1026,1031}.exr",
            "preview.####.exr 1001-1031x5",
        ),
        (
            "sim.{1001.00,1001.50,1002.00}.vdb",
            "sim.####.##.vdb 1001-1002x0.5",
        ),
        ("a.{8,9,10,11}.exr", "a.#.exr 8-11"),
    ] {
        assert_eq!(labels(&expanded(files)), [label], "{files}");
    }
}

#[test]
fn tiles_are_tiles_in_each_program() {
    for (files, label) in [
        (
            "wood_color_{1001,1002,1003}.exr",
            "wood_color_<UDIM>.exr 3 tiles",
        ),
        (
            "body.diffuse.{1001,1003,1011}.exr",
            "body.diffuse.<UDIM>.exr 3 tiles",
        ),
        (
            "lowpoly_Head_BaseColor.{1001,1002}.png",
            "lowpoly_Head_BaseColor.<UDIM>.png 2 tiles",
        ),
        (
            "chr_hero_dif.{1001,1002,1011}.tx",
            "chr_hero_dif.<UDIM>.tx 3 tiles",
        ),
        (
            "hero_diff_v003.{1001,1002,1012}.exr",
            "hero_diff_v003.<UDIM>.exr 3 tiles",
        ),
        (
            "hero_basecolor_acescg_{1001,1002}.exr",
            "hero_basecolor_acescg_<UDIM>.exr 2 tiles",
        ),
        ("rock_{1001,1002,1011,1012}.png", "rock_<UDIM>.png 4 tiles"),
        (
            "hero_colour.{1001,1002}.tif",
            "hero_colour.<UDIM>.tif 2 tiles",
        ),
        ("tool-{u0_v0,u1_v0}.tif", "tool-<UVTILE>.tif 2 tiles"),
        ("skin_{u1_v1,u2_v1}.png", "skin_<UVTILE>.png 2 tiles"),
    ] {
        assert_eq!(labels(&expanded(files)), [label], "{files}");
    }
}

#[test]
fn other_numbers_are_no_frames() {
    for files in [
        "hero_{t01,t02,T03}.mov",
        "sc01_{tk1,tk2,tk3}.wav",
        "hero_take{01,02,03}.png",
        "{DSC_0001,DSC_0002,_MG_4821,P1010023,DSCF1001,DSCF1002}.JPG",
        "{GOPR0012,GOPR0013}.MP4",
        "Screenshot 2024-01-31 at 10.22.{33,34}.png",
        "Screenshot_20240131-102233.png",
        "Bildschirmfoto 2024-01-31 um 10.22.33.png",
        "image ({1,2,3}).png",
        "hero{, copy, copy 2, - Copy, - Kopie}.png",
        "{0001-0250,0251-0500}.mkv",
        "Comp 1_[{00000,00001}].png",
        "heroFrame{1,2,3}.mcx",
        "tree_{LOD0,LOD1,LOD2}.fbx",
        "hdri_{1k,2k,4k}.hdr",
        "studio_small_03_{1k,2k,4k}.exr",
        "{20240131,20240201,20240202}_dailies.mov",
        "dailies_{240131,240201,240202}.png",
        "hero_{v1,v2,v3,v10,ver04,r05,rev06,final_final2}.png",
        "hero.v003.png",
        "hero_{01,02,03}.blend",
        "storyboard_page_{1,2,3}.jpg",
        "concept_{01,02,03}.png",
        "panel{001,002,003}.png",
        "sky_{px,nx,py}.png",
        "notes_{1,2,3}.pdf",
    ] {
        let files = expanded(files);
        let mut labels = labels(&files);
        labels.sort();
        let mut expected = files.clone();
        expected.sort();
        assert_eq!(labels, expected);
    }
}

#[test]
fn what_differs_in_more_than_a_number_is_kept_apart() {
    for (files, expected) in [
        (
            "sh010_{l.0001,l.0002,r.0001,r.0002}.exr",
            &["sh010_l.####.exr 1-2", "sh010_r.####.exr 1-2"][..],
        ),
        (
            "{sh010_0001,sh010_0002,sh020_0001,sh020_0002}.png",
            &["sh010_####.png 1-2", "sh020_####.png 1-2"],
        ),
        (
            "a.{0001.exr,0002.exr,0001.jpg,0002.jpg}",
            &["a.####.exr 1-2", "a.####.jpg 1-2"],
        ),
        (
            "masterLayer_{beauty.0001,beauty.0002,depth.0001}.exr",
            &[
                "masterLayer_beauty.####.exr 1-2",
                "masterLayer_depth.0001.exr",
            ],
        ),
        (
            "r_{tile0_0001,tile1_0001}.exr",
            &["r_tile0_0001.exr", "r_tile1_0001.exr"],
        ),
    ] {
        assert_eq!(labels(&expanded(files)), expected, "{files}");
    }
}
