-- What committed batches still have to add to what all machines share: their place in the feed, and
-- the counts of plug-ins. If each batch did that itself, all would commit one after the other,
-- because it would keep those rows locked until its own commit. So a hub does it afterwards, for
-- many batches at once.
CREATE TABLE feed_pending (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    month integer NOT NULL,
    -- A list of objects with the columns of plugin_days; the day is that since 1970.
    days json NOT NULL
);
