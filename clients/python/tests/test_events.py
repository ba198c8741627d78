"""Tests of the iterator over events: what it survives, and how it ends."""
import http.server
import threading
import unittest
from unittest import mock

import support
from support import SHOTS, client, until

from pyblish_endpoint_client.events import Parser


def numbers(events):
    return [event.id for event in events if event.id is not None]


class Reconnecting(support.Case):
    def test_a_server_that_was_killed_and_started_again_loses_none_and_tells_none_twice(self):
        scenario = self.scenario(SHOTS + [dict(support.work()[1], order=2.1)])
        server = self.serve(scenario)
        session = client.connect().session()
        with session.events(after=0) as events:
            # It stops at the failure; after the repair, it runs for an hour.
            session.start().wait()
            bad = session.instances(state="failed").items[0]
            session.repair("Validate", bad.id)
            lost = session.start(only="extract")
            seen = until(events, "progress", lambda it: it.data["message"] == "a quarter")
            server.kill()
            other = self.serve(scenario)
            self.assertNotEqual((other.address, other.token), (server.address, server.token))
            # Each of these finds the server by itself.
            self.assertEqual(lost.wait().state, "interrupted")
            run = session.start(only="collect", comment="after")
            seen += until(events, "runEnded", lambda it: it.data["id"] == run.id)
            self.assertEqual(events.last, seen[-1].id)
        self.assertEqual(numbers(seen), list(range(1, seen[-1].id + 1)))
        with session.events(after=0) as fresh:
            again = until(fresh, "runEnded", lambda it: it.data["id"] == run.id)
        self.assertEqual([it for it in again if it.id], [it for it in seen if it.id])
        self.assertEqual(session.runs().total, 3)

    def test_a_server_at_the_same_place_needs_not_be_found(self):
        scenario = self.scenario(SHOTS)
        server = self.serve(scenario, "--no-auth")
        session = client.Endpoint(server.address).session()
        place = ("--listen", server.address.rsplit("/", 1)[1])
        with session.events() as events:
            begin = events.last
            server.kill()
            self.serve(scenario, "--no-auth", listen=place)
            session.process("Collect")
            seen = until(events, "result")
        self.assertEqual(numbers(seen), list(range(begin + 1, seen[-1].id + 1)))

    def test_a_server_that_does_not_come_back_is_an_error(self):
        session = self.session(SHOTS)
        session.line.again = 0.2
        run = session.run(session.start().id)
        with session.events() as events:
            self.server.kill()
            with self.assertRaises(client.Unreachable) as caught:
                until(events, "none")
            self.assertIn(self.server.address, str(caught.exception))
            self.assertIn("pyblish-endpoint list", str(caught.exception))
            # The error is the same when it is asked again.
            with self.assertRaises(client.Unreachable):
                next(events)
        with self.assertRaises(client.Unreachable):
            run.wait()

    def test_what_happens_between_asking_and_iterating_is_told(self):
        session = self.session(SHOTS)
        before = session.read().sequence
        with session.events() as events:
            session.process("Collect")
            self.assertEqual(next(events).id, before + 1)


class Slow(support.Case):
    def test_who_is_slow_is_told_so_and_gets_everything(self):
        says = {"log": "info", "message": "x" * 50000}
        session = self.session([
            {"name": "Collect", "order": 0, "context": [{"create": "one", "data": {"family": "a"}}]},
            {"name": "Talk", "order": 1, "context": [says] * 250},
        ])
        with session.events() as events:
            begin = events.last
            session.start().wait()
            seen = until(events, "runEnded")
        behind = [it for it in seen if it.name == "behind"]
        self.assertTrue(behind)
        for it in behind:
            self.assertIsNone(it.id)
            self.assertLess(it.data["from"], it.data["latest"])
        self.assertEqual(numbers(seen), list(range(begin + 1, begin + 1 + len(numbers(seen)))))
        self.assertEqual(len([it for it in seen if it.name == "record"]), 250)


class Ending(support.Case):
    def test_it_ends_when_it_is_closed_on_another_thread(self):
        session = self.session(SHOTS)
        events = session.events()
        reading = self.thread(list, events)
        session.process("Collect")
        events.close()
        reading.join()
        self.assertEqual(list(events), [])

    def test_it_ends_with_its_block_while_another_thread_iterates(self):
        session = self.session(SHOTS)
        for _ in range(100):
            with session.events() as events:
                reading = self.thread(list, events)
            self.assertEqual(reading.join(), [])

    def test_it_ends_while_it_waits_for_a_server(self):
        session = self.session(SHOTS)
        events = session.events()
        reading = self.thread(list, events)
        self.server.kill()
        events.close()
        self.assertEqual(reading.join(), [])

    def test_it_ends_with_its_session(self):
        session = self.session(SHOTS)
        with session.events() as events:
            reading = self.thread(list, events)
            session.close()
            reading.join()
        with self.assertRaises(client.NotFound):
            session.events()

    def test_an_event_that_is_not_there_yet_is_a_problem(self):
        session = self.session(SHOTS)
        with self.assertRaises(client.Problem) as caught:
            session.events(after=1000)
        self.assertIn("there is no event 1000 yet", str(caught.exception))


class Pieces(support.Case):
    def test_a_connection_that_breaks_in_the_middle_of_an_event(self):
        whole = b'id: 1\nevent: a\ndata: {"n":1}\n\nid: 2\nevent: b\ndata: {"n":2}\n\n'
        for cut in range(len(whole)):
            with MockStream(whole, cut) as mock:
                line = client.Endpoint(mock.address).line
                events = list(client.Events(line, "/sessions/x", 0))
            self.assertEqual(
                events, [client.Event(1, "a", {"n": 1}), client.Event(2, "b", {"n": 2}), client.Event(3, "c", {})]
            )

    def test_who_ends_each_stream_at_once_is_not_asked_for_ever(self):
        with MockStream(b"", 0, ends=1000) as mock:
            line = client.Endpoint(mock.address, again=0.2).line
            with self.assertRaises(client.BadAnswer) as caught:
                list(client.Events(line, "/sessions/x", 0))
        self.assertIn("ends each stream of events at once", str(caught.exception))

    def test_a_server_that_cannot_go_on_says_why(self):
        words = b'retry: 2000\n\nevent: failed\ndata: {"status": 500, "title": "No history", "detail": "no disk"}\n\n'
        with MockStream(words, len(words), ends=1000) as mock:
            line = client.Endpoint(mock.address, again=0.2).line
            with self.assertRaises(client.BadAnswer) as caught:
                list(client.Events(line, "/sessions/x", 0))
        self.assertIn("no disk", str(caught.exception))
        # It may work later.
        whole = b"id: 1\nevent: a\ndata: {}\n\n" + words
        with MockStream(whole, len(whole)) as mock:
            line = client.Endpoint(mock.address).line
            events = list(client.Events(line, "/sessions/x", 0))
        self.assertEqual([it.id for it in events], [1, 3])


class MockStream:
    """Cuts the first stream after this many bytes; the next one continues after the last event, and
    then the session ends.
    """

    def __init__(self, whole, cut, ends=1):
        mock, self.asked = self, 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mock.asked += 1
                last = int(self.headers["Last-Event-ID"])
                if last == 3:
                    problem = b'{"status": 404, "title": "Not found", "detail": "gone"}'
                    self.send_response(404)
                    self.send_header("Content-Length", str(len(problem)))
                    self.end_headers()
                    self.wfile.write(problem)
                    return
                self.send_response(200)
                self.end_headers()
                if mock.asked <= ends:
                    self.wfile.write(whole[:cut])
                else:
                    self.wfile.write(b"".join([it + b"\n\n" for it in whole.split(b"\n\n")][last:2]) + b"id: 3\nevent: c\ndata: {}\n\n")

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.address = "http://127.0.0.1:%d" % self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Bytes(unittest.TestCase):
    STREAM = b': alive\n\nevent: behind\ndata: {"from":1,"latest":9}\n\nid: 2\r\nevent: reset\r\ndata: {"a":"\xc3\xa9"}\r\n\r\n'

    def test_events_may_come_in_any_pieces(self):
        whole = Parser().feed(self.STREAM)
        self.assertEqual(
            whole, [client.Event(None, "behind", {"from": 1, "latest": 9}), client.Event(2, "reset", {"a": "\u00e9"})]
        )
        for size in range(1, len(self.STREAM)):
            parser, found = Parser(), []
            for start in range(0, len(self.STREAM), size):
                found += parser.feed(self.STREAM[start : start + size])
            self.assertEqual(found, whole)

    def test_an_event_has_an_end(self):
        with mock.patch.object(client.events, "LARGEST", 100):
            Parser().feed(b"data: %s\n\n" % (b"1" * 90))
            Parser().feed(b": alive\n\n" * 50)
            for endless in (b"x" * 50, b"data: 1\n", b"x1: 1\n"):
                parser = Parser()
                with self.assertRaises(client.BadAnswer):
                    for _ in range(20):
                        parser.feed(endless)

    def test_what_is_none_is_said(self):
        with self.assertRaises(client.BadAnswer):
            Parser().feed(b"id: 1\ndata: {\n\n")


if __name__ == "__main__":
    unittest.main()
