import sys

from pyblish_endpoint_client import EndpointError, Session, connect


def show(session: Session) -> None:
    print("Plug-ins of %s" % session.id)
    for plugin in session.plugins().items:
        print("  [%s] %-9s %s" % ("x" if plugin.active else " ", plugin.stage or "", plugin.label or plugin.name))
    print("Instances")
    for instance in session.all_instances():
        print("  [%s] %s, %s" % ("x" if instance.data.get("publish", True) else " ", instance.name, instance.state))


def run(session: Session, only: str) -> bool:
    """Runs one stage and prints its events; returns whether it succeeded."""
    with session.events() as events:
        started = session.start(only=only, comment="From the terminal")
        for event in events:
            if event.name == "pluginStarted":
                where = event.data["instance"] or "the context"
                print("%3.0f%% %s on %s" % (100 * event.data.get("progress", 0), event.data["plugin"], where))
            elif event.name == "record":
                print("     %s" % event.data["record"]["message"])
            elif event.name == "progress":
                print("     %.0f%% %s" % (100 * event.data["fraction"], event.data["message"]))
            elif event.result and event.result.error:
                print("     FAILED: %s" % event.result.error["message"])
            elif event.name == "runEnded" and event.data["id"] == started.id:
                break
    return started.wait().state == "succeeded"


def repair(session: Session) -> bool:
    """Offers to repair failures; returns whether anything was repaired."""
    found = [(of, it) for of in session.plugins().items for it in session.all_results(of.id, state="failed", latest=True)]
    failed = [(of.id, it) for of, it in found if (of.repairs.instance if it.instance else of.repairs.context)]
    wanted = [it for it in failed if input("Repair %s with %s? [y/n] " % (it[1].instance or "the context", it[0])) == "y"]
    return any([session.repair(plugin, it.instance_id).success for plugin, it in wanted])


try:
    session = connect(*sys.argv[1:2]).session()
    ready = run(session, "collect") and run(session, "validate")
    show(session)
    while not ready and repair(session):
        ready = run(session, "validate")
    print("Published" if ready and run(session, "extract") and run(session, "integrate") else "Not published")
except EndpointError as error:
    sys.exit(str(error))
