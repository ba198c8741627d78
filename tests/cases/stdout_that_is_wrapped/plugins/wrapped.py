import sys
import pyblish.api


class Both(object):
    """Prints go on as they did, and into a list, too: what many a logging helper does once and
    never takes back.
    """

    def __init__(self, stream):
        self.stream = stream
        self.kept = []

    def write(self, text):
        self.kept.append(text)
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()


class CollectAndWrap(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        context.create_instance("one", family="model")
        sys.stdout = Both(sys.stdout)
        print("first")


class ValidateAndPrint(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["model"]

    def process(self, instance):
        print("second")
        self.log.info("said")


class ExtractAndPrint(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    families = ["model"]

    def process(self, instance):
        print("third")
