# -*- coding: utf-8 -*-
"""The bridge: a listening socket, at most one owner, and the session."""
from __future__ import absolute_import, division, print_function

import os
import socket
import threading
import time

from .acceptor import Acceptor
from .answer import answer
from .calls import CURRENT
from .compat import PY2, queue
from .errors import BridgeError, Gone, Misuse, Refusal
from .failures import print_error
from .host_file import HostFile
from .limits import AHEAD, BUSY_PAUSE, GROUP, GROUP_TIME, LINGER, NOTICE_TIME
from .patience import Patience
from .requests import check
from .run_folder import secret
from .session import OUTCOME, Request, Session
from .sockets import MORE, close_here, listen
from .text import clean, clock, text_of, to_json
from .processes import end_soon, thread
from .rest import Rest
from .turn import Turn
from .unbegun import UnbegunCalls, ends_batch


class Bridge(object):
    """A listening socket, at most one owner, and the session."""

    def __init__(self, host, folder, port):
        self.host = host
        self.pid = os.getpid()
        self.started = time.time()
        self.key = secret(folder)
        self.secret_path = os.path.join(folder, "secret")
        self.session = Session(host)
        self.lock = threading.RLock()
        self.owner = None
        self.ready = threading.Event()  # set when an owner waits for `serve_forever`
        self.stopped = False
        # Whether a signal has asked it to end. The signal may come in the middle of a plug-in that
        # catches its exception.
        self.leaving = False
        self.worked = 0.0  # when the last request was done
        self.requests = queue.Queue()
        self.turn = Turn()
        self.draining = False
        self.listener = listen(port, host.name)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.post = host.loop(self)
        self.turn.is_endless = self.post is None
        self.host_file = HostFile(folder, host, self.pid, self.address, self.started)
        self.path = self.host_file.path
        self.patience = Patience(host, self.session.scene, self.session.is_heard)
        self.held = None  # a request that waits until the host can take it
        self.unbegun = UnbegunCalls(host)
        self.rest = None  # what is still to be told of the last call, in the next turn
        self.session.scene.listener = self.tell
        host.does(host.watch, self.session.scene)
        self.acceptor = Acceptor(self, self.listener, self.authenticated)
        self.accepting = thread(self.acceptor.run, "accept")

    def tell(self, state):
        """Tells what has changed of the scene: to other programs in the host file, and the owner."""
        try:
            self.host_file.set_scene(state.file)
        except (BridgeError, OSError, IOError):
            print_error()  # the folder may be gone; the work goes on
        owner = self.owner
        if owner is not None and owner.open and owner.hears_state:
            self.tell_state(owner, state)

    def tell_state(self, connection, state):
        self.send(connection, '{"state":%s}' % to_json(state.as_dict()))

    @staticmethod
    def send(connection, text):
        try:
            connection.send(text)
        except Gone:
            connection.abandoned = True

    def show_status(self, show):
        """Has `show` called on the main thread, now and at each change, with a few words, such as "2
        problems". They are empty where nothing was checked yet."""
        self.session.problems.listen(show)

    def stop(self):
        """Stops it, after the call that runs. Any thread may call it, and more than once."""
        if os.getpid() != self.pid:
            return  # a forked child of a plug-in must not stop the bridge of its parent
        with self.lock:
            if self.stopped:
                return
            self.stopped = True
        self.host_file.remove()
        try:
            # Wakes the acceptor, which then closes it.
            self.listener.shutdown(socket.SHUT_RDWR)
        except (OSError, IOError, socket.error):
            pass
        owner = self.owner
        if owner is not None:
            owner.shut()
        if not self.leaving:
            # Else `serve_forever` ends by itself. Its wait may have been interrupted with the lock of
            # this event, which it then never gives back.
            self.ready.set()
        if threading.current_thread() is not self.accepting:
            # An interpreter that ends can crash a thread that still runs.
            self.accepting.join(1.5)

    def close_sockets(self):
        """In a forked child of a plug-in: else the adapter would not notice the end of the host."""
        pending = [it.connection.sock for it in self.acceptor.pending]
        close_here(pending + [self.listener] + ([self.owner.sock] if self.owner is not None else []))

    # Connections

    def authenticated(self, pending):
        """Called by the acceptor: an adapter has proven itself."""
        thread(lambda: self.welcome(pending), "welcome")

    def welcome(self, pending):
        """Makes an adapter that has proven itself the owner, or refuses it."""
        connection = pending.connection
        try:
            self.claim(connection)
            connection.settle()
            # Only now: if another adapter is the owner, a refusal is sent instead.
            connection.send(to_json({"welcome": {"proof": pending.handshake.proof("bridge")}}))
        except Refusal as refusal:
            pending.refuse(refusal.reason, text_of(refusal))
            return
        except Exception:
            self.lose(connection)
            return
        if self.post is None:
            self.ready.set()
        else:
            connection.threaded = True
            self.read(connection)

    def claim(self, connection):
        """Makes it the owner, or raises `Refusal` with the current owner."""
        patience = time.time() + 1.0
        while True:
            with self.lock:
                owner = self.owner
                if owner is None:
                    self.owner = connection
                    return
            # An owner may have just ended, unnoticed, and its plug-in may be about to end.
            dead, call = owner.is_dead(), CURRENT.call
            if dead and time.time() < patience:
                time.sleep(0.005)
                continue
            if dead:
                raise Refusal("busy", "%s is still busy with %s, since %s, for an owner that is gone. Try again when it is done." % (
                    self.host.name, call.words if call else "its last call", clock(call.since if call else owner.since)))
            raise Refusal("owned", "%s (pid %d) is driven by %s since %s. End that session first, or use another host." % (
                self.host.name, self.pid, owner.owner, clock(owner.since)))

    def lose(self, connection):
        """Ends a connection, of the owner or not."""
        connection.close()
        with self.lock:
            if self.owner is connection:
                self.owner = None

    # What the owner asks

    def read(self, connection):
        """In a thread: reads the owner's requests, which the main thread then does."""
        try:
            while True:
                try:
                    kind, body = connection.receive()
                except Misuse as misuse:
                    kind, body = None, misuse
                if kind == "cancel":
                    connection.cancelled = body.get("id")
                    if self.held is None:  # else the host gives turns, and it is answered in the next one
                        self.unbegun.take_back(connection, body.get("id"))
                    continue
                self.unbegun.add(kind, body)
                self.requests.put((connection, kind, body))
                self.wake()
                if kind is None and body.reason in ("too-long", "no-json"):
                    return
        except Gone:
            pass
        except Exception:
            pass  # the interpreter ends
        connection.abandoned = True
        # After its requests: no new owner before all of them are done.
        self.requests.put((connection, None, None))
        try:
            self.wake()
        except Exception:
            pass

    def wake(self):
        """Has the main thread call `drain` soon; another call would come before what the artist does."""
        if self.turn.ask():
            self.post(self.drain)

    def drain(self):
        """On the main thread: does what was asked for, for a slice of time."""
        if self.draining:
            self.turn.asked = 0.0
            return  # a plug-in runs the host's loop, as a dialog does; one call at a time
        self.draining = True
        self.turn.begin()
        linger = False
        try:
            if self.rest is not None:
                self.tell_rest()
                self.drain_on()
                return  # what the artist did meanwhile comes before the next plug-in
            while True:
                try:
                    # Not in Python 2, which waits by sleeping for longer and longer.
                    request = self.held or self.requests.get(linger and not PY2, LINGER)
                except queue.Empty:
                    return
                self.held = request if self.patience.must_wait(*request) else None
                if self.held is not None:
                    thread(self.drain_soon, "wait")
                    return
                if self.unbegun.begin(*request[1:]):
                    self.handle(*request)
                linger = self.owner is not None
                if self.rest is not None or self.turn.is_over():
                    self.drain_on()
                    return
        finally:
            self.draining = False
            self.turn.finish()

    def drain_on(self):
        """Asks for another turn, if there is something to do in it."""
        if self.rest is not None or not self.requests.empty():
            self.wake()

    def drain_soon(self):
        """In a thread: no host tells when it can take work again."""
        time.sleep(BUSY_PAUSE)
        self.wake()

    def handle(self, connection, kind, body):
        """Does one request and sends its answer; answers whether the connection goes on."""
        try:
            return self.handle_one(connection, kind, body)
        except Exception:
            # A handler of a signal raised outside of a plug-in. The adapter waits for an answer.
            print_error()
            self.lose(connection)
            return False

    def handle_one(self, connection, kind, body):
        if kind is None and body is None:
            self.lose(connection)
            return False
        try:
            if kind is None:
                raise body
            check(kind, body)
            if kind == "cancel":
                return True  # its call has ended
            has_more = kind == "process" and "then" in body
            if has_more:
                self.session.must_be_open(connection, body["id"], kind)
            arguments = self.session.answer, connection, kind, body, self.turn.late()
            text = None if has_more else answer(self.session, body["id"], *arguments)
        except Misuse as misuse:
            text = to_json({"error": {"id": misuse.number, "reason": misuse.reason, "message": clean(misuse)}})
            if misuse.reason in ("too-long", "no-json"):
                kind = "close"
        try:
            if kind == "open" and connection.open and connection.hears_state:
                self.tell_state(connection, self.session.scene.state)
            if text is None:
                self.batch(connection, body)
            elif text:
                connection.send(text)
            else:
                self.rest = Rest(connection, body["id"])
        except Gone:
            kind = "close"
        self.worked = time.time()
        if kind == "close":
            self.lose(connection)
            return False
        return not connection.gone

    def batch(self, connection, body):
        """Does a `process` and the pairs that it brought along, and sends the answers.

        It goes on while nothing fails and no change has others come next, because then the plan of the
        run holds, and for no longer than AHEAD. This saves time: a plug-in that does nothing takes less time
        than the request for it. Each answer says whether the next pair is begun, so each pair that
        was begun has its result.
        """
        session, first, pairs = self.session, body["id"], body["then"]
        plugin, instance = body["plugin"], body["instance"]
        batch, count = Request(connection, first, "process"), len(pairs)
        began = since = told = batch.since
        ran = 0
        # In a turn of the host's loop, no longer than that.
        end = began + max(0, min(AHEAD, self.turn.end - began))
        is_late = self.turn.late()
        session.begin_batch()
        try:
            while True:
                number = first + ran
                ends_turn = ran == count or pairs[ran][0] != plugin
                call = Request(connection, number, "process", first, since)
                text = answer(session, number, session.pair, call, plugin, instance, ends_turn, is_late)
                now = time.time()
                if not text:
                    self.rest = Rest(connection, number, first, now - since)
                    return
                goes_on = (ran < count and text.startswith(OUTCOME) and session.keeps_plan and began <= now < end
                           and not self.leaving and not batch.cancelled())
                if text.startswith(OUTCOME):
                    text = ends_batch(text, goes_on, now - since)
                # Outcomes of quick pairs are sent in groups: waking the adapter up costs more.
                holds_back = (ran % GROUP and now - told < GROUP_TIME) or not goes_on
                connection.send(text, MORE if holds_back else 0)
                told = told if holds_back else now
                ran += 1
                if not goes_on:
                    break
                plugin, instance = pairs[ran - 1]
                since = now
        finally:
            session.end_batch()
        connection.send('{"ran":{"id":%d,"pairs":%d}}' % (first, ran))

    def tell_rest(self):
        """In a turn after the one in which a call ended: tells what it changed, once all is found."""
        session, rest = self.session, self.rest
        messages = rest.messages(lambda number: answer(session, number, session.told, number, self.turn.is_over))
        if messages:
            self.rest = None
        for text in messages:
            self.send(rest.connection, text)

    def serve_forever(self):
        """Does all work on this thread, which should be the main one, until `stop` or Ctrl+C."""
        if self.post is not None:
            raise BridgeError("%s has a main loop of its own, on which the bridge runs already." % self.host.name)
        try:
            while not self.stopped and not self.leaving:
                # See NOTICE_TIME. Python 2 notices Ctrl+C only in a wait with a limit.
                try:
                    self.ready.wait(NOTICE_TIME)
                except Exception:
                    print_error()  # as below
                self.ready.clear()
                owner = self.owner
                if owner is not None and not self.stopped:
                    self.serve(owner)
        except KeyboardInterrupt:
            pass
        finally:
            if self.leaving:
                end_soon()
            self.stop()

    def serve(self, connection):
        going = True
        while going and not self.leaving:
            try:
                kind, body = connection.receive()
            except Misuse as misuse:
                kind, body = None, misuse
            except Gone:
                kind, body = None, None
            except Exception:
                # A handler of a signal that a plug-in left, such as a late alarm. Nothing was read.
                print_error()
                continue
            going = self.handle(connection, kind, body)
        self.lose(connection)
