-- The outbox: one row per outcome that is committed and whose events are perhaps not published yet.
ALTER TABLE unsaid RENAME TO outbox;

-- The pods of the previous version use the old name until they are replaced, one by one. PostgreSQL updates this view
-- automatically: INSERT, UPDATE, DELETE and FOR UPDATE SKIP LOCKED act on the rows of the table, and its defaults apply.
-- A later migration drops the view.
CREATE VIEW unsaid AS SELECT fact, document, type, outcome, since FROM outbox;

DO $$
DECLARE
    found record;
BEGIN
    -- PostgreSQL 18 names NOT NULL constraints too, so the list depends on the server. The primary key's index follows.
    FOR found IN SELECT conname FROM pg_constraint WHERE conrelid = 'outbox'::regclass AND conname LIKE 'unsaid\_%' LOOP
        EXECUTE format('ALTER TABLE outbox RENAME CONSTRAINT %I TO %I', found.conname, 'outbox' || substr(found.conname, 7));
    END LOOP;
    -- Rights follow the table. Roles other than the owner need the same ones on the view, or old pods are refused.
    FOR found IN
        SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
          FROM pg_class, aclexplode(relacl)
         WHERE oid = 'outbox'::regclass AND grantee <> relowner
           AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    LOOP
        EXECUTE format('GRANT %s ON unsaid TO %s', found.privilege_type, found.role);
    END LOOP;
END $$;
