"""Tests of concurrent changes, and of refused access."""
import unittest

import support
from support import SHOTS, client


class Changes(support.Case):
    def test_what_somebody_else_changed_is_not_overwritten(self):
        session = self.session(SHOTS)
        session.process("Collect")
        page = session.instances()
        good, bad = page.items
        theirs = session.change_instance(good.id, page.revision, set={"publish": False})
        self.assertEqual(theirs.data["publish"], False)
        with self.assertRaises(client.Conflict) as caught:
            session.change_instance(good.id, page.revision, set={"publish": True})
        conflict = caught.exception
        self.assertEqual((conflict.status, conflict.title), (409, "Changed by somebody else"))
        self.assertEqual(conflict.current["data"], {"family": "shot", "publish": False})
        with self.assertRaises(client.Conflict) as caught:
            session.change_instances([bad.id, good.id], page.revision, set={"publish": True})
        self.assertEqual([it["id"] for it in caught.exception.current["items"]], [bad.id, good.id])
        both = session.change_instances([bad.id, good.id], session.read().revision, unset=["publish", "broken"])
        self.assertEqual([it.data for it in both.items], [{"family": "shot"}] * 2)

    def test_plugins_and_the_context(self):
        session = self.session(SHOTS)
        revision = session.plugins().revision
        self.assertFalse(session.change_plugin("Validate", False, revision).active)
        with self.assertRaises(client.Conflict) as caught:
            session.change_plugin("Validate", True, revision)
        self.assertFalse(caught.exception.current["active"])
        seen = session.context().revision
        self.assertEqual(session.change_context(seen, set={"comment": "hi", "shot": None}).data["comment"], "hi")
        with self.assertRaises(client.Conflict) as caught:
            session.change_context(seen, unset=["comment"])
        self.assertEqual(caught.exception.current["data"]["comment"], "hi")
        self.assertNotIn("comment", session.change_context(session.context().revision, unset=["comment"]).data)

    def test_sessions_are_opened_and_closed(self):
        self.session(SHOTS)
        endpoint = client.connect()
        self.assertIn("scenario", [it.name for it in endpoint.adapters().items])
        with self.assertRaises(client.Problem) as caught:
            endpoint.open()
        self.assertIn("name either an `adapter` or a `host`", caught.exception.detail)
        with self.assertRaises(client.Problem) as caught:
            endpoint.open("none")
        self.assertIn("none", str(caught.exception))
        self.other()
        other = endpoint.open("scenario", settings={"file": "other.json"})
        self.assertEqual([it.name for it in other.plugins().items], ["Collect"])
        with self.assertRaises(client.NoEndpoint) as caught:
            endpoint.session()
        self.assertIn(other.id, str(caught.exception))
        other.send("show")
        other.close()
        self.assertEqual(endpoint.sessions().total, 1)
        endpoint.session().close()
        with self.assertRaises(client.NoEndpoint) as caught:
            endpoint.session()
        self.assertIn("open one", str(caught.exception))

    def other(self):
        """Another scenario in the granted folder."""
        import json
        import os

        with open(os.path.join(self.place, "scenario", "other.json"), "w") as file:
            json.dump({"plugins": SHOTS[:1]}, file)


class Access(support.Case):
    def test_a_wrong_token_is_a_problem_that_says_where_the_right_one_is(self):
        server = self.serve(self.scenario(SHOTS))
        for token in (None, "wrong", server.token[::-1]):
            with self.assertRaises(client.Unauthorized) as caught:
                client.Endpoint(server.address, token).sessions()
            self.assertEqual(caught.exception.status, 401)
            self.assertIn("tokenFile", caught.exception.detail)
        with self.assertRaises(client.Unauthorized):
            client.connect(server.address, "wrong").session("x").events()

    def test_a_code_lets_a_browser_in(self):
        self.session(SHOTS)
        code = client.connect().code()
        self.assertEqual(code.path, "/?code=" + code.code)

    def test_no_server_and_something_else_there(self):
        with self.assertRaises(client.Unreachable) as caught:
            client.Endpoint("http://127.0.0.1:1").sessions()
        self.assertIn("http://127.0.0.1:1", str(caught.exception))
        with self.assertRaises(client.Unreachable):
            client.Endpoint("unix:" + self.place + "/none.sock").sessions()
        with OtherServer() as address, self.assertRaises(client.BadAnswer) as caught:
            client.Endpoint(address).sessions()
        self.assertIn("is it one?", str(caught.exception))
        for address in ("127.0.0.1:6001", "http://localhost", "ftp://a:1", "http://a:b"):
            with self.assertRaises(ValueError) as caught:
                client.Endpoint(address)
            self.assertIn("http://HOST:PORT", str(caught.exception))

    def test_who_is_silent_is_not_waited_for(self):
        import socket

        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            endpoint = client.Endpoint("http://127.0.0.1:%d" % listener.getsockname()[1], timeout=0.1)
            with self.assertRaises(client.TimedOut):
                endpoint.sessions()

    def test_too_many_listeners_are_asked_to_come_later(self):
        server = self.serve(self.scenario(SHOTS), "--max-listeners", "1")
        session = client.Endpoint(server.address, server.token).session()
        with session.events():
            with self.assertRaises(client.TryLater) as caught:
                session.events()
            self.assertEqual((caught.exception.status, caught.exception.retry_after), (429, 1.0))


class OtherServer:
    """An HTTP server that is not a Pyblish Endpoint."""

    def __enter__(self):
        import http.server
        import threading

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_error(404)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return "http://127.0.0.1:%d" % self.server.server_port

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    unittest.main()
