"""Publishes the files of a folder: finds them, checks their names, copies them.

`MyAdapter` says what the adapter is and asks for, and lists what it does: the plug-ins below it.
"""

import os
import shutil

import sdk

# The two folders, as the adapter sees them; which folders of the machine they are, the user says.
WORK = "/work"
PUBLISH = "/publish"


class CollectFiles(sdk.ContextPlugin):
    """Find the files of the work folder."""

    order = sdk.COLLECT

    def process(self, context: sdk.Context) -> None:
        ignore = tuple(self.settings["ignore"])
        for name in sorted(os.listdir(WORK)):
            if os.path.isfile(os.path.join(WORK, name)) and not name.endswith(ignore):
                self.log.info("Found %s", name)
                context.create_instance(name, family="file", file=name)


class ValidateName(sdk.InstancePlugin):
    """Names are lower case, without spaces. Repair renames the file."""

    order = sdk.VALIDATE
    families = ["file"]

    def process(self, instance: sdk.Instance) -> None:
        file = instance.data["file"]
        good = good_name(file)
        if file != good:
            message = f"{file} has capitals or spaces: rename it to {good}, or repair"
            raise sdk.PublishError(message, title="Bad name")

    def repair(self, instance: sdk.Instance) -> None:
        file = instance.data["file"]
        good = good_name(file)
        if os.path.exists(os.path.join(WORK, good)):
            raise sdk.PublishError(
                f"{file} cannot become {good}, which is there already: rename one of them"
            )
        os.rename(os.path.join(WORK, file), os.path.join(WORK, good))
        self.log.info("Renamed %s to %s", file, good)
        instance.set("file", good)


class ExtractFile(sdk.InstancePlugin):
    """Copy the file to the publish folder."""

    order = sdk.EXTRACT
    families = ["file"]

    def process(self, instance: sdk.Instance) -> None:
        file = instance.data["file"]
        shutil.copyfile(os.path.join(WORK, file), os.path.join(PUBLISH, file))
        self.log.info("Published %s", file)


def good_name(name: str) -> str:
    return name.lower().replace(" ", "_")


class MyAdapter(sdk.Adapter):
    """Publishes the files of a folder."""

    name = "my-adapter"
    version = "0.1.0"
    hosts = ["files"]
    settings = [
        sdk.texts("ignore", "Files whose names end so are left alone.", default=[".tmp"]),
    ]
    folders = [
        sdk.writable(WORK, "What is published, and renamed."),
        sdk.writable(PUBLISH, "Where it is published."),
    ]
    plugins = [CollectFiles, ValidateName, ExtractFile]


# What the component exports.
Service = sdk.service(MyAdapter)
