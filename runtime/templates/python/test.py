"""Builds the adapter, and publishes with it, as an artist would: `python3 test.py`."""

import json
import tempfile
import unittest
from pathlib import Path

import build


class Publish(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        build.build()

    def publish(self, place: Path) -> "tuple[int, list[dict]]":
        """Publish what is in `work`; answer the exit code and the problems in the report."""
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
