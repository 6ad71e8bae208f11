-- The tables in the directory `tables` as views of DuckDB. Of a conversation or finding that was written in several periods
-- they have the last row.
CREATE OR REPLACE VIEW conversations AS
SELECT * EXCLUDE (age) FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY date, sensor, capture_id, conversation ORDER BY packets DESC, is_final DESC) AS age
    FROM read_parquet('tables/conversations/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR})
) WHERE age = 1;
CREATE OR REPLACE VIEW findings AS
SELECT * EXCLUDE (age) FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY date, sensor, capture_id, conversation, kind, hosts ORDER BY is_final DESC, number DESC) AS age
    FROM read_parquet('tables/findings/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR})
) WHERE is_final OR age = 1;
CREATE OR REPLACE VIEW exchanges AS
SELECT * FROM read_parquet('tables/exchanges/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
CREATE OR REPLACE VIEW dns AS
SELECT * FROM read_parquet('tables/dns/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
CREATE OR REPLACE VIEW objects AS
SELECT * FROM read_parquet('tables/objects/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
