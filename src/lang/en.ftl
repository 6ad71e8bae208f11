### The texts of the program in English. https://projectfluent.org/fluent/guide/ describes the syntax.
###
### A text is one line, however long; `{ $name }` is a variable. A text with a count has a line for the singular and one
### for the plural. What is wanted at the beginning or the end of a text as a blank is written `{" "}`. CONTRIBUTING.md
### says what the beginnings of names mean.

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
count-files =
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
count-rows =
    { $count ->
        [one] { $count } row
       *[other] { $count } rows
    }
count-comments =
    { $count ->
        [one] { $count } comment
       *[other] { $count } comments
    }
list-end = { $first } and { $last }

count-acks =
    { $count ->
        [one] { $count } ACK
       *[other] { $count } ACKs
    }
count-icmp-errors =
    { $count ->
        [one] { $count } ICMP error
       *[other] { $count } ICMP errors
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
tcp-ip-link = link
tcp-ip-internet = internet
tcp-ip-transport = transport
tcp-ip-application = application

duration-seconds = { $sign }{ $seconds } s
unknown-time = an unknown time
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
state-opening = opening

## What became of a conversation: the verdict

verdict-clauses = { $first }; { $second }
verdict-unreachable = unreachable: { $report }
verdict-quoted-only = no packet of it was captured, only what ICMP errors quote
verdict-half-closed = the { $by } closed its half after { $lasted }
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
verdict-exchange = { $asked } from the client and { $answered } back, { $lasted } in all
verdict-one-way = { $asked } from { $client } and none back
verdict-closed = closed normally, by the { $by } first, after { $lasted }
verdict-closed-rst = the { $by } sent RST afterwards (packet { $packet })
verdict-closed-half = the { $by } sent { $more } more before it closed too, { $later } later
verdict-reset-before-data = reset by the { $by } before any data (packet { $packet }), { $lasted } in
verdict-reset = reset by the { $by } after { $client } from the client and { $server } from the server (packet { $packet }), { $lasted } in
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
verdict-no-answer-yet = no answer yet
verdict-not-acknowledged-yet = answered, not acknowledged yet

## What a conversation was about: clauses beside the protocol's own summary

summary-then = { $first }, then { $next }
summary-text = text: { $lines }
summary-prefixed = binary messages with their length ({ $size } bytes) before them
summary-prefixed-little-endian = binary messages with their length ({ $size } bytes, little endian) before them
summary-encrypted = encrypted or compressed data
summary-binary = binary data in no known protocol
summary-asked = { $request } by { $by }
summary-announced = announced by { $by }
summary-evicted = a conversation that was evicted
summary-unused = no connection was made to { $to }
summary-unused-and-more =
    { $more ->
        [one] no connection was made to { $to }, nor to { $more } other that was announced
       *[other] no connection was made to { $to }, nor to { $more } others that were announced
    }

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

column-number = #
column-client = Client
column-server = Server
column-application = App
column-handshake = Handshake
column-state = State
column-packets = Pkts
column-to-server = → Bytes
column-to-client = ← Bytes
column-byte-rate = Bytes/s
column-packet-rate = Pkts/s
column-lost = Lost
column-loss = Loss
column-reordered = Late
column-round-trip = RTT
column-idle = Idle
column-start = Start
column-duration = Duration
column-id = Id
column-verdict = Verdict
column-summary = Summary
column-summary-or-verdict = Summary or verdict
columns-unknown = "{ $name }" is neither a field nor one of these columns: { $names }
columns-too-many = there are too many columns: at most { $most }
columns-title-packets = Columns of the packets
columns-title-conversations = Columns of the conversations
columns-hint = { KEY("column-show") } shows  { KEY("column-down") } { KEY("column-up") } moves  { KEY("column-narrower") } { KEY("column-wider") } width  { KEY("column-add") } adds  { KEY("column-edit") } edits  { KEY("column-remove") } removes
columns-hint-short = { KEY("column-show") } shows  { KEY("column-down") } { KEY("column-up") } moves  { KEY("column-add") } adds
columns-last = One column must be shown.

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
ladder-stalled-for = stalled { $pause }
ladder-longest-pause = longest pause { $pause }
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
ladder-congestion-marks = { $count } CE
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
ladder-window-opens = the { $from } can receive again: window { $size }
ladder-syn-again = SYN again, { $after } later: no answer yet
ladder-syn-data = { $size } of data already
ladder-simultaneous = both sides asked at the same time: a simultaneous open
ladder-ports-reused = these ports were used before: { $conversation }
ladder-syn-ack-again = SYN-ACK again: its ACK has not come
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
agreed-window-scale-not-in-syn-ack = window scale off: the SYN-ACK lacks it
agreed-window-scale-not-in-syn = window scale off: the SYN lacks it
agreed-window-scale-off = window scale off
agreed-off = { $option } off
agreed-off-one-side = { $option } off: only one side offers it
offered-by-client = offered by the client: { $parts } (no SYN-ACK)
offered-by-server = offered by the server: { $parts } (the SYN was not captured)
captured-near = captured near the { $near } ({ $to_far } to the { $far }, { $to_near } to the { $near })

## The ladder: a row explained. Sentences, one after the other

explain-run = #{ $first } to #{ $last }.
explain-run-fold = Left folds it.
explain-run-unfold = Enter unfolds it.
explain-run-idle = The connection is idle: the { $from } sends keep-alives without data, whose sequence number is one that was acknowledged before, to check that the other side is still there; over { $over }.
explain-run-idle-byte = The connection is idle: the { $from } sends keep-alives, which repeat a byte that was acknowledged before, to check that the other side is still there; over { $over }.
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
explain-run-icmp =
    { $errors ->
        [one] { $errors } ICMP error about this conversation.
       *[other] { $errors } ICMP errors about this conversation, within { $over }.
    }
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
explain-run-congestion-marks =
    { $count ->
        [one] { $count } packet marked CE by a congested router
       *[other] { $count } packets marked CE by a congested router
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
    } of this conversation came before and were evicted, as --keep or --memory demands. Its state still follows from all of its packets; only the packets below can be examined.
explain-duplicate = #{ $packet } is an earlier packet captured a second time, as a mirror port or several interfaces do it: it is not a retransmission.
explain-unread = #{ $packet } belongs to this conversation, but its bytes could not be read from the capture again.

explain-datagram = The { $from } { $address } sends a datagram of { $size }.
explain-datagram-says = It says: { $info }.
explain-datagram-udp = UDP has no handshake and no acknowledgment: only an answer shows that it arrived.

explain-syn = The { $from } { $address } asks to open a connection to port { $port }. Its first sequence number (ISN) is { $isn }; the SYN itself counts as one byte, so a correct answer acknowledges { $next }.
explain-syn-data = It carries { $size } of data already (TCP Fast Open); an answer to all of it acknowledges { $next }.
explain-syn-and-end = SYN together with FIN or RST makes no sense: programs that scan ports send such segments.
explain-syn-again = The { $from } { $address } has had no answer and sends its SYN again with the same ISN { $isn }.
explain-syn-again-after = The { $from } { $address } has had no answer { $after } after its SYN #{ $packet } and sends it again with the same ISN { $isn }. Most systems double the wait each time before they give up.
explain-syn-again-despite = The { $from } { $address } sends its SYN again, { $after } after #{ $packet } and with the same ISN { $isn }: the answer #{ $answer } has not reached it, or not in time.
explain-syn-simultaneous = The { $from } { $address } asks to open the connection too, before it has seen the other SYN: a simultaneous open. Its ISN is { $isn }; each side now answers the other's SYN.
explain-ports-reused = Its addresses and ports were used before, by { $conversation }.
explain-syn-ack = The { $from } { $address } agrees and opens its own direction: its ISN is { $isn }.
explain-syn-ack-simultaneous = The { $from } { $address } answers the { $to }'s SYN, as a simultaneous open requires. Its own SYN #{ $packet } is part of this answer, with the same ISN { $isn }, which is why Wireshark calls it a retransmission; the answer itself is new.
explain-syn-ack-of-isn = It acknowledges { $ack }, the { $to }'s ISN + 1, so it answers that SYN.
explain-syn-ack-of-isn-and-data = It acknowledges { $ack }: the { $to }'s ISN + 1 + { $bytes } bytes, which the SYN carried. The SYN and all of its data have arrived (TCP Fast Open).
explain-syn-ack-of-part = It acknowledges { $ack }: the { $to }'s ISN + 1 + { $bytes } of the { $data } that the SYN carried. The { $to } has to send the rest again.
explain-syn-ack-without-data = It acknowledges { $ack }, the { $to }'s ISN + 1: the SYN, but not its { $data } of data, which the { $to } has to send again.
explain-syn-ack-of-unknown = It acknowledges { $ack }; the SYN was not captured.
explain-since-syn = { $took } passed since the SYN.
explain-syn-ack-again = The { $from } { $address } sends its SYN-ACK again with the same ISN { $isn }: the ACK that ends the handshake has not reached it.
explain-syn-ack-again-after = The { $from } { $address } sends its SYN-ACK again, { $after } after #{ $packet } and with the same ISN { $isn }: the ACK that ends the handshake has not reached it.
explain-wrong-answer = The { $from } { $address } acknowledges { $ack }, but the { $to }'s ISN + 1 is { $expected }: this answers another connection. The { $to } will reset it or wait for the right answer.
explain-wrong-answer-to-unknown = The { $from } { $address } acknowledges { $ack }, which is not the { $to }'s ISN + 1: this answers another connection. The { $to } will reset it or wait for the right answer.
explain-handshake-ack = The { $from } { $address } acknowledges { $ack }.
explain-handshake-ack-of-isn = The { $from } { $address } acknowledges { $ack }, the { $to }'s ISN + 1.
explain-handshake-ack-of-data = The { $from } { $address } acknowledges { $ack }: the { $to }'s ISN + 1 + { $bytes } bytes of its data.
explain-open = Each side now knows that the other receives what it sends: the connection is open.
explain-open-after = Each side now knows that the other receives what it sends: the connection is open, { $rtt } after the SYN.

explain-data = The { $from } { $address } sends { $size }, bytes { $first } to { $last } of its stream; acknowledging them all takes ack { $next }.
explain-data-byte = The { $from } { $address } sends one byte, number { $first } of its stream; acknowledging it takes ack { $next }.
explain-data-acks = It also acknowledges the { $to }'s bytes before { $acked }.
explain-data-zero-window = Its own window is 0: the { $to } may send nothing until that changes.

explain-zero-window = The { $from } { $address } has everything before { $acked }, but its buffer is full: a window of 0 says that nothing may be sent until it says otherwise.
explain-window-probe = A window probe: the { $from } { $address } asks whether the { $to }'s window is still 0, so that an answer that was lost does not stop the connection for ever.
explain-window-probe-of = A window probe: the { $from } { $address } asks whether the { $to }'s window is still 0 (#{ $closed } closed it), so that an answer that was lost does not stop the connection for ever.
explain-window-probe-keep-alive = Like a keep-alive it carries no new byte.
explain-window-probe-byte = It carries the next byte, number { $seq }, which the other side takes as soon as it has room.
explain-window-probe-ack = The { $from } { $address } answers the window probe: its window is still 0.
explain-window-probe-ack-of = The { $from } { $address } answers the window probe #{ $probe }: its window is still 0.
explain-has-everything = It has everything before { $acked }.
explain-window-opens = The { $from } { $address } has room again: its window is { $window }, so the { $to } goes on from { $acked }.
explain-window-opens-after = The { $from } { $address } has room again, { $after } after #{ $closed } closed it: its window is { $window }, so the { $to } goes on from { $acked }.

explain-keep-alive = A keep-alive: the { $from } { $address } sends no data, under the sequence number { $seq }, which was acknowledged before; the next would be { $next }. A { $to } that is still there must answer such an old number with an acknowledgment.
explain-keep-alive-byte = A keep-alive: the { $from } { $address } repeats byte { $seq }, which was acknowledged before, just to be answered, so as to know that the { $to } is still there.
explain-keep-alive-ack = The { $from } { $address } answers the keep-alive: it is still there and still waits for { $acked }.
explain-duplicate-ack = A duplicate ACK: the { $from } { $address } still waits for { $acked }.
explain-duplicate-ack-of = A duplicate ACK, number { $number } after #{ $first }: the { $from } { $address } still waits for { $acked }.
explain-duplicate-ack-means = It received a segment out of order, or one it already had; three duplicate ACKs make the { $to } retransmit from { $acked } at once.
explain-duplicate-ack-sack = SACK blocks say that it has { $size } after that.
explain-ack = The { $from } { $address } has the { $to }'s bytes before { $acked } and waits for { $acked }; there is room for { $window }.
explain-ack-unscaled = The { $from } { $address } has the { $to }'s bytes before { $acked } and waits for { $acked }.
explain-window-unknown = { $value }, times a scale that is not known
explain-no-flags = The { $from } { $address } sends a segment without ACK, which only a SYN or RST may lack: its receiver drops it.

explain-fin = The { $from } { $address } has nothing more to send. The FIN has sequence number { $seq } and counts as one byte, so { $next } acknowledges it.
explain-fin-first = The other direction stays open until the { $to } sends a FIN too.
explain-fin-first-until = The other direction stays open until the { $to } sends a FIN too, which is #{ $fin }.
explain-fin-second = The { $to } closed its direction before, with #{ $fin }: once this FIN is acknowledged, the connection is over.
explain-fin-crossing = The { $to }'s FIN #{ $fin } came before, but is not acknowledged yet: both sides close at about the same time, and each has to acknowledge the other's FIN.
explain-fin-again = It was sent before, in #{ $first }: no acknowledgment has come in the { $after } since then.
explain-fin-acks-fin = It acknowledges the { $to }'s FIN #{ $fin }, which counts as one byte: { $acked } is one more than its sequence number.
explain-fin-acks-unseen-fin = It acknowledges the { $to }'s FIN with { $acked }.
explain-fin-ack = The { $from } { $address } knows that no more data will come.
explain-half-closed = The connection is half closed: the { $from } may still send, and the { $to } still receives.
explain-half-closed-more = The connection is half closed: the { $from } may still send, and sends { $more } more.
explain-closing = The { $from }'s own FIN #{ $fin } is not acknowledged yet.
explain-closed = Both FINs are acknowledged now: the connection is over.

explain-refused = The { $from } { $address } refuses: nothing listens on its port { $port }, or a firewall answers in its place. The attempt is over.
explain-reset = The { $from } { $address } breaks the connection off at once: what was not delivered yet is thrown away, and the { $to } must not answer.
explain-reset-of-syn = It acknowledges { $ack }, the { $to }'s ISN + 1, so the { $to } believes that it answers its SYN; its own sequence number, { $seq } on the wire, does not count.
explain-reset-expected = Its sequence number { $seq } is exactly what the { $to } expects, as #{ $packet } says: such a reset is believed.
explain-reset-not-expected = Its sequence number is { $seq }, while the { $to } expected { $expected }, as #{ $packet } says: a careful receiver asks back before it believes such a reset.
explain-reset-of-nothing = The { $from } { $address } sends a RST that acknowledges { $ack }, which is nothing that the { $to } has sent: a { $to } that waits for the answer to its SYN ignores it.
explain-reset-without-ack = The { $from } { $address } sends a RST without ACK: a { $to } that waits for the answer to its SYN ignores it.
explain-reset-number = Its sequence number is { $seq } on the wire; a reset outside of its receiver's window does not count.

explain-icmp = #{ $packet } { $icmp } type { $kind }, code { $code }.
explain-icmp-of-server = The server { $reporter } itself reports "{ $what }" and quotes a packet of this conversation, which is how it is known to belong here.
explain-icmp-of-client = The client { $reporter } itself reports "{ $what }" and quotes a packet of this conversation, which is how it is known to belong here.
explain-icmp-of-router = { $reporter }, which stands on the way, reports "{ $what }" and quotes a packet of this conversation, which is how it is known to belong here.
explain-icmp-later = #{ $packet } is another ICMP error about this conversation: { $info }. #{ $first } was the first.
explain-icmp-another = #{ $packet } is another ICMP error about this conversation; #{ $first } was the first.
explain-icmp-first-of = It is the first of { $count } such reports.

## The ladder: what the TCP analysis says of a segment. Sentences

explain-retransmission = A retransmission: the { $from } had sent these bytes, or later ones, before. They, or the acknowledgment of them, were lost or late.
explain-repeats = It repeats #{ $packet }, sent { $ago } before.
explain-repeats-part = It repeats bytes { $first } to { $last }, which #{ $packet } had sent { $ago } before.
explain-syn-data-again = The { $to } did not take the data of the SYN, so the { $from } sends it again; nothing was lost.
explain-fast-retransmission = A fast retransmission: duplicate ACKs of the { $to } ask for these bytes.
explain-fast-retransmission-of = A fast retransmission: duplicate ACKs of the { $to } ask for these bytes, the last time in #{ $packet }.
explain-spurious-retransmission = A spurious retransmission: the { $to } had acknowledged these bytes before.
explain-spurious-retransmission-of = A spurious retransmission: the { $to } had acknowledged these bytes before, as late as in #{ $packet }.
explain-out-of-order = Out of order: a later segment arrived less than one round trip earlier, too soon for this to be a retransmission.
explain-out-of-order-after = Out of order: #{ $packet }, further on in the stream, came { $ago } before, less than a round trip: too soon for this to be a retransmission.
explain-out-of-order-copy = Out of order: a later segment arrived less than one round trip earlier. It is a second copy: its bytes were captured before.
explain-out-of-order-copy-of = Out of order: #{ $packet }, further on in the stream, came { $ago } before, less than a round trip. It is a second copy: its bytes were captured before.
explain-lost-segment = Previous segment not captured: { $size } before it in the stream, bytes { $first } to { $last }, have not come.
explain-ack-lost-segment = It acknowledges an unseen segment: bytes of the { $to } that were not captured.
explain-window-update = A window update: only the window is new.
explain-window-full = Window full: the { $to } has room for no more until it acknowledges.
explain-window-full-sum = Window full: #{ $packet } acknowledged { $acked } and allowed { $window } bytes from there, up to { $sum }. The { $to } has room for no more until it acknowledges.
explain-fills = It fills { $size } of the gap before #{ $packet }.
explain-fills-lost = It fills { $size } of the gap before #{ $packet }: the first copy was lost before the place of capture.

## Congestion: ECN. Sentences

explain-ce = A congested router marked this packet (CE, congestion experienced) instead of dropping it. The { $to } has to report that with ECE.
explain-ce-not-agreed = The packet is marked CE (congestion experienced), although the SYNs did not agree on ECN: the { $from } will not learn of it.
explain-ip-ce = ECN bits CE, congestion experienced: a router on the way was congested, and marked this packet instead of dropping it. Its receiver reports that to the sender, which then slows down.
explain-ect = ECN bits { $mark }: its sender can deal with marks, so a congested router may mark this packet instead of dropping it.
explain-ecn-offer = ECE and CWR in a SYN offer ECN: routers may then mark packets instead of dropping them.
explain-ecn-offer-accurate = AE, CWR and ECE in a SYN offer Accurate ECN, which counts the marks of routers.
explain-ecn-offer-wrong = These ECN flags in a SYN are no valid offer: ECN takes ECE and CWR together.
explain-ecn-accepted = ECE without CWR in a SYN-ACK accepts the ECN that the { $to } offered: routers may now mark packets instead of dropping them.
explain-ecn-accepted-accurate = Its ECN flags accept the Accurate ECN that the { $to } offered, and say how its SYN arrived.
explain-ecn-declined = The { $to } offered ECN; without ECE this answer declines it.
explain-ecn-answer-to-none = Its ECN flags answer an offer that the { $to } did not make.
explain-ecn-answer-to-unseen = Its ECN flags answer a SYN that was not captured.
explain-ecn-answer-wrong = The { $to } offered ECN, but these flags do not accept it: that takes ECE without CWR.
explain-ecn-not-agreed = ECE and CWR mean nothing here: the SYNs did not agree on ECN.
explain-ecn-counter = With Accurate ECN, AE, CWR and ECE are one counter of three bits: it is { $count }, from which the other side sees how many more of its packets with CE the { $from } has received.
explain-ece = ECE: the { $from } has received a packet that a router had marked CE, and repeats this until the { $to } answers with CWR. Where this was captured, no packet bears such a mark before.
explain-ece-of = ECE: the { $from } has received a packet that a router had marked CE, the last one #{ $packet }, { $ago } before, and repeats this until the { $to } answers with CWR.
explain-cwr = CWR: the { $from } has reduced its congestion window and sends less, as it was asked to.
explain-cwr-of = CWR: the { $from } has reduced its congestion window and sends less, as the { $to } asked with ECE in #{ $packet }. The { $to } may stop asking.
explain-ae-alone = AE has no meaning without Accurate ECN.

## A packet explained, layer by layer. Sentences

explain-heading = L{ $number } { $osi } · { $tcp_ip } layer · { $protocol }
explain-bare = { $label }.
explain-bare-with = { $label }: { $title }.
explain-truncated = The capture kept no more of it: it ends inside { $field }.
explain-malformed = It cannot be read further: { $field } is not what it must be.
explain-eth = From the network card { $from } to { $to } on this link. These addresses hold on this link only: the next router replaces them.
explain-eth-broadcast = From the network card { $from } to all on this link (broadcast, { $to }).
explain-eth-multicast = From the network card { $from } to the group { $to } on this link (multicast): only those that joined it take it.
explain-vlan = Tagged for VLAN { $id }: switches keep it apart from the other VLANs on the same cable.
explain-arp-request = { $address }, at card { $mac }, asks all on this link which card has the address { $target }.
explain-arp-probe = Card { $mac } asks whether anyone uses { $target }, which it would like to use itself.
explain-arp-announcement = Card { $mac } announces that it has { $address }, without being asked: others may correct what they know.
explain-arp-reply = { $address } is at card { $mac }: this answers { $target }, at { $asker }, which can now send to it.
explain-ip = From host { $from } to host { $to }, across all networks between them.
explain-ip-broadcast = From host { $from } to all on its network (broadcast, { $to }).
explain-ip-multicast = From host { $from } to the group { $to } (multicast): only hosts that joined it take it.
hop-limit = Hop limit
explain-hops-fresh = { $name } { $hops }: as it was sent, so no router has passed it on before this place.
explain-hops =
    { $name } { $hops }: probably sent with { $first }, so { $routers ->
        [one] { $routers } router has passed it on
       *[other] { $routers } routers have passed it on
    }; each takes 1 off, and one that reaches 0 drops it.
explain-hops-few = { $name } { $hops }: each router takes 1 off, and one that reaches 0 drops it. So few are sent to go no further, or to find the routers on a path.
explain-do-not-fragment = DF is set: a router for which it is too long may not divide it, but must drop it and report that.
explain-fragment = A fragment: bytes { $offset } to { $last } of a datagram that was too long for a link; more fragments follow.
explain-fragment-last = The last fragment: bytes { $offset } to { $last } of a datagram that was too long for a link.
explain-reassembled-in = Its datagram is complete in #{ $packet }.
explain-dscp = Its codepoint asks for a class of service: { $class }.
explain-echo-request = A ping: { $from } asks { $to } for an answer; it is number { $number }.
explain-echo-reply = The answer to a ping: { $from } is there, and returns what { $to } sent; it is number { $number }.
explain-echo-answered = It is answered by #{ $packet }.
explain-echo-answers = It answers #{ $packet }, after { $took } ms.
explain-echo-unanswered = No answer was captured.
explain-neighbor-probe = A host asks whether anyone uses { $target }, which it would like to use itself. In IPv6 this takes the place of ARP.
explain-neighbor-solicitation = { $from } asks which card has { $target }. In IPv6 this takes the place of ARP.
explain-neighbor-advertisement = { $target } is at card { $mac }: whoever asked can now send to it.
explain-neighbor-advertisement-bare = { $target } is there: whoever asked knows now.
explain-icmp-says = { $from } says: { $info }.
explain-icmp-quotes = It quotes the packet that it is about, from { $source } to { $destination }, so that its sender knows which one.
explain-icmp-about = That packet belongs to { $name }.
explain-mtu = The next link takes packets of at most { $mtu } bytes.
explain-content = Content: { $size } that no known protocol reads.
explain-ports = From port { $source } to port { $destination }.
explain-udp = A datagram of { $name } from the { $from }'s port { $source } to the { $to }'s port { $destination }, with { $size } of data.
explain-segment = { $letters }: a segment of { $name }, from the { $from }'s port { $source } to the { $to }'s port { $destination }.
explain-empty = It carries no data: { $number } is the sequence number of the next byte that the { $from } will send.
explain-empty-not-next = It carries no data. Its sequence number is { $number }, although the { $from } had sent everything before { $next } by #{ $packet }.
explain-relative = Sequence numbers count from { $base } here: { $number } stands for { $raw } on the wire.
explain-acks-nothing = It acknowledges nothing: ACK is not set.
explain-ack-without-flag = Its acknowledgment number { $raw } means nothing: ACK is not set.
explain-ack-of-data = Ack { $ack }: the last byte of #{ $packet } was { $last }, so this is the one that it expects next.
explain-ack-of-syn = Ack { $ack }: one more than the number of the SYN #{ $packet }, which counts as one byte.
explain-ack-of-fin = Ack { $ack }: one more than the number of the FIN #{ $packet }, which counts as one byte.
explain-ack-within = Ack { $ack }: of #{ $packet } it has the bytes up to { $last }, and expects the rest.
explain-ack-of-unseen = Ack { $ack } ({ $raw } on the wire): it has everything of the { $to } before that. The packet that ends there was not captured, or came long before.
explain-ack-same = #{ $packet } acknowledged the same: nothing that continues the stream has come since.
explain-window-of-rst = The window of a RST ({ $value }) does not count.
explain-window-of-syn = Window { $value } bytes: in a SYN it is never scaled.
explain-window-of-0 = Window 0: the { $to } may send nothing.
explain-window-unscaled = Window { $value }, times a scale that only the SYNs show, and they were not captured.
explain-window-scaled = Window { $value } × { $factor } (window scale { $shift } of its SYN) = { $bytes } bytes: without another acknowledgment the { $to } may send up to byte { $last }.
explain-window-plain = Window { $value } bytes, not scaled: without another acknowledgment the { $to } may send up to byte { $last }.
explain-window-without-ack = Window { $value }, which counts only with ACK.
explain-push = PSH: its receiver should hand the data over without waiting for more.
explain-urgent = URG: some data is urgent; the urgent pointer is { $pointer }.
explain-part-of = Its data is part of a message that #{ $packet } completes.
explain-tls-handshake = It holds a handshake record: the two sides agree on version, cipher and keys, and the server shows its certificate.
explain-tls-change-cipher = It holds a change-cipher-spec record: what follows is encrypted; in TLS 1.3 it only pleases old firewalls.
explain-tls-alert = It holds an alert record: it closes the connection, or says what went wrong.
explain-tls-application = It holds encrypted records: data of the application, or in TLS 1.3 the rest of the handshake.

option-mss = MSS { $mss }: the { $from } takes segments with at most { $mss } bytes of data.
option-mss-late = MSS { $mss } counts only in a SYN.
option-window-scale = Window scale { $shift }: in later segments the { $from }'s window counts { $factor } times, if the other SYN has the option too.
option-window-scale-large = Window scale { $shift } is more than the { $most } that TCP allows, and counts as that: in later segments the { $from }'s window counts { $factor } times, if the other SYN has the option too.
option-window-scale-off = Window scale { $shift } has no effect: the other SYN lacks the option.
option-window-scale-late = Window scale { $shift } counts only in a SYN.
option-sack-permitted = SACK permitted: the { $to } may list what came out of order, so that only what is missing is sent again.
option-sack = SACK: the { $from } has bytes { $first } to { $last } already, after a gap.
option-sack-duplicate = SACK of a duplicate: bytes { $first } to { $last } came to the { $from } twice.
option-timestamp = Timestamp { $value }: the { $from }'s clock, in units of its own.
option-timestamp-first = There is no timestamp to echo yet.
option-timestamp-echo = The { $from } echoes { $echo }, the latest timestamp that it got: from that the { $to } knows the round-trip time.
option-fast-open-request = Fast Open: it asks for a cookie, with which a later SYN may carry data.
option-fast-open-cookie =
    Fast Open: it shows the cookie of { $length ->
        [one] { $length } byte
       *[other] { $length } bytes
    } that an earlier connection brought, so that its data counts at once.
option-fast-open-answer =
    Fast Open: it gives a cookie of { $length ->
        [one] { $length } byte
       *[other] { $length } bytes
    }, with which a later SYN may carry data.
option-mptcp = Multipath TCP ({ $kind }): the connection may use several paths at the same time.
option-md5 = It is signed with MD5, as routers that speak BGP do.
option-authentication = It is signed (TCP-AO), so that others cannot forge segments.
option-user-timeout-seconds = User timeout { $time } seconds: so long data may stay unacknowledged.
option-user-timeout-minutes = User timeout { $time } minutes: so long data may stay unacknowledged.
option-accurate-ecn = Accurate ECN counters: how many bytes the { $from } has received with each ECN mark.
option-unknown = An option of kind 0x{ $kind }, which its receiver skips if it does not know it.

## The options of IPv6

explain-hop-by-hop = Options for every router on the way.
explain-destination-options = Options for the receiver alone, or for the hosts that a routing header names.
explain-ipv6-pad = { $size } of padding, which aligns what follows.
explain-ipv6-no-tunnel = Tunnel encapsulation limit 0: a router that would put this packet into another tunnel drops it and says so.
explain-ipv6-tunnels =
    Tunnel encapsulation limit { $limit }: the packet may be put into at most { $limit ->
        [one] { $limit } more tunnel
       *[other] { $limit } more tunnels
    }, so that tunnels which lead into each other do not wrap it without end.
explain-ipv6-alert-mld = Router Alert, MLD: routers on the way look into this packet although it is not addressed to them, since it tells them which multicast groups the hosts on the link have joined.
explain-ipv6-alert-rsvp = Router Alert, RSVP: routers on the way look into this packet although it is not addressed to them, since it reserves capacity on them.
explain-ipv6-alert = Router Alert { $value }: routers on the way look into this packet although it is not addressed to them.
explain-ipv6-jumbo = Jumbo Payload: the payload of { $size } does not fit into the length field of the IPv6 header, which is empty instead.
explain-ipv6-home = Home Address: the sender is away from its network; for the layers above the packet comes from { $address }, whatever address it was sent from.
explain-ipv6-skipped = An option of type 0x{ $kind }; who does not know it skips it.
explain-ipv6-dropped = An option of type 0x{ $kind }; who does not know it drops the packet.
explain-ipv6-reported = An option of type 0x{ $kind }; who does not know it drops the packet and reports that by ICMPv6.

## What each protocol is for

purpose-ah = The authentication header of IPsec shows that the packet was not changed on the way; it does not hide it.
purpose-bgp = BGP: routers of different providers tell each other which networks they reach, and by which path of providers (path vector).
purpose-dhcp = DHCP: a host gets its address, its router and its DNS servers.
purpose-dns = DNS: names become addresses.
purpose-dtls = DTLS: what TLS does, over UDP.
purpose-esp = ESP of IPsec: the packet inside is encrypted.
purpose-fragment = This packet is a fragment of one that was too long for a link.
purpose-ftp = FTP: the control connection, on which files are asked for; they come on a connection of their own.
purpose-ftp-data = FTP data: a file or a list of files, as the control connection asked for it.
purpose-gre = GRE: a tunnel; a whole packet travels inside of this one.
purpose-http = HTTP: a browser requests pages and files, a server answers.
purpose-http2 = HTTP/2: many requests and answers at the same time on one connection.
purpose-icmp = ICMP: hosts and routers report errors, and answer pings.
purpose-igmp = IGMP: hosts tell their router which multicast groups they joined.
purpose-imap = IMAP: a mail program reads the mailboxes of a server.
purpose-imf = A mail: its headers, and what it says.
purpose-l2tp = L2TP: a tunnel for PPP.
purpose-llc = LLC: names the protocol inside the frame.
purpose-mdns = Names of hosts on the same link, without a server.
purpose-mpls = MPLS: routers of a provider forward it by this label.
purpose-ntp = NTP: a host sets its clock.
purpose-null = Traffic within one machine: there is no link, only a note of the protocol inside.
purpose-ospf = OSPF: routers of one network tell each other all of their links, and each computes the shortest paths (link state).
purpose-pop = POP: a mail program fetches its mails.
purpose-ppp = PPP: a link between two ends only, such as a dialled line.
purpose-quic = QUIC: what TCP and TLS do together, over UDP.
purpose-radiotap = What the receiver noted of the radio signal: it was not sent.
purpose-raw = There is no link layer: the capture holds IP packets.
purpose-resp = Redis: a database of keys and values.
purpose-rip = RIP: each router tells its neighbours which networks it reaches, and how far they are (distance vector).
purpose-sctp = SCTP: like TCP, but with whole messages and several streams.
purpose-sll = Captured on any interface: this header is Linux's own note of the interface, not what was sent.
purpose-smtp = SMTP: mail on its way to a server.
purpose-ssdp = SSDP: devices announce themselves and are searched for on the same network.
purpose-ssh = SSH: an encrypted login; only the beginning is readable.
purpose-stp = STP: switches agree which links to switch off, so that there are no loops.
purpose-telnet = Telnet: a login in the clear, letter by letter.
purpose-text = Lines of text.
purpose-tls = TLS: what the application says is encrypted, and the server proves who it is.
purpose-vxlan = A tunnel: a whole Ethernet frame travels inside of this packet.
purpose-websocket = WebSocket: browser and server send messages to each other at any time.
purpose-wlan = Wi-Fi: stations send through their access point.

## Capture files, and reading them

open-standard-input = standard input
capture-evicted = { $packets } ({ $conversations }) evicted
capture-evicted-and = { $evicted }; { $sessions }
capture-sessions-ended =
    { $count ->
        [one] the messages of { $count } conversation were not read to their end, to limit memory
       *[other] the messages of { $count } conversations were not read to their end, to limit memory
    }
problem-at = at offset { $offset }: { $problem }
problem-after = after packet { $packet }, at offset { $offset }: { $problem }
problem-nothing-lost = { $problem } (nothing is lost)
problem-more =
    { $more ->
        [one] and { $more } more problem of this kind
       *[other] and { $more } more problems of this kind
    }
problem-too-many-packets = there are more packets or conversations than can be numbered; those after packet { $packets } are not shown
problem-too-many-interfaces = more interfaces than are kept: the others are left out
problem-too-many-comments = more packet comments than are kept: the others are left out
problem-too-many-sections = more sections than are kept: the others are left out
problem-too-many-names = more names than are kept: the others are left out
problem-too-many-secrets = more decryption secrets than are kept: the others are left out
problem-unreadable = cannot be read further: { $error }
problem-begun-anew = the capture was begun anew
problem-other-file = the file was replaced by another one
problem-grown = the file grew while it was read: what came later was not read
problem-left-out = { $packets } left out, as there are more interfaces than are kept
problem-same-file = { $file } is a file that was named before: it is read once
problem-other-files =
    { $others ->
        [one] { $others } file of the directory is no capture
       *[other] { $others } files of the directory are no captures
    }
problem-too-many-at-once = more than { $most } files overlap in time: some of their packets come late
several-files =
    { $others ->
        [one] { $first } and { $others } more file
       *[other] { $first } and { $others } more files
    }
problem-no-temporary-file = cannot keep it in a temporary file: { $error }
problem-garbage =
    { $skipped ->
        [one] skipped { $skipped } byte of garbage
       *[other] skipped { $skipped } bytes of garbage
    }
problem-no-packet = no valid packet header here or later; read as one, these bytes mean a packet of { $captured } bytes
problem-cut-short-packet = cut short in packet { $packet }: its header says { $captured } bytes, the file has { $there }
problem-cut-short-header = cut short in packet { $packet }: its header has { $needed } bytes, the file has { $there }
problem-no-block = no valid block here or later
problem-cut-short-packet-block = cut short in packet { $packet }: its block says { $length } bytes, the file has { $there }
problem-cut-short-block = cut short before packet { $packet }: its block says { $length } bytes, the file has { $there }
problem-cut-short-beginning = cut short before packet { $packet }: a block has at least 12 bytes, the file has { $there }
problem-two-lengths = the block's two lengths differ; the first is taken, as a block follows there
problem-large-block = a block of { $count } bytes is too large and left out
problem-short-block = a block is shorter than its type requires
problem-short-packet-block = a packet block is too short to hold a packet
problem-short-interface-block = an interface block is too short to describe one
problem-long-option = an option is longer than its block; the options before it are taken
problem-unknown-interface = a packet of interface { $interface } is left out: its section describes { $described }
problem-no-interface = a simple packet is left out: its section describes no interface
problem-packet-beyond-block = a packet says { $says } bytes, but its block has room for { $room }: it is cut to them
compressed-then-not = something that is not compressed follows the compressed data
compressed-cut-short = the compressed data is cut short
compressed-gzip-method = the gzip data uses an unknown method
compressed-gzip-damaged = the gzip data is damaged: { $error }
compressed-gzip-checksum = the checksum of the gzip data is wrong
compressed-zstandard-unreadable = the Zstandard data cannot be read: { $error }
compressed-zstandard-damaged = the Zstandard data is damaged: { $error }
compressed-zstandard-checksum = the checksum of the Zstandard data is wrong
compressed-lz4-damaged = the LZ4 data is damaged: { $error }
no-packet = there is no packet { $number }
no-packet-evicted = packet { $number } was evicted
open-not-found = { $file }: there is no such file
open-no-permission = { $file }: no permission to read it
open-directory = { $file }: is a directory, not a capture file
open-not-a-file = { $file }: only files can be read together, no pipes or devices
open-no-files = { $file }: there is no capture file in it
open-terminal = standard input is a terminal: pipe a capture into it, as in `tcpdump -U -w - | wiretalk -`
open-empty = { $file }: is empty, not a capture file
open-cut-short = { $file }: is cut short in its file header: it has { $there } of { $needed } bytes
open-not-a-capture = { $file }: is not a pcap or pcapng capture; { $looks_like }
open-no-temporary-file = { $file }: cannot be kept in a temporary file, which pipes and compressed captures take: { $error }
no-temporary-file = cannot make a temporary file in { $directory } (TMPDIR sets another directory): { $error }
open-unreadable = { $file }: cannot be read: { $error }
looks-like-snoop = it looks like a Solaris snoop file (`editcap IN OUT.pcapng` converts it)
looks-like-btsnoop = it looks like a Bluetooth btsnoop file (`editcap IN OUT.pcapng` converts it)
looks-like-netmon = it looks like a Microsoft Network Monitor file (`editcap IN OUT.pcapng` converts it)
looks-like-sniffer = it looks like a Sniffer file (`editcap IN OUT.pcapng` converts it)
looks-like-netxray = it looks like a NetXray file (`editcap IN OUT.pcapng` converts it)
looks-like-ixia = it looks like an IXIA capture (`editcap IN OUT.pcapng` converts it)
looks-like-damaged-pcapng = it begins like pcapng, but its section header is damaged
looks-like-png = it looks like a PNG image
looks-like-jpeg = it looks like a JPEG image
looks-like-gif = it looks like a GIF image
looks-like-pdf = it looks like a PDF document
looks-like-zip = it looks like a ZIP archive (unpack it first)
looks-like-xz = it looks like an xz file (`xz -d` unpacks it)
looks-like-bzip2 = it looks like a bzip2 file (`bzip2 -d` unpacks it)
looks-like-7zip = it looks like a 7-Zip archive (unpack it first)
looks-like-rar = it looks like a RAR archive (unpack it first)
looks-like-program = it looks like a program
looks-like-script = it looks like a script
looks-like-sqlite = it looks like an SQLite database
looks-like-gzip = it looks like a gzip file
looks-like-zstandard = it looks like a Zstandard file
looks-like-tar = it looks like a tar archive (unpack it first)
looks-like-nothing = it holds nothing
looks-like-blank-text = it looks like blank text
looks-like-json = it looks like JSON
looks-like-xml = it looks like XML or HTML
looks-like-text = it looks like plain text
looks-like-zeros = it begins with zeros
looks-like-erf = it may be an ERF file (`editcap IN OUT.pcapng` converts it)
looks-like-unknown = its first bytes are not those of a known format
looks-compressed = { $what }, compressed with { $compression }

## Live capture

live-temporary-file = a temporary file
live-not-readable-again = is not a file that could be read again
live-not-own-file = belongs to another user, in a directory where others may make files
interface-up = up
interface-down = down
interface-loopback = loopback
interface-no-link = no link
live-nameless = capture
live-no-process = the capturing process cannot be started: { $error }
live-process-ended = the capturing process has ended
live-process-ended-with = the capturing process has ended: { $words }
live-too-many-processes = the limit of processes (ulimit -u) or of threads is reached
live-process-killed = the capturing process was killed by signal { $signal }
live-process-hangs = the capturing process did not end in time; the last packets may be missing
live-no-interface = { $name }: no such interface; available: { $there }
live-down = { $name } is down; `ip link set { $name } up` brings it up
live-no-link-type = { $name } has no link type { $wanted }; it has { $there }
live-not-built = this wiretalk was built without live capture (cargo's feature `live`); it reads captures: tcpdump -U -w - | wiretalk -
live-filter-wrong = the capture filter is wrong: { $reason }
live-filter-wrong-at = the capture filter is wrong at "{ $word }": { $reason }
live-filter-breaks-off = the capture filter is incomplete: { $reason }
live-filter-of-display = This is a display filter: -Y takes it. A capture filter is like: tcp port 80 and host 10.0.0.1
live-captured = { $packets } captured
live-received = { $packets } received by filter
live-dropped-by-kernel = { $packets } dropped by kernel
live-dropped-by-interface = { $packets } dropped by interface
live-saved = saved in { $file }
live-saved-in-files = saved in { $file } and { $files } before it
live-stopped = stopped
live-packets-reached = stopped: packet limit reached
live-duration-reached = stopped: duration limit reached
live-size-reached = stopped: file size limit reached
live-files-reached = stopped: file count limit reached
live-disk-full = no space left on the disk of { $file }: capturing has stopped, { $lost } did not fit, all before them are kept

## Privileges and the sandbox

privileges-user = user { $uid }
privileges-missing =
    no permission to capture: that takes the capability CAP_NET_RAW
      this time:  sudo { $again }
      for good:   sudo setcap cap_net_raw=ep { $program }
privileges-out-of-reach = no permission to capture: not even root has CAP_NET_RAW here, as it is outside the capability bounding set; start the container with it (docker run --cap-add=NET_RAW)
privileges-no-new = Neither works in this session: no_new_privs is set, which keeps programs from gaining privileges.
privileges-nosuid = setcap has no effect on that file system, which is mounted with nosuid; copy the program to another one.
privileges-no-such-user = -Z { $user }: there is no user of this name
privileges-not-root = -Z { $user }: only root can change to another user
privileges-no-number = { $variable } is not a valid user or group ID; -Z USER names the user to run as, -Z root stays root
privileges-no-group = user { $uid } has no group here; -Z USER names the user to run as, -Z root stays root
privileges-not-dropped = cannot drop root privileges and continue as { $user }: { $error }
privileges-capabilities = cannot drop capabilities: { $error }
privileges-still-there = privileges were dropped but are still in effect
privileges-planted-link = { $path }: a symbolic link of another user, in a directory where anyone may create files, leads there
privileges-no-directory = cannot make { $path }: { $error }
privileges-no-directory-as = cannot make { $path } as { $user } (-Z root stays root): { $error }
privileges-no-file-as = { $path } cannot be written as { $user } (-Z root stays root)
confined-as = as { $user }
confined-root = root
confined-root-for-files = root for files
confined-root-without-capabilities = root without capabilities
confined-no-capabilities = no capabilities
confined-no-new-privileges = no new privileges
confined-new-privileges = new privileges possible
confined-in-part = sandbox in part
confined-no-sandbox = no sandbox
confined-landlock = landlock
confined-landlock-in-part = landlock in part
confined-no-landlock = no landlock
confined-no-landlock-why = no landlock ({ $why })
confined-seccomp = seccomp
confined-no-seccomp = no seccomp
confined-no-seccomp-why = no seccomp ({ $why })
confined-old-kernel = kernel too old, or built without it
confined-switched-off = switched off in the kernel
confined-not-for = not for { $processor }
confinement-as = Root privileges are dropped: the program runs as { $user }.
confinement-root-asked = It runs as root with access to every file, as -Z root requests; root's other capabilities are dropped.
confinement-root-for-files = It runs as root and keeps CAP_DAC_OVERRIDE, to write to the directory of its output; -Z USER drops it.
confinement-root-without-capabilities = It runs as root without capabilities: it can open only files whose permissions allow it. -Z USER drops root, too.
confinement-capabilities-given-up = Its capabilities were dropped after the interfaces were opened.
confinement-new-privileges = The kernel did not accept no_new_privs: it could gain new privileges.
confinement-no-sandbox = There is no sandbox: it may do everything that its user may do.
confinement-files = It can write only below { $directories }, and read there and what all programs read (landlock).
confinement-no-directory = no directory
confinement-no-truncation = This kernel cannot keep it from truncating other files; Linux 6.2 and later can.
confinement-no-tcp = This kernel's landlock does not cover the network; that of Linux 6.7 and later does.
confinement-no-landlock = Landlock is not in effect: { $why }.
confinement-calls = It cannot start or inspect other programs, and cannot use the network (seccomp). Packets are captured, and names looked up, by processes of their own, which are confined to that.
confinement-no-seccomp = Seccomp is not in effect: { $why }.
confinement-not-there = the program has given up the right to write there; it may write in { $places }, or anywhere if started with --no-sandbox
confinement-not-anywhere = the program has given up the right to write files; started with --no-sandbox it keeps it
confinement-user-may-not = { $user } may not write there; -Z root stays root
confinement-root-may-not = root without capabilities may not write there; -Z root keeps them for files

## Saving packets, files and streams

save-saved = { $packets }, { $size }
save-gone = { $packets } evicted before they could be written
save-no-room-for-no-time = { $packets } without a time got that of the packet before: the format gives every such packet a time
save-no-room-for-comments = pcap has no room for { $comments }, pcapng has
save-standard-output = standard output
save-exists = { $path } already exists and is not overwritten
save-no-file = { $path } is not a file that can be replaced
save-no-directory = { $path }: there is no such directory
save-no-permission = no permission to write in { $path }
save-disk-full = no space left on the disk of { $path }: nothing was saved
save-link-types = pcap holds packets of one link type, and these have the link types { $link_types }; a file whose name ends in .pcapng holds them all
save-time = packet { $packet } has a time that the format cannot hold
save-unreadable = packet { $packet } cannot be read again: { $error }
save-broken-down = saving has broken down; nothing was saved
save-cancelled = nothing was saved

## The command line: help

theme-dark = Light letters on a dark ground
theme-light = Dark letters on a light ground
theme-high-contrast = The most contrast, on a dark or a light ground
theme-color-blind = Blue and orange instead of green and red
theme-plain = No colours at all, as NO_COLOR asks for
glyphs-auto = Signs that the terminal draws one column wide
glyphs-unicode = Signs of Unicode
glyphs-ascii = ASCII characters

help-about = Packet capture and protocol dissector for the terminal: conversations, explained
help-examples =
    Without a capture it offers those at hand. `-` is standard input:
      ssh host tcpdump -U -w - | wiretalk -
    After -i INTERFACE the words are a capture filter:
      sudo wiretalk -i eth0 tcp port 80
help-heading-usage = Usage:
help-heading-commands = Commands
help-heading-arguments = Arguments
help-heading-tshark = As tshark
help-heading-options = Options
help-heading-capturing = Capturing
help-heading-general = General
example-conversations =
    Example:
      wiretalk conversations dump.pcap --port 443
      sudo wiretalk conversations -i eth0 -a duration:60 --json
example-packets =
    Example:
      wiretalk packets dump.pcap -Y 'tcp.analysis.flags' -t ad
      wiretalk packets dump.pcap -T fields -e ip.src -e tcp.port
example-findings =
    Example:
      wiretalk findings dump.pcap --threshold slow-server=200ms --ignore delayed-ack
example-explain =
    Example:
      wiretalk explain dump.pcap 17
example-stats =
    Example:
      wiretalk stats dump.pcap -Y http
example-info =
    Example:
      wiretalk info dump.pcapng --hashes
example-follow =
    Example:
      wiretalk follow dump.pcap tcp/0
      wiretalk follow dump.pcap -Y http --from server --raw > body
example-save =
    Example:
      wiretalk save dump.pcap web.pcapng.gz -Y 'tcp.port == 80'
example-objects =
    Example:
      wiretalk objects dump.pcap --out files
example-fields =
    Example:
      wiretalk fields 'tcp.analysis.*'
example-config =
    Example:
      wiretalk config > new.toml
example-man =
    Example:
      wiretalk man ~/.local/share/man/man1
example-completions =
    Example:
      source <(wiretalk completions bash)
help-command-help = Print this message or the help of a command
help-option-help = Print help (see more with '--help')
help-option-help-long = Print help (see a summary with '-h')
help-option-version = Print version
help-possible-values = possible values
help-default = default: { $value }
command-conversations = List the conversations, a line each
command-findings = List what went wrong, the worst first. Exit status 3 if there is anything at or above --min-severity (warning)
command-packets = List the packets, a line each
command-explain = Explain a packet in plain words, layer by layer
command-follow = Write what was said in a conversation, put back in order
command-save = Write packets to another capture file: pcapng, or pcap where its name ends in .pcap; compressed for .gz
command-fields = List the fields and protocols that display filters and -e can name
command-man = Write the manual pages of this program into a directory
command-completions = Print a script with which a shell completes the options of this program
command-config = Print the settings, with the defaults as comments
command-objects = Write the files that went over the wire to a directory: pages, downloads, uploads, mail and its attachments
arg-words-shown = The capture to open: pcap or pcapng, plain or compressed with gzip, zstd or lz4; several files, or a directory, are one capture. With -i, a capture filter
arg-words = The capture: a file, several, or a directory; `-` is standard input. With -i, a capture filter
command-har = Write the requests and responses of HTTP as an archive (HAR 1.2), which browsers' tools open
command-export = Write tables for analysis elsewhere: conversations, exchanges, findings, DNS answers, files and packets, as Parquet, JSON lines or CSV
arg-file = The capture; `-` is standard input
arg-files = The capture: a file, several, or a directory; `-` is standard input
arg-read = The capture to open, as tcpdump and tshark have it
arg-list-interfaces = List what can be captured from
arg-number = The packet's number in the capture
arg-absolute-seq = Show sequence numbers as they are on the wire
arg-time = Times: a (time of day), ad (with the date), adoy (with the day of the year), u, ud, udoy (the same in UTC), d (since the previous packet), dd (since the previous one shown), e (since 1970), r (since the first); .N after it for N digits
arg-quiet = Write no packets; with -z only the statistics, which is always so
arg-list-link-types = List the link types that the interface of -i can capture with
arg-link-type = Link type to capture with, one of those of -L: EN10MB, LINUX_SLL
arg-filter-file = Read the capture filter from a file
arg-show-secrets = Show passwords and other secrets that could be read
arg-show-secrets-unless-raw = Show passwords and other secrets that could be read; `--raw` has them as they are
arg-addresses = Show addresses, not the names that the capture has for them
arg-addresses-always = Accepted as in tcpdump: addresses are always shown as they are
arg-resolve = Ask the system's resolver, and so the network, for names that the capture lacks. Others can see which addresses are looked up
arg-theme = Colours for a dark or a light terminal, or none; without it the terminal is asked
arg-lang = Language of the texts; by default that of LC_ALL, LC_MESSAGES or LANG, and English for JSON and CSV
arg-glyphs = Signs that the terminal can show: ascii draws lines and arrows with ASCII characters
arg-profile = Settings of this profile, over those of config.toml
arg-resume = Continue with the capture that was open last, or with FILE, where it was left
arg-config-path = Print only where the settings are
arg-no-sandbox = Leave files, programs and the network open to this program, as far as its user may use them
arg-relinquish-privileges = When started as root, continue as this user instead of the user who ran sudo; root stays root
arg-decode-as = Decode a port as this protocol, whatever its content looks like: tcp.port==8888,http; repeatable
arg-keep = Keep only the newest packets: at most this size (500M, 2GiB), this time (30min, 1h) or both (500M,1h); `all` keeps everything. Default: 2GiB of a live capture, all of a file
arg-display-filter = Only packets for which this display filter holds, and conversations with such packets: Wireshark's language, such as 'tcp.port == 80 and ip.ttl < 64'
arg-columns-shown = The columns of a list: names of columns and of fields, such as no,time,src,dst,info,ip.ttl or client,server,rtt; Title=field names a heading. May be given for packets and for conversations
arg-columns-packets = The columns: no, time, src, dst, proto, len, info and names of fields, such as no,src,info,ip.ttl; Title=field names a heading
arg-columns-conversations = The columns: id, client, server, state, lost, rtt and others, and names of fields; Title=field names a heading
arg-no-color-rules = Packets without the colours of the rules
arg-port = Only conversations with these ports at either end: 80 or 80,443 or 8000-8100 or !22; repeatable
arg-json = One JSON object a line
arg-kind = Only findings of this kind: packet-loss, slow-server, …
arg-min-severity = Only findings of at least this severity: note, warning or error
arg-ignore = Leave out findings of this kind
arg-threshold = Set the threshold of a kind: slow-server=500ms, packet-loss=2%, port-scan=50
arg-csv = Comma-separated values with a heading
arg-tshark-format = As tshark: fields, json, ek, pdml, psml, tabs or text
arg-tshark-field = A field or a column of -T fields, json, ek or pdml, such as ip.src or _ws.col.Info; one for each -e
arg-tshark-layout = How -T fields is written: header=y, separator=/t|/s|CHARACTER, occurrence=f|l|a, aggregator=,|/s|CHARACTER, quote=d|s|n or bom=y
arg-tshark-layers = Only these layers of -T json, ek or pdml, such as 'ip tcp'
arg-no-duplicate-keys = One key with an array instead of equal keys of -T json
arg-two-passes = For scripts; a file is always read before its packets are written
arg-read-filter = Only packets for which this display filter holds, before -Y; with -2
arg-selected-frame = The packet whose fields ${"{"}field{"}"} in a filter stands for
arg-line-buffered = For scripts; packets are always written as they come
arg-pattern = Only fields whose name or meaning contains this, in any case, or whose name is this with * and ?
arg-man-directory = The directory; it is created if it is not there
arg-shell = The shell
arg-follow-display-filter = The conversation of the first packet for which this display filter holds, instead of its name
arg-endpoints = Write only the endpoints, as -z endpoints does
arg-info-threads = Accepted as by the other commands; this one reads on one thread
arg-stats-display-filter = Only packets for which this display filter holds, as if there were no others
arg-detail = With every field of every layer
arg-conversation = The conversation: tcp/0, udp/3
arg-raw = The bytes as they are
arg-ascii = Lines of text, which is how it is without these switches
arg-hex = Bytes in hexadecimal
arg-from = Only what this side said
arg-charset = Read text in this charset (`euc-kr`, `shift_jis`, `gb18030` …); by default that of each turn is guessed
arg-from-client = Who opened it
arg-from-server = Whom the client called
arg-all = Also data that the receiver may not have read: retransmissions of data from before the capture, and data after a gap that was never acknowledged
arg-save-out = The new file; `-` is standard output. What is there is not overwritten
arg-save-conversation = Only this conversation: tcp/0, udp/3; repeatable
arg-save-json = Say what was written as a JSON object
arg-force = Replace a file that is there
arg-objects-out = Where the files go; made where it is not there. Nothing in it is overwritten
arg-objects-json = Say what was written as one JSON object a line
arg-har-out = The file for the archive; without it, or for -, standard output
arg-export-files = The capture; `-` is standard input. With -i, a capture filter
arg-export-out = Where the tables go; made where it is not there
arg-export-format = The format of the tables
arg-export-tables = Only these tables, separated by commas: conversations, exchanges, findings, dns, objects, packets
arg-export-fields = The fields of the table of packets, separated by commas: ip.src,tcp.len; `wiretalk fields` lists them
arg-export-sensor = Where the capture was made, for the names of directories; without it the name of the file or of this host
arg-export-force = Replace what was written of the same capture before
arg-export-rotate = Write a live capture or a pipe in periods of this many seconds, each when it has ended
arg-format-parquet = Parquet, compressed with zstd
arg-format-ndjson = One JSON object a line
arg-format-csv = CSV with a heading
arg-interface = Capture from this interface; repeatable; `any` is all of them
arg-filter = Capture only what this filter accepts (pcap-filter syntax); it may also follow the options
arg-write = Write the capture to this file, as pcapng; of a file the packets for which -Y holds
arg-memory = Use at most this much memory for everything that is kept (500M, 2GiB): the oldest packets and conversations are evicted; `all` sets no limit. Default: 1GiB of a live capture, no limit of a file
arg-threads = Read a capture on this many threads, 1 to 3; 0, the default, chooses by the number of processors
arg-ring-buffer = Begin another file after filesize:KB, duration:S, interval:S or packets:N; keep files:N; repeatable
arg-count = Stop after this many packets
arg-autostop = Stop after duration:S, filesize:KB, packets:N or files:N; repeatable
arg-snapshot-length = Keep this many bytes of each packet
arg-no-promiscuous-mode = Leave the interfaces as they are: not promiscuous
arg-buffer-size = The kernel's buffer of each interface: MiB, or with a unit; default 64

## The command line: messages and errors

error = error
error-tip = tip
error-similar = similar: '{ $argument }'
error-try-help = For more information, try '{ $help }'.
error-unknown-argument = unexpected argument '{ $argument }'
error-unknown-command = unknown command '{ $command }'
error-wrong-value = invalid value '{ $value }' for '{ $argument }'
error-no-value = '{ $argument }' needs a value
error-many-values = unexpected value '{ $value }' for '{ $argument }'
error-missing-arguments = missing arguments
error-conflict = '{ $argument }' cannot be used with '{ $other }'
error-conflicts = '{ $argument }' cannot be used with
error-repeated = '{ $argument }' can be used only once
decode-as-not-a-rule = a rule is a port and a protocol: tcp.port==8888,http
decode-as-not-a-selector = a port is given as tcp.port==8888 or udp.port==8888
decode-as-not-a-field = { $field } is not tcp.port or udp.port
decode-as-not-a-port = { $port } is not a port
limit-not-a-rule = a rule is as duration:60, filesize:1000, packets:5000, files:3
limit-not-a-number = { $value } is not a number above 0
limit-unknown = { $what } is not one of duration, filesize, packets, files, or interval for -b
limit-interval-stops-nothing = interval begins files and stops nothing: it belongs to -b
buffer-not-a-unit = { $unit } is none of KiB, MiB, GiB
buffer-not-a-size = { $size } is no size between 1 KiB and 2 GiB
cli-unknown-charset = the charset is not known; names are those of the WHATWG's Encoding Standard
cli-two-filters = there are two capture filters: one after -f, one at the end
decode-as-no-protocol = no protocol is called { $name }; known: { $known }
keep-not-a-limit = '{ $limit }' is neither a size (500M, 2GiB) nor a time (30s, 10min, 1h, 2d)
memory-not-a-size = '{ $limit }' is not a size (500M, 2GiB)
keep-nothing = '{ $limit }' would keep nothing
cli-no-terminal = standard output is not a terminal; `wiretalk conversations FILE` and `wiretalk packets FILE` write to a pipe
cli-no-terminal-live = standard output is not a terminal; without a screen, `wiretalk packets { $options }` captures
cli-similar-command = there is no command or file '{ $word }'; did you mean `wiretalk { $command }`?
cli-time-of-screen = on the screen times are a, ad, d, e, r or ud, with six digits; packets takes the others
filter-file-not-one = it is no plain file of at most 64 KiB
filter-file-format = -F names a file with a capture filter; the format of a written file follows from its name
interface-usual-link-type = (the usual one)
interface-no-link-types = { $name }: no link types are known: there is no such interface, or no permission to open it
cli-nothing-to-resume = there is no capture to resume
cli-options-follow = options follow the command: wiretalk { $command } OPTIONS FILE
cli-no-capture = a capture is missing: FILE, `-` for standard input, or -i INTERFACE
cli-capturing = capturing from { $interfaces }
cli-index-stopped = the index stopped early; what was shown is not all of the capture
cli-no-fields = no field's name or meaning contains "{ $pattern }"
cli-man-failed = the manual pages could not be written into { $directory }
cli-no-conversation-matches = the filter holds for no packet of a conversation
instead-tree = the fields of packets are written by -T json, -T pdml and --json --detail
instead-statistics = statistics are written by `wiretalk stats`, conversations by `wiretalk conversations`
statistics-several = one -z at a time, with its statistic
statistics-with-command = -z is a command of its own here, and does not go with { $command }: leave that out, or use `wiretalk stats`
statistics-unknown = -z { $statistic } is not there; there are: { $known }. `wiretalk stats` writes the other statistics: addresses, ports, applications, response times, throughput
statistics-follow = `wiretalk follow FILE tcp/N --ascii|--hex|--raw` writes the content of a conversation, `follow FILE -Y FILTER` that of the first one that matches
instead-preference = preferences are settings: `wiretalk config` lists them, -C names a profile
instead-time = times are chosen by -t, and written by -T fields -e frame.time_epoch or frame.time_delta
instead-write = packets of a file are written by `wiretalk -r FILE -Y FILTER -w OUT` or `wiretalk save FILE OUT -Y FILTER`
instead-layers = layers are selected by -J
instead-display-filter = `wiretalk save FILE - -Y FILTER` writes the packets for which a filter holds to a pipe
instead-objects = files in the traffic are written by `wiretalk objects FILE --out DIR`
instead-glossary = fields are listed by `wiretalk fields`
instead-nothing = there is no such option here; docs/from-tshark.md lists those of tshark
tshark-not-a-format = "{ $text }" is not a format of -T; there are fields, json, ek, pdml, psml, tabs and text
tshark-not-a-rule = "{ $rule }" is not a rule of -E; there are header=y|n, bom=y|n, separator=/t|/s|CHARACTER, occurrence=f|l|a, aggregator=,|/s|CHARACTER and quote=d|s|n
tshark-no-fields = -T fields needs the fields that it is to write, one for each -e
tshark-takes-no-fields = -e is for -T fields, json, ek and pdml
cli-not-written = { $packets } not written: they were evicted before
cli-left-out = left out { $bytes } that the receiver may not have read; --all includes them
cli-not-a-conversation = '{ $name }' is not a conversation: their names are tcp/0, udp/3, icmp/0
cli-conversation-without-number = '{ $name }' has no number: tcp/0, udp/3, icmp/0
cli-no-conversation = there is no conversation { $name } in this capture
cli-no-conversation-or-evicted = there is no conversation { $name } in this capture, or it was evicted
cli-bytes-missing =
    { $count ->
        [one] { $count } byte is missing from the capture
       *[other] { $count } bytes are missing from the capture
    }
cli-sent-other-bytes = packet { $packet } retransmits earlier bytes with different content
cli-cannot-make = cannot make { $path }
cli-cannot-write = cannot write { $path }
cli-object-place = { $conversation }, packet { $packet }
cli-object-place-incomplete = { $conversation }, packet { $packet }, incomplete
cli-objects-incomplete =
    { $count ->
        [one] { $count } file is incomplete ({ $names }): it was not sent whole, or its compressed data breaks off or grows too long
       *[other] { $count } files are incomplete ({ $names }): they were not sent whole, or their compressed data breaks off or grows too long
    }
cli-no-objects = no files went over the wire in the clear
cli-part-is-gone = the part of a file in packet { $packet } can no longer be read
cli-save-to-terminal = standard output is a terminal: name a file, or write `-` to a pipe
cli-exists = { $error }; --force replaces it
cli-exported-period = period from { $begin }
cli-exported-nothing = period from { $begin }: nothing
cli-exported = { $table }: { $rows }, { $files }, { $size }
cli-no-table = there is no table "{ $table }"; there are: { $names }
cli-too-many-fields = more than { $most } fields: each one is a column
cli-packets-and-fields = the table packets needs --fields, and --fields needs the table packets
cli-rotate-missing = an export of a live capture needs --rotate SECONDS
cli-rotate-file = --rotate is for one pipe or a live capture: a file is exported as a whole
cli-rotate-missed = { $packets } evicted before the end of their period, and missing in the tables dns, objects and packets: use more --memory and --keep, or a shorter --rotate
cli-saved-nothing = no packets match; the new capture is empty
cli-saved = { $file }: { $saved }

## The screen: keys

scope-everywhere = Everywhere
scope-conversations = Conversations
scope-ladder = A conversation
scope-packets = Packets
scope-findings = Findings
scope-details = Fields
scope-bytes = Bytes
scope-explanation = Explanation
scope-compare = Comparison
scope-objects = Files
scope-follow = Content
scope-columns = Choice of columns
scope-start = Start screen

hint-open = open
hint-back = back
hint-follow = follow
hint-packet = packet
hint-packets-of = its packets
hint-mode = mode
hint-side = side
hint-charset = charset
hint-find = find
hint-save = save
hint-filter = filter
hint-columns = columns
hint-only = only these
hint-port = port
hint-sort = sort
hint-udp = udp
hint-findings = findings
hint-mark = mark
hint-pane = pane
hint-differing = differences only
hint-unfold-all = unfold all
hint-source = source
hint-explain = explain
hint-term = word
hint-next = next
hint-conversation = conversation
hint-command = command
hint-packets = all packets
hint-in-packets = in the list
hint-time = time
hint-seq = seq
hint-zoom = zoom
hint-help = help

key-enter = open the conversation or the packet, or unfold the row
key-open-finding = go to the evidence, or open the findings of the row
key-open-findings = open the findings of the row
key-close-findings = close them
key-open-capture = open the capture, or capture from the interface or from those that are chosen
key-mark-interface = choose the interface, to capture from several; again to undo it
key-back = go back; on the first screen, clear the filter
key-back-or-quit = go back; on the first screen, quit
key-follow = follow the conversation: the content that both sides sent, in order
key-open-packet = go to the packet that carried this line
key-back-follow = go back
key-mode = switch between text, hex dump and raw bytes in hexadecimal
key-side = switch between both sides, the client only and the server only
key-charset = use the next charset; at first the charset of each turn is guessed
key-previous-charset = use the previous charset
key-find = find a text, bytes or a regular expression: in packets, conversations, fields, bytes
key-find-content = find a text, bytes or a regular expression; an empty one ends the search
key-find-next = go to the next match
key-find-previous = go to the previous match
key-next-turn = go to where the other side sends next
key-previous-turn = go to where the other side sent before
key-save = save what is shown; an existing file is not overwritten
key-filter = show only what a display filter holds for: tcp.port == 80; an empty one shows all
key-only = only packets like this: with the value of the field, or with a cell of the row
key-and = the same, joined to the display filter with and
key-or = the same, joined to the display filter with or
key-not = packets unlike this, among what the display filter holds for
key-whole = all packets of the conversations that the display filter finds, or only those packets
key-port = show only these ports: 80 or 80,443 or 8000-8100 or !22
key-sort = sort by the next column
key-sort-previous = sort by the previous column
key-reverse = reverse the sort order
key-udp = show or hide UDP
key-with-findings = show only conversations with findings of warning or above, or all
key-write = save packets: all, those shown, those marked, or those of the conversation
key-write-everywhere = save packets, also where w saves content
key-mark = mark the packet, or all packets of the conversation; again to unmark
key-next-marked = go to the next marked row
key-previous-marked = go to the previous marked row
key-set-mark = with a letter after it: remember the packet by this letter
key-go-to-mark = with a letter after it: go to the packet of this letter; '' goes back to where the last jump began
key-answer = go from a request to its answer, or back; enter on a field that names a packet goes there, too
key-jump-back = go back to where the last jump began
key-reference = count time from this packet (*REF*), or no longer
key-unmark = remove all marks
key-stop = stop the live capture; what was captured stays on the screen
key-restart = discard what the live capture has so far, and start again
key-pane = the next pane
key-previous-pane = the previous pane
key-right = unfold; in the bytes, go to the next one
key-left = fold, or go to the row above it in the tree; in the bytes, go to the previous one
key-right-info = scroll Info to the right
key-left-info = scroll Info to the left
key-unfold = unfold or fold all rows
key-explain = explain the packet in plain words, or show its bytes
key-open-term = show the chosen word in the glossary
key-next-term = choose the next word of the glossary
key-previous-term = choose the previous word of the glossary
key-source = switch between the bytes of the packet and those reassembled from several packets
key-next = go to the next packet of this conversation
key-previous = go to the previous packet of this conversation
key-ladder = go from a packet to its conversation
key-in-packets = go to this packet in the list of all packets
key-goto = go to a packet by its number
key-command-line = type a command: :42 goes to packet 42, :w FILE saves; tab completes, :help lists all of them
key-palette = list all commands, and choose one: typing narrows the list
key-conversations = the conversations
key-packets = all packets
key-findings = the findings
key-pause = freeze the screen while the capture goes on; again to resume
key-time = switch the time format: since the first or previous packet, time, date, UTC, since 1970
key-sequence = switch between relative sequence numbers and those on the wire
key-secrets = show or hide passwords and other secrets
key-names = switch between names and addresses
key-colors = colour packets by rules, or not
key-columns = choose the columns; on a field: add it as a column of the packets
key-column-show = show the column, or hide it
key-column-up = move the column to the left
key-column-down = move the column to the right
key-column-wider = wider; without a number the width follows the content
key-column-narrower = narrower
key-column-add = add columns: names of fields; Title=field names a heading
key-column-edit = another heading or field
key-column-remove = remove the column
key-column-reset = the usual columns
key-column-close = close
key-decode = decode as: set the protocol of the server's port, such as http; empty to recognize it again
key-zoom = give this pane the whole screen, or restore it
key-larger = make this pane larger
key-smaller = make this pane smaller
key-copy = copy: the row, the field, its value, or the conversation as a filter, a ladder or a command of curl (OSC 52)
key-compare = compare the two conversations or packets that are marked
key-open-compared = open the conversation at this packet
key-only-differing = show only what differs, or everything
key-objects = the files that were transferred
key-open-object = open the conversation at the packet that completes the file
key-save-object = save the file; an existing one is not overwritten
key-up = up; after a number that many rows
key-down = down; after a number that many rows: 10j
key-page-up = a page up
key-page-down = a page down
key-half-page-up = half a page up
key-half-page-down = half a page down
key-top = the first row; gg after a number: that packet or row
key-bottom = the last row; during a capture, follow new rows; after a number that packet or row: 5G
key-keys = these keys, and from there the glossary; on a word or a field, its term in the glossary
key-tabnext = show the next capture that is open: its tab; also gt, 2gt for the second one
key-tabprevious = show the previous capture that is open; also gT
key-redraw = redraw the screen
key-suspend = suspend; fg resumes
key-quit = quit at once, with all captures that are open; asks first if something was not saved
help-title = Keys
help-more = { KEY("down") } more
help-glossary = { KEY("keys") } glossary
help-closes = { KEY("back") } closes
glossary-title = Glossary
glossary-hint = { KEY("keys") } keys   { KEY("back") } closes
glossary-fields = Fields: { $fields }
glossary-example = Example: sample { $sample }, packet { $packet }
help-signs = Signs
legend-error = error: something failed
legend-warned = warning: it made something slow or unsafe
legend-noted = note: worth knowing; happens on healthy connections, too
legend-several-findings = several findings of one kind about one server; closed, opened
legend-evidence = before the lifelines: this packet, or one of these, shows a finding; a warning, an error
legend-cursor = the selected row
legend-differs = the two sides differ
legend-client-or-server = sent by the client, by the server
legend-cursor-and-mark = the selected row; a marked row
legend-news = while capturing: new, busy, or just failed
legend-secret = a secret was sent in the clear
legend-announced = announced by the conversation above, as FTP data is
legend-guess = which side is the client is a guess: the handshake was not captured
legend-handshake = SYN, SYN-ACK and ACK of the handshake were captured
legend-handshake-missing = that packet was not captured; an RST or a wrong answer came instead
legend-good = it ended, or was answered, as it should be
legend-neutral = still open, ongoing, or one way
legend-warning = half open, half closed, or given up
legend-bad = reset, refused, unreachable, or without a valid answer
legend-one-packet = one packet, and its direction
legend-several-packets = several packets
legend-icmp = an ICMP error about the conversation
legend-no-packet = no packet: it was not captured, or was evicted
legend-ce = a congested router marked the packet instead of dropping it
legend-folded = folded, unfolded
legend-handshake-step = the steps of the handshake
legend-checked = numbers that match, or a normal close; a wrong number, a reset, or an error
legend-sender = sent by the client, by the server
legend-wrapped = continues the line above
legend-same-conversation = first, another and last packet of the selected packet's conversation
legend-other-conversation = a packet of another conversation in between
legend-direction = sent by its client, by its server
legend-comment = has a comment
legend-note = information, note
legend-problem = warning, error
help-confinement = what this program may do
hint-quit = quit

## The screen: what a switch has changed, at the bottom

times-since-first = Times: seconds since the first packet
times-since-previous = Times: seconds since the previous packet
times-of-day = Times: time of day
times-utc = Times: date and time in UTC
times-date = Times: date and time of day
times-epoch = Times: seconds since 1970
times-unknown = times are { $words }, with .0 to .9 after it for the digits
seq-absolute = Sequence numbers: as they are on the wire
seq-relative = Sequence numbers: relative
secrets-shown = Passwords and other secrets are shown.
secrets-hidden = Passwords and other secrets are hidden.
names-shown = Addresses are shown by their names, where those are known.
names-hidden = Addresses are shown as they are.
colors-on = Packets are coloured by rules.
colors-off = Packets are not coloured.

## The screen: messages at the bottom

message-capture-ended = The capture has ended.
message-capture-ended-why = The capture has ended: { $end }.
message-first-screen = This is the first screen: { KEY("back-or-quit") } quits.
message-no-conversation = Packet { $number } belongs to no conversation.
message-last-packet = This is the last packet of the conversation.
message-first-packet = This is the first packet of the conversation.
message-evicted-before =
    { $count ->
        [one] { $count } packet of the conversation before this one was evicted.
       *[other] { $count } packets of the conversation before this one were evicted.
    }
message-packets-up-to = There are packets 1 to { $last }.
message-packet-evicted = Packet { $number } was evicted; the first that is still there is { $first }.
message-nearest-packet = Packet { $number } is hidden by the filter; this is the nearest that is shown.
message-saving = Saving to { $path }: { $percent } %   esc cancels
message-still-saving = Another file is still being saved.
message-saved = Saved { $saved }, to { $path }.
message-save-cancelled = Cancelled: nothing was saved.
message-not-saved = Not saved: { $why }.
message-not-saved-path = Not saved: { $path }: { $why }.
message-restart-not-live = Only a live capture can start again.
message-restart-ended = The capture has ended: it cannot start again.
message-restart-saving = Packets are still being saved.
message-not-live = This is not a live capture.
message-already-ended = The capture has already ended.
message-stopped = Stopped: { $what }.
message-stopped-why = Stopped: { $what }; { $end }.
message-packet-marked = Packet { $number } is marked; { KEY("write") } saves marked packets, { KEY("unmark") } removes all marks.
message-packet-unmarked = Packet { $number } is no longer marked.
message-conversation-marked = All packets of { $conversation } are marked; { KEY("write") } saves marked packets, { KEY("unmark") } removes all marks.
message-conversation-unmarked = All packets of { $conversation } are no longer marked.
message-nothing-marked = No row is marked further on.
message-mark-set = Mark { $letter } is at packet { $number }.
message-no-mark = There is no mark { $letter }.
message-mark-letters = A mark is a letter or a digit.
message-mark-which = { KEY("set-mark") }: which letter?
message-go-to-mark-which = { KEY("go-to-mark") }: the mark of which letter? { KEY("go-to-mark") } goes back
message-quit-with-z = Z: another Z quits
message-count = { $count }
message-no-jump = There is nothing to go back to.
message-no-counterpart = Packet { $number } names no request and no answer.
message-reference-set = Times count from packet { $number }.
message-reference-removed = Times no longer count from packet { $number }.
message-all-unmarked = All marks are removed.
message-nothing-to-pause = The capture has ended: there is nothing to pause.
message-paused = Paused: the capture goes on. { KEY("pause") } resumes.
message-resumed = Resumed.
message-no-conversation-selected = No conversation is selected.
message-no-packet-selected = No packet is selected.
message-unknown-key = { $key } does nothing here; { KEY("keys") } shows the keys.
message-sorted = Sorted by { $column }.
message-sorted-reverse = Sorted by { $column }, in reverse order.
message-in-time = Sorted by time: in the order in which conversations began.
message-in-time-reverse = Sorted by time, in reverse order: the last conversation first.
message-not-being-read = The capture is no longer being read: its protocols cannot be changed.
message-decoded-as = { $transport } port { $port } is decoded as { $name }: { $conversations }.
message-recognized = { $transport } port { $port } is decoded as its content suggests: { $conversations }.
message-filtered = Display filter: { $filter }
message-whole-conversations = All packets of the conversations that the display filter finds are shown.
message-packets-only = Only packets for which the display filter holds are shown.
message-no-filter = There is no display filter for this row: { $field }
message-no-column = There is no column for this row: { $field }
message-column-added = Column { $field } is in the list of packets; { KEY("columns") } removes it.
message-column-removed = Column { $field } is no longer in the list of packets.
message-no-other-tab = No other capture is open: :tabnew FILE opens one in a tab.
message-tab-which = t shows the next capture, T the previous one, g goes to the first row
message-copied = Copied: { $words }
message-copied-lines = Copied { $count } lines: { $first } …
comment-packet = packet { $number }
message-commented = The comment is on { $on }; { KEY("write") } saves it.
message-recommented = The comment on { $on } is changed; { KEY("write") } saves it.
message-uncommented = The comment on { $on } is removed; { KEY("write") } saves the capture without it.
message-nothing-to-comment = No packet and no conversation is selected.
message-comments-evicted =
    { $count ->
        [one] The comments on { $count } packet, which were not saved, were evicted with it.
       *[other] The comments on { $count } packets, which were not saved, were evicted with them.
    }
message-beginning-evicted = The first packet of the conversation, which would have the comment, was evicted.
message-copied-cut = Copied the first { $here } of { $all }: the clipboard of a terminal takes no more.
message-exporting = Writing { $path }   esc cancels
stopped-captured =
    { $count ->
        [one] { $count } packet captured
       *[other] { $count } packets captured
    }
stopped-lost =
    { $count ->
        [one] { $count } packet lost
       *[other] { $count } packets lost
    }
stopped-in-file = in { $file }
stopped-not-saved = not saved yet: { KEY("write") } saves
reader-ended = No packet can be read: { $reason }
reader-failed = the reader failed: { $reason }
reader-failed-unknown = the reader failed: the reason is not known

## The screen: prompts at the bottom, and what is wrong with their answers

prompt-restart =
    { $count ->
        [one] Discard { $count } packet and start again? y/n
       *[other] Discard { $count } packets and start again? y/n
    }
prompt-restart-short =
    { $count ->
        [one] Discard { $count } packet? y/n
       *[other] Discard { $count } packets? y/n
    }
prompt-unsaved =
    { $count ->
        [one] { $count } packet was not saved: s save, d discard and quit, esc go on
       *[other] { $count } packets were not saved: s save, d discard and quit, esc go on
    }
prompt-unsaved-short =
    { $count ->
        [one] { $count } packet unsaved: s save, d discard, esc go on
       *[other] { $count } packets unsaved: s save, d discard, esc go on
    }
prompt-comments =
    { $count ->
        [one] Comments on { $count } packet not saved: s save, d discard and quit, esc go on
       *[other] Comments on { $count } packets not saved: s save, d discard and quit, esc go on
    }
prompt-comments-short =
    { $count ->
        [one] Comments on { $count } packet: s save, d discard, esc go on
       *[other] Comments on { $count } packets: s save, d discard, esc go on
    }
prompt-comment = Comment on { $on }:
prompt-comment-short = Comment:
prompt-enter-comments = enter sets it
prompt-enter-removes = empty removes it
prompt-saving = Packets are still being saved: q quit without saving, esc go on
prompt-saving-short = Still saving: q quit, esc go on
prompt-replace = { $name } is there: replace it? y/n
prompt-find-text = Find text
prompt-find-exact = Find exact text
prompt-find-hex = Find bytes (ff d8)
prompt-find-regex = Find regular expression
prompt-find-in-bytes = { $what } in packets:
prompt-find-in-lines = { $what } in the list:
prompt-save-new = Save to a new file:
prompt-save = Save to:
prompt-save-what = Save { $what } to:
prompt-save-count =
    { $count ->
        [one] Save { $what }, { $count } packet to:
       *[other] Save { $what }, { $count } packets to:
    }
prompt-save-choice =
    { $what }, { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    }
prompt-ports-examples = Ports (80,443  8000-8100  !22):
prompt-ports = Ports:
prompt-filter = filter
prompt-filter-examples = such as tcp.port == 80, ip.addr == 10.0.0.1, http; empty: show all
prompt-filter-all = enter shows all
prompt-filter-used = ↑ filters used before
prompt-filter-named = tab filters with names
prompt-filter-save = ctrl-s names it
prompt-filter-forget = ctrl-d forgets this one
prompt-filter-name = Name of the filter:
prompt-filter-name-hint = enter saves, esc cancels
prompt-filter-refers = { $reference } is packet { $packet }
prompt-filter-refers-to-none = { $reference } is no packet
prompt-tab-takes-it = tab takes it
prompt-column-add = Add columns, such as ip.ttl or Window=tcp.window_size:
prompt-column-edit = Heading and field:
prompt-column = Column:
prompt-go-to = Go to packet:
prompt-decode-as = Decode { $protocol } port { $port } as:
prompt-no-number = that is no packet number
prompt-enter-applies = enter applies
prompt-enter-goes = enter goes there
prompt-tab-text = tab for text
prompt-tab-exact = tab for exact text
prompt-tab-hex = tab for bytes
prompt-tab-regex = tab for a regular expression
prompt-shift-tab-bytes = shift-tab for the bytes of packets
prompt-shift-tab-lines = shift-tab for the text of the list
prompt-enter-finds = enter finds
prompt-enter-saves = enter saves
prompt-enter-decodes = enter decodes
prompt-tab-saves = tab saves something else
prompt-tab-saves-short = tab changes what
prompt-tab-completes = tab completes, empty: recognize it again
prompt-tab-completes-short = tab completes
prompt-esc-cancels = esc cancels
save-no-file-name = enter a file name
save-everything = everything
save-shown = what is shown
save-marked = what is marked
ports-no-port = '{ $text }' is no port: 0 to 65535, as in 80 or 80,443 or 8000-8100 or !22
ports-backwards = '{ $range }' ends before it begins
## The command line and the palette

command-line-help = list the commands, or say what one of them does
command-line-quit = close the capture, and quit with the last one; asks first if something was not saved; :q! does not ask
command-line-quitall = quit, with all captures that are open; asks first if something was not saved; :qa! does not ask
command-line-write = save packets to FILE: those marked, else those shown; :w! FILE replaces it
command-line-wq = save what a live capture has, and quit; :x does the same
command-line-tabnew = open another capture in a tab of its own, from where :open opens one
command-line-open = open another capture in the place of this one, from the directory of this one, or from any with --no-sandbox
command-line-sort = sort the conversations by this column; without one by the next
command-line-theme = choose the colours: for a dark terminal, for a light one, with high contrast, without red and green, or none
command-line-lang = choose the language: English or Korean
command-line-palette = command
command-line-palette-hint = ↑ ↓ choose, enter runs it, esc cancels
command-line-no-match = no command matches
command-line-hint = a command, or the number of a packet; tab lists the commands, ↑ those typed before
command-line-tab = tab completes
command-line-no-bang = :{ $name } takes no !
command-line-no-argument = :{ $name } takes no argument
command-line-usage = usage: :{ $usage }
command-line-ambiguous = { $name } may be { $names }
command-line-unknown = there is no command { $name }; :help lists them
command-line-unknown-near = there is no command { $name }; did you mean { $near }?
command-line-not-here = :{ $name } does nothing here; it works in: { $places }
command-line-no-column = there is no column { $name }; tab lists them
command-line-unsaved = packets were not saved: :w saves them
command-line-still-capturing = the capture is still running: :stop ends it
command-line-not-allowed = the program is confined and may not read it: open it with wiretalk FILE
command-line-not-opened = { $path } cannot be opened: { $why }
help-commands = Commands
help-command-aliases = also { $names }
help-command-key = key { $key }
command-line-export = write the HTTP requests of the conversations that are shown to a HAR file; :export! replaces it
command-line-comment = add a comment on the packet or the conversation; without a text, edit the one that is there, or remove it. frame.comment finds it, and :w saves it in a pcapng file
export-exists = { $path } is there: :export! replaces it
har-cut-off = the response was cut off
har-request-cut-off = only the beginning of the request was captured
har-no-time = the capture gives it no time; the date and the timings are not known
har-no-response = no response was captured
har-saved =
    { $count ->
        [one] Saved { $count } request, to { $path }.
       *[other] Saved { $count } requests, to { $path }.
    }

## What can be copied, compared and taken out

copy-title = Copy
copy-hint = enter copies, esc cancels
copy-row = row
copy-field-filter = filter of the field
copy-bytes = bytes in hexadecimal
copy-explanation = explanation
copy-value = value
copy-field = field as shown
copy-filter = display filter
copy-tcpdump = tcpdump expression
copy-markdown = ladder in Markdown
copy-ladder = ladder as text
copy-curl = curl command
copy-reading = Reading the conversation to copy it.
copy-unknown = nothing that can be copied is called { $name }; tab lists what can be
copy-not-here = there is no { $name } to copy here
copy-no-request = No HTTP request was found here.
copy-no-conversation = The conversation is no longer there.
listing-time = Time
listing-cut = … the conversation goes on
compare-title = Comparison
compare-reading = reading
compare-differ = { $differing } of { $all } rows differ
compare-packet = packet { $number }
compare-conversation = Conversation
compare-agreed = TCP options
compare-only-differing = Only what differs is shown.
compare-everything = Everything is shown.
compare-mark-two = Mark two conversations or two packets with { KEY("mark") }, then compare them.
objects-title = Files
objects-count =
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
objects-searching =
    { $count ->
        [one] searching, { $count } file so far
       *[other] searching, { $count } files so far
    }
objects-none = There is no file in the conversations that are shown.
objects-name = Name
objects-type = Type
objects-size = Size
objects-from = From
objects-packet = Packet
objects-incomplete = incomplete
objects-part = part

## The start screen, and waiting

start-question = what to look at?
start-interfaces = Interfaces, to capture from; { KEY("mark-interface") } chooses several
start-captures = Captures in this directory
start-recent = Recent captures
start-samples = Samples, to try it on and to learn from
start-capture = capture from { $interfaces }
start-open = open, or capture
start-others = wiretalk FILE opens any other
start-first-screen = This is the start screen: { KEY("back-or-quit") } quits.
waiting-for = Waiting for { $name } …
waiting-first-bytes = The capture is shown as soon as its first bytes arrive.
screen-too-small = too small

## The screen: conversations and packets

title-seconds = { $seconds } s
title-evicted = evicted: { $packets } packets before { $since }
title-sessions-ended = messages of { $count } conversations not read to their end
title-dropped =
    { $count ->
        [one] { $count } packet dropped
       *[other] { $count } packets dropped
    }
title-gone = { $interface } is gone
title-live = live { $packets } packets/s
title-ended = ended
title-reading = reading
title-reading-percent = reading { $percent } %
title-rereading =
    { $count ->
        [one] rereading { $count } conversation
       *[other] rereading { $count } conversations
    }
title-secrets = secrets shown
title-paused =
    { $count ->
        [one] paused · { $count } packet since
       *[other] paused · { $count } packets since
    }
title-following = following
title-follows = follows
list-waiting = Waiting for packets …
list-reading = Reading …
list-no-packets = There are no packets in this capture.
conversations-none-has-port =
    { $count ->
        [one] None of the { $count } conversation has port { $ports }. { KEY("back") } shows all.
       *[other] None of the { $count } conversations has port { $ports }. { KEY("back") } shows all.
    }
conversations-none-filtered =
    { $count ->
        [one] The filter holds for no packet of the { $count } conversation. { KEY("back") } shows all.
       *[other] The filter holds for no packet of the { $count } conversations. { KEY("back") } shows all.
    }
conversations-none-filtered-port =
    { $count ->
        [one] The filter and the ports together hold for no packet of the { $count } conversation. { KEY("back") } shows all.
       *[other] The filter and the ports together hold for none of the { $count } conversations. { KEY("back") } shows all.
    }
conversations-only-udp = Only UDP here; { KEY("udp") } shows it.
conversations-none-with-findings = No conversation has findings. { KEY("back") } shows all.
conversations-none-yet = No conversations yet. 2 shows the packets.
conversations-none = No conversations: no packet here carries TCP or UDP. 2 shows the packets.
conversations-sorted = sorted by { $column }
conversations-sorted-reverse = sorted by { $column }, reversed
conversations-packets-of =
    { $shown } of { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    }
conversations-packets-shown =
    { $shown } of { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    } in these conversations
conversations-packets-in-them =
    { $shown } of { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    } in conversations
conversation-secret = a secret was sent in the clear
filter-shown = { $shown } of { $all } shown
filter-ports = port: { $ports }
filter-ports-announced = data connections go with their control connection
filter-not-of-statistics = the statistics count all packets
filter-tcp = TCP only
filter-findings = with findings
filter-capture = filter: { $filter }
filter-display = filter: { $filter }
filter-menu-only = Only packets with
filter-menu-and = And also with
filter-menu-or = Or with
filter-menu-not = Without
filter-menu-hint = enter applies  { KEY("only") } only  { KEY("and") } and  { KEY("or") } or  { KEY("not") } not
filter-packets =
    { $shown } of { $count ->
        [one] { $count } packet
       *[other] { $count } packets
    }
filter-searching = … { $percent } %
filter-esc-clears = { KEY("back") } clears
filter-whole = whole conversations
filter-refers = { $reference } is packet { $packet }
kept-ignored = { $path } is ignored: { $error }
kept-missing = it does not exist
kept-link = it is a symbolic link
kept-no-file = it is no plain file
kept-other-user = it belongs to another user
kept-writable = everybody can write it
kept-too-large = it is too large
kept-damaged = it is not lines of text
kept-too-many = there are too many filters with names: at most { $most }
kept-not-written = kept for this run only: { $error }
kept-nowhere = kept for this run only: there is no directory for it
kept-named = saved as { $name }
kept-removed = { $name } is removed
filter-search-failed = the search has failed: { $reason }
packets-number = No.
packets-time = Time
packets-source = Source
packets-destination = Destination
packets-protocol = Protocol
packets-protocol-short = Proto
packets-length = Length
packets-info = Info
packets-filtering = filtering { $share } %
packets-filtering-first = Filtering …
packets-none-has-port =
    { $count ->
        [one] None of the { $count } packet belongs to a conversation with port { $ports }. { KEY("back") } shows all.
       *[other] None of the { $count } packets belongs to a conversation with port { $ports }. { KEY("back") } shows all.
    }
packets-none-with-findings = No packet belongs to a conversation with findings. { KEY("back") } shows all.
packets-none-is-tcp =
    { $count ->
        [one] The { $count } packet does not belong to a TCP conversation. { KEY("back") } shows all.
       *[other] None of the { $count } packets belongs to a TCP conversation. { KEY("back") } shows all.
    }
packets-none-filtered =
    { $count ->
        [one] The filter does not hold for the { $count } packet. { KEY("back") } shows all.
       *[other] The filter holds for none of the { $count } packets. { KEY("back") } shows all.
    }
packets-not-read-yet = Packet { $number } has not been read yet.
packet-unreadable = This packet cannot be read again: { $reason }
column-kind = Kind
column-ends = Client → server
column-end = Server
column-what = What happened
column-conversation = Conv.
column-evidence = Packets
count-errors =
    { $count ->
        [one] { $count } error
       *[other] { $count } errors
    }
count-warnings =
    { $count ->
        [one] { $count } warning
       *[other] { $count } warnings
    }
count-notes =
    { $count ->
        [one] { $count } note
       *[other] { $count } notes
    }
count-clients =
    { $count ->
        [one] { $count } client
       *[other] { $count } clients
    }
findings-shown =
    { $count ->
        [one] { $shown } of { $count } finding
       *[other] { $shown } of { $count } findings
    }
findings-searching = looking for findings … { $percent } %
findings-nothing = nothing wrong found
findings-only-notes =
    { $count ->
        [one] nothing wrong found; { $count } note
       *[other] nothing wrong found; { $count } notes
    }
findings-none-shown =
    { $count ->
        [one] The filter hides the { $count } finding. { KEY("back") } shows all.
       *[other] The filter hides all { $count } findings. { KEY("back") } shows all.
    }
findings-several =
    { $count ->
        [one] { $count } finding: { $first }
       *[other] { $count } findings; the first: { $first }
    }
findings-withdrawn = this no longer holds
findings-no-evidence = No packet shows this finding: it is about the capture itself.
findings-none-selected = No finding is selected.
share-handshake = handshake
share-client = client
share-server = server
share-transfer = transfer
share-window = window
share-retransmission = retransmission
share-idle = idle
ladder-conversation-evicted = This conversation was evicted: { KEY("back") } leaves it
ladder-secrets = secrets
ladder-client = client { $client }
ladder-client-guessed = client? { $client }
ladder-server = { $server } server
ladder-reading = reading … { $done } %
ladder-to-server = client → server
ladder-to-client = server → client

## The screen: one packet

packet-source = Packet
packet-source-length =
    { $count ->
        [one] { $name } ({ $count } byte)
       *[other] { $name } ({ $count } bytes)
    }
packet-source-part =
    { $count ->
        [one] { $name } ({ $length } of { $count } byte)
       *[other] { $name } ({ $length } of { $count } bytes)
    }
packet-bytes-missing =
    { $count ->
        [one] … { $count } byte not captured
       *[other] … { $count } bytes not captured
    }
packet-number-unreadable = Packet { $number } cannot be read again: { $reason }
packet-quoted-by = quoted by { $quoter }
packet-quoted = quoted
place-capture-file = from the capture file
place-no-bytes = no bytes of its own
place-computed = calculated, not in the packet
place-byte = byte { $at }
place-bytes = bytes { $first }–{ $last }
place-bit = { $place }, bit { $mask }
place-bits = { $place }, bits { $mask }
place-in-source = { $place } of { $source }
frame = Frame
frame-all-captured =
    { $count ->
        [one] { $number }: { $count } byte on the wire, all captured
       *[other] { $number }: { $count } bytes on the wire, all captured
    }
frame-part-captured =
    { $count ->
        [one] { $number }: { $count } byte on the wire, { $captured } captured
       *[other] { $number }: { $count } bytes on the wire, { $captured } captured
    }
frame-number = Number
frame-time = Captured, time here
frame-time-utc = Captured, UTC
frame-since-first = Since the first packet
frame-since-reference = Time since the reference
frame-since-previous = Since the previous packet
frame-length = Length on the wire
frame-captured = Length captured
frame-not-captured =
    { $count ->
        [one] { $count } byte not captured
       *[other] { $count } bytes not captured
    }
frame-not-captured-limit =
    { $count ->
        [one] { $count } byte not captured: the capture keeps { $limit } of a packet
       *[other] { $count } bytes not captured: the capture keeps { $limit } of a packet
    }
frame-interface = Interface
frame-unnamed = unnamed
frame-interface-description = Interface description
frame-link-type = Link type
frame-snaplen = Snapshot length
frame-filter = Capture filter
frame-conversation = Conversation
frame-from-client = { $conversation }, from the client: { $from } → { $to }
frame-from-server = { $conversation }, from the server: { $from } → { $to }
frame-file = File
frame-comment = Comment
frame-note = Note
frame-fields-left-out =
    { $count ->
        [one] { $count } more field not shown: too many for one packet
       *[other] { $count } more fields not shown: too many for one packet
    }

## The screen: the content of a conversation

follow-silent-side = This side sent no data; { KEY("side") } shows the other.
follow-nothing = No packet of this conversation carries data.
find-too-long = longer than { $most } bytes
find-not-hex = not bytes in hexadecimal, such as ff d8
find-regex-too-large = this regular expression is too large
find-bad-regex = not a regular expression: { $error }
find-matches-nothing = this is found everywhere
find-failed = The search has failed: { $reason }
find-progress = Searching for '{ $words }' … { $percent } %   esc cancels
find-progress-lines = Searching the text of the list for '{ $words }' … { $percent } %   esc cancels
find-cancelled = The search was cancelled.
find-no-search = No search yet; ctrl-f starts one.
find-not-here = There is nothing to search here.
find-only-in-lines = No packet has the bytes of '{ $words }'; the text of this row does.
follow-from-beginning = The search continues from the beginning.
follow-from-end = The search continues from the end.
find-nowhere = '{ $words }' was not found.
follow-nowhere = /{ $words }: not found
follow-hit = /{ $words }: { $at } of { $count }
follow-hits =
    { $count ->
        [one] /{ $words }: { $count } match
       *[other] /{ $words }: { $count } matches
    }
follow-line = line { $line } of { $rows }
follow-evicted-before =
    { $count ->
        [one] { $count } packet before this evicted
       *[other] { $count } packets before this evicted
    }
follow-saving = saving { $percent } %
follow-reading = reading { $percent } %
follow-lines = wrapping lines { $percent } %
follow-looking = searching { $percent } %
follow-mode-text = text
follow-mode-hex = hex
follow-mode-raw = raw
follow-both-sides = both sides
follow-client-only = client only
follow-server-only = server only
follow-charset-auto = auto: { $charset }
follow-charset-auto-unknown = auto
follow-charset = Text is read as { $charset }.
follow-charset-guessed = Text is read as what each turn seems to be.
follow-conflict = ! packet { $packet } retransmits these bytes with different content
follow-gap-evicted =
    { $count ->
        [one] … { $count } byte evicted …
       *[other] … { $count } bytes evicted …
    }
follow-gap-not-captured =
    { $count ->
        [one] … { $count } byte not captured …
       *[other] … { $count } bytes not captured …
    }
follow-save-directory = that is a directory; enter a file name
follow-save-exists = that file exists; enter another name
follow-saved =
    { $count ->
        [one] Saved { $count } byte to { $to }.
       *[other] Saved { $count } bytes to { $to }.
    }
follow-not-saved = Not saved: { $why }
follow-not-saved-to = Not saved: { $to }: { $why }
follow-not-saved-exists = Not saved: { $to } was created meanwhile and is not overwritten.
follow-no-directory = there is no such directory
follow-no-permission = no permission to write there

## Findings: their names, in at most 16 columns

finding-refused = refused
finding-no-answer = no answer
finding-unreachable = unreachable
finding-handshake-incomplete = half open
finding-slow-handshake = slow handshake
finding-reset = reset
finding-idle-timeout = idle timeout
finding-not-closed = not closed
finding-packet-loss = packet loss
finding-zero-window = zero window
finding-window-limited = window limited
finding-slow-server = slow: server
finding-slow-client = slow: client
finding-mtu-black-hole = MTU black hole
finding-path-mtu = path MTU
finding-delayed-ack = delayed ACK
finding-reordering = reordering
finding-tls-alert = TLS alert
finding-login-failed = login failed
finding-mail-rejected = mail rejected
finding-http-error = HTTP error
finding-dns-failure = DNS failure
finding-starttls-unused = STARTTLS unused
finding-starttls-refused = STARTTLS refused
finding-ftp-data-failed = FTP data failed
finding-credentials-in-clear = password in clear
finding-syn-flood = SYN flood
finding-port-scan = port scan
finding-host-scan = host scan
finding-arp-conflict = ARP conflict
finding-brute-force = brute force
finding-tls-outdated = TLS outdated
finding-began-before = began before
finding-one-direction = one direction
finding-cut-short = cut short
finding-capture-drops = capture drops
finding-checksum-offload = checksum offload
finding-duplicated-frames = duplicated
finding-fragments-missing = fragments missing

## Findings: their sentences

finding-text-unreachable = { $server } is unreachable: { $reporter } reports "{ $what }"
finding-text-reset-at-once = the client reset the connection as soon as the server had accepted it, as a half-open scan does
finding-text-slow-handshake = opening took { $took }
finding-text-slow-handshake-syns = opening took { $took }; { $syns ->
    [one] { $syns } SYN was
   *[other] { $syns } SYNs were
} needed because the first answers were lost or late
finding-text-slow-handshake-older = opening took { $took }: the server still held an older connection between the same ports, which the client had to reset first
finding-text-reset-unused = the { $by } reset the connection after { $lasted } without sending anything
finding-text-reset-before-data = the { $by } reset the connection after { $lasted }, before any data
finding-text-reset-cut = the { $by } reset the connection in the middle of an answer; { $sent } of the server had come by then
finding-text-reset-unanswered = the server reset the connection instead of answering the client's last message ({ $sent } sent in all)
finding-text-reset-broken-off = the client broke off an answer with RST; { $sent } of the server had come by then
finding-text-reset-too-late = the client sent a request on a connection that the server had closed, and it was lost: the server's timeout and the client's next request crossed
finding-text-reset-under-way = the { $by } reset the connection while data of the { $other } was under way; { $sent } had been sent
finding-text-reset-gave-up = the { $by } reset the connection after { $lasted } while it waited for an answer
finding-text-reset-own = the { $by } reset the connection right after { $sent } of its own; whether that was all is not known
finding-text-reset-all-said = the { $by } sent RST after everything had been said
finding-text-never-answered = { $host } accepted the connection and then answered nothing: { $times } retransmissions of the first data over { $lasted }; a firewall on the way, or one that accepts for the server, lets it through no further
finding-text-stopped-answering = { $host } stopped answering after { $sent }: { $times } retransmissions over { $lasted }, then nothing
finding-text-idle-reset = after { $pause } of silence the { $by } reset the connection: it, or a firewall or NAT in its name, had a timeout
finding-text-idle-answered-reset = after { $pause } of silence the { $by } sent something, which was answered with RST: the other side, or a firewall or NAT, had forgotten the connection
finding-text-idle-silence = after { $pause } of silence the { $by } sent something, which was never answered: a firewall or NAT on the way had forgotten the connection, or the other side is gone
finding-text-keep-alive-unanswered = the last { $count } keep-alives of the { $by } were not answered: the { $other } is gone, or a firewall or NAT has forgotten the connection
finding-text-half-closed = the { $by } closed its half, and the { $other } never did: the connection was still there after { $silence }
finding-text-not-closed = neither side had closed it when the capture ended, { $silence } after its last packet
finding-text-loss = { $lost } of { $all } segments of the { $by } were lost ({ $rate } %); { $again } sent again{ $timeouts ->
        [0] { "" }
       *[other] , { $timeouts } of them after a timeout
    }; { $waited } of waiting
finding-text-loss-at = lost between the capture and the { $place }
finding-text-zero-window = the { $by } did not read for { $stalled } of { $lasted }: its window was 0
finding-text-zero-windows = the { $by } did not read for { $stalled } of { $lasted }: its window was 0 { $times } times, for { $longest } at most
finding-text-zero-window-still = the { $by } has not read for { $stalled }: its window is 0
finding-text-window-limited = the window of the { $receiver } limited the speed: { $size } per round trip of { $round } are { $speed }/s at most; { $share } % of the time went by in waiting for it
finding-text-window-unscaled = without window scaling, the window of the { $receiver } limited the speed: { $size } per round trip of { $round } are { $speed }/s at most; { $share } % of the time went by in waiting for it
finding-text-slow-server = the server answered after { $took }; the round trip to it takes { $path }
finding-text-slow-greeting = the server greeted after { $took }; the round trip to it takes { $path }
finding-text-slow-server-often = { $times } answers of the server took long, { $longest } at most; the round trip to it takes { $path }
finding-text-slow-server-always = { $answers } answers of the server took { $average } on average; the round trip to it takes { $path }
finding-text-slow-request = { $request } was answered after { $took }
finding-text-retried = { $request } was answered after { $repeats ->
    [one] 1 retry
   *[other] { $repeats } retries
}, { $took }
finding-text-unanswered = { $request } was not answered within { $waited }, and the client gave up
finding-text-stopped = the server stopped in the middle of its answer to { $request }: after { $size } of the server nothing more came for { $waited }, and the client gave up
finding-text-slow-client = the client paused for { $paused } before it went on; a person may have been thinking
finding-text-mtu = segments of { $length } B of the { $by } do not get through: sent again { $times } times, while { $passes } B do; a link on the path has a smaller MTU, and its "packet too big" does not come back
finding-text-mtu-first = the first data of the { $by }, in segments of { $length } B, does not get through, although the handshake did: sent again { $times } times; a link on the path may have a smaller MTU, and its "packet too big" not come back
finding-text-mtu-shortened = segments of { $length } B of the { $by } did not get through: sent again { $times } times, { $waited } of waiting, until it sent smaller ones; a link on the path has a smaller MTU, and its "packet too big" does not come back
finding-text-mtu-ignored = segments of { $length } B of the { $by } do not get through: { $reporter } reports { $mtu ->
        [0] that they are too big for a link
       *[other] a path MTU of { $mtu } B
    } (packet { $packet }), and they were sent again { $times } times as long as before: the report does not reach the { $by }, or it ignores it
finding-text-mtu-missing = only small segments of the { $by } arrive, { $longest } B at most: { $missing } before packet { $packet } are still missing { $waited } later; a link on the path probably has a smaller MTU, and its "packet too big" does not get to the { $by }
finding-text-path-mtu = the path MTU to the { $to } is { $mtu } B at most, reports { $reporter }
finding-text-path-mtu-unknown = a link on the path to the { $to } is too narrow for full packets, reports { $reporter }
finding-text-path-mtu-again = the { $by } sent { $again } { $again ->
        [one] segment
       *[other] segments
    } again in smaller pieces
finding-text-delayed-ack = the { $by } waited { $times } times for an acknowledgment that was delayed by { $average } before it sent the rest of a message, { $together } in all: small writes with Nagle's algorithm; TCP_NODELAY or one larger write avoids it
finding-text-reordering = { $count } of { $all } segments of the { $by } were overtaken on the way ({ $rate } %)
finding-text-tls-alert = TLS was broken off with { $alert } ({ $code }): { $advice }
finding-text-tls-given-up = the client ended TLS right after the server's certificate: it probably does not accept it
finding-text-login = { $request } was refused: { $answer }
finding-text-logins = { $times } log-ins were refused, { $request } last: { $answer }
finding-text-login-later = { $request } was refused ({ $answer }), and a later attempt succeeded
finding-text-mail = { $request } was refused: { $answer }
finding-text-mail-greeting = the mail server refuses to serve: { $answer }
finding-text-http = { $request } failed: { $answer }
finding-text-https = { $request } failed: { $answer }; and { $more } more
finding-text-http-cut = the answer to { $request } was cut short: the server closed the connection before its end
finding-text-dns = { $request } failed: { $answer }, says { $server }
finding-text-dns-silent = { $request } was never answered by { $server }
finding-text-starttls-refused = { $request } was refused: { $answer }
finding-text-starttls-unused = the server offered TLS, and the { $application } conversation went on in the clear
finding-text-starttls-unused-login = the server offered TLS, and the { $application } conversation went on in the clear with a password
finding-text-ftp-port = the data connection to { $to } that FTP announced could not be opened ({ $state }): a firewall or NAT does not let it through
finding-text-ftp = { $request } failed: { $answer }
finding-text-ftp-unused = { $request } was never finished; nothing connected to { $to }, which was announced for it
finding-text-ftp-never = nothing connected to { $to }, which FTP had announced, before the client gave up
finding-text-credentials = a password or another secret of { $application } went to { $server } readable by everyone on the path
finding-text-tls-outdated = { $version } was agreed, which must not be used any more (RFC 8996)
finding-text-began-before = the connection began before the capture: what was agreed, and what came before, is not known
finding-text-one-direction = nothing of { $by } was captured, so losses, answers and delays cannot be judged
finding-text-cut-short = { $packets ->
    [one] { $packets } packet was
   *[other] { $packets } packets were
} captured only in part: what is missing cannot be read (snaplen)
finding-text-capture-drops = the capture lacks { $packets ->
    [one] { $packets } packet
   *[other] { $packets } packets
} that its interface or the system dropped
finding-text-checksum-offload = checksums of { $host } look wrong because they are computed after the capture, by its network card; on loopback they never are
finding-text-duplicated = { $packets ->
    [one] { $packets } frame was
   *[other] { $packets } frames were
} captured twice; the copies are not counted as sent again
finding-text-fragments = { $packets ->
    [one] { $packets } fragment was
   *[other] { $packets } fragments were
} captured without the others of their datagrams, which could not be reassembled
finding-text-syn-flood = { $syns } connections from { $clients } different addresses to { $server } were begun in { $lasted } and never completed
finding-text-port-scan = { $client } tried { $ports } ports of { $server } in vain in { $lasted }
finding-text-host-scan = { $client } tried { $protocol } port { $port } of { $hosts } hosts in vain in { $lasted }
finding-text-brute-force = { $times } log-ins of { $client } at { $server } were refused
finding-text-brute-force-ssh = { $client } looks like guessing passwords at { $server }: { $times } connections of SSH in { $lasted } that ended alike, with messages as long as refusals to log in
finding-text-arp = { $address } is claimed by several MAC addresses: { $macs }

tls-advice-no-common = both sides have no cipher, group or signature in common, or the client has no certificate that the server asks for; compare what they allow
tls-advice-certificate = the other side's certificate was not accepted; check its names, usage and chain
tls-advice-revoked = the certificate was revoked; it must be replaced
tls-advice-expired = the certificate has expired, or a clock is wrong; renew it
tls-advice-unknown-ca = the issuer of the certificate is not trusted; install its CA where it was refused, or send the whole chain
tls-advice-access = the certificate is valid, but its owner is not allowed in
tls-advice-version = both sides have no version of TLS in common; allow a newer one
tls-advice-internal = the side that sent it failed by itself; look into its log
tls-advice-fallback = the client tried an older version than the server has: something on the path broke the newer one
tls-advice-cancelled = the user cancelled
tls-advice-name = the server does not know the name that the client asked for; check the name (SNI)
tls-advice-certificate-required = the server wants a certificate of the client, which sent none
tls-advice-alpn = both sides have no application protocol in common (ALPN)
tls-advice-other = the two sides do not understand each other; look into the log of the side that sent it

at-least = at least { $different }
finding-no-severity = "{ $text }" is no severity: note, warning or error
finding-no-kind = "{ $text }" is no kind of finding: { $names }
threshold-not-a-rule = "{ $text }" is no threshold: KIND=VALUE, such as slow-server=1s
threshold-none = { $kind } has no threshold
threshold-wrong = "{ $value }" is no threshold of { $kind }: { $unit }
threshold-time = a time, such as 1.5s or 200ms
threshold-percent = per cent, such as 2%
threshold-count = a number
unknown-protocol = an unknown protocol

filter-of-capture = this is a capture filter; the display filter is: { $filter }
filter-too-long = the filter is too long: at most 64 KiB
filter-too-deep = brackets or operators are nested too deeply
filter-unexpected-end = the filter ends where something is missing
filter-unexpected = "{ $what }" was not expected here
filter-unexpected-here = this was not expected here
filter-one-equals-sign = use == to compare
filter-value-alone = { $value } alone is no filter; compare a field with it: { $field } == { $value }
filter-quote-missing = the closing quote is missing
filter-bracket-missing = the closing bracket is missing
filter-bad-escape = this is no escape sequence
filter-bad-character = this is no character: one in single quotes, such as 'a' or '\n'
filter-bad-slice = this is no slice: [4], [0:3], [2-5], [:6], [-4:] or several of them with commas
filter-bad-layer = a layer is a number or a range: #2 or #[1-3]
filter-no-macro = there is no macro "{ $name }"
filter-macro-arguments =
    { $count ->
        [0] the macro { $name } takes no values
        [one] the macro { $name } takes one value
       *[other] the macro { $name } takes { $count } values
    }
filter-macro-empty = a value of the macro { $name } is empty
filter-macro-too-deep = macros are nested too deeply, or stand for too long a text
filter-no-field = "{ $field }" is neither a field nor a protocol
filter-no-field-but = "{ $field }" is neither a field nor a protocol; did you mean "{ $like }"?
filter-no-finding = no finding is called "{ $name }"; wiretalk findings lists those of a capture
filter-no-finding-but = no finding is called "{ $name }"; did you mean "{ $like }"?
filter-not-dissected = Wireshark knows the protocol { $protocol }, and this program does not dissect it
filter-unordered = nothing is greater or less than NaN
filter-no-names = the values of { $field } have no names
filter-constant = one side of a comparison must be a field
filter-has-no-value = { $field } has no value: it is only there or not
filter-cannot-contain = { $field } is neither text nor bytes, so that it contains nothing
filter-matches-text = matches needs a regular expression in double quotes on its right
filter-cannot-match = { $field } is neither text nor bytes; string({ $field }) makes text of it
filter-bad-regex = the regular expression is wrong: { $error }
filter-only-fields-in = only a field can be looked for in a set
filter-cannot-slice = { $field } has no bytes that could be sliced
filter-cannot-slice-value = only fields and functions can be sliced
filter-no-function = there is no function "{ $function }": len, count, upper, lower, string, vals, max, min, abs, float, double
filter-arguments = { $function }() takes another number of arguments
filter-only-fields-to = { $function }() needs a field
filter-only-text = { $function }() needs text, and { $field } is none
filter-no-string = { $field } cannot be made text
filter-no-arithmetic = { $field } is no number
filter-not-compatible = { $one } and { $other } are of types that cannot be compared
filter-not-a-number = "{ $value }" is no number
filter-no-such-value = "{ $value }" is no value of { $field }
filter-too-large = { $value } is too large for { $field }: at most { $most }
filter-too-small = { $value } is too small for { $field }: at least { $least }
filter-not-a-time = "{ $value }" is no time: "2011-07-04 12:34:56" or "Nov 12, 1999 08:55:44.123"
filter-not-bytes = "{ $value }" are no bytes: 47:45:54, or text in double quotes
filter-not-ipv4 = "{ $value }" is no IPv4 address
filter-not-ipv6 = "{ $value }" is no IPv6 address
filter-bad-prefix = "{ $length }" is no length of a prefix: at most { $most }

## Statistics

command-stats = Add up what a capture consists of: protocols, endpoints, services, response times, throughput
stats-no-application = no application
stats-capture = { $packets }, { $size } in { $lasted }
stats-evicted = evicted meanwhile, and counted here: { $packets }
stats-hierarchy = Protocol hierarchy
stats-hierarchy-cut = There are too many orders of layers: of some packets only the outer layers are counted.
stats-endpoints = Endpoints
stats-talkers = Talkers
stats-services = Ports and services
stats-applications = Conversations by application
stats-answers = Response times, from the end of a request to the first byte of its answer
stats-throughput = Throughput
stats-more = … and { $more } more
stats-others = { $packets } with { $size } are between pairs of addresses that are not counted apart
stats-no-packets = no packets
stats-one-time = no chart: all packets have the same time
stats-backwards = no chart: by their times, all packets are from before the first one
stats-absurd-time = no chart: the times differ by { $years } years
stats-early = { $packets } from before the first one by their time are counted with it
stats-column-share = Share
stats-column-address = Address
stats-column-bytes-sent = Sent
stats-column-bytes-received = Received
stats-column-bytes-right = → Bytes
stats-column-bytes-left = ← Bytes
stats-column-port = Port
stats-column-service = Service
stats-column-application = Application
stats-column-conversations = Conversations
stats-column-answers = Answers
stats-column-fastest = Fastest
stats-column-mean = Mean
stats-column-slowest = Slowest
stats-column-from-second = From second
stats-column-errors = TCP errors
stats-column-protocol = Protocol
stats-column-packets = Packets
stats-column-bytes = Bytes
stats-column-addresses = Addresses
stats-column-conversations-short = Conv.
stats-view-protocols = Protocols
stats-view-services = Services
stats-view-applications = Applications
stats-view-answers = Response times
stats-all-packets = all packets
stats-adding-up = adding up …
stats-nothing = nothing
stats-no-answers = No request of a known protocol was answered.
stats-no-filter = no display filter says what this row counts
stats-with-evicted = with { $packets } that are not kept
stats-from-time = from { $time }
stats-median = median
stats-to-server = → to servers
stats-to-client = ← to clients
stats-neither = neither
stats-errors = TCP errors
stats-chart-width = a column is { $width }
stats-no-cursor = ← and → place the cursor.
stats-tcp-errors =
    { $count ->
        [one] { $count } TCP error
       *[other] { $count } TCP errors
    }
stats-no-more-errors = There is no further TCP error.

charts-sequence = Sequence numbers
charts-in-flight = Bytes in flight
charts-round-trips = Round trips
charts-window = window
charts-flight = in flight
charts-acknowledged = acknowledged
charts-data = data
charts-out-of-order = out of order
charts-again = sent again
charts-lost = after a gap
charts-reset = reset
charts-rtt-server = to the server
charts-rtt-client = to the client
charts-of-client = → data of the client
charts-of-server = ← data of the server
charts-full = The chart ends after the first { $packets } packets.
charts-foot-data = { $size } from { $at }
charts-foot-in-flight = in flight { $size }
charts-foot-ack = ack { $at }
charts-foot-window = window { $size }
charts-foot-rtt = RTT { $time }

scope-statistics = Statistics
scope-charts = Charts
hint-view = view
hint-error = error
hint-charts = charts
hint-bytes-or-packets = bytes/packets
key-open-statistics = show the packets of the row; in the throughput, go to the packet at the cursor
key-open-time = go to the packet at the cursor of a chart
key-view = the next view
key-previous-view = the previous view
key-right-time = move the cursor of a chart to the right; in a list, the next view
key-left-time = move the cursor of a chart to the left; in a list, the previous view
key-zoom-in = zoom in on the cursor
key-zoom-out = zoom out
key-next-error = move the cursor to the next error
key-previous-error = move the cursor to the previous error
key-bytes-or-packets = throughput in bytes, or in packets
key-other-side = the data of the other side
key-charts = the charts of the conversation: throughput, sequence numbers, bytes in flight, round trips
key-statistics = the statistics

command-info = Say what a capture file is: format, link types, interfaces, times, rates, drops
arg-hashes = With the SHA-256 and the SHA-1 of the file
cli-no-hashes = hashes are made of files only
info-file = File
info-type = Type
info-pcapng = pcapng
info-pcap = pcap
info-pcap-modified = pcap, modified
info-nanoseconds = nanoseconds
info-microseconds = microseconds
info-big-endian = big-endian
info-little-endian = little-endian
info-compression = Compression
info-size = File size
info-links = Link types
info-packets = Packets
info-bytes = Data size
info-captured = Captured
info-cut = { $bytes }: { $packets } cut short
info-first = First packet
info-last = Last packet
info-duration = Duration
info-time-before = before the year 1677, which is not supported: the capture's clock, or its if_tsresol, is wrong
info-time-after = after the year 2262, which is not supported: the capture's clock, or its if_tsresol, is wrong
info-no-duration = not known
info-order = Order
info-timeless = Without a time
info-in-order = in order of time
info-not-in-order = not in order of time
info-packet-rate = Packet rate
info-byte-rate = Byte rate
info-bit-rate = Bit rate
info-packets-per-second = packets/s
info-bytes-per-second = B/s
info-bits-per-second = bit/s
info-mean = Mean size
info-mean-bytes = { $mean } bytes
info-drops = Drops
info-application = Application
info-system = System
info-hardware = Hardware
info-comment = Comment
info-interfaces = Interfaces
info-column-name = Name
info-column-link = Link type
info-column-snaplen = Limit
info-column-packets = Packets
info-column-received = Received
info-column-drops = Drops
info-column-filter = Filter

## The settings

config-about = The settings of wiretalk. A line with one # is a default; remove the # to change it. Options on the command line have precedence.
config-language = Language of the texts: "en", "ko", or "auto" for that of LC_ALL, LC_MESSAGES or LANG
config-theme = Colours of the screen: "dark", "light", "high-contrast", "color-blind", "plain", or "auto" for those of the terminal
config-remember = Keep filters, recent captures and where they were left from run to run
config-keep = How much of a capture is kept, as with --keep; "auto" is all of a file and 2GiB of a live capture
config-memory = How much memory is used for it, as with --memory; "auto" is no limit for a file and 1GiB for a live capture
config-decode-as = Protocols of ports, as with -d: ["tcp.port==8888,http"]
config-ignore = Kinds of findings that are left out, as with --ignore: ["delayed-ack"]
config-ports = Ports of the conversations on the screen, as with --port
config-filter = Display filter of the screen, as with -Y
config-names = On the screen, names instead of addresses; false is -n
config-time = Times on the screen, as with -t: a, ad, d, e, r, ud
config-resolve = On the screen, ask the system's resolver for names, as with -N: others may see which addresses are looked up
config-absolute-seq = On the screen, sequence numbers as they are on the wire, as with -S
config-use-color-rules = Colour packets by rules; false is --no-color-rules
config-color-rules = The rules, of which the first that holds for a packet counts: a display filter, and plain, bad, warning, handshake, dim, web, name, neighbor or a style as in [colors]
config-columns = Columns of the lists on the screen, as with --columns; "auto" goes by the width of the window
config-thresholds = Thresholds of findings, as with --threshold
config-colors = Styles that replace those of the theme (here those of dark): modifiers, a colour, and on with the colour of the ground, such as "bold #ff8800 on black". Colours are #rrggbb, numbers among 256, or names such as light-blue.
config-keys = Keys of the screen: a letter or a sign, "ctrl-f", "f3", "enter", "space", "up", "page-down", or several of them
config-capture = Options of live capture
config-promiscuous = Capture also what is not for this machine; false is -p
config-ignored = ignored: { $why }
config-syntax = is not TOML: { $error }
config-not-among = '{ $word }' is unknown; allowed: { $names }
config-not-among-nearest = '{ $word }' is unknown, did you mean '{ $nearest }'? Allowed: { $names }
config-of = { $name }: { $words }
config-wrong-type = { $what } is needed here, this is: { $found }
config-type-text = text in quotes
config-type-array = an array: [ … ]
config-type-table = a table
config-type-switch = true or false
config-type-number = a whole number from 0
config-wrong-value = '{ $value }' is not allowed: { $error }
config-lacks = '{ $name }' is missing
config-not-a-style = '{ $word }' is no style, which is as in "bold #ff8800 on black"; colours: #rrggbb, 0 to 255, { $colors }; before them: { $modifiers }
config-no-rule-color = it is none of { $names }; { $why }
config-no-key = '{ $key }' is no key; keys are letters and signs, ctrl-a to ctrl-z but for i and m, f1 to f12, { $names }
config-quits = { $key } always quits
config-clash = { $key } is now '{ $name }', and no longer '{ $loser }'
config-hidden = { $key } is '{ $name }' where that works, and '{ $loser }' only elsewhere
config-problems =
    { $more ->
        [one] { $first } (and { $more } other mistake: wiretalk config)
       *[other] { $first } (and { $more } other mistakes: wiretalk config)
    }
config-profile-name = '{ $name }' is no name of a profile, which has letters, digits, - and _
config-profile-nowhere = there is no profile '{ $name }': there is no directory for settings
config-profile-missing = there is no profile '{ $name }': { $path } does not exist
config-profile-missing-others = there is no profile '{ $name }': { $path } does not exist; there are: { $names }
config-nowhere = there is no directory for settings
