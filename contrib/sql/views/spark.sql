-- The tables in the directory `tables` as views of Spark, which reads timestamps of nanoseconds only as numbers. Of a
-- conversation or finding that was written in several periods they have the last row.
SET spark.sql.legacy.parquet.nanosAsLong = true;
CREATE OR REPLACE TEMPORARY VIEW files_of_conversations USING parquet OPTIONS (path 'tables/conversations');
CREATE OR REPLACE TEMPORARY VIEW conversations AS
SELECT * EXCEPT (age) FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY date, sensor, capture_id, conversation ORDER BY packets DESC, is_final DESC) AS age
    FROM files_of_conversations
) WHERE age = 1;
CREATE OR REPLACE TEMPORARY VIEW files_of_findings USING parquet OPTIONS (path 'tables/findings');
CREATE OR REPLACE TEMPORARY VIEW findings AS
SELECT * EXCEPT (age) FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY date, sensor, capture_id, conversation, kind, hosts ORDER BY is_final DESC, number DESC) AS age
    FROM files_of_findings
) WHERE is_final OR age = 1;
CREATE OR REPLACE TEMPORARY VIEW exchanges USING parquet OPTIONS (path 'tables/exchanges');
CREATE OR REPLACE TEMPORARY VIEW dns USING parquet OPTIONS (path 'tables/dns');
CREATE OR REPLACE TEMPORARY VIEW objects USING parquet OPTIONS (path 'tables/objects');
