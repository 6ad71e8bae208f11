-- The versions of TLS that servers chose, and how many servers and clients use each.
SELECT tls_version,
       COUNT(*) AS conversations,
       COUNT(DISTINCT server) AS servers,
       COUNT(DISTINCT client) AS clients,
       MAX(date) AS last_date
FROM conversations
WHERE tls_version IS NOT NULL
GROUP BY tls_version
ORDER BY tls_version
