"""A stand-in for Maya: its command port, and the parts of its modules that the bridge uses.

    maya_standin.py --command-port 7001 [--source-type python] [--buffer-size 4096] [--echo-output] [--noreturn] [--prefix]
    maya_standin.py --user-setup FILE

The sources, by the letters in the comments below:

[a] Autodesk, Maya's commands, commandPort:
    https://help.autodesk.com/cloudhelp/2016/ENU/Maya-Tech-Docs/Commands/commandPort.html
[b] Autodesk, Python and threading:
    https://download.autodesk.com/global/docs/maya2014/en_us/files/Python_Python_and_threading.htm
[c] the stubs of maya/app/general/CommandPort.py, which implements Maya's command ports:
    https://github.com/jjburton/cgmTools, pi-files/pi/maya/app/general/CommandPort.pi
[d] tracebacks from that file in Maya 2022 to 2025: https://github.com/artbycrunk/vscode-maya/issues/32 and /43
[e] https://github.com/justinfx/MayaSublime/issues/14
[f] Autodesk, Maya's commands in Python: about, file, workspace, menu, scriptJob, play, undoInfo, select,
    objExists
"""
import argparse
import ast
import os
import re
import socket
import sys
import threading
import traceback

import standin

ADDRESS = "127.0.0.1"
# [c] `resp_term`.
END = b"\n\0"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--command-port", type=int)
    # [a] MEL unless said otherwise.
    parser.add_argument("--source-type", choices=["mel", "python"], default="mel")
    # [a] "If unspecified the default buffer size is 4096 characters."
    parser.add_argument("--buffer-size", type=int, default=4096)
    parser.add_argument("--echo-output", action="store_true")
    parser.add_argument("--noreturn", action="store_true")
    parser.add_argument("--prefix", action="store_true")
    parser.add_argument("--user-setup")
    options = parser.parse_args()
    modules()
    standin.artist(does)
    if options.user_setup:
        standin.run_file(options.user_setup)
    if options.command_port is not None:
        listener = socket.socket()
        listener.bind((ADDRESS, options.command_port))
        listener.listen(5)
        serving = threading.Thread(target=serve, args=(listener, options))
        serving.daemon = True
        serving.start()
        standin.say("%s:%d" % (ADDRESS, listener.getsockname()[1]))
    standin.loop()


# Its modules


def modules():
    @standin.on_main
    def about(version=False, batch=False):
        return os.environ.get("STANDIN_VERSION", "2024") if version else False  # [f] with a window, `batch` is false

    @standin.on_main
    def file(query=True, sceneName=True):
        return standin.file  # [f] empty where the scene has no name

    @standin.on_main
    def workspace(query=True, rootDirectory=True):
        return "/projects/show/"  # [f] the root of the current workspace

    @standin.on_main
    def script_job(event):
        JOBS.append(event)  # [f] `[event, function]`, called without arguments after the event

    @standin.on_main
    def play(query=True, state=True):
        return standin.playing

    @standin.on_main
    def undo_info(query=False, undoName=False, openChunk=False, closeChunk=False, chunkName=""):
        if openChunk:
            STEP.begin(chunkName)
        elif closeChunk:
            STEP.end()  # [f] an empty chunk leaves nothing to undo
        else:
            return STEP.names[0] if STEP.names else ""

    @standin.on_main
    def exists(name):
        return name in standin.NODES

    @standin.on_main
    def select(names, replace=True, noExpand=True):
        standin.note("selected", " ".join(names))

    @standin.on_main
    def file_info(name, value=None, query=False):
        # [f] a query answers a list: of the value, or empty
        if query:
            return [INFO[name]] if name in INFO else []
        INFO[name] = value

    def quiet(*_, **__):
        """[f] The menus; what is added to them does not matter here."""
        return False

    cmds = standin.module(
        "maya.cmds", about=about, file=file, workspace=workspace, menu=quiet, menuItem=quiet, deleteUI=quiet,
        scriptJob=script_job, play=play, undoInfo=undo_info, objExists=exists, select=select,
        fileInfo=file_info)
    mel = standin.module("maya.mel", eval=quiet)
    utils = standin.module(
        "maya.utils", executeDeferred=execute_deferred, executeInMainThreadWithResult=execute_with_result)
    standin.module("maya", cmds=cmds, mel=mel, utils=utils)


JOBS = []
INFO = {}
STEP = standin.Step()
# The event that Maya tells after each deed.
EVENTS = {"open": "SceneOpened", "new": "NewSceneOpened", "save": "SceneSaved", "undo": "Undo", "redo": "Redo"}


def does(deed, words):
    """What an artist does."""
    if deed in ("play", "stop"):
        standin.playing = deed == "play"
        return
    standin.file = {"new": ""}.get(deed, words or standin.file)
    for event, job in JOBS:
        if event == EVENTS[deed]:
            job()


def execute_deferred(function, *args, **kwargs):
    # [b] In the main thread, during the next idle event; returns at once.
    standin.INBOX.put(lambda: function(*args, **kwargs))


def execute_with_result(function):
    # [b] The same, but waits for the result.
    done, answer = threading.Event(), []

    def work():
        try:
            answer.append(function())
        finally:
            done.set()

    standin.INBOX.put(work)
    done.wait()
    return answer[0]


# Its command port


def serve(listener, options):
    # [c] A socket server, whose `handle` serves one connection after the other.
    while True:
        connection, _ = listener.accept()
        try:
            handle(connection, options)
        except Exception:
            # [d] An error there is printed, and ends the connection.
            traceback.print_exc()
        finally:
            connection.close()


def handle(connection, options):
    lines = b""
    while True:
        data = connection.recv(65536)
        if not data:
            return
        lines += data
        # [e] A command is one line: several lines are several commands.
        while b"\n" in lines:
            line, _, lines = lines.partition(b"\n")
            # [a] "Commands longer than bufferSize characters will cause the client connection to
            # close."
            if len(line) > options.buffer_size:
                return
            if line.strip():
                answer(connection, line.decode("utf-8"), options)
        if len(lines) > options.buffer_size:
            return


def answer(connection, line, options):
    printed = []
    result = execute_with_result(lambda: execute(line, options, printed))
    if printed and options.echo_output:
        # [d] With Python 3, Maya concatenates text and bytes.
        connection.sendall("".join(printed) + END)
    if options.noreturn:
        # [a] "Do not write the results from executed commands back to the command port socket." It
        # does not say whether the end mark is sent all the same; without it, the adapter fails
        # after a minute.
        result = ""
    if len(result) > options.buffer_size:
        # [a] "Results longer that bufferSize characters are replaced with an error message", of
        # unknown text.
        result = "Error: the result is too long"
    connection.sendall(result.encode("utf-8") + END)


def execute(line, options, printed):
    """The result as text, in UTF-8 [a]. An error is shown in Maya, and has no result."""
    if options.prefix:
        # [a] The line is not executed, but passed to the command that is the prefix.
        return ""
    real, sys.stdout = sys.stdout, Printed(printed)
    try:
        return mel(line) if options.source_type == "mel" else python(line)
    except Exception:
        traceback.print_exc()
        return ""
    finally:
        sys.stdout = real


class Printed(object):
    def __init__(self, printed):
        self.write = printed.append

    def flush(self):
        pass


def mel(line):
    """Of MEL only the command `python` works; its result is the value of the expression, as text.
    """
    found = re.match(r'^python\(("[^"\\]*")\);$', line)
    if not found:
        raise SyntaxError("this stand-in knows no MEL but python(\"...\"): %s" % line[:80])
    return python(ast.literal_eval(found.group(1)))


def python(line):
    """In Python, only a single expression has a value."""
    names = sys.modules["__main__"].__dict__
    try:
        code = compile(line, "<commandPort>", "eval")
    except SyntaxError:
        eval(compile(line, "<commandPort>", "exec"), {})
        return ""
    value = eval(code, names)
    return "" if value is None else str(value)


main()
