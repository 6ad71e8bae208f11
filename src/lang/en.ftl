### The texts of the program in English. https://projectfluent.org/fluent/guide/ describes the syntax.
###
### A text is one line, however long; `{ $name }` is a variable. A count chooses between singular and plural. What is
### wanted at the beginning or the end of a text as a blank is written `{" "}`.

## Words that other texts put in

client = client
server = server

count-packets =
    { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    }
count-segments =
    { $count ->
        [one] { $count } segment
       *[other] { $count } segments
    }
count-bytes =
    { $count ->
        [one] { $count } byte
       *[other] { $count } bytes
    }
count-conversations =
    { $count ->
        [one] { $count } conversation
       *[other] { $count } conversations
    }
count-datagrams =
    { $count ->
        [one] { $count } datagram
       *[other] { $count } datagrams
    }
count-syns =
    { $count ->
        [one] { $count } SYN
       *[other] { $count } SYNs
    }

## What became of a conversation: its state in at most 16 columns

state-closed = closed
state-closed-by-server = closed by server
state-client-closed = client closed
state-server-closed = server closed
state-reset-by-client = reset by client
state-reset-by-server = reset by server
state-given-up = given up
state-refused = refused
state-no-answer = no answer
state-unreachable = unreachable
state-wrong-answer = wrong answer
state-half-open = half open
state-open = open
state-ongoing = ongoing
state-exchange = exchange
state-one-way = one way

## What became of a conversation: the verdict

verdict-clauses = { $first }; { $second }
verdict-unreachable = unreachable: { $report }
verdict-half-closed-acknowledged = the { $by } closed its half after { $lasted }; the { $other } acknowledged its FIN but never sent its own
verdict-half-closed-not-acknowledged = the { $by } closed its half after { $lasted }; the { $other } never acknowledged its FIN
verdict-given-up = the client reset its own attempt after { $lasted } without an answer
verdict-refused = refused: { $server } answered the SYN with RST; nothing listens on port { $port }, or a firewall rejects it
verdict-wrong-answer = the SYN-ACK (packet { $packet }) acknowledges { $ack }, but the client's ISN + 1 is { $expected }: the answer to another connection
verdict-half-open = half open: { $server } answered, but the client never acknowledged it (or that was not captured)
verdict-open = open, { $lasted } so far
verdict-open-at-the-end = still open at the end of the capture, after { $lasted }
verdict-ongoing = began before the capture; { $lasted } of it so far
verdict-ongoing-at-the-end = began before the capture and goes on after it; { $lasted } of it were captured
verdict-exchange = { $asked } asked and { $answered } answered, { $lasted } in all
verdict-one-way = { $asked } from { $client } and none back
verdict-closed = closed normally, by the { $by } first, after { $lasted }
verdict-closed-rst = the { $by } sent RST afterwards (packet { $packet })
verdict-closed-half = the { $by } sent { $more } B more before it closed too, { $later } later
verdict-reset-before-data = reset by the { $by } before any data (packet { $packet }), { $lasted } in
verdict-reset = reset by the { $by } after { $client } B from the client and { $server } B from the server (packet { $packet }), { $lasted } in
verdict-no-answer-once = no answer: { $syns } to { $server } and { $came_back }
verdict-no-answer = no answer: { $syns } over { $lasted } to { $server } and { $came_back }
verdict-nothing-came-back = nothing came back; dropped on the way, or the host is down
verdict-no-answer-came-back = nothing came back that answers
verdict-icmp = { $reporter } reports "{ $what }" ({ $icmp } { $kind }/{ $code }, packet { $packet })
verdict-simultaneous = both sides opened it at the same time
verdict-syns = { $syns } were needed to open it
verdict-captured-twice =
    { $count ->
        [one] a packet was captured twice
       *[other] { $count } packets were captured twice
    }
verdict-no-beginning = its beginning was not captured
verdict-one-direction = only one direction was captured

## The list of conversations

## The ladder: what stands at an arrow

## The ladder: a packet explained

## Capture files, and reading them

## Live capture

## Privileges and the sandbox

## Saving packets, files and streams

## The command line: help

## The command line: messages and errors

## The screen: keys

## The screen: prompts and messages

## The screen: conversations and packets

## The screen: one packet

## The screen: the content of a conversation
