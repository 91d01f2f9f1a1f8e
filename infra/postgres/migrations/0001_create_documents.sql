-- One row per document: where it comes from, where it stands, how it ended.
CREATE TABLE documents (
    document uuid PRIMARY KEY,
    tenant text NOT NULL,
    bucket text NOT NULL,
    key text NOT NULL,
    version_id text,
    etag text NOT NULL,
    run integer NOT NULL,
    traceparent text,

    state text NOT NULL DEFAULT 'open' CHECK (
        state IN ('open', 'assembling', 'completed', 'failed', 'rejected', 'cancelled', 'erased')
    ),
    pages integer CHECK (pages > 0),
    -- Counted here, so that the last page is known without looking at the others.
    recognized integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,

    -- What intake found and what was asked for.
    sha256 text,
    media_type text,
    size bigint,
    languages text[],
    engines text[],
    outputs text[],
    min_confidence double precision,
    bulk boolean,
    callback text,

    -- How it ended.
    reason text,
    message text,
    confidence double precision,
    engine_seconds double precision,

    -- Which outcome did it, so that its repetition is told from another.
    accepted_by uuid,
    closed_by uuid,
    ended_by uuid,

    created_at timestamptz NOT NULL DEFAULT now(),
    accepted_at timestamptz,
    ended_at timestamptz,
    -- The last time that an outcome changed something.
    moved_at timestamptz NOT NULL DEFAULT now(),
    -- The last time that it moved or was set in motion again, and how often the latter happened since it moved.
    pushed_at timestamptz NOT NULL DEFAULT now(),
    pushes integer NOT NULL DEFAULT 0,

    CHECK (recognized + failed <= pages)
);

-- A hash: a key that somebody made up may be longer than a row of a tree can be.
CREATE INDEX documents_by_key ON documents USING hash (key);
CREATE INDEX documents_unfinished ON documents (pushed_at) WHERE state IN ('open', 'assembling');

-- One row per page: how it is to be read, and what came of it.
CREATE TABLE pages (
    document uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    page integer NOT NULL CHECK (page > 0),
    state text NOT NULL CHECK (state IN ('requested', 'recognized', 'failed')),

    -- The plan; null when a result came before it.
    route text[],
    route_why text,
    -- How often an engine was asked.
    attempts integer NOT NULL DEFAULT 1,

    engine text,
    engine_version text,
    languages text[],
    why text,
    confidence double precision,
    best_effort boolean,
    -- Null where it is longer than an event may carry; `dataref` has it.
    text text,
    dataref text,
    seconds_waiting double precision,
    seconds_starting double precision,
    seconds_reading double precision,
    reason text,
    message text,

    outcome uuid,
    ended_at timestamptz,
    PRIMARY KEY (document, page)
);

CREATE TABLE outputs (
    document uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    format text NOT NULL,
    dataref text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (document, format)
);
