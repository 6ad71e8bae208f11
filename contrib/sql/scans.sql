-- Hosts that tried many services in vain. One that tries a few a day is in no finding of a single capture, and is found
-- here by the sum over all days.
WITH attempts AS (
    SELECT client, server, server_port, date
    FROM conversations
    WHERE protocol = 'tcp'
      AND outcome IN ('refused', 'no answer', 'unreachable', 'half open')
),
services AS (
    SELECT client, server, server_port, COUNT(*) AS tries
    FROM attempts
    GROUP BY client, server, server_port
),
days AS (
    SELECT client, COUNT(DISTINCT date) AS days, MIN(date) AS first_date, MAX(date) AS last_date
    FROM attempts
    GROUP BY client
)
SELECT services.client,
       COUNT(*) AS services,
       COUNT(DISTINCT services.server) AS servers,
       COUNT(DISTINCT services.server_port) AS ports,
       SUM(services.tries) AS tries,
       MAX(days.days) AS days,
       MIN(days.first_date) AS first_date,
       MAX(days.last_date) AS last_date
FROM services
JOIN days ON days.client = services.client
GROUP BY services.client
HAVING COUNT(*) >= 2
ORDER BY services DESC, services.client
LIMIT 50
