-- Publishes that were handed over, and the workers that do them.

-- A worker is a machine that may also ask for tasks.
ALTER TABLE tokens DROP CONSTRAINT tokens_role_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_role_check
    CHECK (role IN ('machine', 'worker', 'viewer', 'supervisor', 'admin'));
ALTER TABLE tokens DROP CONSTRAINT tokens_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_check
    CHECK ((role IN ('machine', 'worker')) = (machine_id IS NOT NULL));

-- The key that jobs are signed with: the text of a secret key. All hubs of the database share it.
CREATE TABLE job_key (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret text NOT NULL
);

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Who handed it over: the machine, or else a person's token.
    machine_id bigint REFERENCES machines,
    token_id bigint REFERENCES tokens,
    -- The same key from the same place is the same job.
    key text NOT NULL,
    person text NOT NULL,
    -- The name of the machine, or of the token.
    origin text NOT NULL,
    name text NOT NULL,
    adapter text NOT NULL,
    host text,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    priority integer NOT NULL,
    labels text[] NOT NULL,
    attempts integer NOT NULL,
    submitter text NOT NULL,
    -- Whether somebody asked to cancel it.
    cancelled boolean NOT NULL DEFAULT false,
    -- As it was signed.
    document text NOT NULL DEFAULT '',
    signature text NOT NULL DEFAULT '',
    created timestamptz NOT NULL DEFAULT now(),
    ended timestamptz,
    CHECK ((machine_id IS NULL) <> (token_id IS NULL))
);
CREATE INDEX jobs_created ON jobs (created DESC, id DESC);
CREATE UNIQUE INDEX jobs_key_machine ON jobs (machine_id, key) WHERE machine_id IS NOT NULL;
CREATE UNIQUE INDEX jobs_key_token ON jobs (token_id, key) WHERE token_id IS NOT NULL;

-- One worker does one task at a time. `epoch` grows with each claim: what carries another one is of
-- a worker that lost the task.
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs,
    number integer NOT NULL,
    kind text NOT NULL,
    instance text,
    -- How many tasks of the job are not done yet for which this one waits.
    waits_for integer NOT NULL,
    state text NOT NULL
        CHECK (state IN ('waiting', 'ready', 'running', 'succeeded', 'failed', 'cancelled')),
    -- Copies of the job's, so that a claim reads one index.
    priority integer NOT NULL,
    labels text[] NOT NULL,
    adapter text NOT NULL,
    host text,
    epoch bigint NOT NULL DEFAULT 0,
    attempt integer NOT NULL DEFAULT 0,
    -- How many attempts count: a retry that somebody asked for begins anew.
    counted integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    machine_id bigint REFERENCES machines,
    -- Until when it is the worker's, by the clock of the database.
    lease_until timestamptz,
    progress double precision NOT NULL DEFAULT 0,
    doing text NOT NULL DEFAULT '',
    -- What it leaves for the integration.
    handover json,
    UNIQUE (job_id, number)
);
CREATE INDEX tasks_ready ON tasks (priority DESC, id) WHERE state = 'ready';
CREATE INDEX tasks_running ON tasks (lease_until) WHERE state = 'running';

CREATE TABLE attempts (
    task_id bigint NOT NULL REFERENCES tasks,
    epoch bigint NOT NULL,
    attempt integer NOT NULL,
    machine_id bigint NOT NULL REFERENCES machines,
    started timestamptz NOT NULL DEFAULT now(),
    ended timestamptz,
    success boolean,
    failure text,
    message text,
    exit smallint,
    -- The session on the worker, and the numbers of its runs: what was sent of them is in `runs`.
    session text,
    runs bigint[] NOT NULL DEFAULT '{}',
    report json,
    PRIMARY KEY (task_id, epoch)
);
CREATE INDEX attempts_session ON attempts (machine_id, session);

CREATE TABLE workers (
    machine_id bigint PRIMARY KEY REFERENCES machines,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'draining')),
    labels text[] NOT NULL,
    program text NOT NULL,
    heard timestamptz NOT NULL DEFAULT now()
);
