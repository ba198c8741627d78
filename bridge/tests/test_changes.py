# -*- coding: utf-8 -*-
"""Answers have all changes of the context, and nothing else."""
from support import WithHost


def added(change):
    return change["instance-added"]


def data_set(instance, key, value):
    return {"data-set": {"instance": instance, "key": key, "value": value}}


class Changes(WithHost):
    def test_instances_have_data_and_members(self):
        hero, prop = map(added, self.changes("CollectTwo"))
        self.assertEqual(hero["name"], "hero")
        self.assertEqual(hero["members"], ["hero_GEO"])
        self.assertEqual(dict(hero["data"]), {
            "name": "hero", "family": "model", "families": ["geo"], "nested": {"frames": [1, 2]}})
        self.assertEqual(prop["members"], [])
        self.assertNotEqual(hero["id"], prop["id"])

    def test_new_key_is_one_change(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("SetKey", hero), [data_set(hero, "startFrame", 1001)])
        self.assertEqual(self.changes("SetKey", hero), [])

    def test_equal_value_is_no_change(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("SetSame", hero), [])

    def test_removed_keys(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("Unset", hero), [
            {"data-unset": {"instance": hero, "key": key}} for key in ("families", "nested")])

    def test_change_inside_a_value(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("AppendNested", hero), [data_set(hero, "nested", {"frames": [1, 2, 3]})])

    def test_change_inside_another_instances_value(self):
        hero, prop = self.two()
        self.assertEqual(self.changes("AppendElsewhere", hero), [data_set(prop, "families", ["geo", "late"])])

    def test_change_of_another_instance(self):
        hero, prop = self.two()
        changes = self.changes("SetElsewhere", hero)
        self.assertEqual(changes[0], {"members-set": {"id": prop, "members": ["bone"]}})
        # The dictionaries of Python 2 have no order.
        self.assertEqual(sorted(changes[1:], key=lambda change: change["data-set"]["key"]), [
            data_set(prop, "a", 1), data_set(prop, "b", 2), data_set(prop, "c", 3)])

    def test_change_through_kept_reference(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("KeepList", hero), [data_set(None, "kept", [1])])
        self.assertEqual(self.changes("ChangeKept", hero), [data_set(None, "kept", [1, 2])])

    def test_set_is_sorted_and_watched(self):
        hero, _ = self.two()
        (first,), (second,) = self.changes("ChangeSet", hero), self.changes("ChangeSet", hero)
        self.assertEqual(first["data-set"]["value"], {"$repr": "set({0})", "$type": "set"})
        self.assertEqual(second["data-set"]["value"]["$repr"], "set({0, 1})")

    def test_hidden_change_is_seen_at_event(self):
        hero, prop = self.two()
        self.assertEqual(self.changes("BehindTheBack", hero), [])
        outcome = self.client.get("notify", event="published", arguments={})
        self.assertEqual(outcome["changes"], [{"members-set": {"id": prop, "members": ["behind"]}}])

    def test_equal_value_of_another_type_is_a_change(self):
        hero, prop = self.two()
        self.assertEqual(self.changes("SetEqual", hero), [
            data_set(prop, "unseen", 1), data_set(hero, "nested", {"frames": [True, 2]})])

    def test_members(self):
        hero, _ = self.two()
        (change,) = self.changes("Members", hero)
        members = change["members-set"]["members"]
        self.assertEqual(members[0], "other_GEO")
        self.assertIn("object", members[1])

    def test_removed_instances(self):
        hero, prop = self.two()
        self.assertEqual(self.changes("RemoveOther", hero), [{"instance-removed": {"id": prop}}])
        self.assertEqual(self.changes("RemoveAll", hero), [{"instance-removed": {"id": hero}}])
        outcome = self.process("SetKey", hero)
        self.assertIn("There is no instance", outcome["failure"]["message"])

    def test_reordering_removes_and_adds(self):
        hero, prop = self.two()
        changes = self.changes("CollectSorted")
        self.assertEqual(changes[:2], [{"instance-removed": {"id": hero}}, {"instance-removed": {"id": prop}}])
        self.assertEqual([added(change)["id"] for change in changes[2:]], [prop, hero])
        self.assertEqual(self.changes("SetKey", hero), [data_set(hero, "startFrame", 1001)])
        self.assertEqual(len(self.changes("InsertFirst", hero)), 5)

    def test_copied_instance_has_own_id(self):
        hero, _ = self.two()
        changes = self.changes("CollectCopies")
        self.assertEqual([added(change)["id"] for change in changes], [hero + "~2"])
        self.assertEqual(self.changes("SetKey", hero + "~2"), [data_set(hero + "~2", "startFrame", 1001)])
        self.assertEqual(self.changes("SetKey", hero), [data_set(hero, "startFrame", 1001)])

    def test_plugin_switched_off(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("SwitchOff", hero), [
            {"plugin-activated": {"plugin": self.ids["SetKey"], "active": False}}])

    def test_thread_changes_come_with_next_call(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("LeaveThread", hero), [])
        self.assertEqual(self.changes("LetThreadGo", hero), [data_set(hero, "fromThread", True)])

    def test_changes_before_failure_are_sent(self):
        hero, _ = self.two()
        outcome = self.process("ChangeAndFail", hero)
        self.assertEqual(outcome["failure"]["message"], "changed, then failed")
        self.assertEqual(outcome["changes"], [data_set(hero, "before", 1)])

    def test_plugins_of_older_kinds(self):
        self.assertEqual(self.changes("CollectOlder"), [data_set(None, "asked", ["CollectOlder", True])])
        (change,) = self.changes("CollectPre11")
        self.assertEqual(dict(added(change)["data"])["from"], "1.0")

    def test_one_changed_key_is_small(self):
        ids = [added(change)["id"] for change in self.changes("CollectMany")]
        self.assertEqual(len(ids), 1000)
        self.assertEqual(len(self.changes("SetKey", ids[500])), 1)
        self.assertLessEqual(self.client.received, 2048)

    def test_open_sends_the_context(self):
        hero, prop = self.two()
        self.changes("SetKey", hero)
        self.client.get("apply", changes=[data_set(None, "comment", "mine")])
        context = self.again()
        self.assertIn(data_set(None, "comment", "mine"), context)
        instances = [added(change) for change in context if "instance-added" in change]
        self.assertEqual([instance["id"] for instance in instances], [hero, prop])
        self.assertEqual(dict(instances[0]["data"])["startFrame"], 1001)
        # Later changes are relative to that.
        self.ids = dict((p["name"], p["id"]) for p in self.client.get("discover")["plugins"])
        self.assertEqual(self.changes("SetKey", prop), [data_set(prop, "startFrame", 1001)])
        self.assertEqual(self.client.get("reset")["changes"], [])
        self.assertIn("no instance", self.process("SetKey", hero)["failure"]["message"])


class Applying(WithHost):
    def apply(self, *changes):
        return self.client.get("apply", changes=list(changes))

    def test_apply_answers_real_changes(self):
        hero, _ = self.two()
        wanted = [data_set(None, "comment", u"h\xe9"), {"data-unset": {"instance": hero, "key": "nested"}},
                  data_set(hero, "publish", False)]
        outcome = self.apply(*wanted + [data_set(hero, "family", "model")])
        self.assertIsNone(outcome["failure"])
        self.assertEqual(outcome["changes"], wanted)

    def test_list_over_tuple_becomes_tuple(self):
        self.changes("CollectValues")
        self.assertEqual(self.apply(data_set(None, "tuple", [3]))["changes"], [data_set(None, "tuple", [3])])
        self.assertEqual(self.apply(data_set(None, "tuple", [3]))["changes"], [])
        self.apply(data_set(None, "list", [3]))
        self.assertEqual(self.changes("CollectTypes"), [data_set(None, "types", ["tuple", "list"])])

    def test_marked_values_are_never_written_back(self):
        self.changes("CollectValues")
        for key, value in [("object", 1), ("int", {"$repr": "x", "$type": "y"}), ("int", [[{"$repr": "x"}]]), ("inner", {})]:
            outcome = self.apply(data_set(None, key, value), data_set(None, "after", key))
            self.assertEqual(outcome["changes"], [data_set(None, "after", key)] if key != "int" or value != [[{"$repr": "x"}]] else [])
            self.assertEqual(outcome["failure"]["kind"], "Refused")
            self.assertIn(key, outcome["failure"]["message"])
        outcome = self.apply(data_set(None, "$key 5", "x"), {"data-unset": {"instance": None, "key": "object"}})
        self.assertEqual(outcome["changes"], [])
        self.assertIn("is no text", outcome["failure"]["message"])

    def test_instances_members_and_plugins(self):
        hero, prop = self.two()
        self.changes("Members", hero)
        outcome = self.apply(
            {"instance-removed": {"id": prop}},
            {"instance-added": {"id": "any", "name": "new", "data": [["family", "x"]], "members": ["m"]}},
            {"plugin-activated": {"plugin": self.ids["SetKey"], "active": False}})
        self.assertIsNone(outcome["failure"])
        removed, new, off = outcome["changes"]
        self.assertEqual(removed, {"instance-removed": {"id": prop}})
        self.assertEqual((added(new)["name"], added(new)["members"]), ("new", ["m"]))
        self.assertEqual(off, {"plugin-activated": {"plugin": self.ids["SetKey"], "active": False}})
        outcome = self.apply({"members-set": {"id": hero, "members": ["unheard of"]}})
        self.assertIn("unheard of", outcome["failure"]["message"])
        self.assertEqual(outcome["changes"], [])

    def test_invalid_changes_are_explained(self):
        outcome = self.apply({"data-set": {"instance": "nobody", "key": "a", "value": 1}}, {"what": {}}, 7, {})
        self.assertIn("no instance nobody", outcome["failure"]["message"])
        self.assertEqual(outcome["changes"], [])


class Values(WithHost):
    def test_non_json_values_are_marked(self):
        changes = self.changes("CollectValues")
        values = dict((c["data-set"]["key"], c["data-set"]["value"]) for c in changes if "data-set" in c)
        for key, value in [
            ("none", None), ("true", True), ("int", 7), ("float", 0.1), ("text", u"h\xe9ros \U0001f600"), ("list", [1, [2]]),
            ("tuple", [1, 2]), ("dict", {"a": {"b": None}}), ("$key 5", "number"),
        ]:
            self.assertEqual(values.pop(key), value)
        inner = values.pop("inner")["deep"][0]
        self.assertEqual(inner["$type"], "object")
        self.assertEqual(values.pop("infinite"), [{"$repr": "inf", "$type": "float"}])
        self.assertEqual(values["nan"], {"$repr": "nan", "$type": "float"})
        self.assertEqual(values["set"], {"$repr": "set({1, 2, 3})", "$type": "set"})
        self.assertEqual(values["instance"]["$type"], "pyblish.plugin.Instance")
        self.assertIn("whose repr raises ValueError", values["odd"]["$repr"])
        self.assertTrue(values["long"]["$cut"])
        self.assertEqual(len(values["long"]["$repr"]), 256 * 1024)
        for key in values:
            self.assertIn("$repr", values[key], key)
            if key != "long":
                self.assertLessEqual(len(values[key]["$repr"]), 4096)
        for key in ("big", "bytes", "keys", "cycle", "deep", "object", "lone", "wide", "look"):
            self.assertIn(key, values)
        # A plug-in that changes nothing reports none of it again.
        self.assertEqual(self.changes("WhichThread"), [data_set(None, "thread", "MainThread")])
