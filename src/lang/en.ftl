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

help-about = Packet capture and protocol dissector for the terminal: conversations, explained
help-examples =
    Without a capture it offers those at hand. `-` is standard input:
      ssh host tcpdump -U -w - | wiretalk -
    After -i INTERFACE the words are a capture filter:
      sudo wiretalk -i eth0 tcp port 80
help-heading-options = Options
help-heading-capturing = Capturing
command-conversations = List the conversations, a line each
command-packets = List the packets, a line each
command-follow = Write what was said in a conversation, put back in order
command-save = Write packets to another capture file: pcapng, or pcap where its name ends in .pcap; compressed for .gz
command-objects = Write the files that went over the wire to a directory: pages, downloads, uploads, mail and its attachments
arg-words-shown = The capture to open: pcap or pcapng, plain or compressed with gzip, zstd or lz4. With -i, a capture filter
arg-words = The capture; `-` is standard input. With -i, a capture filter
arg-file = The capture; `-` is standard input
arg-read = The capture to open, as tcpdump and tshark have it
arg-list-interfaces = List what can be captured from
arg-absolute-seq = Show sequence numbers as they are on the wire
arg-show-secrets = Show passwords and other secrets that could be read
arg-show-secrets-unless-raw = Show passwords and other secrets that could be read; `--raw` has them as they are
arg-addresses = Show addresses, not the names that the capture has for them
arg-resolve = Ask the system's resolver, and so the network, for names that the capture lacks. Others can see which addresses are looked up
arg-theme = Colours for a dark or a light terminal, or none; without it the terminal is asked
arg-no-sandbox = Leave files, programs and the network open to this program, as far as its user may use them
arg-relinquish-privileges = When started as root, continue as this user instead of the user who ran sudo; root stays root
arg-decode-as = Decode a port as this protocol, whatever its content looks like: tcp.port==8888,http; repeatable
arg-keep = Keep only the newest packets: at most this size (500M, 2GiB), this time (30min, 1h) or both (500M,1h); `all` keeps everything. Default: 2GiB of a live capture, all of a file
arg-port = Only conversations with these ports at either end: 80 or 80,443 or 8000-8100 or !22; repeatable
arg-json = One JSON object a line
arg-csv = Comma-separated values with a heading
arg-detail = With every field of every layer
arg-conversation = The conversation: tcp/0, udp/3
arg-raw = The bytes as they are
arg-ascii = Lines of text, which is how it is without these switches
arg-hex = Bytes in hexadecimal
arg-from = Only what this side said
arg-from-client = Who opened it
arg-from-server = Whom the client called
arg-all = Also what its receiver may not have read: what was sent before the capture began and came again, and what stands behind a hole that nobody acknowledged
arg-save-out = The new file; `-` is standard output. What is there is not overwritten
arg-save-conversation = Only this conversation: tcp/0, udp/3; repeatable
arg-save-json = Say what was written as a JSON object
arg-force = Replace a file that is there
arg-objects-out = Where the files go; made where it is not there. Nothing in it is overwritten
arg-objects-json = Say what was written as one JSON object a line
arg-interface = Capture from this interface; repeatable; `any` is all of them
arg-filter = Only what this filter lets pass, in libpcap's language; words after the options do as well
arg-write = Write the capture to this file, as pcapng
arg-ring-buffer = Begin another file after filesize:KB, duration:S, interval:S or packets:N; keep files:N; repeatable
arg-count = Stop after this many packets
arg-autostop = Stop after duration:S, filesize:KB, packets:N or files:N; repeatable
arg-snapshot-length = Keep this many bytes of each packet
arg-no-promiscuous-mode = Leave the interfaces as they are: not promiscuous
arg-buffer-size = The kernel's buffer of each interface: MiB, or with a unit; default 64

## The command line: messages and errors

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
cli-two-filters = there are two capture filters: one after -f, one at the end

## The screen: keys

## The screen: prompts and messages

## The screen: conversations and packets

## The screen: one packet

## The screen: the content of a conversation
