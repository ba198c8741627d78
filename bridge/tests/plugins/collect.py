# -*- coding: utf-8 -*-
import pyblish.api


class CollectTwo(pyblish.api.ContextPlugin):
    """Makes a hero and a prop."""

    order = pyblish.api.CollectorOrder
    version = (1, 2, 0)

    def process(self, context):
        hero = context.create_instance("hero", family="model", families=["geo"])
        hero.append("hero_GEO")
        hero.data["nested"] = {"frames": [1, 2]}
        context.create_instance("prop", family="rig", families=["geo"])


class CollectSorted(pyblish.api.ContextPlugin):
    def process(self, context):
        context.sort(key=lambda instance: instance.name, reverse=True)


class CollectCopies(pyblish.api.ContextPlugin):
    def process(self, context):
        import copy
        context.append(copy.deepcopy(context[0]))
        context.append(context[0])


class CollectOlder(pyblish.api.Collector):
    """Takes what is given by name, as plug-ins did before 1.4."""

    def process(self, context, plugin, asset=None):
        context.data["asked"] = [plugin.__name__, asset is None]


class CollectPre11(pyblish.api.Selector):
    def process_context(self, context):
        context.create_asset("old").set_data("from", "1.0")


class CollectMany(pyblish.api.ContextPlugin):
    def process(self, context):
        for number in range(1000):
            context.create_instance("i%04d" % number, families=["a", "b"], frames=[1001, 1002])


class CollectRegistering(pyblish.api.ContextPlugin):
    def process(self, context):
        class ValidateLate(pyblish.api.InstancePlugin):
            order = pyblish.api.ValidatorOrder

            def process(self, instance):
                pass

        pyblish.api.register_plugin(ValidateLate)


class CollectValues(pyblish.api.ContextPlugin):
    """What `data` can hold."""

    def process(self, context):
        class Odd(object):
            def __repr__(self):
                raise ValueError("no")

        cycle = []
        cycle.append(cycle)
        deep = []
        for _ in range(500):
            deep = [deep]
        numbers = {1: "a"}
        for key, value in [
            ("none", None), ("true", True), ("int", 7), ("big", 10 ** 30), ("float", 0.1), ("nan", float("nan")),
            ("infinite", [float("inf")]), ("text", u"h\xe9ros \U0001f600"), ("bytes", b"\xff\x00"), ("list", [1, [2]]),
            ("tuple", (1, 2)), ("set", set([3, 1, 2])), ("dict", {"a": {"b": None}}), ("keys", numbers), ("cycle", cycle),
            ("deep", deep), ("object", object()), ("odd", Odd()), ("long", u"x" * 300000), ("lone", u"a\ud800b"),
            ("wide", list(range(200000))), ("instance", context.create_instance("inside")),
            ("look", {"$repr": "mine"}), ("inner", {"deep": [object()]}), (5, "number"),
        ]:
            context.data[key] = value


class CollectTypes(pyblish.api.ContextPlugin):
    def process(self, context):
        context.data["types"] = [type(context.data[key]).__name__ for key in ("tuple", "list")]
