-- How far the reconciler has looked through a bucket.
CREATE TABLE listings (
    bucket text PRIMARY KEY,
    after text NOT NULL
);
