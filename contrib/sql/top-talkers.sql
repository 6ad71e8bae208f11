-- The addresses that sent and received most in the last 30 days of the tables.
WITH recent AS (
    SELECT client, server, client_bytes, server_bytes
    FROM conversations
    WHERE date > (SELECT MAX(date) FROM conversations) - INTERVAL '30' DAY
),
sides AS (
    SELECT client AS host, client_bytes AS sent, server_bytes AS received FROM recent
    UNION ALL
    SELECT server AS host, server_bytes AS sent, client_bytes AS received FROM recent
)
SELECT host,
       COUNT(*) AS conversations,
       SUM(sent) AS bytes_sent,
       SUM(received) AS bytes_received
FROM sides
GROUP BY host
ORDER BY SUM(sent) + SUM(received) DESC, host
LIMIT 20
