-- Background publishes: jobs that only the machine does that has handed them over.
ALTER TABLE jobs ADD COLUMN place text NOT NULL DEFAULT 'farm' CHECK (place IN ('farm', 'here'));
-- The session that a job is of, on that machine.
ALTER TABLE jobs ADD COLUMN session text;
ALTER TABLE jobs ADD CHECK (place = 'farm' OR machine_id IS NOT NULL);
CREATE INDEX jobs_session ON jobs (machine_id, session) WHERE session IS NOT NULL;
-- The only machine that may claim it. None for the workers of the farm.
ALTER TABLE tasks ADD COLUMN here bigint REFERENCES machines;
