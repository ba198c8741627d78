-- Events, results and the feed are kept by the month in which they arrived: a table for each month,
-- such as events_202611, so that the oldest can be dropped at once.
--
-- What a month is, is decided when a batch is committed, so all rows of a batch are in one month. A
-- primary key of such tables needs the month in it; that an event is there once in all months is
-- up to the row of its session, which whoever adds events locks first, and whose `last` only grows.
-- There is no foreign key to `sessions`: nobody removes sessions, and checking it for each row took
-- a third of the time.
--
-- What is there already becomes the table of this month as it is, and counts as arrived in it.
DO $$
DECLARE
    this_month integer := to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::integer;
    name text;
    key text;
BEGIN
    FOR name, key IN VALUES ('events', 'session_id, number, month'),
        ('results', 'session_id, number, month'), ('feed', 'id, month') LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, DROP CONSTRAINT %I', name, name || '_pkey',
            name || '_session_id_fkey');
        EXECUTE format('ALTER TABLE %I ADD COLUMN month integer NOT NULL DEFAULT %s', name, this_month);
        EXECUTE format('ALTER TABLE %I ALTER COLUMN month DROP DEFAULT', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_' || this_month);
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (%s)', name || '_' || this_month,
            name || '_' || this_month || '_pkey', key);
        EXECUTE format('CREATE TABLE %I (LIKE %I) PARTITION BY LIST (month)', name,
            name || '_' || this_month);
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (%s)', name, name || '_pkey', key);
    END LOOP;
    FOR name IN VALUES ('results_run'), ('results_search'), ('results_failed') LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', name, name || '_' || this_month);
    END LOOP;
    CREATE INDEX results_run ON results (session_id, run, number);
    CREATE INDEX results_search ON results USING gin (search);
    CREATE INDEX results_failed ON results (plugin, at DESC) WHERE NOT success;
    FOR name IN VALUES ('events'), ('results'), ('feed') LOOP
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', name,
            name || '_' || this_month, this_month);
    END LOOP;
    -- The month in which a run was first heard of: its results are in this one and later ones.
    EXECUTE format('ALTER TABLE runs ADD COLUMN month integer NOT NULL DEFAULT %s', this_month);
    ALTER TABLE runs ALTER COLUMN month DROP DEFAULT;
END $$;

-- What was dropped.
CREATE TABLE dropped_months (
    month integer PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    events bigint NOT NULL,
    -- The end of the feed in that month. Whoever reads on before it has missed what was dropped.
    last_feed bigint NOT NULL
);

-- The events of a session up to this one were dropped.
ALTER TABLE sessions ADD COLUMN dropped bigint NOT NULL DEFAULT 0;
