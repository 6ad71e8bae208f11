-- Services that answered in the last seven days and not in the seven days before, or the other way round.
WITH last_date AS (
    SELECT MAX(date) AS date FROM conversations
),
services AS (
    SELECT conversations.server,
           conversations.server_port,
           conversations.protocol,
           MAX(conversations.application) AS application,
           SUM(CASE WHEN conversations.date > last_date.date - INTERVAL '7' DAY THEN 1 ELSE 0 END) AS this_week,
           SUM(CASE WHEN conversations.date > last_date.date - INTERVAL '7' DAY THEN 0 ELSE 1 END) AS week_before
    FROM conversations
    CROSS JOIN last_date
    WHERE conversations.date > last_date.date - INTERVAL '14' DAY
      AND conversations.server_packets > 0
      AND conversations.outcome NOT IN ('refused', 'no answer', 'unreachable')
    GROUP BY conversations.server, conversations.server_port, conversations.protocol
)
SELECT CASE WHEN week_before = 0 THEN 'appeared' ELSE 'vanished' END AS change,
       server,
       server_port,
       protocol,
       application,
       this_week + week_before AS conversations
FROM services
WHERE this_week = 0 OR week_before = 0
ORDER BY change, conversations DESC, server, server_port, protocol
