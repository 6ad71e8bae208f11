-- The tables in the directory `tables` as views of DuckDB.
CREATE OR REPLACE VIEW conversations AS
SELECT * FROM read_parquet('tables/conversations/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
CREATE OR REPLACE VIEW exchanges AS
SELECT * FROM read_parquet('tables/exchanges/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
CREATE OR REPLACE VIEW findings AS
SELECT * FROM read_parquet('tables/findings/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
CREATE OR REPLACE VIEW dns AS
SELECT * FROM read_parquet('tables/dns/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
CREATE OR REPLACE VIEW objects AS
SELECT * FROM read_parquet('tables/objects/**/*.parquet', hive_partitioning = true, hive_types = {'date': DATE, 'sensor': VARCHAR});
