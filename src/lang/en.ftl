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

count-acks =
    { $count ->
        [one] { $count } ACK
       *[other] { $count } ACKs
    }
count-retransmissions =
    { $count ->
        [one] { $count } retransmission
       *[other] { $count } retransmissions
    }

timestamps = timestamps

layer-data-link = data link
layer-network = network
layer-transport = transport
layer-session = session
layer-presentation = presentation
layer-application = application

duration-minutes = { $sign }{ $minutes } min { $seconds } s
duration-hours = { $sign }{ $hours } h { $minutes } min

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

## What a conversation was about: clauses beside the protocol's own summary

summary-asked = { $request } by { $by }
summary-announced = announced by { $by }
summary-evicted = a conversation that was evicted
summary-unused = no connection came to { $to }
summary-unused-and-more = no connection came to { $to } and { $more } more that were offered

## Where the name of an address comes from

name-from-dns = from a DNS answer
name-from-mdns = from an mDNS answer
name-from-llmnr = from an LLMNR answer
name-from-dhcp = from DHCP
name-from-sni = from the TLS SNI
name-from-sni-elsewhere = from the TLS SNI of another conversation
name-from-host = from the HTTP Host
name-from-host-elsewhere = from the HTTP Host of another conversation
name-from-file = from the capture file
name-looked-up = looked up

## The list of conversations

## The ladder: what stands at an arrow

ladder-no-flags = no flags
ladder-data = data
ladder-message-begins =
    begins: { $here } of { $all ->
        [one] { $all } segment
       *[other] { $all } segments
    }
ladder-message-goes-on =
    goes on: { $here } of { $all ->
        [one] { $all } segment
       *[other] { $all } segments
    }
ladder-message-ends =
    ends: { $here } of { $all ->
        [one] { $all } segment
       *[other] { $all } segments
    }
ladder-message-missing =
    { $count ->
        [one] { $count } byte missing
       *[other] { $count } bytes missing
    }
ladder-message-broken-off = broken off
ladder-over = over { $over }
ladder-keep-alives =
    { $count ->
        [one] { $count } keep-alive probe
       *[other] { $count } keep-alive probes
    }
ladder-answered = { $answered } answered
ladder-idle = idle
ladder-zero-window = zero window
ladder-window-probes =
    { $count ->
        [one] { $count } window probe
       *[other] { $count } window probes
    }
ladder-stalled = stalled
ladder-no-data = no data
ladder-out-of-order = { $count } out of order
ladder-gaps =
    { $count ->
        [one] { $count } gap
       *[other] { $count } gaps
    }
ladder-duplicate-acks =
    { $count ->
        [one] { $count } dup ACK
       *[other] { $count } dup ACKs
    }
ladder-captured-twice = { $count } captured twice
ladder-duplicate = captured twice
ladder-status-duplicate = duplicate
ladder-same-datagram = the same datagram
ladder-evicted =
    { $count ->
        [one] { $count } packet before this was evicted
       *[other] { $count } packets before this were evicted
    }
ladder-before = before
ladder-unread = could not be read again
ladder-not-captured = the handshake was not captured
ladder-seq-counts-from-here = seq counts from here

ladder-again = again
ladder-open = open
ladder-asks = asks
ladder-answers = answers
ladder-wrong-ack = wrong ack
ladder-closes = closes
ladder-closes-with-data = closes { $size }
ladder-closing = closing
ladder-closed = closed
ladder-half-closed = half closed
ladder-reset = reset
ladder-refused = refused

ladder-icmp-own = reported by { $reporter }, { $side } itself
ladder-icmp-router = reported by { $reporter }, a router on the way
ladder-icmp-quotes = it quotes a packet of this conversation
ladder-icmp-more = and { $count } more like it
ladder-window-opens = the { $from } takes data again: { $size } fit
ladder-syn-again = SYN again, { $after } later: no answer yet
ladder-syn-data = { $size } of data already
ladder-simultaneous = both sides asked at the same time: a simultaneous open
ladder-ports-reused = these ports were used before: { $conversation }
ladder-syn-ack-again = SYN ACK again: its ACK has not come
ladder-ack-of-unknown = ack { $ack }; the { $of }'s SYN was not captured
ladder-ack-of-isn = ack { $ack } = { $of } ISN { $isn } + 1 ✓
ladder-ack-of-isn-and-data = ack { $ack } = { $of } ISN { $isn } + 1 + { $beyond } B ✓
ladder-ack-not-of-isn = ack { $ack } ≠ { $of } ISN { $isn } + 1 ✗
ladder-seq-is-isn = seq { $seq } = { $of } ISN + 1 ✓
ladder-seq-is-isn-and-data = seq { $seq } = { $of } ISN + 1 + { $beyond } B ✓
ladder-open-after = open after { $there } + { $back } = { $rtt }
ladder-fin = seq { $seq }: the { $from } is done; the FIN counts as one byte
ladder-fin-again = FIN { $seq } again: its ACK has not come
ladder-ack-of-fin = ack { $ack } = { $of } FIN { $fin } + 1 ✓
ladder-half-closed-more = half closed: the { $from } sends { $size } more
ladder-nothing-listens = nothing listens on port { $port }, or a firewall rejects it
ladder-resets-too = the { $from } resets too
ladder-reset-after-close = both had closed already: this changes nothing
ladder-withdraws-syn = the client withdraws its own SYN
ladder-reset-before-data = the { $from } breaks off before any data
ladder-reset-after-data = the { $from } breaks off after { $client } from the client, { $server } from the server
ladder-fast-open-cookie = Fast Open cookie
ladder-asks-for-fast-open-cookie = asks for a Fast Open cookie

## The ladder: what both sides agreed on

agreed-not-captured = the handshake was not captured: what was agreed is not known
agreed = agreed: { $parts }
agreed-nothing = nothing
agreed-none = none
agreed-mss = MSS { $mss }
agreed-mss-none = no MSS
agreed-mss-of-each = MSS client { $client }, server { $server }
agreed-window-scale = window scale { $shift }
agreed-window-scale-of-each = window scale { $client }/{ $server }
agreed-window-scale-not-in-syn-ack = window scale off: the SYN ACK lacks it
agreed-window-scale-not-in-syn = window scale off: the SYN lacks it
agreed-window-scale-off = window scale off
agreed-off = { $option } off
agreed-off-one-side = { $option } off: only one side offers it
offered-by-client = offered by the client: { $parts } (no SYN ACK)
offered-by-server = offered by the server: { $parts } (the SYN was not captured)
captured-near = captured near the { $near } ({ $to_far } to the { $far }, { $to_near } to the { $near })

## The ladder: a row explained. Sentences, one after the other

explain-run = #{ $first } to #{ $last }.
explain-run-fold = Left folds it.
explain-run-unfold = Enter unfolds it.
explain-run-idle = The connection is idle: the { $from } sends keep-alives, which repeat a byte that was acknowledged before, to check that the other side is still there; over { $over }.
explain-run-stalled = The receiver's buffer is full: its window is 0 and nothing may be sent. The other side keeps asking whether that is still so; it went on for { $over }.
explain-run-acks =
    { $acks ->
        [one] { $acks } acknowledgment without data within { $over }.
       *[other] { $acks } acknowledgments without data within { $over }.
    }
explain-run-data =
    The { $from } sends { $size } in { $segments ->
        [one] { $segments } segment
       *[other] { $segments } segments
    } within { $over }.
explain-run-data-and-acks =
    The { $from } sends { $size } in { $segments ->
        [one] { $segments } segment
       *[other] { $segments } segments
    } within { $over }; { $acks ->
        [one] { $acks } ACK
       *[other] { $acks } ACKs
    } without data in between.
explain-run-begins-with = It begins with: { $info }.
explain-run-out-of-order =
    { $count ->
        [one] { $count } segment out of order
       *[other] { $count } segments out of order
    }
explain-run-gaps =
    { $count ->
        [one] previous segment not captured { $count } time
       *[other] previous segment not captured { $count } times
    }
explain-run-duplicate-acks =
    { $count ->
        [one] { $count } duplicate ACK
       *[other] { $count } duplicate ACKs
    }
explain-says = This says: { $info }.
explain-message-begins =
    It begins a message of { $size } in { $segments ->
        [one] { $segments } segment
       *[other] { $segments } segments
    } that #{ $packet } completes: { $info }.
explain-message-goes-on =
    It is part of a message of { $size } in { $segments ->
        [one] { $segments } segment
       *[other] { $segments } segments
    } that #{ $packet } completes: { $info }.
explain-message-ends =
    It is the end of a message of { $size } in { $segments ->
        [one] { $segments } segment
       *[other] { $segments } segments
    }: { $info }.
explain-message-missing =
    The capture lacks { $count ->
        [one] { $count } byte
       *[other] { $count } bytes
    } of it.
explain-message-broken-off = It was broken off: more was to come.

explain-not-captured = The capture began when this connection was already open. Its SYNs are missing, so the initial sequence numbers, the window scale and the other options are not known; relative numbers count from the first packet that was captured, and who is the client is a guess from the ports.
explain-evicted =
    { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    } of this conversation came before and were evicted, as --keep demands. Its state still follows from all of its packets; only the packets below can be examined.
explain-duplicate = #{ $packet } is an earlier packet captured a second time, as a mirror port or several interfaces do it: it is not a retransmission.
explain-unread = #{ $packet } belongs to this conversation, but its bytes could not be read from the capture again.

explain-datagram = The { $from } { $address } sends a datagram of { $size }.
explain-datagram-says = It says: { $info }.
explain-datagram-udp = UDP has no handshake and no acknowledgment: only an answer shows that it arrived.

explain-syn = The { $from } { $address } asks to open a connection to port { $port }. Its first sequence number (ISN) is { $isn }; the SYN itself counts as one byte, so a correct answer acknowledges { $next }.
explain-syn-data = It carries { $size } of data already (TCP Fast Open).
explain-syn-again = The { $from } { $address } has had no answer and asks again with the same ISN { $isn }. It doubles the wait each time before it gives up.
explain-syn-again-after = The { $from } { $address } has had no answer after { $after } and asks again with the same ISN { $isn }. It doubles the wait each time before it gives up.
explain-syn-simultaneous = The { $from } { $address } asks to open the connection too, before it has seen the other SYN: a simultaneous open. Its ISN is { $isn }; each side now answers the other's SYN.
explain-syn-ack = The { $from } { $address } agrees and opens its own direction: its ISN is { $isn }.
explain-syn-ack-of-isn = It acknowledges { $ack }, the { $to }'s ISN + 1, so it answers that SYN.
explain-syn-ack-of-unknown = It acknowledges { $ack }; the SYN was not captured.
explain-since-syn = { $took } passed since the SYN.
explain-syn-ack-again = The { $from } { $address } sends its SYN ACK again with the same ISN { $isn }: the ACK that ends the handshake has not reached it.
explain-syn-ack-simultaneous = The { $from } { $address } repeats its SYN with the same ISN { $isn }, and answers the { $to }'s SYN: it acknowledges { $ack }.
explain-wrong-answer = The { $from } { $address } acknowledges { $ack }, but the { $to }'s ISN + 1 is { $expected }: this answers another connection. The { $to } will reset it or wait for the right answer.
explain-handshake-ack = The { $from } { $address } acknowledges { $ack }.
explain-handshake-ack-of-isn = The { $from } { $address } acknowledges { $ack }, the { $to }'s ISN + 1.
explain-open = Each side now knows that the other receives what it sends: the connection is open.
explain-open-after = Each side now knows that the other receives what it sends: the connection is open, { $rtt } after the SYN.

explain-data = The { $from } { $address } sends { $size }, bytes { $first } to { $last } of its stream; who has them all acknowledges { $next }.
explain-data-acks = It also acknowledges the { $to }'s bytes before { $acked }.

explain-zero-window = The { $from } { $address } has everything before { $acked }, but its buffer is full: a window of 0 says that nothing may be sent until it says otherwise.
explain-window-probe = A window probe: the { $from } { $address } asks whether the { $to }'s window is still 0, so that an answer that was lost does not stop the connection for ever.
explain-window-probe-of = A window probe: the { $from } { $address } asks whether the { $to }'s window is still 0 (#{ $closed } closed it), so that an answer that was lost does not stop the connection for ever.
explain-window-probe-keep-alive = Like a keep-alive it carries no new byte.
explain-window-probe-ack = The { $from } { $address } answers the window probe: its window is still 0.
explain-window-probe-ack-of = The { $from } { $address } answers the window probe #{ $probe }: its window is still 0.
explain-has-everything = It has everything before { $acked }.
explain-window-opens = The { $from } { $address } has room again: its window is { $window }, so the { $to } goes on from { $acked }.
explain-window-opens-after = The { $from } { $address } has room again, { $after } after #{ $closed } closed it: its window is { $window }, so the { $to } goes on from { $acked }.

explain-keep-alive = A keep-alive: the { $from } { $address } repeats an old sequence number ({ $seq }) just to be answered, so as to know that the { $to } is still there.
explain-keep-alive-ack = The { $from } { $address } answers the keep-alive: it is still there and still waits for { $acked }.
explain-duplicate-ack = A duplicate ACK: the { $from } { $address } still waits for { $acked }.
explain-duplicate-ack-of = A duplicate ACK, number { $number } after #{ $first }: the { $from } { $address } still waits for { $acked }.
explain-duplicate-ack-means = Something has come that does not follow, or had come before; three of these tell the { $to } to send { $acked } again at once.
explain-duplicate-ack-sack = SACK blocks say that it has { $size } behind that.
explain-ack = The { $from } { $address } has the { $to }'s bytes before { $acked } and waits for { $acked }; there is room for { $window }.

explain-fin = The { $from } { $address } has nothing more to send. The FIN has sequence number { $seq } and counts as one byte, so { $next } acknowledges it. The other direction stays open until the { $to } sends a FIN too.
explain-fin-again = It said so before, but no answer came.
explain-fin-acks-fin = It also acknowledges the { $to }'s FIN.
explain-fin-ack = The { $from } { $address } acknowledges the { $to }'s FIN, which counts as one byte: { $acked } is one more than its sequence number.
explain-half-closed = The connection is half closed: the { $from } may still send, and sends { $more } more.

explain-refused = The { $from } { $address } refuses: nothing listens on its port { $port }, or a firewall answers in its place. The attempt is over.
explain-reset = The { $from } { $address } breaks the connection off at once: what was not delivered yet is thrown away, and the { $to } must not answer.

explain-icmp = #{ $packet } { $icmp } type { $kind }, code { $code }.
explain-icmp-of-server = The server { $reporter } itself reports "{ $what }" and quotes a packet of this conversation, which is how it is known to belong here.
explain-icmp-of-client = The client { $reporter } itself reports "{ $what }" and quotes a packet of this conversation, which is how it is known to belong here.
explain-icmp-of-router = { $reporter }, which stands on the way, reports "{ $what }" and quotes a packet of this conversation, which is how it is known to belong here.
explain-icmp-first-of = It is the first of { $count } such reports.

## The ladder: what the TCP analysis says of a segment. Sentences

explain-retransmission = A retransmission: these bytes, or the acknowledgment of them, were lost or late.
explain-retransmission-after = A retransmission, { $after } after #{ $packet }: these bytes, or the acknowledgment of them, were lost or late.
explain-fast-retransmission = A fast retransmission: duplicate ACKs of the { $to } ask for these bytes.
explain-spurious-retransmission = A spurious retransmission: the { $to } had acknowledged these bytes before.
explain-out-of-order = Out of order: what follows it came less than a round trip before, too soon for a retransmission.
explain-out-of-order-copy = Out of order: what follows it came less than a round trip before. It is a second copy: its bytes were captured before.
explain-lost-segment = Previous segment not captured: { $size } before it in the stream have not come.
explain-ack-lost-segment = It acknowledges an unseen segment: bytes of the { $to } that were not captured.
explain-window-update = A window update: only the window is new.
explain-window-full = Window full: the { $to } has room for no more until it acknowledges.
explain-fills = It fills { $size } of the gap before #{ $packet }.
explain-fills-lost = It fills { $size } of the gap before #{ $packet }: the first copy was lost before the place of capture.

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
