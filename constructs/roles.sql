-- The roles of the database: run by psql as the administrator, once and again, on
-- PostgreSQL 13 to 18.
--
--   migrator      owns what is in the database, and changes the schema
--   app           reads and writes rows, also of tables that migrator makes later
--   app_1, app_2  log in as app, in turns: a rotation changes the one that no task uses
--   app_iam       logs in as app, with tokens of IAM
--
-- Variables: APP_LOGIN, which is made, and APP_VERSION, which tells one password from another;
-- CLUSTER, of a cluster that was made of a snapshot or of another cluster.
-- Standard input: migrator's password twice, then the login's twice if it has one, each on a
-- line. psql makes SCRAM verifiers of them, so that no password reaches the server or its log:
-- https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMAND-PASSWORD
\set ON_ERROR_STOP on
\set QUIET on
\o /dev/null
\getenv app_login APP_LOGIN
\set app_version none
\getenv app_version APP_VERSION
\set cluster ''
\getenv cluster CLUSTER
SELECT :'app_login' = 'app_iam' AS by_iam \gset
SET client_min_messages = warning;
SET password_encryption = 'scram-sha-256';
-- A table that changes hands is locked for a moment. Whoever waits for a lock blocks those
-- behind it: rather fail, and be run again.
SET lock_timeout = '5s';
SELECT FROM (SELECT set_config('roles.login', :'app_login', false), set_config('roles.version', :'app_version', false),
  set_config('roles.cluster', :'cluster', false)) AS set;

BEGIN;
SELECT FROM pg_advisory_xact_lock(5001); -- Two runs at once wait for each other.

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['migrator', 'app', 'app_1', 'app_2', 'app_iam']) AS name
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- Refuse to change a password that somebody logs in with, before anything is changed. The
-- comment of app is the password that was set last, and the cluster if that is a copy: nobody
-- logs in to a copy before it has a password of its own.
DO $$
DECLARE
  login text := current_setting('roles.login');
  last text := coalesce(shobj_description('app'::regrole, 'pg_authid'), '');
  cluster text := current_setting('roles.cluster');
  sessions int := (SELECT count(*) FROM pg_stat_activity WHERE usename = login);
BEGIN
  IF login NOT IN ('app_1', 'app_2', 'app_iam') THEN
    RAISE EXCEPTION '% is no login of app', login;
  ELSIF login = 'app_iam' THEN
    NULL; -- It has no password that somebody could lose.
  ELSIF cluster <> '' AND split_part(last, ' ', 3) <> cluster THEN
    NULL; -- What was set last is of the cluster that this one was made of.
  ELSIF split_part(last, ' ', 1) || ' ' || split_part(last, ' ', 2) = login || ' ' || current_setting('roles.version') THEN
    NULL; -- The same password again changes nothing for anybody.
  ELSIF split_part(last, ' ', 1) = login THEN
    RAISE EXCEPTION 'the password of % is the newest one, which tasks use; the other login is due', login
      USING HINT = 'Raise Database.PasswordVersion by one. Where the plan refuses that, delete the SSM parameter that ends in /database/rotating first.';
  ELSIF sessions > 0 THEN
    RAISE EXCEPTION '% sessions of % would lose their password', sessions, login
      USING HINT = 'Deploy, so that all tasks log in with the newest password, before the next rotation.';
  END IF;
END $$;

-- The administrator needs to be a member to give away what it owns, and goes on reading and
-- writing what it gave away.
GRANT migrator TO CURRENT_USER;
GRANT app TO app_1, app_2, app_iam;
SELECT format('GRANT CREATE, CONNECT ON DATABASE %I TO migrator', current_database()) \gexec
ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT USAGE ON SCHEMAS TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT USAGE, SELECT ON SEQUENCES TO app;

-- What the administrator has made becomes migrator's: schemas, tables and their like,
-- routines and types, but for the parts of extensions and of other objects.
CREATE TEMPORARY VIEW owned AS
  SELECT 'SCHEMA' AS kind, oid, 'pg_namespace'::regclass AS class, oid AS schema, nspowner AS owner, quote_ident(nspname) AS name FROM pg_namespace
  UNION ALL SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid, 'pg_class'::regclass, relnamespace, relowner, oid::regclass::text
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL SELECT 'ROUTINE', oid, 'pg_proc'::regclass, pronamespace, proowner, oid::regprocedure::text FROM pg_proc
  UNION ALL SELECT 'TYPE', oid, 'pg_type'::regclass, typnamespace, typowner, oid::regtype::text FROM pg_type
    WHERE typrelid = 0 OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c');
SELECT format('ALTER %s %s OWNER TO migrator', kind, name) FROM owned JOIN pg_namespace n ON n.oid = schema
  WHERE owner IN (quote_ident(CURRENT_USER)::regrole, to_regrole('pg_database_owner'))
  AND nspname <> 'information_schema' AND nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = owned.oid
    AND (deptype IN ('e', 'i') OR deptype = 'a' AND d.classid = d.refclassid))
\gexec

-- What there is already is for app as what comes.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT format('GRANT %s ON %s %s TO app', privileges, kind, name) FROM owned
  JOIN (VALUES ('SCHEMA', 'USAGE'), ('TABLE', 'SELECT, INSERT, UPDATE, DELETE'), ('SEQUENCE', 'USAGE, SELECT')) AS every(kind, privileges) USING (kind)
  WHERE owner = 'migrator'::regrole \gexec
DROP VIEW owned;

\password migrator
\if :by_iam
  -- Whoever is a member of it logs in with tokens alone.
  GRANT rds_iam TO app_iam;
\else
  SELECT format('COMMENT ON ROLE app IS %L', rtrim(:'app_login' || ' ' || :'app_version' || ' ' || :'cluster')) \gexec
  \password :app_login
\endif
ALTER ROLE migrator LOGIN;
ALTER ROLE :"app_login" LOGIN;
COMMIT;
