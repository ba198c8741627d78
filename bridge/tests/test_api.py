# -*- coding: utf-8 -*-
"""Everything that `pyblish.api` offers, used by plug-ins in mid-run: as in plain Pyblish.

`docs/src/reference/pyblish-api.md` lists each entry, with the test of this file that shows it.
"""
import inspect
import io
import os
import re
import unittest

import modules
import pyblish.api
from plain import AsInPlain

PAGE = os.path.join(os.path.dirname(modules.SOURCE), "docs", "src", "reference", "pyblish-api.md")

HEAD = u"""# -*- coding: utf-8 -*-
import os
import sys
import pyblish.api
import pyblish.lib
import pyblish.logic
import pyblish.plugin
import pyblish.util
from noting import note

HERE = os.path.dirname(os.path.abspath(__file__))
api = pyblish.api

def names(plugins):
    # Without the bridge's own, which are registered in a host.
    ours = ("CollectCurrentFile", "CollectWorkspace", "CollectHostVersion")
    return sorted(plugin.__name__ for plugin in plugins if plugin.__name__ not in ours)

def raised(function, *arguments, **named):
    try:
        return function(*arguments, **named)
    except Exception as error:
        return type(error).__name__

class CollectIt(api.ContextPlugin):
    order = -0.4
    def process(self, context):
        context.create_instance("one", family="model", families=["extra"])

class ValidateIt(api.InstancePlugin):
    order = 1
    def process(self, instance):
        pass

class ExtractIt(api.InstancePlugin):
    order = 2
    def process(self, instance):
        pass

"""

PLUGIN = u"""
class %s(api.%sPlugin):
    order = %s
    %s
    def process(self, %s):
        %s
"""


def plugin(name, *lines, **how):
    kind = how.get("kind", "Context")
    return PLUGIN % (name, kind, how.get("order", 0), how.get("has", ""), kind.lower(), "\n        ".join(lines))


class Api(AsInPlain):
    def play(self, *parts, **how):
        """Publishes twice, both ways; answers the notes of each publish and the names of the pairs."""
        files = dict(how.pop("files", {}), **{"plugins/api.py": HEAD + u"".join(parts)})
        found, notes = self.compare(files, **how)
        self.assertTrue(notes)
        return notes, [[pair[0] for pair in publish if not pair[0].startswith("CollectCurrent")] for publish in found]

    def test_hosts(self):
        notes, pairs = self.play(plugin(
            "CollectHosts",
            'note(api.registered_hosts(), api.current_host(), [p.__name__ for p in api.plugins_by_host([CollectIt, ForLate], "late")])',
            'first = "late" not in api.registered_hosts()',
            'api.register_host("late") if first else api.deregister_host("late")',
            'note(api.registered_hosts(), api.current_host(), raised(api.deregister_host, "none"), raised(api.deregister_host, "none", quiet=True))',
        ), plugin("ForLate", "note('ran for late')", has='hosts = ["late"]', order=1))
        self.assertEqual(["ForLate" in publish for publish in pairs], [False, True])
        self.times = 3
        _, pairs = self.play(plugin("CollectNone", "api.deregister_all_hosts()", "note(api.registered_hosts(), api.current_host())"),
                             plugin("ForPython", "pass", has='hosts = ["python"]'))
        self.assertEqual(["ForPython" in publish for publish in pairs], [True, False, False])

    def test_hosts_of_the_environment(self):
        notes, pairs = self.play(plugin("ForLate", "note(api.registered_hosts())", has='hosts = ["late"]'), PYBLISH_HOSTS=os.pathsep.join(["early", "late"]))
        self.assertEqual(notes[0], [["python", "early", "late"]])

    def test_targets(self):
        _, pairs = self.play(plugin(
            "CollectTargets", "note(api.registered_targets(), api.current_target(), raised(api.deregister_target, 'none'))",
            "api.register_target('farm')", "api.register_target('late')", "api.register_target('farm')",
            "note(api.registered_targets(), api.current_target(), [p.__name__ for p in api.plugins_by_targets([CollectIt, ForFarm], ['farm'])])",
            "api.deregister_target('late')", "note(api.registered_targets(), raised(api.deregister_target, 'none', quiet=True))",
        ), plugin("ForFarm", "note('ran for the farm')", "api.deregister_all_targets()", "note(api.current_target())", has='targets = ["farm"]', order=1))
        self.assertEqual(["ForFarm" in publish for publish in pairs], [True, True])

    def test_targets_of_the_environment(self):
        _, pairs = self.play(plugin("ForFarm", "note(api.registered_targets())", has='targets = ["farm"]'), PYBLISH_TARGETS=os.pathsep.join(["", "farm"]))
        self.assertEqual(["ForFarm" in publish for publish in pairs], [True, True])

    def test_guis(self):
        notes, _ = self.play(plugin(
            "CollectGuis", "note(api.registered_guis())", "api.register_gui('studio_gui')", "api.register_gui('studio_gui')",
            "os.environ['PYBLISH_GUI'] = 'third,fourth'", "note(api.registered_guis())",
            "note(raised(api.deregister_gui, 'none'), api.deregister_gui('studio_gui'))"), PYBLISHGUI="first,second")
        self.assertEqual(notes[1], [["studio_gui", "third", "fourth"]])

    def test_callbacks(self):
        notes, _ = self.play(plugin(
            "CollectCallbacks",
            "api.deregister_all_callbacks()",
            "note(sorted(api.registered_callbacks()), raised(api.register_callback, 'mine', 5), raised(api.deregister_callback, 'none', note))",
            "api.register_callback('mine', mine)", "api.register_callback('pluginProcessed', processed)",
            "api.register_callback('pluginFailed', failed)", "api.register_callback('published', published)",
            "api.emit('mine', what=1)", "api.deregister_callback('mine', mine)", "api.emit('mine', what=2)"),
            plugin("ValidateFails", "raise ValueError('no')", order=1.1), u"""
def mine(what):
    note("mine", what)

def processed(result):
    for name in names([result["plugin"]]):
        note("processed", name, result["success"])

def failed(plugin, context, instance, error):
    note("failed", plugin.__name__, str(error), len(context), instance)

def published(context):
    note("published", len(context.data["results"]) > 3)
""")
        self.assertEqual([of[0] for of in notes if isinstance(of[0], type(u""))].count("published"), 2)

    def test_registered_plugins(self):
        _, pairs = self.play(u"import late\n", plugin(
            "CollectPlugins",
            "note(names(api.registered_plugins()), raised(api.register_plugin, 5), raised(api.register_plugin, late.Invalid), "
            "raised(api.register_plugin, late.ForMaya))",
            "if not names(api.registered_plugins()):", "    api.register_plugin(late.Late)",
            "else:", "    api.deregister_plugin(late.Late)", "note(names(api.registered_plugins()))",
        ), files={"late.py": u"""
import pyblish.api
class Late(pyblish.api.ContextPlugin):
    order = 1
    def process(self, context):
        pass
class Invalid(Late):
    families = "text"
class ForMaya(Late):
    hosts = ["maya"]
"""})
        self.assertEqual(["Late" in publish for publish in pairs], [False, True])

    def test_all_plugins_are_deregistered(self):
        self.play(plugin("CollectNone", "api.deregister_all_plugins()", "note(len(api.registered_plugins()))"))

    def test_paths(self):
        late = PLUGIN % ("Late", "Context", 1, "", "context", "note('late')")
        more = PLUGIN % ("More", "Context", 1, "", "context", "note('more')")
        head = u"import pyblish.api\nfrom noting import note\napi = pyblish.api\n"
        for folder in ("late", "more"):
            os.mkdir(os.path.join(self.folder, folder))
        self.times = 3
        _, pairs = self.play(plugin(
            "CollectPaths",
            "late = os.path.join(os.path.dirname(HERE), 'late')",
            "note(late in api.registered_paths(), late in api.plugin_paths(), [os.path.basename(p) for p in api.environment_paths()])",
            "known = late in api.registered_paths()",
            "note(os.path.basename(api.register_plugin_path(late) or '') if not known else api.deregister_plugin_path(late))",
            "os.environ['PYBLISHPLUGINPATH'] = os.path.join(os.path.dirname(HERE), 'more')",
        ), files={"late/late.py": head + late, "more/more.py": head + more})
        self.assertEqual([("Late" in publish, "More" in publish) for publish in pairs], [(False, False), (True, True), (False, True)])

    def test_all_paths_are_deregistered(self):
        _, pairs = self.play(plugin("CollectNone", "api.deregister_all_paths()", "note(api.plugin_paths())"))
        self.assertEqual(pairs[1], [])
        _, pairs = self.play(plugin("CollectNone", "api.deregister_all()", "note(api.registered_paths())"))
        self.assertEqual(pairs[1], [])

    def test_tests(self):
        fails = plugin("ExtractFails", "raise ValueError('no')", order=2.1), plugin("IntegrateIt", "note('integrated')", order=3)
        _, pairs = self.play(plugin(
            "CollectTest", "note(api.registered_test() is pyblish.logic.default_test)", "api.register_test(strict)"), u"""
def strict(**vars):
    if vars["nextOrder"] >= 2.5 and vars["ordersWithError"]:
        return "failed extraction"
""", *fails)
        self.assertEqual(["IntegrateIt" in publish for publish in pairs], [False, False])
        # One that allows more than Pyblish's own.
        validator = plugin("ValidateFails", "raise ValueError('no')", order=1)
        _, pairs = self.play(plugin("CollectTest", "api.register_test(lambda **vars: None)"), validator, *fails)
        self.assertEqual(["IntegrateIt" in publish for publish in pairs], [True, True])
        _, pairs = self.play(plugin("CollectTest", "api.register_test(lambda **vars: 1)", "api.deregister_test()",
                                    "note(api.registered_test() is pyblish.logic.default_test)"), *fails)
        self.assertEqual(["IntegrateIt" in publish for publish in pairs], [True, True])

    def test_discovery_filters(self):
        self.times = 3
        _, pairs = self.play(plugin(
            "CollectFilter", "import kept",
            "note(len(api.registered_discovery_filters()), raised(api.register_discovery_filter, 5))",
            "if kept.count == 0:", "    api.register_discovery_filter(kept.take_out)",
            "else:", "    raised(api.deregister_discovery_filter, kept.take_out)",
            "kept.count += 1", "note(len(api.registered_discovery_filters()), raised(api.deregister_discovery_filter, 5))",
        ), files={"kept.py": u"""
count = 0
def take_out(plugins):
    plugins[:] = [plugin for plugin in plugins if plugin.__name__ != "ExtractIt"]
    plugins[-1].label = "the last"
"""})
        self.assertEqual(["ExtractIt" in publish for publish in pairs], [True, False, True])
        self.play(plugin("CollectFilter", "api.register_discovery_filter(lambda plugins: plugins.reverse())",
                         "api.deregister_all_discovery_filters()", "note(len(api.registered_discovery_filters()))"))

    def test_services(self):
        self.play(u"""
class Implicit(api.Validator):
    def process(self, context, studio, user, time):
        note("implicit", studio, user == api.registered_services()["user"], callable(time))

class Missing(api.Validator):
    def process(self, context, nobody):
        pass
""", plugin("CollectServices", "note(sorted(api.registered_services()))", "api.register_service('studio', 7)", "note(sorted(api.registered_services()))"),
            plugin("ExtractServices", "api.deregister_service('studio')", "note(raised(api.deregister_service, 'studio'))", order=2.2),
            plugin("IntegrateServices", "kept = api.registered_services()", "api.deregister_all_services()", "note(sorted(api.registered_services()))",
                   "[api.register_service(*item) for item in kept.items()]", order=3))

    def test_functions_of_plugins(self):
        self.play(plugin(
            "IntegrateFunctions",
            "one = context[0]", "all = [ExtractIt, ValidateIt, CollectIt, ForRigs]",
            "note([p.__name__ for p in api.sort_plugins(list(all))], [p.__name__ for p in api.sort(list(all))])",
            "note(names(api.plugins_by_family(all, 'rig')), names(api.plugins_by_instance(all, one)))",
            "note([i.name for i in api.instances_by_plugin(context, ForRigs)], [i.name for i in api.instances_by_plugin(context, ValidateIt)])",
            "note('ValidateIt' in names(api.discover()), names(api.discover(paths=[HERE])), raised(api.sort_plugins, ()))",
            "note(api.format_filename('a b'), api.version, sorted(vars(api.emit)))", order=3),
            plugin("ForRigs", "pass", has="families = ['rig']", kind="Instance", order=1))

    def test_log(self):
        self.play(u"""
@api.log
class Helper(object):
    pass
""", plugin("CollectLog", "Helper().log.warning('of a helper')", "note(Helper.log.name.endswith('Helper'), Helper.log.name.startswith('pyblish.'))"))
        self.assertEqual([record["message"] for record in self.records[0]], ["of a helper"])

    def test_classes(self):
        self.play(u"""
class Select(api.Selector):
    def process(self, context):
        note("select")

class Check(api.Validator):
    families = ["model"]
    match = api.Subset
    def process(self, asset):
        note("check", asset.name)

class Conform(api.Conformer):
    def process(self, instance, plugin):
        note("conform", plugin.__name__, type(instance) is api.Asset)

class Integrate(api.Integrator):
    match = api.Exact
    families = ["model", "extra"]
    def process(self, instance):
        raise api.ConformError("no")

class Old(api.Plugin):
    order = api.CollectorOrder
    def process_context(self, context):
        note("old", [api.CollectorOrder, api.ValidatorOrder, api.ExtractorOrder, api.IntegratorOrder])

class Collects(api.Collector):
    def process(self, context):
        note("collects", api.Intersection)

class Extracts(api.Extractor):
    def process(self, instance):
        raise api.ExtractionError("no")
""", plugin("Errors", "note([issubclass(e, api.PyblishError) for e in (api.SelectionError, api.ValidationError, api.ExtractionError, api.ConformError, api.NoInstancesError)])"))

    def test_entities(self):
        self.play(plugin(
            "CollectEntities",
            "asset = context.create_asset('old')", "asset.set_data('families', ['rig'])", "asset.set_data('publish', False)",
            "note(asset.has_data('publish'), asset.data('publish'), asset.data('name'), sorted(asset.data()))",
            "asset.remove_data('publish')", "asset.add('member')", "note(list(asset), asset.context is context, asset.parent is context)",
            "other = api.Instance('other', parent=context, family='rig')", "context.add(api.Instance('third'))",
            "note(context[asset.id].name, asset.id in context, context.get('none'), [i.name for i in context])",
            "context.remove(other)", "note([i.name for i in context], isinstance(context, api.Context))"),
            plugin("ForRigs", "note(instance.name)", has="families = ['rig']", kind="Instance", order=1))

    def test_actions(self):
        self.play(u"""
class Fix(api.Action):
    on = "failed"
    def process(self, context, plugin):
        note("fixed", plugin.__name__)
""", plugin("ValidateFails", "note([action.__type__ for action in ValidateFails.actions])",
            has="actions = [api.Category('Help'), Fix, api.Separator]", order=1),
            plugin("ExtractFixes", "note(pyblish.plugin.process(ValidateFails, api.Context(), None, Fix.id)['success'])", order=2))

    def test_duplicate_names(self):
        again = HEAD + plugin("ValidateIt", "note('again')", order=1)
        for setting in ("PYBLISH_ALLOW_DUPLICATE_PLUGIN_NAMES", "NONE"):
            self.play(plugin("CollectNote", "note(pyblish.plugin.ALLOW_DUPLICATES)"), files={"plugins/again.py": again}, **{setting: "1"})

    def test_strict_types(self):
        for setting in ("PYBLISH_STRICT_DATATYPES", "PYBLISH_EARLY_ADOPTER", "NONE"):
            self.play(plugin("CollectStrict", "note(raised(context[0].data.__setitem__, 'publish', 0))"), **{setting: "1"})


def entries():
    """What `pyblish.api` offers."""
    found = [name for name, value in vars(pyblish.api).items() if not inspect.ismodule(value) or name in pyblish.api.__all__]
    return sorted(name for name in found if not name.startswith("_") and name != "absolute_import")


class Page(unittest.TestCase):
    def test_page_lists_each_entry_with_a_test(self):
        with io.open(PAGE, encoding="utf-8") as file:
            rows = [line.split("|") for line in file if line.startswith("| `")]
        listed = [name for row in rows for name in re.findall(r"`(\w+)`", row[1])]
        self.assertEqual(sorted(set(entries()) - set(listed)), [])
        self.assertEqual(sorted(name for name in set(listed) - set(entries()) if not name.startswith("PYBLISH")), [])
        self.assertEqual(sorted(name for name in set(listed) if listed.count(name) > 1), [])
        for row in rows:
            tests = re.findall(r"`(test_\w+)`", row[3])
            self.assertTrue(tests, row[1])
            for test in tests:
                self.assertTrue(hasattr(Api, test), test)


if __name__ == "__main__":
    unittest.main()
