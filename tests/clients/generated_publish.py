"""Publishes the sample inbox through a client that openapi-python-client has made from the OpenAPI
document. Arguments: address, file of the token.
"""
import sys
import time
from typing import Optional, TypeVar, Union

from generated import AuthenticatedClient
from generated.api.runs import read_run, start_run
from generated.api.results import list_results
from generated.api.sessions import list_sessions, read_session
from generated.api.things import change_instance, list_instances, list_plugins
from generated.api.work import repair_pair
from generated.models import (
    DataChange,
    DataChangeSet,
    ListResultsState,
    NewRun,
    Pair,
    Problem,
    RunShape,
)

T = TypeVar("T")


def ok(answer: Union[T, Problem, None]) -> T:
    """The answer; a problem ends the test in its words."""
    assert answer is not None
    if isinstance(answer, Problem):
        raise AssertionError("%s: %s" % (answer.code, answer.detail))
    return answer


address, token_file = sys.argv[1:]
with open(token_file, encoding="utf-8") as file:
    client = AuthenticatedClient(base_url=address, token=file.read().strip())
session = ok(list_sessions.sync(client=client)).items[0].id


def publish(request: NewRun) -> RunShape:
    run = ok(start_run.sync(session, client=client, body=request))
    end = time.monotonic() + 60
    while run.state == "running":
        assert time.monotonic() < end, run
        run = ok(read_run.sync(session, run.id, client=client))
    return run


assert publish(NewRun(comment="from a generated client")).state == "stopped"

# Every problem that can be repaired is repaired; what is left is left out.
failed = ok(list_results.sync(session, client=client, state=ListResultsState.FAILED, latest=True))
assert failed.total == len(failed.items) > 1 and failed.next_ is None, failed
for result in failed.items:
    plugin: Optional[str] = result.plugin_id if isinstance(result.plugin_id, str) else None
    instance: Optional[str] = result.instance_id if isinstance(result.instance_id, str) else None
    assert plugin is not None and instance is not None
    repaired = repair_pair.sync(session, client=client, body=Pair(plugin_id=plugin, instance_id=instance))
    if not isinstance(repaired, Problem):
        continue
    assert repaired.code == "no-repair", repaired
    revision = ok(read_session.sync(session, client=client)).revision
    values = DataChangeSet.from_dict({"publish": False})
    change = DataChange(revision=revision, set_=values, remember=True)
    ok(change_instance.sync(session, instance, client=client, body=change))

plugins = ok(list_plugins.sync(session, client=client)).items
rest = [plugin.id for plugin in plugins if plugin.stage != "collect"]
assert publish(NewRun(plugin_ids=rest)).state == "succeeded"
instances = ok(list_instances.sync(session, client=client)).items
assert any(all(stage.state == "done" for stage in it.stages) for it in instances), instances

# Refusals are problems with a code.
refused = list_results.sync(session, client=client, limit=0)
assert isinstance(refused, Problem) and (refused.status, refused.code) == (400, "bad-request"), refused
print("published")
