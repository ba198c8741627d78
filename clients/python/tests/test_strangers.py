"""Tests with servers that are not ours: announced data takes no memory, and the client does not
wait forever.
"""
import socket
import threading
import time
import unittest
from unittest import mock

import support
from support import client

HEAD = b"HTTP/1.1 200 OK\r\n"


class Stranger:
    """Sends these pieces to the first client, each after a pause."""

    def __init__(self, *pieces, pause=0.0):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.pieces, self.pause = pieces, pause
        self.thread = threading.Thread(target=self.say)

    def say(self):
        connection, _ = self.listener.accept()
        with connection:
            try:
                connection.recv(1 << 16)
                for piece in self.pieces:
                    connection.sendall(piece)
                    time.sleep(self.pause)
            except OSError:
                pass  # the client is gone

    def __enter__(self):
        self.thread.start()
        return client.Endpoint(self.address, timeout=0.5).line

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()


class Strangers(support.Case):
    def ask(self, line):
        return line.ask_bytes("GET", "/sessions")

    def test_what_is_announced_and_not_sent_is_a_lost_connection(self):
        with Stranger(HEAD + b"Content-Length: 99999999999999\r\n\r\n{") as line:
            with self.assertRaises(client.ConnectionLost):
                self.ask(line)

    def test_an_answer_has_an_end(self):
        body = b"x" * (1 << 16)
        for head in (b"\r\n", b"Content-Length: 131072\r\n\r\n"):
            with mock.patch.object(client.wire, "LARGEST", 1 << 16):
                with Stranger(HEAD + head, body, body) as line:
                    with self.assertRaises(client.BadAnswer) as caught:
                        self.ask(line)
            self.assertIn("more than 65536 bytes", str(caught.exception))

    def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(self):
        with Stranger(HEAD + b"\r\n", *[b"x"] * 30, pause=0.1) as line:
            with self.assertRaises(client.TimedOut):
                self.ask(line)


if __name__ == "__main__":
    unittest.main()
