"""Tests of runs and single plug-ins: from the start to the report."""
import json
import threading
import unittest

import support
from support import SHOTS, client, until


class Runs(support.Case):
    def test_a_publish_of_the_inbox(self):
        self.serve(self.folders())
        session = client.connect().session()
        run = session.start(comment="hello").wait()
        self.assertIn(run.state, ("stopped", "failed"))
        failed = list(session.all_results(state="failed", latest=True))
        self.assertTrue(failed)
        can = {it.id: it.repairs for it in session.plugins().items}
        for result in failed:
            self.assertFalse(result.success)
            if can[result.plugin_id].instance:
                self.assertTrue(session.repair(result.plugin_id, result.instance_id).success)
            else:
                with self.assertRaises(client.Conflict) as caught:
                    session.repair(result.plugin_id, result.instance_id)
                self.assertEqual(caught.exception.code, "no-repair")
        run = session.start(comment="mended")
        self.assertEqual(run.wait().comment, "mended")
        self.assertEqual([it.id for it in session.all_runs()], ["r2", "r1"])
        self.assertEqual(session.run("r1").read().comment, "hello")

    def test_work_is_answered_with_its_result(self):
        session = self.session(SHOTS)
        self.assertTrue(session.process("Collect").success)
        good, bad = session.instances().items
        self.assertEqual([good.name, bad.name, bad.state], ["good", "bad", "unprocessed"])
        result = session.process("Validate", bad.id)
        self.assertEqual((result.success, result.error["message"]), (False, "It is broken: mend it"))
        self.assertEqual([it["message"] for it in result.records], ["looking"])
        self.assertEqual(session.states().plugins["Validate"].failed_ids, [bad.id])
        self.assertTrue(session.act("Validate", "mend").success)
        self.assertTrue(session.process("Validate", bad.id).success)
        kept = list(session.all_results(plugin="Validate"))
        self.assertEqual([it.mode for it in kept], ["process", {"action": "mend"}, "process"])
        self.assertEqual([it.success for it in session.all_results(plugin="Validate", latest=True)], [True])
        self.assertEqual(session.instance(bad.id).state, "succeeded")
        with self.assertRaises(client.NotFound) as caught:
            session.process("Nobody")
        self.assertIn("Nobody", str(caught.exception))
        with self.assertRaises(client.NotFound):
            session.thumbnail(bad.id)

    def test_a_result_is_told_as_it_is_read(self):
        session = self.session(SHOTS)
        with session.events() as events:
            run = session.start(until="validate")
            seen = until(events, "runEnded")
        told = [event.result for event in seen if event.result]
        self.assertEqual(told, list(session.all_results()))
        self.assertEqual(seen[-1].run, run.read())
        self.assertEqual(session.read().run, run.read())

    def test_pages_are_one_list(self):
        crates = [{"create": "crate%d" % number, "data": {"family": "crate"}} for number in range(1234)]
        session = self.session([
            {"name": "Collect", "order": 0, "context": crates},
            {"name": "Look", "order": 1, "families": ["crate"], "instance": []},
        ])
        self.assertEqual(session.start().wait().succeeded, 1235)
        self.assertEqual([it.name for it in session.all_instances()], ["crate%d" % number for number in range(1234)])
        # More than a page.
        self.assertEqual(len({it.instance_id for it in session.all_results(plugin="Look")}), 1234)
        self.assertEqual(list(session.all_instances(family="none")), [])
        self.assertEqual(len(session.results(limit=10, after=1230).items), 5)

    def test_reports(self):
        session = self.session(SHOTS)
        run = session.start()
        run.wait()
        self.assertIn("It is broken: mend it", run.report())
        self.assertIsInstance(json.loads(run.report()), dict)
        self.assertIn("<html", run.report("html"))
        self.assertIn("<testsuite", run.report("junit"))
        with self.assertRaises(client.Problem) as caught:
            run.report("pdf")
        self.assertEqual((caught.exception.status, caught.exception.title), (400, "Bad request"))
        self.assertIn("the formats are json, html and junit", caught.exception.detail)


class Ends(support.Case):
    def at_work(self, deaf):
        session = self.session(support.work(deaf))
        with session.events() as events:
            run = session.start()
            until(events, "progress")
        return session, run

    def test_cancelled_inside_a_plugin_and_continued(self):
        session, run = self.at_work(deaf=False)
        self.assertIn("the session is busy: ", session.read().old)
        with self.assertRaises(client.TimedOut) as caught:
            run.wait(timeout=0.01)
        self.assertIn("it continues", str(caught.exception))
        run.cancel()
        ended = run.wait()
        self.assertEqual((ended.state, ended.succeeded), ("cancelled", 1))
        self.assertIsNone(session.read().old)
        self.assertEqual(session.read().continuable_run_id, run.id)
        with session.events() as events:
            again = session.start(continues=run.id, comment="on")
            seen = until(events, "progress")
        # Finished work is not repeated; stopped work is.
        self.assertEqual([it.data["plugin"] for it in seen if it.name == "pluginStarted"], ["Work"])
        self.assertEqual((again.info.continues_run_id, again.info.comment), (run.id, "on"))
        again.cancel()
        self.assertEqual(again.wait().state, "cancelled")

    def test_one_that_is_deaf_is_stopped_by_force_and_old_reads_say_so(self):
        session, run = self.at_work(deaf=True)
        run.cancel(grace=0)
        self.assertIn(run.wait().state, ("cancelled", "lost"))
        info = session.read()
        self.assertEqual(info.state, "down")
        self.assertIn("the session is down: ", info.old)
        # It can still be read.
        self.assertEqual([it.name for it in session.all_instances()], ["one"])
        self.assertIsNone(session.reset().old)
        self.assertEqual(session.instances().total, 0)

    def test_it_is_ended_by_force_by_restart(self):
        session, run = self.at_work(deaf=True)
        self.assertEqual(session.restart().state, "idle")
        self.assertEqual(run.wait().state, "lost")

    def test_a_second_start_and_a_close_name_the_run_that_is_in_the_way(self):
        session, run = self.at_work(deaf=False)
        for refused in (session.start, session.close):
            with self.assertRaises(client.Conflict) as caught:
                refused()
            self.assertEqual((caught.exception.status, caught.exception.run_id), (409, run.id))
        run.cancel()
        run.wait()
        session.close()
        with self.assertRaises(client.NotFound):
            session.read()

    def test_what_waits_for_the_host_has_a_timeout_too(self):
        session = self.session(support.work())
        session.line.patience = 0.1
        with self.assertRaises(client.TimedOut) as caught:
            session.process("Work")
        self.assertIn("within 0.1 seconds", str(caught.exception))
        session.line.patience = support.TIME
        session.restart()


class Once(support.Case):
    """A run is started once, even if the connection is lost."""

    def setUp(self):
        super().setUp()
        self.session(SHOTS)
        self.proxy = support.LossyProxy(self.server)
        self.addCleanup(self.proxy.end)
        self.lossy = client.Endpoint(self.proxy.address, self.server.token).session()

    def test_a_start_is_repeated_and_is_one_run(self):
        self.proxy.lose = 3
        run = self.lossy.start()
        self.assertEqual(self.proxy.lose, 0)
        starts = [it for it in self.proxy.requests if it.startswith(b"POST")]
        self.assertEqual(len(starts), 4)
        self.assertEqual(len(set(starts)), 1)
        run.wait()
        self.assertEqual([it.id for it in self.lossy.runs().items], [run.id])

    def test_a_key_of_ones_own_is_sent(self):
        first = self.lossy.start(idempotency_key="mine")
        first.wait()
        self.assertEqual(self.lossy.start(idempotency_key="mine").id, first.id)
        self.assertNotEqual(self.lossy.start().id, first.id)

    def test_a_start_is_not_repeated_for_ever(self):
        self.proxy.lose = 1000000
        self.lossy.line.again = 0.2
        with self.assertRaises(client.ConnectionLost):
            self.lossy.start()
        self.proxy.lose = 0
        self.assertEqual(self.lossy.runs().total, 1)

    def test_what_has_no_key_is_not_repeated(self):
        self.proxy.lose = 1
        with self.assertRaises(client.ConnectionLost) as caught:
            self.lossy.process("Collect")
        self.assertIn("check the session before you repeat it", str(caught.exception))
        self.assertEqual([it.plugin for it in self.lossy.all_results()], ["Collect"])

    def test_commands_from_many_threads_beside_the_events(self):
        seen, heard = [], threading.Event()
        session = client.connect().session()
        with session.events() as events:
            listening = self.thread(lambda: [heard.set() or seen.append(it.id) for it in events])
            workers = [self.thread(session.process, "Collect") for _ in range(4)]
            self.assertTrue(all(worker.join().success for worker in workers))
            self.assertTrue(heard.wait(support.TIME))
            events.close()
            listening.join()
        self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))


if __name__ == "__main__":
    unittest.main()
