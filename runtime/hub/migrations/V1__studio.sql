-- Machines, and who may do what.

CREATE TABLE machines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    added timestamptz NOT NULL DEFAULT now(),
    -- When the last batch of it arrived.
    heard timestamptz
);

CREATE TABLE tokens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of the token, which has 256 random bits. The token itself is nowhere.
    digest bytea NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('machine', 'viewer', 'supervisor', 'admin')),
    -- The machine's name, or the person's.
    name text NOT NULL,
    machine_id bigint REFERENCES machines,
    added timestamptz NOT NULL DEFAULT now(),
    removed timestamptz,
    CHECK ((role = 'machine') = (machine_id IS NOT NULL))
);

-- Who did what about access. Rows are only added.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    who text NOT NULL,
    what text NOT NULL
);

-- What happened. A session is one log of one session of one machine; its events are numbered.

CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine_id bigint NOT NULL REFERENCES machines,
    name text NOT NULL,
    log text NOT NULL,
    adapter text NOT NULL,
    adapter_version text NOT NULL,
    hosts text[] NOT NULL,
    program text NOT NULL,
    is_open boolean NOT NULL,
    -- The last event that is here. Whoever adds events locks this row first.
    last bigint NOT NULL DEFAULT 0,
    -- What the context says now, as far as the machine sends it.
    project text,
    task text,
    heard timestamptz NOT NULL DEFAULT now(),
    UNIQUE (machine_id, name, log)
);
CREATE INDEX sessions_heard ON sessions (heard DESC, id DESC);

CREATE TABLE events (
    session_id bigint NOT NULL REFERENCES sessions,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    run bigint,
    name text NOT NULL,
    -- As the machine sent it: json, because jsonb would change it.
    body json NOT NULL,
    PRIMARY KEY (session_id, number)
);

-- Events that a machine's history no longer had when they were asked for.
CREATE TABLE gaps (
    session_id bigint NOT NULL REFERENCES sessions,
    first bigint NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (session_id, first)
);

-- What the events come to.

CREATE TABLE runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES sessions,
    machine_id bigint NOT NULL REFERENCES machines,
    number bigint NOT NULL,
    state text NOT NULL,
    reason text,
    person text,
    adapter text NOT NULL,
    host text,
    project text,
    task text,
    comment text,
    started timestamptz NOT NULL,
    ended timestamptz,
    succeeded bigint NOT NULL,
    failed bigint NOT NULL,
    -- The whole run as the machine last sent it.
    info json NOT NULL,
    UNIQUE (session_id, number)
);
CREATE INDEX runs_started ON runs (started DESC, id DESC);
CREATE INDEX runs_machine ON runs (machine_id, started DESC, id DESC);
CREATE INDEX runs_project ON runs (project, started DESC, id DESC);
CREATE INDEX runs_person ON runs (person, started DESC, id DESC);
CREATE INDEX runs_unfinished ON runs (session_id) WHERE state = 'running';

CREATE TABLE results (
    session_id bigint NOT NULL REFERENCES sessions,
    -- The event that it came with.
    number bigint NOT NULL,
    run bigint,
    at timestamptz NOT NULL,
    plugin text NOT NULL,
    instance text,
    success boolean NOT NULL,
    message text,
    -- Milliseconds.
    duration double precision NOT NULL,
    -- What can be searched for: the plug-in, the instance, the failure, and the records.
    search tsvector NOT NULL,
    PRIMARY KEY (session_id, number)
);
CREATE INDEX results_run ON results (session_id, run, number);
CREATE INDEX results_search ON results USING gin (search);
CREATE INDEX results_failed ON results (plugin, at DESC) WHERE NOT success;

-- What runs published.
CREATE TABLE versions (
    session_id bigint NOT NULL REFERENCES sessions,
    run bigint NOT NULL,
    position integer NOT NULL,
    name text NOT NULL,
    version bigint,
    path text NOT NULL,
    unchanged boolean NOT NULL,
    PRIMARY KEY (session_id, run, position)
);
CREATE INDEX versions_name ON versions (name, version DESC);

-- How often each plug-in ran and failed on each day (UTC), and how long it took, in milliseconds.
CREATE TABLE plugin_days (
    day date NOT NULL,
    plugin text NOT NULL,
    results bigint NOT NULL,
    failed bigint NOT NULL,
    total double precision NOT NULL,
    longest double precision NOT NULL,
    PRIMARY KEY (day, plugin)
);

-- Which events were committed after which, over all sessions: one row for each batch. Its number is
-- taken from `feed_head`, which stays locked until the commit. So a reader that has seen a number
-- has seen all below it.
CREATE TABLE feed (
    id bigint PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES sessions,
    first bigint NOT NULL,
    last bigint NOT NULL
);

CREATE TABLE feed_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    last bigint NOT NULL
);
INSERT INTO feed_head (last) VALUES (0);
