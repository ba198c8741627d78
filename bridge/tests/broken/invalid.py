import pyblish.api


class FamiliesAsText(pyblish.api.InstancePlugin):
    families = "model"

    def process(self, instance):
        pass


class FromTheFuture(pyblish.api.InstancePlugin):
    requires = "pyblish>=99"

    def process(self, instance):
        pass


class Good(pyblish.api.InstancePlugin):
    def process(self, instance):
        pass
