-- When the document was announced: the beginning of its way, which its trace and its age count from.
ALTER TABLE documents ADD COLUMN uploaded_at timestamptz;
