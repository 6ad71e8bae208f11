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
count-files =
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
count-comments =
    { $count ->
        [one] { $count } comment
       *[other] { $count } comments
    }
list-end = { $first } and { $last }

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

open-standard-input = standard input
capture-evicted = { $packets } ({ $conversations }) evicted
problem-at = at offset { $offset }: { $problem }
problem-after = after packet { $packet }, at offset { $offset }: { $problem }
problem-nothing-lost = { $problem } (nothing is lost)
problem-more = and { $more } more problems of this kind
problem-too-many-packets = there are more packets or conversations than can be numbered; those behind packet { $packets } are not shown
problem-too-many-interfaces = more interfaces than are kept: the others are left out
problem-too-many-comments = more packet comments than are kept: the others are left out
problem-too-many-sections = more sections than are kept: the others are left out
problem-too-many-names = more names than are kept: the others are left out
problem-too-many-secrets = more decryption secrets than are kept: the others are left out
problem-unreadable = cannot be read on: { $error }
problem-no-temporary-file = cannot keep it in a temporary file: { $error }
problem-garbage = skipped { $skipped } bytes of garbage
problem-no-packet = no packet here, nor after it; as a header this would say { $captured } bytes
problem-cut-short-packet = cut short in packet { $packet }: its header says { $captured } bytes, { $there } are there
problem-cut-short-header = cut short in packet { $packet }: its header has { $needed } bytes, { $there } are there
problem-no-block = no block here, nor after it
problem-cut-short-packet-block = cut short in packet { $packet }: its block says { $length } bytes, { $there } are there
problem-cut-short-block = cut short before packet { $packet }: its block says { $length } bytes, { $there } are there
problem-cut-short-beginning = cut short before packet { $packet }: a block has at least 12 bytes, { $there } are there
problem-two-lengths = the block's two lengths differ; the first is taken, as a block follows there
problem-large-block = a block of { $count } bytes is too large and left out
problem-short-block = a block is too short for what it is
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
open-terminal = standard input is a terminal: pipe a capture into it, as in `tcpdump -U -w - | wiretalk -`
open-empty = { $file }: is empty, not a capture file
open-cut-short = { $file }: is cut short in its file header: { $there } bytes are there of { $needed }
open-not-a-capture = { $file }: is not a pcap or pcapng capture; { $looks_like }
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

## The captures that come with the program

sample-everyday = 17 seconds of a client (192.0.2.10) behind a router: 33 TCP conversations, DNS before most of them
sample-web-keepalive = several requests on one connection
sample-web-korean = Korean text
sample-web-uploads = bodies, and answers at unusual times
sample-ftp-passive = passive mode, names in UTF-8
sample-ftp-active = active mode, names in EUC-KR
sample-smtp-plain = mail anybody on the way can read
sample-smtp-starttls = STARTTLS offered (16) and used (20)
sample-smtp-starttls-unused = STARTTLS offered (14), not used
sample-redis = Redis, RESP2 and RESP3
sample-refused = nobody listens
sample-unanswered = a firewall drops
sample-icmp-unreachable = a router (192.0.2.1) answers instead
sample-path-mtu = a narrow link behind the router
sample-reset-in-the-middle = the server breaks off
sample-half-close = the client has finished, the server has not
sample-simultaneous-open = both sides send SYN
sample-port-reuse = the same two ports three times
sample-tcp-fast-open = data in the SYN
sample-mid-stream = the capture began after the connection
sample-lossy-reordering = 120 kB through a bad link, at the receiver
sample-lossy-reordering-at-sender = the same connection, at the sender
sample-zero-window = the receiver does not read for three seconds
sample-keepalive-probes = nothing to say
sample-ecn = congestion marked instead of dropped
sample-offload = captured at the sender before its card did its work; no delay
sample-dns = A, AAAA, CNAME, MX, TXT, SRV, PTR
sample-tls = handshakes
sample-ssh-login = a login by key and one command
sample-arp-icmp = who has this address, is it there, what is on the way
sample-ipv6 = a new address is tried out, neighbour found, ping, web
sample-fragments = packets cut in pieces
sample-vlan = 802.1Q, on the cable between two switches
sample-vlan-qinq = 802.1ad
sample-tunnel-gre = IPv4 in GRE in IPv4
sample-tunnel-6in4 = IPv6 in IPv4
sample-raw-ip = the same inside the tunnel
sample-tunnel-vxlan = Ethernet in VXLAN in UDP
sample-loopback = a machine talks to itself
sample-any-cooked-v1 = all interfaces of a router, Linux cooked v1
sample-any-cooked-v2 = the same, v2
sample-multi-interface = two interfaces of two link types

## Live capture

live-temporary-file = a temporary file
live-not-readable-again = is not a file that could be read again
interface-up = up
interface-down = down
interface-loopback = loopback
interface-no-link = no link
live-temporary-files = temporary files
live-nameless = capture
live-no-interface = { $name }: there is no such interface; there is { $there }
live-down = { $name } is down; `ip link set { $name } up` brings it up
live-not-built = this wiretalk was built without live capture (cargo's feature `live`); it reads captures: tcpdump -U -w - | wiretalk -
live-filter-wrong = the capture filter is wrong: { $reason }
live-filter-wrong-at = the capture filter is wrong at "{ $word }": { $reason }
live-filter-breaks-off = the capture filter breaks off: { $reason }
live-captured = { $packets } captured
live-received = { $packets } received by filter
live-dropped-by-kernel = { $packets } dropped by kernel
live-dropped-by-interface = { $packets } dropped by interface
live-saved = saved in { $file }
live-saved-in-files = saved in { $file } and { $files } before it
live-stopped = stopped
live-packets-reached = stopped: the number of packets reached
live-duration-reached = stopped: the duration reached
live-size-reached = stopped: the size of the file reached
live-files-reached = stopped: the number of files reached
live-disk-full = no space left on the disk of { $file }: capturing has stopped, { $lost } did not fit, all before them are kept

## Privileges and the sandbox

privileges-user = user { $uid }
privileges-missing =
    no permission to capture: that takes the capability CAP_NET_RAW
      this time:  sudo { $again }
      for good:   sudo setcap cap_net_raw=ep { $program }
privileges-out-of-reach = no permission to capture: that takes the capability CAP_NET_RAW, which nobody has here, not even root; a container must be started with it (docker run --cap-add=NET_RAW)
privileges-no-new = Neither has an effect in this session, which is kept from getting new privileges (no_new_privs).
privileges-nosuid = setcap has no effect there: that file system is mounted with nosuid. A copy of the program elsewhere will do.
privileges-no-such-user = -Z { $user }: there is no user of this name
privileges-not-root = -Z { $user }: only root can change to another user
privileges-no-number = { $variable } is not the number of a user; -Z USER names the user to run as, -Z root stays root
privileges-no-group = user { $uid } has no group here; -Z USER names the user to run as, -Z root stays root
privileges-not-dropped = cannot drop root privileges and continue as { $user }: { $error }
privileges-capabilities = cannot drop capabilities: { $error }
privileges-still-there = privileges were dropped but are still in effect
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
confined-seccomp-but-names = seccomp but for names
confined-no-seccomp = no seccomp
confined-no-seccomp-why = no seccomp ({ $why })
confined-old-kernel = kernel too old, or built without it
confined-switched-off = switched off in the kernel
confined-not-for = not for { $processor }
confinement-as = Root was given up for good: the program runs as { $user }.
confinement-root-asked = It runs as root with access to every file, as -Z asked for; root's other privileges are gone.
confinement-root-for-files = It runs as root and keeps the right to write everywhere, for the directory that its files go to; -Z USER gives that up as well.
confinement-root-without-capabilities = It runs as root without capabilities: only files that are root's or everybody's are open to it. -Z USER gives up root.
confinement-capabilities-given-up = The capabilities that capturing takes were given up once it had begun.
confinement-new-privileges = The kernel could not be told to grant no new privileges.
confinement-no-sandbox = It is in no sandbox: it may do whatever its user may do.
confinement-files = It can write only below { $directories }, and read there and what all programs read (landlock).
confinement-no-directory = no directory
confinement-no-truncation = This kernel cannot keep it from cutting other files short; Linux 6.2 can.
confinement-no-tcp = This kernel's landlock does not know of the network; that of Linux 6.7 does.
confinement-no-landlock = Files are not guarded by landlock: { $why }.
confinement-calls = It cannot start or inspect other programs, and cannot use the network (seccomp).
confinement-calls-but-names = It can start no program and look into none; it can reach the network, to look up names (seccomp).
confinement-no-seccomp = System calls are not guarded by seccomp: { $why }.
confinement-not-there = the sandbox keeps this program from writing there; --no-sandbox does without
confinement-user-may-not = { $user } may not write there; -Z root stays root
confinement-root-may-not = root without capabilities may not write there; -Z root keeps them for files

## Saving packets, files and streams

save-saved = { $packets }, { $size }
save-gone = { $packets } evicted before they could be written
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
decode-as-no-protocol = no protocol is called { $name }; there are { $known }
keep-not-a-limit = '{ $limit }' is neither a size (500M, 2GiB) nor a time (30s, 10min, 1h, 2d)
keep-nothing = '{ $limit }' would keep nothing
cli-no-terminal = standard output is not a terminal; `wiretalk conversations FILE` and `wiretalk packets FILE` write to a pipe
cli-options-follow = options follow the command: wiretalk { $command } OPTIONS FILE
cli-no-capture = a capture is missing: FILE, `-` for standard input, or -i INTERFACE
cli-one-capture = one capture at a time: { $second } is one too many
cli-capturing = capturing from { $interfaces }
cli-index-stopped = the index stopped early; what was shown is not all of the capture
cli-not-written = { $packets } not written: they were evicted before
cli-left-out = { $bytes } that the receiver may not have read left out; --all has them
cli-not-a-conversation = '{ $name }' is not a conversation: their names are tcp/0, udp/3
cli-conversation-without-number = '{ $name }' has no number: tcp/0, udp/3
cli-no-conversation = there is no conversation { $name } in this capture
cli-no-conversation-or-evicted = there is no conversation { $name } in this capture, or it was evicted
cli-bytes-missing = { $count } bytes are missing in the capture
cli-sent-other-bytes = packet { $packet } sent other bytes over what had already been sent
cli-cannot-make = cannot make { $path }
cli-cannot-write = cannot write { $path }
cli-object-place = { $conversation }, packet { $packet }
cli-no-objects = no files went over the wire in the clear
cli-save-to-terminal = standard output is a terminal: name a file, or write `-` to a pipe
cli-exists = { $error }; --force replaces it
cli-saved = { $file }: { $saved }

## The screen: keys

## The screen: prompts and messages

## The screen: conversations and packets

## The screen: one packet

## The screen: the content of a conversation
