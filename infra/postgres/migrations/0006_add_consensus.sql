-- Whether two engines are to read every page, and to vote on every word.
ALTER TABLE documents ADD COLUMN consensus boolean;
