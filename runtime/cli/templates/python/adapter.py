"""Publishes the files of a folder: finds them, checks their names, copies them.

`MyAdapter` says what the adapter is and asks for, and lists its plug-ins.
"""

import os

import sdk

# The two folders, as the adapter sees them; the user chooses the folders of the machine.
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
    actions = [sdk.action("ignore", "Leave it out", on="failed")]

    def process(self, instance: sdk.Instance) -> None:
        file = instance.data["file"]
        good = good_name(file)
        if file != good:
            message = f"{file} has capitals or spaces: rename it to {good}, or repair"
            raise sdk.PublishError(message, title="Bad name", kind="BadName")

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

    def act(self, action: str, target: sdk.Context | sdk.Instance) -> None:
        if not isinstance(target, sdk.Instance):
            raise sdk.PublishError("choose the file that is to be left out")
        target.set("publish", False)


class ExtractFile(sdk.InstancePlugin):
    """Copy the file to the publish folder."""

    order = sdk.EXTRACT
    families = ["file"]

    def process(self, instance: sdk.Instance) -> None:
        file = instance.data["file"]
        # The runtime copies, and never over a file that is there. So an older one is replaced last.
        new = f".{file}.new"
        if os.path.exists(os.path.join(PUBLISH, new)):
            os.remove(os.path.join(PUBLISH, new))
        [copied] = sdk.copy(WORK, PUBLISH, [(file, new)], progress=(0.0, 1.0))
        os.replace(os.path.join(PUBLISH, new), os.path.join(PUBLISH, file))
        instance.set("sha256", copied.sha256)
        self.log.info("Published %s, %d bytes", file, copied.size)


def good_name(name: str) -> str:
    return name.lower().replace(" ", "_")


class MyAdapter(sdk.Adapter):
    """Publishes the files of a folder."""

    name = "my-adapter"
    version = "0.1.0"
    hosts = ["files"]
    settings = [
        sdk.texts("ignore", "Files whose names end like this are ignored.", default=[".tmp"]),
    ]
    grants = [
        sdk.writable(WORK, "The files to publish; repair renames them."),
        sdk.writable(PUBLISH, "Where it is published."),
    ]
    plugins = [CollectFiles, ValidateName, ExtractFile]

    def host(self) -> dict[str, object]:
        return {"work": self.opening.host_path(WORK)}


# The exports of the component.
Service = sdk.service(MyAdapter)
