# -*- coding: utf-8 -*-
"""What plug-ins log and print."""
import os

from client import wait_until
from support import Looped, WithHost


class Records(WithHost):
    def test_records_have_location(self):
        self.assertIsNone(self.failure("Say"))
        records = self.client.records()
        self.assertEqual([r["message"] for r in records[:2]], ["told once", u"h\xe9ros"])
        self.assertEqual([r["level"] for r in records], [20, 30, 20, 40])
        self.assertIn("cannot be formatted", records[2]["message"])
        self.assertIn("KeyError", records[3]["traceback"])
        first = records[0]
        self.assertEqual(first["logger"], "pyblish.Say")
        self.assertEqual(os.path.basename(first["location"]["file"]), "behave.py")
        self.assertEqual(first["location"]["function"], "process")
        self.assertEqual(first["location"]["text"], 'self.log.info("told %s", "once")')
        self.assertGreater(first["created"], 1e9)

    def test_nested_publish_records_come_once(self):
        self.assertIsNone(self.failure("PublishWithin"))
        self.assertEqual(self.client.messages(), ["before", "within", "behind"])

    def test_print_is_a_record_and_output(self):
        self.assertIsNone(self.failure("Print"))
        records = self.client.records()
        self.assertEqual([r["message"] for r in records], ["a line", "half a line"])
        self.assertEqual([(r["level"], r["logger"]) for r in records], [(20, "stdout")] * 2)
        wait_until(lambda: "a line\n" in self.host.output["stdout"], "the host's own stdout has it too")

    def test_flood_is_cut(self):
        self.assertIsNone(self.failure("Flood"))
        messages = self.client.messages()
        self.assertEqual(len(messages), 10001)
        self.assertIn("is left out", messages[-1])


class RecordsInALoop(Looped, Records):
    pass


class TakenStdout(WithHost):
    def test_replaced_stdout_is_kept(self):
        self.changes("TakeStdout")
        self.changes("Print")
        self.assertEqual(self.client.messages(), ["a line", "half a line"])
        self.changes("TakeStdout")
