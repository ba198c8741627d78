"""Plug-ins with everything that QML shows of plug-ins, instances and results."""
import pyblish.api


class CollectThings(pyblish.api.ContextPlugin):
    """Find the things."""

    order = pyblish.api.CollectorOrder
    label = "Things"

    def process(self, context):
        self.log.info("Looking around")
        context.data["label"] = "A place"
        context.data["secret"] = 7
        context.create_instance("one", family="thing", families=["a", "b"], label="One \u00e4", category="Things")
        context.create_instance("two", family="thing", publish=False, optional=False, secret=[1])
        context.create_instance("three", family="other", comment="hm")


class Mend(pyblish.api.Action):
    """Mend it."""

    label = "Mend"
    on = "failed"
    icon = "wrench"

    def process(self, context, plugin):
        self.log.warning("mending")
        context[0].data["label"] = "Mended"


class Break(pyblish.api.Action):
    """Break it."""

    def process(self, context, plugin):
        raise ValueError("it does not break")


class ValidateThing(pyblish.api.InstancePlugin):
    """A thing is as it should be."""

    order = pyblish.api.ValidatorOrder
    families = ["thing"]
    optional = True
    version = (1, 2, 3)
    actions = [pyblish.api.Category("Help"), Mend, pyblish.api.Separator, Break]

    def process(self, instance):
        self.log.debug("looking at %s" % instance)
        if instance.name == "one" and "mended" not in instance.data:
            self.log.warning("it will fail")
            raise RuntimeError("It is broken: \u201cmend\u201d it")

    def repair(self, instance):
        self.log.info("repairing")
        instance.data["mended"] = True


class ValidatePlace(pyblish.api.ContextPlugin):
    """A place is as it should be."""

    order = pyblish.api.ValidatorOrder + 0.25
    hosts = ["python"]
    families = ["x", "y"]
    match = pyblish.api.Subset

    def process(self, context):
        try:
            {}["nothing"]
        except KeyError:
            self.log.exception("there is nothing")


class ExtractThing(pyblish.api.InstancePlugin):
    """Change it, and take another away."""

    order = pyblish.api.ExtractorOrder
    match = pyblish.api.Exact
    families = ["other"]
    category = "Special"

    def process(self, instance):
        instance.data["family"] = "changed"
        instance.context.remove(instance.context[0])


class IntegrateLate(pyblish.api.Plugin):
    """Neither this nor that."""

    order = 7
    active = False

    def process(self):
        pass
