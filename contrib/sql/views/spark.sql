-- The tables in the directory `tables` as views of Spark, which reads timestamps of nanoseconds only as numbers.
SET spark.sql.legacy.parquet.nanosAsLong = true;
CREATE OR REPLACE TEMPORARY VIEW conversations USING parquet OPTIONS (path 'tables/conversations');
CREATE OR REPLACE TEMPORARY VIEW exchanges USING parquet OPTIONS (path 'tables/exchanges');
CREATE OR REPLACE TEMPORARY VIEW findings USING parquet OPTIONS (path 'tables/findings');
CREATE OR REPLACE TEMPORARY VIEW dns USING parquet OPTIONS (path 'tables/dns');
CREATE OR REPLACE TEMPORARY VIEW objects USING parquet OPTIONS (path 'tables/objects');
