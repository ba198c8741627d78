"""Tests of the adapter: `python3 test.py`.

`Plugins` runs the plug-ins directly, in milliseconds: `python3 test.py Plugins`. `Publish` builds
the component, and publishes with it as an artist would.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import build

# The modules of `wit_world`, and the packages of packages.txt.
sys.path += [str(build.bindings()), str(build.VENDOR)]

import adapter  # noqa: E402
from sdk.testing import Harness  # noqa: E402


class Plugins(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        place = Path(folder.name)
        self.work, self.published = place / "work", place / "publish"
        self.work.mkdir()
        self.published.mkdir()
        # Outside of the sandbox, the folders have other paths.
        adapter.WORK, adapter.PUBLISH = str(self.work), str(self.published)
        (self.work / "Hero One.txt").write_text("hero")
        (self.work / "notes.tmp").write_text("none of it")
        self.harness = Harness(adapter.MyAdapter)
        self.assertIsNone(self.harness.process("CollectFiles").failure)

    def test_files_are_found(self) -> None:
        names = [instance.name for instance in self.harness.context.instances.values()]
        self.assertEqual(names, ["Hero One.txt"])
        self.assertEqual(self.harness.records, [(20, "Found Hero One.txt")])

    def test_ignored_files_are_a_setting(self) -> None:
        harness = Harness(adapter.MyAdapter, ignore=[])
        harness.process("CollectFiles")
        self.assertEqual(len(harness.context.instances), 2)

    def test_bad_name_is_repaired(self) -> None:
        failure = self.harness.process("ValidateName", "Hero One.txt").failure
        self.assertEqual(failure.title, "Bad name")
        self.assertEqual(failure.kind.value, "BadName")
        self.assertIsNone(self.harness.repair("ValidateName", "Hero One.txt").failure)
        self.assertTrue((self.work / "hero_one.txt").exists())
        self.assertIsNone(self.harness.process("ValidateName", "Hero One.txt").failure)

    def test_file_is_left_out(self) -> None:
        self.harness.act("ValidateName", "ignore", "Hero One.txt")
        instance = self.harness.context.find("Hero One.txt")
        self.assertIs(instance.data["publish"], False)
        self.harness.set("Hero One.txt", "publish", True)
        self.assertIs(instance.data["publish"], True)

    def test_copy_can_be_cancelled(self) -> None:
        self.harness.cancelled = True
        failure = self.harness.process("ExtractFile", "Hero One.txt").failure
        self.assertEqual(type(failure.kind).__name__, "FailureKind_Cancelled")
        self.assertEqual(list(self.published.iterdir()), [])
        self.harness.cancelled = False
        self.assertIsNone(self.harness.process("ExtractFile", "Hero One.txt").failure)
        self.assertEqual((self.published / "Hero One.txt").read_text(), "hero")

    def test_missing_file_is_named(self) -> None:
        (self.work / "Hero One.txt").unlink()
        message = self.harness.process("ExtractFile", "Hero One.txt").failure.message
        self.assertIn("Hero One.txt", message)


class Publish(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        build.build()

    def publish(self, place: Path) -> "tuple[int, list[dict]]":
        """Publish the files in `work`; return the exit code and the problems in the report."""
        report = place / "report.json"
        code = build.endpoint(
            *("publish", "--adapter", build.ADAPTER),
            *("--dir", f"{place / 'work'}=/work", "--dir", f"{place / 'publish'}=/publish"),
            *("--history-dir", place / "history", "--report", report),
        )
        return code, json.loads(report.read_text(encoding="utf-8"))["problems"]

    def test_files_are_checked_and_published(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            work, published = place / "work", place / "publish"
            work.mkdir()
            published.mkdir()
            (work / "Hero One.txt").write_text("hero")
            (work / "notes.tmp").write_text("none of it")

            code, problems = self.publish(place)
            self.assertEqual(code, 1, "a bad name stops it")
            self.assertEqual(problems[0]["title"], "Bad name")
            self.assertIn("adapter.py", problems[0]["traceback"])
            self.assertFalse((published / "Hero One.txt").exists())

            (work / "Hero One.txt").rename(work / "hero_one.txt")
            code, problems = self.publish(place)
            self.assertEqual((code, problems), (0, []))
            self.assertEqual((published / "hero_one.txt").read_text(), "hero")
            self.assertFalse((published / "notes.tmp").exists())


if __name__ == "__main__":
    unittest.main()
