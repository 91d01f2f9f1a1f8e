-- What engines spent on a page whose readings were not taken; null for pages that were read before this was told.
ALTER TABLE pages ADD COLUMN seconds_others double precision;
