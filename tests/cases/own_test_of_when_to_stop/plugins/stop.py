import pyblish.api
import pyblish.logic


def stop_after_extraction(**variables):
    """The studio's: as Pyblish's own; and an extractor that failed stops what comes after
    extraction.
    """
    default = pyblish.logic.default_test(**variables)
    if default:
        return default
    if variables["nextOrder"] >= pyblish.api.ExtractorOrder + 0.5 and any(
            order >= pyblish.api.ExtractorOrder - 0.5 for order in variables["ordersWithError"]):
        return "failed extraction"


pyblish.api.register_test(stop_after_extraction)


class CollectOne(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        context.create_instance("one", family="model")


class ExtractOne(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    families = ["model"]

    def process(self, instance):
        raise RuntimeError("the disk is full")


class IntegrateOne(pyblish.api.InstancePlugin):
    order = pyblish.api.IntegratorOrder
    families = ["model"]

    def process(self, instance):
        self.log.info("half a version was published")
