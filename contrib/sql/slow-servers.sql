-- How long servers take until the first byte of an answer: percentiles by the nearest rank, in milliseconds.
WITH ranked AS (
    SELECT server,
           server_port,
           protocol,
           first_byte_ns,
           ROW_NUMBER() OVER (PARTITION BY server, server_port, protocol ORDER BY first_byte_ns) AS place,
           COUNT(*) OVER (PARTITION BY server, server_port, protocol) AS answers
    FROM exchanges
    WHERE first_byte_ns IS NOT NULL
)
SELECT server,
       server_port,
       protocol,
       MAX(answers) AS answers,
       MIN(CASE WHEN place >= 0.50 * answers THEN first_byte_ns END) / 1000000.0 AS p50_ms,
       MIN(CASE WHEN place >= 0.95 * answers THEN first_byte_ns END) / 1000000.0 AS p95_ms,
       MIN(CASE WHEN place >= 0.99 * answers THEN first_byte_ns END) / 1000000.0 AS p99_ms,
       MAX(first_byte_ns) / 1000000.0 AS max_ms
FROM ranked
GROUP BY server, server_port, protocol
ORDER BY p95_ms DESC, server, server_port, protocol
LIMIT 50
