"""The commands that pyblish-maya and pyblish-starter use, on a scene in memory."""

ID = "pyblish.starter.instance"
# Each set: its attributes, and what is in it.
SETS = {
    "hero_model": ({"id": ID, "name": "hero", "family": "starter.model"}, ["model_GRP"]),
    "locked_model": ({"id": ID, "name": "locked", "family": "starter.model"}, ["model_GRP", "locked_GRP"]),
    "hero_rig": ({"id": ID, "name": "rig", "family": "starter.rig", "odd": None}, ["rig_GRP", "out_SEL", "controls_SEL", "resources_SEL"]),
    "bare_rig": ({"id": ID, "name": "bare", "family": "starter.rig"}, ["other_GRP"]),
    "hero_animation": ({"id": ID, "name": "walk", "family": "starter.animation"}, ["out_SEL"]),
    "other": ({"id": "another.tool"}, []),
    "resources_SEL": ({}, ["heroRN", "hero_AlembicNode", "hero_file"]),
}
ASSEMBLIES = ["model_GRP", "locked_GRP", "rig_GRP", "other_GRP"]
LOCKED = {"locked_GRP": True}
TYPES = {"heroRN": "reference", "hero_AlembicNode": "AlembicNode"}


def ls(*names, **flags):
    if names == ("*.id",):
        return sorted(name for name in SETS if "id" in SETS[name][0])
    if isinstance(names[0], str):
        return [names[0]]
    given = list(names[0])
    if flags.get("assemblies"):
        return [name for name in given if name in ASSEMBLIES]
    if flags.get("type") == "mesh":
        return ["|%s|%sShape" % (name, name) for name in given if name in ASSEMBLIES]
    return given


def objExists(name):
    node, _, attribute = name.partition(".")
    return node in SETS and (not attribute or attribute in SETS[node][0])


def getAttr(name):
    node, _, attribute = name.partition(".")
    if attribute == "abc_File":
        return "hero.abc"
    value = SETS[node][0][attribute]
    if value is None:
        raise RuntimeError("The attribute %s cannot be read" % name)
    return value


def listAttr(node, userDefined=False):
    return list(SETS[node][0])


def sets(name, query=False):
    return SETS[name][1]


def polyListComponentConversion(mesh, toVertexFace=False):
    return [mesh + ".vtxFace[0]"]


def polyNormalPerVertex(faces, query=False, freezeNormal=False):
    return [face.split("|")[1] in LOCKED for face in faces]


def nodeType(name):
    return TYPES.get(name, "file")


def referenceQuery(name, filename=False, unresolvedName=False):
    return "rigs/hero.ma"


def file(sceneName=False, query=False):
    return "/show/shot/work//hero.ma"


def workspace(rootDirectory=False, dir=False, query=False):
    return "" if rootDirectory else "/show/shot/work/"
