-- What no function took. Kept as it came: to be listed, looked at and sent again.
CREATE TABLE dead_letters (
    -- Made of source, id and destination: the same event refused by the same function is one row. A raw record has no id
    -- that outlives its being sent again; there it is the bytes.
    letter uuid PRIMARY KEY,
    id text NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    subject text,
    time timestamptz,
    datacontenttype text,
    traceparent text,
    extensions jsonb NOT NULL,
    data bytea NOT NULL,

    -- Knative's words: who refused it, with which status (null when there was no answer) and which text.
    error_dest text NOT NULL,
    error_code integer,
    error_data text,
    kafka_partition integer,
    kafka_offset bigint,

    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    times integer NOT NULL DEFAULT 1,
    -- How often, and when last, the reconciler sent it again.
    resent integer NOT NULL DEFAULT 0,
    resent_at timestamptz
);

-- A hash, since a subject has no limit.
CREATE INDEX dead_letters_by_subject ON dead_letters USING hash (subject);
CREATE INDEX dead_letters_by_time ON dead_letters (last_at);
-- What nobody refused, and nobody has sent again since it came.
CREATE INDEX dead_letters_undelivered ON dead_letters (last_at)
 WHERE (error_code IS NULL OR error_code IN (404, 408, 409, 429) OR error_code >= 500)
   AND (resent_at IS NULL OR resent_at < last_at);
