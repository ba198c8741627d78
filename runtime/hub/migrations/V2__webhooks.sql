-- Who is told of runs that ended.

CREATE TABLE webhooks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    -- The address of a chat is often its password, too.
    url text NOT NULL,
    -- The text for a chat, with {fields}. None: a CloudEvent.
    template text,
    -- Which runs. None: all.
    states text[],
    projects text[],
    adapters text[],
    people text[],
    -- Plug-ins of which one failed.
    plugins text[],
    -- Only runs that published something new.
    published boolean NOT NULL,
    -- What messages are signed with. It has to be here: whoever signs needs it.
    secret bytea NOT NULL,
    -- The one before, with which messages are signed, too, until then.
    former_secret bytea,
    former_until timestamptz,
    added timestamptz NOT NULL DEFAULT now()
);

-- Messages that wait to be sent (tries_left > 0), and those that nobody took (tries_left = 0). One
-- that was taken is removed.
CREATE TABLE deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id bigint NOT NULL REFERENCES webhooks,
    -- The same in each try.
    message text NOT NULL UNIQUE,
    -- As it is sent.
    body text NOT NULL,
    media_type text NOT NULL,
    made timestamptz NOT NULL DEFAULT now(),
    tries_left integer NOT NULL,
    -- When the next try is. Whoever tries moves it first, so that nobody else does.
    due timestamptz NOT NULL DEFAULT now(),
    -- Why the last try failed.
    failure text
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, due) WHERE tries_left > 0;
CREATE INDEX deliveries_failed ON deliveries (webhook_id, id) WHERE tries_left = 0;
