# -*- coding: utf-8 -*-
"""Plug-ins that fail, log, wait and run for ever."""
import logging
import os
import sys
import threading
import time

import pyblish.api
import pyblish.util
import pyblish_endpoint_bridge as bridge


class PublishValidationError(Exception):
    def __init__(self):
        Exception.__init__(self, "Frames are missing")
        self.title = "Frames"
        self.description = "Render frames 3 and 4 again."
        self.detail = "3, 4"


class Context(pyblish.api.ContextPlugin):
    order = pyblish.api.ValidatorOrder


class Say(Context):
    def process(self, context):
        self.log.info("told %s", "once")
        self.log.warning(u"h\xe9ros")
        logging.getLogger("other").error("not Pyblish's")
        self.log.info("%d", "no number")
        try:
            raise KeyError("inner")
        except KeyError:
            self.log.exception("logged")


class TakeTime(Context):
    """From here on the bridge goes on with pairs without a time limit, also in a loop's turns."""

    def process(self, context):
        bridge.AHEAD = bridge.SLICE = bridge.LONG_SLICE = 3600


class TakeNoTime(Context):
    def process(self, context):
        bridge.AHEAD = 0


class PublishWithin(Context):
    def process(self, context):
        class Within(pyblish.api.ContextPlugin):
            def process(self, context):
                self.log.info("within")

        self.log.info("before")
        pyblish.util.publish(plugins=[Within])
        self.log.info("behind")


class Print(Context):
    def process(self, context):
        print("a line")
        sys.stdout.write(u"half")
        sys.stdout.write(u" a line")


class Flood(Context):
    def process(self, context):
        for number in range(20000):
            self.log.debug("%d", number)


class Fail(Context):
    def process(self, context):
        raise PublishValidationError()


class FailWithoutWords(Context):
    def process(self, context):
        raise ValueError()


class Exit(Context):
    def process(self, context):
        sys.exit("enough")


class Interrupt(Context):
    def process(self, context):
        raise KeyboardInterrupt()


class LastError(Context):
    """Keeps what readers of Pyblish's results see."""

    def process(self, context):
        context.data["last"] = type(context.data["results"][-1]["error"]).__name__


class Recurse(Context):
    def process(self, context):
        self.process(context)


class Unspeakable(Context):
    def process(self, context):
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError("no words")

            __unicode__ = __str__

        raise Mute()


class Progress(Context):
    def process(self, context):
        for step in range(101):
            bridge.progress(step / 100.0, "step %d" % step)
        bridge.progress(float("nan"), "nonsense")


class Wait(Context):
    """Works until it is cancelled."""

    def process(self, context):
        self.log.info("working")
        while not bridge.cancelled():
            time.sleep(0.001)
        raise bridge.Cancelled("stopped as asked")


class WaitForFile(Context):
    """Works until a file exists, and never asks whether it is cancelled."""

    def process(self, context):
        self.log.info("working")
        while not os.path.exists(context.data["waitFor"]):
            time.sleep(0.001)


class WhichThread(Context):
    def process(self, context):
        context.data["thread"] = threading.current_thread().name


class TakeStdout(Context):
    def process(self, context):
        sys.stdout = open(os.devnull, "w")


class Repaired(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["never"]

    def process(self, instance):
        raise RuntimeError("broken")

    def repair(self, instance):
        instance.data["repaired"] = True


class Fix(pyblish.api.Action):
    label = "Fix it"
    on = "failed"
    icon = "wrench"

    def process(self, context, plugin):
        context.data["fixed"] = plugin.__name__


class FixBadly(pyblish.api.Action):
    on = "sometimes"

    def process(self, context, plugin):
        raise RuntimeError("cannot be fixed")


class WithActions(Context):
    actions = [pyblish.api.Category("Help"), Fix, pyblish.api.Separator, FixBadly]
    optional = True
    label = "Actions"

    def process(self, context):
        pass


class FixOne(pyblish.api.Action):
    def process(self, instance):
        instance.data["fixed"] = True


class WithImplicitActions(pyblish.api.Validator):
    """An implicit plug-in, whose actions take what they name."""

    actions = [FixOne]

    def process(self, context):
        pass


class Listen(Context):
    """Registers callbacks of many shapes."""

    def process(self, context):
        pyblish.api.deregister_all_callbacks()
        pyblish.api.register_callback("published", lambda context: context.data.update(heard="published"))
        pyblish.api.register_callback(
            "instanceToggled", lambda instance, new_value, old_value: instance.data.update(heard=[new_value, old_value]))

        def fail(**kwargs):
            raise RuntimeError("a callback with " + ", ".join(sorted(kwargs)))

        pyblish.api.register_callback("commented", fail)


class Removed(object):
    """As an object of Blender that it has removed: it does not even say its class."""

    def __getattribute__(self, name):
        raise ReferenceError("it has been removed")

    def __repr__(self):
        return "<removed>"


class HoldRemoved(Context):
    """Another file was opened: what the instance held is gone."""

    def process(self, context):
        instance = context.create_instance("gone")
        instance.append(Removed())
        instance.data["thing"] = [Removed()]
