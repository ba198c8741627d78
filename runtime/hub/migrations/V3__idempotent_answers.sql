-- What was answered to requests with an Idempotency-Key, so that each is done once, whichever hub
-- it reaches again.
CREATE TABLE idempotent_answers (
    token_id bigint NOT NULL REFERENCES tokens,
    key text NOT NULL,
    -- SHA-256 of the request.
    request bytea NOT NULL,
    status integer,
    body text,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotent_answers_at ON idempotent_answers (at);
