# -*- coding: utf-8 -*-
"""Programs that do not prove themselves disturb nobody else."""
import socket
import struct
import threading
import time

from client import PROTOCOL, Client, Closed, Refused, ended
from promises import promise
from support import ROOM, Strangers

HELLO = {"protocol": PROTOCOL, "adapter": "x", "nonce": "0" * 32}


class Acceptor(Strangers):
    def test_silent_connections_block_nobody(self):
        silent = [self.silent() for _ in range(ROOM + 20)]
        with promise("HOST-05"):
            self.works()
        # The one that waited longest has made room, and was told why.
        refused = self.refusal(silent[0])
        with promise("HOST-05"):
            self.assertEqual(refused.reason, "crowded")
        self.assertIn("there is room for %d at a time. Try again" % ROOM, str(refused))
        self.assertFalse(ended(silent[-1].sock))

    def test_handshakes_outlast_silent_connections(self):
        begun = self.silent()
        begun.send("hello", HELLO)
        begun.expect("challenge")
        silent = [self.silent() for _ in range(2 * ROOM)]
        with promise("HOST-05"):
            self.assertEqual(self.refusal(silent[0]).reason, "crowded")
        begun.send("proof", {"proof": "0" * 64, "owner": "x"})
        with promise("HOST-05"):
            self.assertEqual(self.refusal(begun).reason, "secret")

    def test_partial_handshake_times_out(self):
        began = time.time()
        strangers = []
        for data in (b"", b"\0", b"\0\0\0\x40{", Client.frame("hello", HELLO), Client.frame("hello", HELLO)[:-1]):
            client = self.silent()
            client.send_bytes(data)
            strangers.append(client)
        # A connection that sends a little now and then ends as well.
        slow, stop = self.silent(), threading.Event()

        def trickle():
            for byte in struct.pack(">I", 400) + b" " * 400:
                try:
                    slow.send_bytes(bytes(bytearray([byte])) if isinstance(byte, int) else byte)
                except (OSError, IOError):
                    return
                if stop.wait(0.1):
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        with promise("HOST-05"):
            self.works()
        for client in strangers + [slow]:
            with promise("HOST-05"), self.assertRaises((Refused, Closed)) as caught:
                while True:
                    client.expect("challenge")
            if isinstance(caught.exception, Refused):
                with promise("HOST-05"):
                    self.assertIn("was not over in 5 seconds", str(caught.exception))
        stop.set()
        thread.join()
        self.assertLess(time.time() - began, 60)

    def test_half_closed_connection_is_dropped(self):
        client = self.silent()
        client.sock.shutdown(socket.SHUT_WR)
        with self.assertRaises(Closed):
            client.receive()
        self.works()

    def test_thousands_of_connections_block_nobody(self):
        host, port = self.host.address.split(":")
        stop, count = threading.Event(), [0]

        def flood():
            while not stop.is_set():
                try:
                    sock = socket.create_connection((host, int(port)), 5)
                except (OSError, IOError):
                    continue
                count[0] += 1
                if count[0] % 3 == 0:
                    sock.send(Client.frame("hello", HELLO)[:count[0] % 100])
                sock.close()

        threads = [threading.Thread(target=flood) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            rounds = 0
            while rounds < 20 or count[0] < 5 * ROOM:
                with promise("HOST-06"):
                    self.again_and_again()
                rounds += 1
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        with promise("HOST-06"):
            self.works()

    def again_and_again(self):
        """Connects as an adapter does: if there is no room, it tries again."""
        end = time.time() + 30
        while True:
            try:
                return self.works()
            except (Refused, Closed, OSError, IOError) as error:
                if time.time() > end or getattr(error, "reason", "crowded") != "crowded":
                    raise
