"""What is known of pyblish-base 1.8.12, asserted by running it. The runtime's rules must agree."""
import contextlib
import io
import json
import time


def plugin(name, order, **more):
    return dict({"name": name, "order": order}, **more)


def collect(*names, **data):
    steps = [{"create": name, "data": dict({"family": "a"}, **data)} for name in names]
    return plugin("Collect", 0, context=steps)


def run(answer):
    """Runs every test below. A failure names the test and Pyblish's answer."""
    tests = [value for name, value in sorted(globals().items()) if name.startswith("test_")]

    def ask(*plugins, **question):
        question["scenario"] = {"plugins": list(plugins)}
        with contextlib.redirect_stdout(io.StringIO()):  # Pyblish prints each error
            ask.last = json.loads(answer(json.dumps(question).encode()))
        return ask.last

    failed = 0
    for test in tests:
        try:
            test(ask)
        except AssertionError:
            failed += 1
            print("FAILED %s: %s\n       %s" % (test.__name__, test.__doc__, json.dumps(ask.last)))
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    raise SystemExit(1 if failed else 0)


def measure(answer, count):
    plugins = [collect("x", "y", "z")]
    for number, order in enumerate([0.5, 1, 1, 1.5, 2, 3]):
        plugins.append(plugin("P%d" % number, order, instance=[{"log": "info", "message": "m"}, {"set": {"k": number}}]))
    plugins.append(plugin("Fail", 1.2, instance=[{"fail": "no", "when": {"k": 2}}]))
    line = json.dumps({"scenario": {"plugins": plugins}}).encode()
    with contextlib.redirect_stdout(io.StringIO()):
        pairs = len(json.loads(answer(line))["pairs"])
    start = time.time()
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(count):
            answer(line)
    print("%d scenarios of %d pairs: %.0f a second" % (count, pairs, count / (time.time() - start)))


def ran(answer):
    return [name if on is None else "%s(%s)" % (name, on) for name, on, _, _ in answer["pairs"]]


LOG = [{"log": "info", "message": "here"}]
FAIL = [{"fail": "no"}]


def test_order(ask):
    """The sort is stable; orders below -0.5 run after the collectors."""
    plugins = [plugin(n, o, context=LOG) for n, o in [("C", 2), ("A", -1), ("D", 2), ("B", 0.4), ("E", -0.5), ("F", 0.5)]]
    assert ran(ask(*plugins)) == ["E", "B", "A", "F", "C", "D"]


def test_one_stage(ask):
    """util.validate runs validators only, on an empty context; 3.5 belongs to no stage but to
    publish.
    """
    plugins = [collect("x")] + [plugin(str(o), o, context=LOG) for o in (0.5, 1.5, 2.5, 3.5)]
    assert ran(ask(*plugins, until="validate")) == ["0.5"]
    assert ran(ask(*plugins, until="extract")) == ["1.5"]
    assert ran(ask(*plugins, until="integrate")) == ["2.5"]
    assert ran(ask(*plugins)) == ["Collect", "0.5", "1.5", "2.5", "3.5"]


def test_stages_one_by_one_forget_errors(ask):
    """util.extract after a failed util.validate extracts: each function has its own stop test."""
    plugins = [collect("x"), plugin("V", 1, instance=FAIL), plugin("E", 2, instance=LOG)]
    assert ran(ask(*plugins)) == ["Collect", "V(x)"]
    assert ask.last["stopped"] == "failed validation"
    got = ask(*plugins, until=["collect", "validate", "extract"])
    assert ran(got) == ["Collect", "V(x)", "E(x)"] and got["stopped"] is None


def test_stop(ask):
    """The next order is >= 1.5 and an error lies in [0.5, 1.5); `published` is emitted all the
    same.
    """
    for order, stops in [(0.4, False), (0.5, True), (1.4, True), (1.5, False), (2, False)]:
        got = ask(plugin("A", order, context=FAIL), plugin("Z", 2.5, context=LOG))
        assert ran(got) == (["A"] if stops else ["A", "Z"])
        assert got["events"][-1] == "published" and got["events"][:2] == ["pluginFailed", "pluginProcessed"]


def test_low_order_error_does_not_stop(ask):
    """An error below -0.5 stops nothing, although it comes after collection."""
    got = ask(plugin("Low", -1, context=FAIL), plugin("Z", 2, context=LOG))
    assert ran(got) == ["Low", "Z"]


def test_matching(ask):
    """Each algorithm, with `family` and `families` of the instance taken together."""
    cases = [
        ("intersection", ["a"], True), ("intersection", ["z"], False), ("intersection", [], False),
        ("subset", ["a", "b"], True), ("subset", ["a", "z"], False), ("subset", [], True),
        ("exact", ["b", "a", "a"], True), ("exact", ["a"], False), ("exact", ["*", "z"], True),
    ]
    for match, families, matches in cases:
        p = plugin("P", 1, match=match, families=families, targets=["default"], instance=LOG)
        assert (len(ran(ask(collect("x", families=["b"]), p))) == 2) == matches, (match, families)


def test_default_family(ask):
    """An instance without a family is of the family `default`; with null it has none."""
    p = plugin("P", 1, families=["default"], instance=LOG)
    assert ran(ask(plugin("C", 0, context=[{"create": "x"}]), p)) == ["C", "P(x)"]
    assert ran(ask(plugin("C", 0, context=[{"create": "x", "data": {"family": None}}]), p)) == ["C"]


def test_families_text(ask):
    """A text for `families` counts as its letters; null, or a list in `family`, ends the whole run.
    """
    assert ran(ask(collect("x", families="bc"), plugin("P", 1, families=["b"], instance=LOG))) == ["Collect", "P(x)"]
    for data in ({"families": None}, {"families": 3}, {"family": ["q"]}):
        got = ask(collect("x", **data), plugin("P", 1, families=["b"], instance=LOG))
        assert ran(got) == ["Collect"] and got["raised"].startswith("TypeError"), data
        assert "published" not in got["events"]


def test_targets(ask):
    """Targets use the plug-in's algorithm: one more target leaves `exact` out, and `*` is no
    wildcard.
    """
    def with_(own, match="intersection", **more):
        return bool(ran(ask(plugin("P", 0, context=LOG, targets=own, match=match), **more)))
    assert with_(["default"]) and not with_(["*"]) and not with_(["farm"])
    assert with_(["farm"], registered=["farm"]) and with_(["default"], registered=["farm"])
    assert with_(["farm"], targets=["farm"]) and not with_(["default"], targets=["farm"])
    assert with_(["default"], targets=[])  # an empty list is no list
    assert with_(["default"], "exact") and not with_(["default"], "exact", registered=["farm"])
    assert with_([], "subset") and not with_([], "intersection") and not with_(["default", "farm"], "subset")


def test_hosts(ask):
    """Any host in common, or `*`; others are refused as they are registered."""
    assert ran(ask(plugin("P", 0, context=LOG, hosts=["scenario", "z"]))) == ["P"]
    got = ask(plugin("P", 0, context=LOG, hosts=["z"]))
    assert ran(got) == [] and got["refused"][0][0] == "P"


def test_active(ask):
    """Switching off during a run works, but not for the current turn; switching on does not work.
    """
    def switch(active):
        return plugin("S", 0, context=[{"activate": "P", "active": active}])
    assert ran(ask(switch(False), plugin("P", 1, context=LOG))) == ["S"]
    assert ran(ask(switch(True), plugin("P", 1, context=LOG, active=False))) == ["S"]
    off = [{"activate": "P", "active": False}]
    assert ran(ask(collect("x", "y"), plugin("P", 1, instance=off))) == ["Collect", "P(x)", "P(y)"]


def test_active_off_and_on(ask):
    """A plug-in that was on at the start may go off and on again before its turn."""
    steps = [{"activate": "P", "active": False}, {"activate": "P", "active": True}]
    assert ran(ask(plugin("S", 0, context=steps), plugin("P", 1, context=LOG))) == ["S", "P"]


def test_publish(ask):
    """Only exactly false skips; it is read just before the turn, for collectors too."""
    for value, skips in [(False, True), (True, False), (0, False), (None, False), ("", False)]:
        p = plugin("P", 1, instance=LOG)
        assert ran(ask(collect("x", publish=value), p)) == (["Collect"] if skips else ["Collect", "P(x)"]), value
    off = [{"set": {"publish": False}, "on": "y"}]
    assert ran(ask(collect("x", "y"), plugin("P", 0.1, instance=off))) == ["Collect", "P(x)"]
    on = [{"set": {"publish": True}, "on": "y"}]
    later = plugin("On", 1, context=on)
    assert ran(ask(collect("x", "y", publish=False), later, plugin("P", 2, instance=LOG))) == ["Collect", "On", "P(y)"]


def test_created_in_mid_run(ask):
    """Later plug-ins see it, the maker does not; in a later stage only plug-ins with a match see
    it.
    """
    make = [{"create": "n", "data": {"family": "a"}}, {"create": "m", "data": {"family": "new"}}]
    plugins = [collect("x"), plugin("M", 1, instance=make), plugin("A", 2, families=["a"], instance=LOG)]
    plugins.append(plugin("N", 2, families=["new"], instance=LOG))
    assert ran(ask(*plugins)) == ["Collect", "M(x)", "A(x)", "A(n)"]
    assert ran(ask(plugins[0], dict(plugins[1], order=0.1), *plugins[2:])) == ["Collect", "M(x)", "A(x)", "A(n)", "N(m)"]


def test_unpublished_instance_keeps_a_plugin(ask):
    """For `no match after collection`, an instance with publish false counts."""
    on = [{"set": {"publish": True}, "on": "x"}]
    got = ask(collect("x", publish=False), plugin("On", 1, context=on), plugin("P", 2, families=["a"], instance=LOG))
    assert ran(got) == ["Collect", "On", "P(x)"]


def test_removed_in_mid_run(ask):
    """A plug-in still runs on an instance that it removed itself; later plug-ins do not."""
    plugins = [collect("x", "y"), plugin("R", 1, instance=[{"remove": "y"}]), plugin("P", 2, instance=LOG)]
    got = ask(*plugins)
    assert ran(got) == ["Collect", "R(x)", "R(y)", "P(x)"] and got["gone"] == [2]


def test_family_changed_in_mid_run(ask):
    """The instances of a plug-in are matched when its turn begins."""
    change = [{"set": {"family": "b"}, "on": "y"}]
    plugins = [collect("x", "y"), plugin("F", 1, families=["a"], instance=change), plugin("P", 2, families=["a"], instance=LOG)]
    assert ran(ask(*plugins)) == ["Collect", "F(x)", "F(y)", "P(x)"]


def test_removes_itself(ask):
    """A removed instance has no more steps, and its plug-in succeeds."""
    got = ask(collect("x"), plugin("R", 1, instance=[{"remove": True}, {"fail": "never"}]))
    assert got["pairs"][1] == ["R", "x", True, None] and got["instances"] == []


def test_kinds(ask):
    """A context plug-in ignores families; with neither it runs once; with both the instance side
    wins.
    """
    assert ran(ask(plugin("P", 1, families=["z"], context=LOG))) == ["P"]
    assert ran(ask(plugin("P", 1, families=["z"]))) == ["P"]
    both = plugin("P", 1, context=[{"set": {"c": 1}}], instance=[{"set": {"i": 1}}])
    got = ask(collect("x", "y"), both)
    assert ran(got) == ["Collect", "P(x)", "P(y)"] and got["context"] == {}
    assert ran(ask(both)) == []


def test_empty_families(ask):
    """A plug-in for no family: nothing by intersection, everything by subset, what has none by
    exact.
    """
    p = plugin("P", 1, families=[], instance=LOG)
    none = plugin("C", 0, context=[{"create": "x", "data": {"family": None}}])
    for match, of_a, of_none in [("intersection", 1, 1), ("subset", 2, 2), ("exact", 1, 2)]:
        assert len(ran(ask(collect("x"), dict(p, match=match)))) == of_a, match
        assert len(ran(ask(none, dict(p, match=match)))) == of_none, match


def test_equal_names(ask):
    """Of two registered classes with one name the last wins, in the first one's place among equal
    orders.
    """
    got = ask(plugin("A", 1, context=FAIL), plugin("B", 1, context=LOG), plugin("A", 1, context=LOG))
    assert got["pairs"] == [["A", None, True, None], ["B", None, True, None]]
    assert ran(ask(collect("x", "x"), plugin("P", 1, instance=LOG))) == ["Collect", "P(x)", "P(x)"]


def test_names(ask):
    """Any text is a name."""
    for name in ("a/b", "Prüfe die Namen", "☃", "a.b", " "):
        assert ran(ask(collect(name), plugin(name, 1, instance=LOG))) == ["Collect", "%s(%s)" % (name, name)]


def test_collectors_on_instances(ask):
    """A collector may work on the instances that an earlier one made; its error stops nothing."""
    got = ask(collect("x"), plugin("C", 0.1, instance=FAIL), plugin("V", 1, instance=LOG))
    assert ran(got) == ["Collect", "C(x)", "V(x)"]


def test_conditions(ask):
    """`when` and `unless` as the adapter has them: JSON's equality, a missing key is null."""
    steps = [
        {"set": {"one": 1, "yes": True}},
        {"set": {"a": 1}, "when": {"one": 1.0}}, {"set": {"b": 1}, "when": {"yes": 1}},
        {"set": {"c": 1}, "when": {"nothing": None}}, {"set": {"d": 1}, "unless": {"one": 1, "yes": False}},
        {"set": {"e": 1}, "unless": {"one": 1}}, {"set": {"f": 1}, "when": {}, "unless": {}},
    ]
    got = ask(plugin("P", 0, context=steps))["context"]
    assert sorted(got) == ["a", "c", "d", "f", "one", "yes"]


def test_unset(ask):
    """`unset` takes values away; an instance whose family was taken away has none."""
    plugins = [collect("x", k=1), plugin("U", 0.1, instance=[{"unset": ["k", "family", "none"]}])]
    got = ask(*plugins + [plugin("P", 1, families=["default"], instance=LOG), plugin("Q", 1, instance=LOG)])
    assert ran(got) == ["Collect", "U(x)", "Q(x)"] and got["instances"] == [["x", {}]]


def test_family_is_seen(ask):
    """The family `default` that Pyblish gives is in the data, for conditions too; `name` is not."""
    steps = [{"set": {"a": 1}, "when": {"family": "default", "name": None}}]
    got = ask(plugin("C", 0, context=[{"create": "x"}]), plugin("P", 1, instance=steps))
    assert got["instances"] == [["x", {"family": "default", "a": 1}]]


def test_bad_questions(ask):
    """An invalid question gets an answer with an error, and does not affect the next question."""
    bad = [plugin("P", 0, context=[{"explode": 1}]), plugin("P", 0, context=[{"activate": "Q", "active": True}]),
           plugin("P", 0, context=[{"activate": "P"}]), plugin("P", 0, context=[{"trap": True}]), plugin("P", None), 3,
           plugin("P", 0, context=[{"flood": 10 ** 9}]), plugin("P", 0, context=3), plugin("a\0b", 0, context=LOG)]
    for wrong in bad:
        assert "error" in ask(wrong), wrong
    assert "error" in ask(until="everything") and "error" in ask(what=1)
    assert "raised" not in ask(plugin("P", 0, context=LOG), targets=3) or ask.last["raised"]
    assert ran(ask(plugin("P", 0, context=[{"remove": "q"}]))) == ["P"] and ask.last["pairs"][0][3] == "no instance is named q"
    assert ran(ask(plugin("P", 0, context=LOG), id=7)) == ["P"] and ask.last["id"] == 7


def test_nothing_is_kept(ask):
    """One scenario's plug-ins, targets and hosts are gone in the next."""
    ask(plugin("P", 0, context=LOG, hosts=["h"]), registered=["farm"], hosts=["h"])
    got = ask(plugin("Q", 0, context=LOG, hosts=["h"]), plugin("R", 0, context=LOG, targets=["farm"]))
    assert ran(got) == [] and got["plugins"] == ["R"]


def test_results_key(ask):
    """Pyblish keeps its results in the context's data; a plug-in that overwrites them ends the run.
    """
    got = ask(plugin("P", 0, context=[{"set": {"results": 3}}]), plugin("Q", 1, context=LOG))
    assert got["raised"].startswith("AttributeError") and got["pairs"] == []
