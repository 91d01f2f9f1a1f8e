-- What is committed and perhaps not published yet: one row per outcome, for the time between the two.
CREATE TABLE unsaid (
    -- The id of the first event that is to be published.
    fact uuid PRIMARY KEY,
    document uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    -- The outcome itself: sent again, it makes persistence publish.
    type text NOT NULL,
    outcome text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
