"""A validator for Blender whose problem an action mends."""
import bpy
import pyblish.api


class TagAll(pyblish.api.Action):
    """Tag every model."""

    label = "Tag all"
    on = "failed"
    icon = "tag"

    def process(self, context, plugin):
        for instance in context:
            instance[0]["tag"] = "shot"
            self.log.info("tagged %s" % instance.name)


class ValidateTagged(pyblish.api.InstancePlugin):
    """A model has a tag."""

    order = pyblish.api.ValidatorOrder + 0.1
    families = ["model"]
    optional = True
    actions = [TagAll]

    def process(self, instance):
        assert instance[0].get("tag"), "%s has no tag: see the actions of this plug-in" % instance.name


class ValidateNothing(pyblish.api.InstancePlugin):
    """Fails always, and is left out."""

    order = pyblish.api.ValidatorOrder + 0.2
    families = ["model"]
    optional = True

    def process(self, instance):
        raise ValueError("this was to be left out")
