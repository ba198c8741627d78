# -*- coding: utf-8 -*-
"""Ways in which plug-ins change the context: one class each, run by its name."""
import pyblish.api

KEPT = {}


class Way(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["never"]


class SetKey(Way):
    def process(self, instance):
        instance.data["startFrame"] = 1001


class SetSame(Way):
    def process(self, instance):
        instance.data["family"] = "model"
        instance.data["families"] = ["geo"]


class Unset(Way):
    def process(self, instance):
        del instance.data["nested"]
        instance.data.pop("families")


class AppendNested(Way):
    def process(self, instance):
        instance.data["nested"]["frames"].append(3)


class AppendElsewhere(Way):
    def process(self, instance):
        instance.context[1].data["families"].append("late")


class SetElsewhere(Way):
    def process(self, instance):
        instance.context[1].data.update({"a": 1}, b=2)
        instance.context[1].data.setdefault("c", 3)
        instance.context[1].append("bone")


class KeepList(Way):
    def process(self, instance):
        KEPT["list"] = instance.context.data["kept"] = [1]
        instance.context.data["results"]


class ChangeKept(Way):
    """Through a reference from an earlier call."""

    def process(self, instance):
        KEPT["list"].append(2)


class ChangeSet(Way):
    def process(self, instance):
        instance.data.setdefault("set", set()).add(len(instance.data.get("set", ())))


class BehindTheBack(Way):
    def process(self, instance):
        list.append(instance.context[1], "behind")


class SetEqual(Way):
    """Puts in what is equal to Python; and sets a key without the method for that."""

    def process(self, instance):
        dict.__setitem__(instance.context[1].data, "unseen", 1)
        instance.data["nested"]["frames"][0] = True


class Members(Way):
    def process(self, instance):
        instance[0] = "other_GEO"
        instance.append(object)


class RemoveOther(Way):
    def process(self, instance):
        instance.context.remove(instance.context[1])


class RemoveAll(Way):
    def process(self, instance):
        instance.context[:] = []


class InsertFirst(Way):
    def process(self, instance):
        first = pyblish.api.Instance("first")
        instance.context.insert(0, first)


class SwitchOff(Way):
    def process(self, instance):
        SetKey.active = False


class LeaveThread(Way):
    """A thread that writes on request, long after the call."""

    def process(self, instance):
        import threading
        KEPT["go"], KEPT["gone"] = threading.Event(), threading.Event()

        def work():
            KEPT["go"].wait(60)
            instance.data["fromThread"] = True
            KEPT["gone"].set()

        thread = threading.Thread(target=work)
        thread.daemon = True
        thread.start()


class LetThreadGo(Way):
    def process(self, instance):
        KEPT["go"].set()
        KEPT["gone"].wait(60)


class ChangeAndFail(Way):
    def process(self, instance):
        instance.data["before"] = 1
        raise ValueError("changed, then failed")
