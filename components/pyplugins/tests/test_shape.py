"""Values, levels and kinds in the types of the interface."""
import json
import unittest

import support  # noqa: F401
from pyblish_endpoint_bridge.text import to_json
from pyblish_endpoint_sandbox import shape
from wit_world.imports import model


class Shape(unittest.TestCase):
    def test_values_survive_the_border(self):
        for value, expected in [
            (None, model.Value_Null()),
            (True, model.Value_Boolean(True)),
            (False, model.Value_Boolean(False)),
            (0, model.Value_Integer(0)),
            (-7, model.Value_Integer(-7)),
            (2 ** 63 - 1, model.Value_Integer(2 ** 63 - 1)),
            (-2 ** 63, model.Value_Integer(-2 ** 63)),
            (2 ** 63, model.Value_Json("9223372036854775808")),
            (0.5, model.Value_Number(0.5)),
            (1.0, model.Value_Number(1.0)),
            (1e-05, model.Value_Json("1e-05")),
            (1e+16, model.Value_Json("1e+16")),
            ("", model.Value_Text("")),
            ("hero", model.Value_Text("hero")),
            ("C:\\h\u00e9ro \"\n\U0001f600", model.Value_Text("C:\\h\u00e9ro \"\n\U0001f600")),
            ([], model.Value_Json("[]")),
            (["a", "b"], model.Value_Json('["a","b"]')),
            ({"start": 1001}, model.Value_Json('{"start":1001}')),
        ]:
            found = shape.value(to_json(value))
            self.assertEqual((type(found), found), (type(expected), expected))
            back = shape.value_back(found)
            self.assertEqual((type(back), back), (type(value), value))

    def test_values_of_frontends_are_python(self):
        self.assertEqual(shape.value_back(model.Value_Texts(["a"])), ["a"])
        self.assertEqual(shape.value_back(model.Value_Json("[1, 2.0]")), [1, 2.0])

    def test_changes_of_frontends_are_the_bridges(self):
        context, one = model.DataOwner_Context(), model.DataOwner_Instance("i1")
        selection = model.Selection([], False)
        found = shape.changes_back([
            model.Change_DataSet(model.DataSet(one, "publish", model.Value_Boolean(False))),
            model.Change_DataRemoved(model.DataRemoved(context, "comment")),
            model.Change_SelectionSet(model.SelectionSet("i1", selection)),
            model.Change_MembersSet(model.MembersSet("i1", ["a"])),
            model.Change_InstanceRemoved("i1"),
            model.Change_PluginActivated(model.PluginActivated("p", True)),
        ])
        self.assertEqual(json.loads(json.dumps(found)), [
            {"data-set": {"instance": "i1", "key": "publish", "value": False}},
            {"data-unset": {"instance": None, "key": "comment"}},
            {"members-set": {"id": "i1", "members": ["a"]}},
            {"instance-removed": {"id": "i1"}},
            {"plugin-activated": {"plugin": "p", "active": True}},
        ])

    def test_words_have_their_types(self):
        self.assertEqual(shape.level(30), model.Level_Warning())
        self.assertEqual(shape.level(25), model.Level_Other(25))
        self.assertEqual(shape.level(2 ** 40), model.Level_Other(2 ** 32 - 1))
        self.assertEqual(shape.condition("failedOrWarning"), model.ActionCondition_FailedOrWarning())
        self.assertEqual(shape.condition("sometimes"), model.ActionCondition_Unknown("sometimes"))
        failed = dict.fromkeys(["title", "message", "detail", "location", "traceback"])
        kinds = [shape.failure(dict(failed, kind=kind)).kind for kind in ("Cancelled", "ValueError")]
        self.assertEqual(kinds, [model.FailureKind_Cancelled(), model.FailureKind_Raised("ValueError")])


if __name__ == "__main__":
    unittest.main()
