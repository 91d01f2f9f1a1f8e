-- What no function took. Kept as it came: to be listed, looked at and sent again.
CREATE TABLE dead_letters (
    -- Made of source, id and destination: the same event refused by the same function is one row.
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
    times integer NOT NULL DEFAULT 1
);

-- A hash, since a subject has no limit.
CREATE INDEX dead_letters_by_subject ON dead_letters USING hash (subject);
CREATE INDEX dead_letters_by_time ON dead_letters (last_at);
