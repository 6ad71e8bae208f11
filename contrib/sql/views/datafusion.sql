-- The tables in the directory `tables` as views of DataFusion.
CREATE EXTERNAL TABLE files_of_conversations STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/conversations/';
CREATE VIEW conversations AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_conversations;
CREATE EXTERNAL TABLE files_of_exchanges STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/exchanges/';
CREATE VIEW exchanges AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_exchanges;
CREATE EXTERNAL TABLE files_of_findings STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/findings/';
CREATE VIEW findings AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_findings;
CREATE EXTERNAL TABLE files_of_dns STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/dns/';
CREATE VIEW dns AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_dns;
CREATE EXTERNAL TABLE files_of_objects STORED AS PARQUET PARTITIONED BY (date, sensor) LOCATION 'tables/objects/';
CREATE VIEW objects AS SELECT * REPLACE (CAST(date AS DATE) AS date) FROM files_of_objects;
