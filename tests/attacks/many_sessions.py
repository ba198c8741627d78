"""A client opens one session after the other. There must be a limit with a message."""

from harness import Place, Server, judge, test_adapter

place = Place()
place.folder("config", "pyblish-endpoint")
place.write(
    '[adapters.evil]\nfile = "%s"\nconnect = ["127.0.0.1:1"]\n' % test_adapter("evil"),
    "config",
    "pyblish-endpoint",
    "endpoint.toml",
)
server = Server(place, place.scenario())
before = server.memory()
opened = 0
for number in range(400):
    session = server.post(
        "/pyblish/v2/sessions", {"adapter": "evil", "settings": {"amount": number}}
    )
    if session.status != 201:
        break
    opened += 1
judge(
    opened > 0 and session.status in (429, 503),
    "%d sessions were opened, then: %s; %d MiB and then %d, %d threads"
    % (opened, session, before, server.memory(), server.threads()),
)
