-- Which studio this database is of: the name of its cookie, so that a browser tells two apart.
CREATE TABLE studio (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO studio DEFAULT VALUES;

-- One-use codes that let a browser in, for the person of a token.
CREATE TABLE codes (
    -- SHA-256 of the code, which has 256 random bits. The code itself is nowhere.
    digest bytea PRIMARY KEY,
    token_id bigint NOT NULL REFERENCES tokens,
    made timestamptz NOT NULL DEFAULT now(),
    expires timestamptz NOT NULL
);

-- Browsers that were let in. They end with their token at the latest.
CREATE TABLE browsers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of the cookie's value.
    digest bytea NOT NULL UNIQUE,
    token_id bigint NOT NULL REFERENCES tokens,
    began timestamptz NOT NULL DEFAULT now(),
    expires timestamptz NOT NULL,
    ended timestamptz
);
CREATE INDEX browsers_token ON browsers (token_id) WHERE ended IS NULL;
