-- Servers to which passwords or other secrets are sent so that everybody on the path can read them.
SELECT server,
       server_port,
       MAX(server_name) AS server_name,
       application,
       COUNT(*) AS conversations,
       COUNT(DISTINCT client) AS clients,
       MAX(date) AS last_date
FROM conversations
WHERE credentials
GROUP BY server, server_port, application
ORDER BY conversations DESC, server, server_port, application
