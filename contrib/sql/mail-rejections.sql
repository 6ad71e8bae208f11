-- Mails and recipients that a server refused, for good (5yz) or for now (4yz), with its reply.
SELECT server,
       code,
       answer,
       COUNT(*) AS rejections,
       COUNT(DISTINCT client) AS clients,
       MIN(date) AS first_date,
       MAX(date) AS last_date
FROM exchanges
WHERE protocol = 'smtp'
  AND purpose IN ('mail', 'greeting')
  AND code >= 400
GROUP BY server, code, answer
ORDER BY rejections DESC, server, code, answer
LIMIT 50
