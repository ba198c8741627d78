"""Runs the examples like a user, and checks the README, which quotes them."""
import os
import re
import subprocess
import sys
import unittest

import support
from support import SHOTS, client

EXAMPLES = os.path.join(support.CLIENT, "examples")


def text(*names):
    with open(os.path.join(support.CLIENT, *names), encoding="utf-8") as file:
        return file.read()


class Examples(support.Case):
    def play(self, name, *arguments, typed=""):
        """Its exit code and its output."""
        played = subprocess.run(
            [sys.executable, "-B", os.path.join(EXAMPLES, name)] + list(arguments),
            env=dict(self.environment, PYTHONPATH=support.CLIENT, PYTHONIOENCODING="utf-8"),
            input=typed.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=support.TIME,
        )
        return played.returncode, played.stdout.decode(), played.stderr.decode()

    def test_a_publish(self):
        session = self.session(SHOTS)
        self.assertEqual(
            self.play("publish.py"), (1, "Validate on bad: It is broken: mend it\nstopped: 2 done, 1 failed\n", "")
        )
        self.assertEqual(session.runs().items[0].comment, "From a script")
        self.assertEqual(session.runs().items[0].state, "stopped")

    def test_a_publish_that_succeeds(self):
        self.session(SHOTS[:1] + SHOTS[2:])
        self.assertEqual(self.play("publish.py"), (0, "succeeded: 3 done, 0 failed\n", ""))

    def test_the_frontend_repairs_and_publishes(self):
        session = self.session(SHOTS)
        code, out, err = self.play("terminal.py", self.server.address, typed="y\n")
        self.assertEqual((code, err), (0, ""))
        for line in (
            "Plug-ins of " + session.id,
            "  [x] validate  Validate",
            "  [x] bad, failed",
            "  [x] good, succeeded",
            "  0% Collect on the context",
            "     looking",
            "     50% half",
            "     FAILED: It is broken: mend it",
            " 50% Extract on bad",
            "Published",
        ):
            self.assertIn(line + "\n", out)
        self.assertIn("Repair bad with Validate? [y/n] ", out)
        stages = [(it.only, it.state) for it in reversed(session.runs().items)]
        ends = ["succeeded", "failed", "succeeded", "succeeded", "succeeded"]
        self.assertEqual(stages, list(zip(["collect", "validate", "validate", "extract", "integrate"], ends)))

    def test_the_frontend_leaves_what_is_not_to_be_repaired(self):
        session = self.session(SHOTS)
        code, out, err = self.play("terminal.py", typed="n\n")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([it.state for it in session.all_runs()], ["failed", "succeeded"])
        self.assertIn("Not published\n", out)

    def test_without_a_server_they_say_what_to_do(self):
        for name in ("publish.py", "terminal.py"):
            code, _, err = self.play(name)
            self.assertEqual(code, 1)
            self.assertIn("start one with `pyblish-endpoint serve`", err)


class Readme(unittest.TestCase):
    def test_it_quotes_the_examples(self):
        quoted = re.findall(r"```python\n(.*?)```", text("README.md"), re.S)
        for name, lines in (("publish.py", 10), ("terminal.py", 50)):
            example = text("examples", name)
            self.assertIn(example, quoted)
            self.assertLessEqual(len(example.splitlines()), lines, name)

    def test_it_names_what_there_is(self):
        readme = text("README.md")
        for name in re.findall(r"`(\w+)\(", readme):
            owners = (client, client.Endpoint, client.Session, client.Run, client.Events, client.Running)
            self.assertTrue(any(hasattr(it, name) for it in owners), name)


class Version(unittest.TestCase):
    def test_it_is_the_workspaces(self):
        with open(os.path.join(support.PROJECT, "Cargo.toml"), encoding="utf-8") as file:
            found = re.search(r'\[workspace\.package\]\n(?:#.*\n)*version = "([^"]+)"', file.read())
        self.assertEqual(client.__version__, found.group(1))


if __name__ == "__main__":
    unittest.main()
