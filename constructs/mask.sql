-- Before what masks the data: psql runs it once in each cluster. A comment of the database
-- remembers the cluster, in the same transaction, so that one that was interrupted runs again,
-- and a clone of a masked cluster is masked, too.
\set ON_ERROR_STOP on
\set QUIET on
\o /dev/null
\getenv cluster CLUSTER
SET client_min_messages = warning;
BEGIN;
SELECT FROM pg_advisory_xact_lock(5002); -- Two runs at once wait for each other.
SELECT coalesce(shobj_description(oid, 'pg_database') = 'masked in ' || :'cluster', false) AS masked
  FROM pg_database WHERE datname = current_database() \gset
\if :masked
  \q
\endif
