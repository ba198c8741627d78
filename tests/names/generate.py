"""Writes corpus.txt: names of files as studios, programs and cameras make them, and what they are.

Each convention is a section with its reason. A line is a verdict and names, with `{1001..1048}` for
numbers and `{1001..1051..5}` for every fifth, padded as the first one is:

    frames      one sequence           frames/5   one sequence of every fifth frame
    files       each its own thing     tiles      one texture

    python3 tests/names/generate.py
"""

import itertools
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))

SHOTS = [
    "hero", "sq01_sh010_comp_v004", "sh0010_plate", "bunny-beauty", "R2_010_main_L", "fx_smoke.main",
    "ABC_0010_anim_v012", "010_0020_comp", "A001C003_210101_R1AB", "hero v2 final", "main_1001_1001",
    "tst010_0010_lighting_v001_beauty", "crowd.left", "Täterätä", "pr_sh_0370_cmp_v03_diffuse",
]
IMAGES = ["exr", "dpx", "png", "tif", "jpg", "tga", "cin", "EXR"]
CACHES = ["vdb", "bgeo.sc", "bgeo", "ass", "prt"]
TEXTURES = ["diffuse", "BaseColor", "albedo", "Roughness", "nrm", "metallic", "disp", "ao", "specular"]
ASSETS = ["wood", "hero_body", "SM_Chair", "char-dragon_head", "rock01"]
TILES = [
    "{1001,1002,1011,1012,1021}", "{1001,1003,1024}", "{1001..1004}", "{1001,1011,1021}", "{1001..1010}",
    "{1001}", "{1014}", "{1001..1004},{1011..1014}", "{1002,1003,1013,1101}",
]


class Corpus:
    def __init__(self):
        self.lines = []
        self.random = random.Random(19)

    def section(self, title, reason):
        self.lines += ["", "# %s: %s" % (title, reason)]

    def add(self, verdict, names):
        self.lines.append("%s %s" % (verdict, names))

    def some(self, values, count):
        return self.random.sample(values, min(count, len(values)))


def span(first, last, width, step=1):
    middle = "" if step == 1 else "..%d" % step
    return "{%0*d..%0*d%s}" % (width, first, width, last, middle)


def corpus():
    c = Corpus()
    c.section("after a dot", "a number between two dots counts frames, also alone and without padding")
    for shot, extension in itertools.product(SHOTS, c.some(IMAGES, 4)):
        c.add("frames", "%s.%s.%s" % (shot, span(1001, 1001 + c.random.randint(1, 40), 4), extension))
    for shot in SHOTS:
        c.add("frames", "%s.%s.exr" % (shot, span(8, 12, 1)))
        c.add("frames", "%s.%s.exr" % (shot, span(86, 120, 4)))
        c.add("frames", "%s.{%d}.exr" % (shot, c.random.randint(1, 5000)))
        c.add("frames", "%s.{%05d}.png" % (shot, c.random.randint(1, 5000)))

    c.section("padded", "nobody pads a number with zeros to three digits or more but a program that counts")
    for shot, separator in itertools.product(SHOTS, ["_", "-", " "]):
        c.add("frames", "%s%s%s.png" % (shot, separator, span(1, c.random.randint(2, 30), 4)))
        c.add("frames", "%s%s{%04d}.tif" % (shot, separator, c.random.randint(1, 999)))
    for name in ["shot", "render", "Camera", "anim", "untitledScene", "ball_bounce", "box"]:
        c.add("frames", "%s%s.png" % (name, span(1, 24, 4)))
        c.add("frames", "%s{0007}.png" % name)

    c.section("numbers alone", "what Blender writes unless it is told otherwise")
    for extension in IMAGES:
        c.add("frames", "%s.%s" % (span(1, 24, 4), extension))
        c.add("frames", "{0042}.%s" % extension)
        c.add("frames", "%s.%s" % (span(1001, 1010, 4), extension))

    c.section("from 1001 on", "film counts its frames from 1001")
    for shot in SHOTS:
        c.add("frames", "%s_%s.exr" % (shot.replace("diffuse", "fill"), span(1001, 1001 + c.random.randint(11, 40), 4)))
        c.add("frames", "%s_{1077}.exr" % shot.replace("diffuse", "fill"))

    c.section("negative", "a sign after a separator is one: handles and pre-roll begin before 0")
    for shot, extension in itertools.product(c.some(SHOTS, 8), ["exr", "vdb"]):
        c.add("frames", "%s.{-10..10}.%s" % (shot, extension))
        c.add("frames", "%s.{-005..005}.%s" % (shot, extension))
        c.add("frames", "%s.{-002..-001}.%s" % (shot, extension))
        c.add("frames", "%s_{-0012..0003}.%s" % (shot, extension))

    c.section("every n-th", "previews, retimes and animation on twos leave frames out by intention")
    for shot, step in itertools.product(c.some(SHOTS, 8), [2, 4, 5, 8, 10]):
        c.add("frames/%d" % step, "%s.%s.png" % (shot, span(1001, 1001 + step * c.random.randint(2, 11), 4, step)))
        c.add("frames/%d" % step, "%s_%s.exr" % (shot, span(1, 1 + step * c.random.randint(3, 11), 4, step)))

    c.section("subframes", "simulations write parts of a frame behind a second dot")
    for name, extension in itertools.product(["sim", "fx_smoke", "flip.main"], ["vdb", "bgeo.sc"]):
        quarters = ",".join("%04d.%02d" % (n // 4, n % 4 * 25) for n in range(4, 13))
        c.add("frames/25", "%s.{%s}.%s" % (name, quarters, extension))
        halves = ",".join("%d.%d" % (n // 2, n % 2 * 5) for n in range(20, 31))
        c.add("frames/5", "%s.{%s}.%s" % (name, halves, extension))

    c.section("caches", "a numbered cache is a frame, whatever its number looks like")
    for name, extension in itertools.product(["smoke", "fx_rain_v003", "pyro_main"], CACHES):
        c.add("frames", "%s.%s.%s" % (name, span(1, 20, 4), extension))
        c.add("frames", "%s_%s.%s" % (name, span(1, 12, 1), extension))
        c.add("frames", "%s_{7}.%s" % (name, extension))

    c.section("counting on", "three numbers or more that count on are a sequence, with any name")
    for name in ["blob", "cube", "walk_cycle", "fx", "Untitled Project"]:
        c.add("frames", "%s_%s.png" % (name, span(1, c.random.randint(3, 30), 1)))
        c.add("frames", "%s%s.tga" % (name, span(1, c.random.randint(3, 30), 1)))
        c.add("frames", "%s_%s.png" % (name, span(1, c.random.randint(3, 30), 2)))
    for word in ["scene", "cam", "shot"]:
        c.add("frames", "%s_{001..048}.png" % word)
    for word in ["frame", "render", "playblast", "turntable", "flipbook"]:
        c.add("frames", "my_%s_{3}.png" % word)
        c.add("frames", "my_%s_{3,4}.png" % word)

    c.section("UDIM", "these numbers are places of a texture, and have holes in every real asset")
    for asset, texture, tiles in itertools.product(ASSETS, TEXTURES, TILES):
        separator = c.random.choice("_.")
        c.add("tiles", "%s_%s%s%s.%s" % (asset, texture, separator, tiles.replace("},{", ",") if "..1004},{" not in tiles else "{1001,1002,1003,1004,1011,1012,1013,1014}", c.random.choice(["exr", "tif", "png", "tx"])))
    for asset in ASSETS:
        c.add("tiles", "%s_UDIM.{1001..1030}.tif" % asset)
        c.add("tiles", "%s_%s.{1001,1002,1011,1012}.exr" % (asset, "skin"))
        c.add("tiles", "%s.{1001,1002,1003,1011,1012,1013}.png" % asset)

    c.section("u and v", "Mudbox counts places from u1_v1, ZBrush from u0_v0")
    for asset, texture in itertools.product(ASSETS, c.some(TEXTURES, 4)):
        c.add("tiles", "%s_%s_{u1_v1,u2_v1,u1_v2}.tif" % (asset, texture))
        c.add("tiles", "%s_%s.{u0_v0,u1_v0}.exr" % (asset, texture))
        c.add("tiles", "%s_{u1_v1}.png" % asset)

    c.section("versions", "each is another thing, and the newest is not the last frame")
    for shot, form in itertools.product(c.some(SHOTS, 8), ["_v{001..004}", "_v{1..3}", ".v{001..003}", "_V{01,03}", "_ver{01..04}", "-v{12}", "_version{2..4}", "_rev{1..5}"]):
        c.add("files", "%s%s.%s" % (shot, form, c.random.choice(IMAGES)))

    c.section("takes and parts", "takes, shots, details, panels and pages are things of their own")
    for name in ["hero", "ep101", "board_a"]:
        for form in ["_take{1..5}", "_take_{03}", "_tk{01..04}", "_sh{010,020,030}", "_sc{01..06}", "_lod{0..3}", "_cam{1..4}", "_page{1..12}", "_panel_{01..09}", "_part{1..3}", "_copy{1..3}", "_option_{1..4}", "_ref{01..12}", "_r{01..05}", "_final{1..3}", "_cut_c{010,020,030}"]:
            c.add("files", "%s%s.png" % (name, form))
    for form in ["tree_lod{0..3}.obj", "tree_lod_{0..2}.ply"]:
        c.add("files", form)

    c.section("sizes", "a number can say how large the picture is")
    for name in ["icon", "logo", "favicon", "app-icon"]:
        c.add("files", "%s_{16,32,48,64,128,256}.png" % name)
        c.add("files", "%s-{16,32,180,192,512}.png" % name)
        c.add("files", "%s{16,32,64}.png" % name)
        c.add("files", "%s_{16}.png" % name)
    for name in ["wood", "rust_metal", "env"]:
        c.add("files", "%s_{512,1024,2048,4096}.png" % name)
        c.add("files", "%s_{2048}.jpg" % name)
        c.add("files", "%s_{100,200,300,400}.png" % name)
    for name in ["wall_{w}x", "banner-{w}x"]:
        for width, height in [(1920, 1080), (3840, 2160), (640, 480)]:
            c.add("files", "%s{%d}.png" % (name.replace("{w}", str(width)), height))

    c.section("dates", "a day or a moment is no frame, though it counts on")
    for name in ["review", "dailies_A", "onset", "lookdev"]:
        c.add("files", "%s_{20240129..20240131}.png" % name)
        c.add("files", "%s_{20240315}.jpg" % name)
        c.add("files", "%s-2024-01-{29,30,31}.png" % name)
        c.add("files", "%s_20240131_{093000,141500}.png" % name)
        c.add("files", "%s_{1700000000,1700003600}.png" % name)
        c.add("files", "%s_{20240131093000}.png" % name)
        c.add("files", "%s_31.01.{2023,2024}.png" % name)
        c.add("frames", "%s_20240131.{0001..0012}.exr" % name)
        c.add("frames", "%s_20240131_{1001..1020}.exr" % name)
    for name in ["Screenshot 2024-01-31 at 09.30.{05,17}.png", "Screenshot from 2024-01-31 09-30-{05,59}.png", "PXL_20240131_{093000123}.jpg", "IMG_20240131_{093000,093512}.jpg"]:
        c.add("files", name)

    c.section("cameras and screens", "their counters number unrelated pictures")
    for name, extension in [("IMG_", "JPG"), ("DSC", "JPG"), ("DSCN", "jpg"), ("DSC_", "jpg"), ("_MG_", "jpg"), ("GOPR", "JPG"), ("PICT", "jpg"), ("IMG_", "PNG"), ("img_", "jpg")]:
        c.add("files", "%s{0001..0012}.%s" % (name, extension))
        c.add("files", "%s{4711,4718,4790}.%s" % (name, extension))
        c.add("files", "%s{1234}.%s" % (name, extension))
    for name in ["Screenshot ", "screenshot_", "photo_", "picture", "download_", "scan_"]:
        c.add("files", "%s{1,2,3,7}.png" % name)
        c.add("files", "%s{3}.png" % name)

    c.section("pictures by hand", "few numbers, or such that do not count on, are no sequence")
    for name in ["view", "concept", "bunny", "texture_try", "mood"]:
        c.add("files", "%s_{3}.png" % name)
        c.add("files", "%s_{1,2}.png" % name)
        c.add("files", "%s_{3,17,99}.png" % name)
        c.add("files", "%s{1,2}.jpg" % name)

    c.section("other kinds of files", "documents and scenes are no frames, and movies hold their own")
    for name, extension in itertools.product(["notes", "report", "hero_scene"], ["pdf", "txt", "blend", "ma", "nk", "abc", "mov", "psd", "zip"]):
        c.add("files", "%s_{1..4}.%s" % (name, extension))
        c.add("files", "%s.{0001..0003}.%s" % (name, extension))
    return c.lines


if __name__ == "__main__":
    with open(os.path.join(HERE, "corpus.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("# Names of files and what they are. generate.py writes this file and explains it.\n")
        file.write("\n".join(corpus()) + "\n")
