"""A frontend in a terminal: shows what there is, runs, shows what happens, and offers to repair what failed."""
import sys

from pyblish_endpoint_client import EndpointError, Session, connect


def show(session: Session) -> None:
    """The plug-ins by their order, and the instances."""
    print("Plug-ins of %s" % session.id)
    for plugin in session.plugins().plugins:
        print("  [%s] %-9s %s" % ("x" if plugin.active else " ", plugin.stage or "", plugin.label or plugin.name))
    print("Instances")
    for instance in session.all_instances():
        print("  [%s] %s, %s" % ("x" if instance.data.get("publish", True) else " ", instance.name, instance.state))


def run(session: Session, until: str) -> str:
    """Runs, and says what happens until it has ended; how it ended."""
    with session.events() as events:
        started = session.start(until=until, comment="From the terminal")
        for event in events:
            if event.name == "pluginStarted":
                where = event.data["instanceName"] or "the context"
                print("%3.0f%% %s on %s" % (100 * event.data.get("progress", 0), event.data["pluginName"], where))
            elif event.name == "record":
                print("     %s" % event.data["record"]["message"])
            elif event.name == "progress":
                print("     %.0f%% %s" % (100 * event.data["fraction"], event.data["message"]))
            elif event.result and event.result.error:
                print("     FAILED: %s" % event.result.error["message"])
            elif event.run and event.name == "runEnded" and event.run.id == started.id:
                return event.run.state
    return started.wait().state


def repair(session: Session) -> bool:
    """Offers to repair what failed; whether anything was."""
    can = {it.id: it.repairs for it in session.plugins().plugins if it.repairs.context or it.repairs.instance}
    failed = [it for it in session.all_results(state="failed", latest=True) if it.plugin_id in can]
    for it in failed:
        where = it.instance or "the context"
        if input("Repair %s with %s? [y/n] " % (where, it.plugin)) == "y" and it.plugin_id:
            print("repaired" if session.repair(it.plugin_id, it.instance_id).success else "it could not be repaired")
    return bool(failed)


try:
    session = connect(*sys.argv[1:2]).session()
    while run(session, "integrate") == "stopped" and repair(session):
        show(session)
    show(session)
except EndpointError as error:
    sys.exit(str(error))
