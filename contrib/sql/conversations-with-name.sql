-- All conversations with a host whose name is like this one, as the client asked for it or DNS gave it.
WITH wanted AS (
    SELECT '%example%' AS pattern
)
SELECT conversations.date,
       conversations.sensor,
       conversations.conversation,
       conversations.client,
       conversations.server,
       conversations.server_port,
       conversations.server_name,
       conversations.application,
       conversations.outcome,
       conversations.summary
FROM conversations
CROSS JOIN wanted
WHERE conversations.server_name LIKE wanted.pattern
   OR conversations.client_name LIKE wanted.pattern
ORDER BY conversations.date, conversations.sensor, conversations.capture_id, conversations.first_packet
