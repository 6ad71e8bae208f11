-- Services that refuse connections, cannot be reached, or do not answer, with the number of clients that tried.
SELECT server,
       server_port,
       outcome,
       COUNT(*) AS attempts,
       COUNT(DISTINCT client) AS clients,
       MIN(date) AS first_date,
       MAX(date) AS last_date
FROM conversations
WHERE protocol = 'tcp'
  AND outcome IN ('refused', 'no answer', 'unreachable')
GROUP BY server, server_port, outcome
ORDER BY attempts DESC, server, server_port, outcome
LIMIT 50
