-- After what masks the data, if it is still in the transaction.
SELECT format('COMMENT ON DATABASE %I IS %L', current_database(), 'masked in ' || :'cluster') \gexec
COMMIT;
