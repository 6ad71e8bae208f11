-- The tables in the directory `tables` as views of DataFusion. Of a conversation or finding that was written in several
-- periods they have the last row.
CREATE EXTERNAL TABLE files_of_conversations STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/conversations/';
CREATE VIEW conversations AS
SELECT * EXCLUDE (age) REPLACE (CAST(date AS DATE) AS date) FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY date, sensor, capture_id, conversation ORDER BY packets DESC, is_final DESC) AS age
    FROM files_of_conversations
) AS aged WHERE age = 1;
CREATE EXTERNAL TABLE files_of_findings STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/findings/';
CREATE VIEW findings AS
SELECT * EXCLUDE (age) REPLACE (CAST(date AS DATE) AS date) FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY date, sensor, capture_id, conversation, kind, hosts ORDER BY is_final DESC, number DESC) AS age
    FROM files_of_findings
) AS aged WHERE is_final OR age = 1;
CREATE EXTERNAL TABLE files_of_exchanges STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/exchanges/';
CREATE VIEW exchanges AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_exchanges;
CREATE EXTERNAL TABLE files_of_dns STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/dns/';
CREATE VIEW dns AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_dns;
CREATE EXTERNAL TABLE files_of_objects STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/objects/';
CREATE VIEW objects AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_objects;
