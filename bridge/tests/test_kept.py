"""Choices that are kept in the scene. The host is a stand-in, with files that have them or not."""
import base64
import json
import unittest

from test_scene import A, B, OnStage


class Kept(OnStage):
    keeps = True

    def setUp(self):
        self.plugin_does = {"keep": self.keeps}
        OnStage.setUp(self)

    def apply(self, kind, **of):
        outcome = self.client.get("apply", changes=[{kind: of}])
        self.assertIsNone(outcome["failure"], outcome)

    def set(self, key, value, instance=None):
        self.apply("data-set", instance=instance, key=key, value=value)

    def again(self):
        """Another session collects the scene; answers the data of the context and of the hero."""
        self.reset()
        changes = self.process("CollectScene")["changes"]
        context, hero = {}, {}
        for change in changes:
            (kind, of), = change.items()
            if kind == "instance-added":
                self.hero = of["id"]
                hero.update(of["data"])
            elif kind == "data-set":
                (context if of["instance"] is None else hero)[of["key"]] = of["value"]
        return context, hero

    def test_choice_comes_back_once_it_is_collected_again(self):
        self.collect()
        self.set("publish", False, self.hero)
        self.set("comment", u"f\xfcr heute")
        self.apply("plugin-activated", plugin=self.ids["ExtractScene"], active=False)
        context, hero = self.again()
        self.assertEqual((context["comment"], hero["publish"]), (u"f\xfcr heute", False))
        found = self.client.get("discover")["plugins"]
        active = dict((plugin["name"], plugin["active"]) for plugin in found)
        self.assertEqual((active["ExtractScene"], active["ValidateScene"]), (False, True))

    def test_choice_that_is_taken_back_is_forgotten(self):
        self.collect()
        for value in (False, True):
            self.set("publish", value, self.hero)
        self.set("comment", "a")
        self.apply("data-unset", instance=None, key="comment")
        context, hero = self.again()
        self.assertNotIn("comment", context)
        self.assertIs(hero.get("publish", True), True)

    def test_choices_belong_to_their_file(self):
        self.collect()
        self.set("comment", "of a")
        self.artist("save", A)
        self.artist("open", B)
        self.assertNotIn("comment", self.again()[0])
        self.set("comment", "of b, and never saved")
        self.artist("open", A)
        self.assertEqual(self.again()[0]["comment"], "of a")
        self.artist("open", B)
        self.assertNotIn("comment", self.again()[0])

    def test_what_somebody_else_wrote_is_not_taken(self):
        strange = {"form": 1, "plugins": {}, "edits": [["hero", 0]]}
        for text in ("%%%", "{}", base64.b64encode(json.dumps(strange).encode()).decode(), ""):
            self.artist("choose", text)
            context, hero = self.again()
            self.assertNotIn("comment", context)
            self.set("comment", "works")
            self.assertEqual(self.again()[0]["comment"], "works")


class NotKept(Kept):
    """Without a plug-in set that asks, the scene is left alone."""

    keeps = False

    def test_choice_comes_back_once_it_is_collected_again(self):
        self.collect()
        self.set("comment", "gone with the context")
        self.assertNotIn("comment", self.again()[0])

    test_choice_that_is_taken_back_is_forgotten = test_choices_belong_to_their_file = None
    test_what_somebody_else_wrote_is_not_taken = None


if __name__ == "__main__":
    unittest.main()
