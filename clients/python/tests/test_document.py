"""The client matches the OpenAPI document exactly: every operation, parameter and property.

A mock server answers every operation according to the document's schemas, and stores the requests.
"""
import dataclasses
import http.server
import inspect
import json
import os
import re
import threading
import typing
import unittest
import urllib.parse

import support
from support import client

from pyblish_endpoint_client import shapes

with open(os.path.join(support.PROJECT, "tests", "data", "openapi.json"), encoding="utf-8") as file:
    DOCUMENT = json.load(file)
SCHEMAS = DOCUMENT["components"]["schemas"]

#: Classes whose name differs from their schema without `Shape`, because Session and Run are the
#: names of other classes.
NAMES = {"SessionShape": client.SessionInfo, "RunShape": client.RunInfo, "KeptShape": client.KeptResult}

#: Schemas without a class: requests, which are parameters of methods, and problems, which are
#errors.
SENT = {
    "Act", "DataChange", "Emitted", "InstancesChange", "Message", "NewJob", "NewRun", "NewSession", "NewThumbnail", "Pair",
    "PluginChange", "Selected",
}

#: Schemas of the events, whose data are dictionaries.
OF_EVENTS = {"RunFacts", "SourceLocation", "LogRecord", "Failure", "EventPair", "PairResult", "EventInstance"}
OF_EVENTS |= {name for name in SCHEMAS if name.endswith("Event")}

#: Schemas of words, which are texts.
WORDS = {name for name, schema in SCHEMAS.items() if "enum" in schema}

#: An id with characters that must be escaped in an address.
ID = "a/b ?\u00e9"

#: The method for each operation, with all its arguments.
CALLS = {
    "GET /adapters": lambda it: it.endpoint.adapters(1, 2),
    "POST /codes": lambda it: it.endpoint.code(),
    "GET /sessions": lambda it: it.endpoint.sessions(1, 2),
    "POST /sessions": lambda it: it.endpoint.open("a", "h", {"k": 1}, ["f"], ["a"], ["e"], 1),
    "GET /sessions/{sessionId}": lambda it: it.session.read(),
    "DELETE /sessions/{sessionId}": lambda it: it.session.close(),
    "POST /sessions/{sessionId}/actions": lambda it: it.session.act("p", "a", "i"),
    "POST /sessions/{sessionId}/callbacks": lambda it: it.session.emit("e", {"k": 1}),
    "POST /sessions/{sessionId}/cancel": lambda it: it.session.cancel(1.5),
    "GET /sessions/{sessionId}/context": lambda it: it.session.context(),
    "PATCH /sessions/{sessionId}/context": lambda it: it.session.change_context(1, {"k": 1}, ["u"], True),
    "GET /sessions/{sessionId}/events": lambda it: it.session.events(7).close(),
    "GET /sessions/{sessionId}/instances": lambda it: it.session.instances("f", "s", 1, 2),
    "PATCH /sessions/{sessionId}/instances": lambda it: it.session.change_instances(["i"], 1, {"k": 1}, ["u"], True),
    "GET /sessions/{sessionId}/instances/{instanceId}": lambda it: it.session.instance(ID),
    "PATCH /sessions/{sessionId}/instances/{instanceId}": lambda it: it.session.change_instance(ID, 1, {"k": 1}, ["u"], True),
    "GET /sessions/{sessionId}/instances/{instanceId}/thumbnail": lambda it: it.session.thumbnail(ID),
    "PUT /sessions/{sessionId}/instances/{instanceId}/thumbnail": lambda it: it.session.replace_thumbnail(ID, b"picture"),
    "POST /sessions/{sessionId}/instances/{instanceId}/open-folder": lambda it: it.session.open_folder(ID),
    "GET /sessions/{sessionId}/jobs": lambda it: it.session.jobs("a", 2),
    "POST /sessions/{sessionId}/jobs": lambda it: it.session.hand_over("here", ["i"], "c", ["t"], True, True, 1, ["l"], 2, "n", "key"),
    "GET /jobs/{jobId}": lambda it: it.job.read(),
    "POST /jobs/{jobId}/cancel": lambda it: it.job.cancel(),
    "POST /jobs/{jobId}/retry": lambda it: it.job.retry(),
    "GET /jobs/{jobId}/tasks/{taskNumber}/attempts/{epoch}/events": lambda it: it.job.events(1, 2, 3),
    "GET /jobs/{jobId}/tasks/{taskNumber}/attempts/{epoch}/report": lambda it: it.job.report(1, 2, "html"),
    "POST /sessions/{sessionId}/messages": lambda it: it.session.send("show"),
    "GET /sessions/{sessionId}/plugins": lambda it: it.session.plugins(1, 2),
    "PATCH /sessions/{sessionId}/plugins/{pluginId}": lambda it: it.session.change_plugin(ID, True, 1, True),
    "POST /sessions/{sessionId}/process": lambda it: it.session.process("p", "i"),
    "POST /sessions/{sessionId}/repair": lambda it: it.session.repair("p", "i"),
    "POST /sessions/{sessionId}/reset": lambda it: it.session.reset(),
    "POST /sessions/{sessionId}/restart": lambda it: it.session.restart(),
    "GET /sessions/{sessionId}/results": lambda it: it.session.results("p", "i", "s", True, True, 1, 2),
    "GET /sessions/{sessionId}/runs": lambda it: it.session.runs(1, 2),
    "POST /sessions/{sessionId}/runs": lambda it: it.session.start("u", "o", ["t"], ["i"], ["p"], "c", "r", "key"),
    "GET /sessions/{sessionId}/runs/{runId}": lambda it: it.run.read(),
    "POST /sessions/{sessionId}/runs/{runId}/cancel": lambda it: it.run.cancel(1.5),
    "GET /sessions/{sessionId}/runs/{runId}/report": lambda it: it.run.report("html"),
    "POST /sessions/{sessionId}/select": lambda it: it.session.select(["i"]),
    "GET /sessions/{sessionId}/states": lambda it: it.session.states(),
}

#: Methods that make several of these requests, or one of them in another way.
HELPERS = {"Endpoint.session", "Session.all_instances", "Session.all_results", "Session.all_runs", "Session.run", "Run.wait", "Endpoint.job", "Job.wait"}

#: A parameter that only browsers need.
OF_BROWSERS = {"v"}

#: A parameter that is replaced by another one.
ALIKE = {"after": "Last-Event-ID"}


def operations():
    for path, methods in DOCUMENT["paths"].items():
        assert path.startswith("/pyblish/v2/"), path
        for method, operation in methods.items():
            yield "%s %s" % (method.upper(), path[len("/pyblish/v2") :]), operation


def resolve(schema):
    return SCHEMAS[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def is_nullable(schema):
    return "null" in schema.get("type", []) if "type" in schema else {"type": "null"} in schema.get("oneOf", [])


def parts(schema):
    """The properties and the required ones of an object, including those of its parts."""
    schema = resolve(schema)
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        more, needed = parts(part)
        properties.update(more)
        required |= needed
    return properties, required


def sample(schema, nulls=False):
    """JSON that matches a schema, with all optional values, or with as few as possible."""
    if nulls and is_nullable(schema):
        return None
    schema = resolve(schema)
    if "oneOf" in schema:
        return sample(next(it for it in schema["oneOf"] if it.get("type") != "null"), nulls)
    properties, required = parts(schema)
    if properties:
        return {name: sample(it, nulls) for name, it in properties.items() if not nulls or name in required}
    if "enum" in schema:
        return schema["enum"][0]
    # Any JSON.
    if "type" not in schema:
        return "x"
    kind = schema["type"]
    kind = next(it for it in kind if it != "null") if isinstance(kind, list) else kind
    if kind == "object":
        return {"k": sample(schema["additionalProperties"], nulls) if isinstance(schema.get("additionalProperties"), dict) else 1}
    if kind == "array":
        return [sample(schema["items"], nulls)]
    return {"string": "x", "integer": 3, "number": 0.5, "boolean": True}[kind]


def shape(name):
    return NAMES.get(name) or getattr(client, name[: -len("Shape")] if name.endswith("Shape") else name, None)


def hint(schema):
    """The type in Python."""
    if is_nullable(schema):
        rest = dict(schema)
        if "oneOf" in rest:
            rest = next(it for it in schema["oneOf"] if it.get("type") != "null")
        else:
            rest["type"] = next(it for it in schema["type"] if it != "null")
        return typing.Optional[hint(rest)]
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name in WORDS:
            return str
        return client.Mode if name == "ModeShape" else shape(name)
    if "type" not in schema:
        return typing.Any
    if schema["type"] == "object":
        more = schema.get("additionalProperties")
        inside = hint(more) if isinstance(more, dict) else typing.Any
        return typing.Dict[str, inside]
    if schema["type"] == "array":
        return typing.List[hint(schema["items"])]
    return {"string": str, "integer": int, "number": float, "boolean": bool}[schema["type"]]


def said(value):
    """Converts a value that was read back to JSON."""
    if isinstance(value, (client.Session, client.Run)):
        value = value.info
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {shapes.wire_name(it.name): said(getattr(value, it.name)) for it in fields}
    if isinstance(value, list):
        return [said(it) for it in value]
    if isinstance(value, dict):
        return {key: said(it) for key, it in value.items()}
    return value


def with_nulls(json_value, full):
    """The same with missing values as null."""
    if isinstance(full, dict) and isinstance(json_value, dict):
        return {key: with_nulls(json_value.get(key), full[key]) for key in full}
    if isinstance(full, list) and isinstance(json_value, list):
        return [with_nulls(it, full[0]) for it in json_value]
    return json_value


class MockServer:
    """Answers according to the document, and stores the requests."""

    def __init__(self):
        self.sent, self.nulls, mock = [], False, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do(self):
                url = urllib.parse.urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = url.path[len("/pyblish/v2") :]
                query = dict(urllib.parse.parse_qsl(url.query))
                mock.sent.append((self.command, path, query, dict(self.headers), json.loads(body.decode()) if body else None))
                status, content = mock.answer(self.command, path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "http://127.0.0.1:%d" % self.server.server_port

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method, path):
        for key, operation in operations():
            if re.match("^%s$" % re.sub(r"\{[^}]*\}", "[^/]+", key), "%s %s" % (method, path)):
                status, answer = next(iter(operation["responses"].items()))
                content = answer.get("content", {})
                if "application/json" not in content or key.endswith("/report"):
                    return int(status), b"" if not content else b"bytes"
                return int(status), json.dumps(sample(content["application/json"]["schema"], self.nulls)).encode()
        return 404, b""


class Calls:
    """The objects on which the methods are called."""

    def __init__(self, address):
        self.endpoint = client.Endpoint(address, "token")
        self.session = self.endpoint.session("x")
        self.run = self.session.run("x")
        self.job = self.endpoint.job(7)


class Document(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.mock = MockServer()
        cls.calls = Calls(cls.mock.address)

    @classmethod
    def tearDownClass(cls):
        cls.mock.end()

    def call(self, key, nulls=False):
        self.mock.sent, self.mock.nulls = [], nulls
        answer = CALLS[key](self.calls)
        self.assertEqual(len(self.mock.sent), 1, key)
        return answer, self.mock.sent[0]

    def test_every_operation_has_a_method_and_every_method_an_operation(self):
        self.assertEqual(sorted(CALLS), sorted(key for key, _ in operations()))
        # Each call is on its own line, which `getsource` returns.
        named = {
            kind.capitalize() + "." + name
            for call in CALLS.values()
            for kind, name in [next(iter(re.findall(r"it\.(\w+)\.(\w+)\(", inspect.getsource(call).split(": ", 1)[1])))]
        }
        public = {
            "%s.%s" % (kind.__name__, name)
            for kind in (client.Endpoint, client.Session, client.Run, client.Job)
            for name, _ in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }
        self.assertEqual(public, named | HELPERS)

    def test_every_parameter_is_sent_and_no_other(self):
        for key, operation in operations():
            with self.subTest(key):
                _, (method, path, query, headers, body) = self.call(key)
                ids = {"sessionId": "x", "runId": "x", "pluginId": ID, "instanceId": ID, "jobId": "7", "taskNumber": "1", "epoch": "2"}
                filled = re.sub(r"\{(\w+)\}", lambda it: urllib.parse.quote(ids[it.group(1)], safe=""), key)
                self.assertEqual("%s %s" % (method, path), filled)
                self.assertEqual(headers["Authorization"], "Bearer token")
                named = operation.get("parameters", [])
                wanted = {it["name"] for it in named if it["in"] == "query"} - OF_BROWSERS
                stood_for = {name for name in wanted if ALIKE.get(name) in headers}
                self.assertEqual(set(query), wanted - stood_for)
                for it in named:
                    if it["in"] == "header":
                        self.assertIn(it["name"], headers)
                properties = {}
                if "requestBody" in operation:
                    schema = operation["requestBody"]["content"]["application/json"]["schema"]
                    self.assertIn(schema["$ref"].rsplit("/", 1)[1], SENT)
                    properties, _ = parts(schema)
                self.assertEqual(set(body or {}), set(properties))

    def test_every_answer_is_read_whole(self):
        for key, operation in operations():
            for nulls in (False, True):
                with self.subTest(key, nulls=nulls):
                    answer, _ = self.call(key, nulls)
                    content = next(iter(operation["responses"].values())).get("content", {})
                    if "text/event-stream" in content or not content:
                        self.assertIsNone(answer)
                    elif key.endswith("/report"):
                        self.assertEqual(answer, "bytes")
                    elif "application/json" not in content:
                        self.assertEqual(answer, b"bytes")
                    else:
                        schema = content["application/json"]["schema"]
                        full = sample(schema)
                        self.assertEqual(said(answer), with_nulls(sample(schema, nulls), full))

    def test_every_schema_has_its_class_with_the_same_properties_and_types(self):
        read = set(SCHEMAS) - SENT - OF_EVENTS - WORDS - {"ModeShape"}
        for name in sorted(read):
            with self.subTest(name):
                kind = shape(name)
                self.assertIsNotNone(kind, "there is no class for it")
                hints = typing.get_type_hints(kind)
                properties, required = parts(SCHEMAS[name])
                ours = {shapes.wire_name(it): hints[it] for it in hints}
                theirs = {it: hint(schema) for it, schema in properties.items()}
                self.assertEqual(ours, theirs)
                # Optional values may be None.
                for it in set(properties) - required:
                    is_any = not {"type", "$ref", "oneOf"} & set(properties[it])
                    self.assertTrue(is_any or is_nullable(properties[it]), it)
        classes = {it for it in vars(shapes).values() if dataclasses.is_dataclass(it)}
        self.assertEqual(classes, {shape(name) for name in read} - {client.Problem})

    def test_a_mode_is_a_word_or_an_action(self):
        kinds = [it.get("enum") or list(it["properties"]) for it in SCHEMAS["ModeShape"]["oneOf"]]
        self.assertEqual(kinds, [["process"], ["repair"], ["action"]])

    def test_what_is_missing_or_of_another_kind_is_said(self):
        whole = sample(SCHEMAS["InstanceShape"])
        self.assertEqual(shapes.read(client.Instance, dict(whole, newer=1)), shapes.read(client.Instance, whole))
        for spoilt in (dict(whole, id=None), dict(whole, members=3), dict(whole, members=[3]), dict(whole, data=[]), [], 3, None):
            with self.assertRaises(client.BadAnswer) as caught:
                shapes.read(client.Instance, spoilt)
            self.assertIn("are incompatible", str(caught.exception))
        del whole["state"]
        with self.assertRaises(client.BadAnswer) as caught:
            shapes.read(client.Instance, whole)
        self.assertIn("state is None, but str is expected", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
