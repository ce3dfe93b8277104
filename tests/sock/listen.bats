#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# listen.bats: sock listen
# timeout: 300

load sock

stat_of() { stat -c %a:%i "$1"; }

@test "listen serves one connection and ends; its path goes away" {
    echo answer >server.in
    serve server listen "$s"
    t sock connect "$s" <<<question
    assert_success
    assert_output answer
    bg_wait server
    assert_equal "$status" 0
    assert_equal "$output" question
    [[ ! -e $s ]]
}

@test "a port alone is that of loopback, all addresses only when written out (SOCK-1)" {
    serve server listen 0
    assert_equal "$(sed 's/:[0-9]*$//' server.address)" $'tcp://127.0.0.1\ntcp://[::1]'
    assert_equal "$(sed 's/.*://' server.address | sort -u | wc -l)" 1
    serve any listen :0
    assert_equal "${address%:*}" 'tcp://[::]'
    t sock connect --end-with-peer "127.0.0.1:${address##*:}" <<<x
    assert_success
    serve four listen 0.0.0.0:0
    assert_equal "${address%:*}" tcp://0.0.0.0
    serve six listen '[::]:0?v6only'
    t sock connect "127.0.0.1:${address##*:}"
    assert_failure 8
}

@test "the number chosen for port 0 is said, -v says what is bound (SOCK-1)" {
    t sock listen -t 100ms 0
    assert_failure 124
    assert_stderr --regexp 'listening on tcp://127.0.0.1:[0-9]+ tcp://\[::1\]:[0-9]+'
    t sock listen -v -t 100ms 127.0.0.1:7200
    assert_stderr --partial 'listening on tcp://127.0.0.1:7200'
    t sock listen -t 100ms 127.0.0.1:7200
    refute_stderr
}

@test "100 MB each way at once between connect and listen, over TCP and unix (SOCK-2)" {
    random 100M >server.in
    random 100M >data
    local where
    for where in 0 "$s"; do
        serve server listen "$where"
        t 60 bash -c 'sock connect "$1" <data >back' - "$address"
        assert_success
        bg_wait server 30
        assert_equal "$status" 0
        same server.in back
        same data server.out
    done
}

@test "socat and nc are served as well" {
    need socat nc
    serve server listen "$s" --each -- tr a-z A-Z
    t bash -c 'echo hello | socat -t 5 - "UNIX-CONNECT:$1"' - "$s"
    assert_output HELLO
    t bash -c 'echo hello | nc -N -U "$1"' - "$s"
    assert_output HELLO
}

@test "a client that resets is status 8, with the counts (SOCK-4)" {
    serve server listen 127.0.0.1:0
    python client "c = socket.create_connection(('127.0.0.1', ${address##*:})); c.sendall(b'some'); came('server.out'); reset(c); print('gone')"
    bg_wait server
    assert_equal "$status" 8
    assert_equal "$output" some
    assert_stderr --partial 'Connection reset by peer: 0 bytes sent, 0 of them acknowledged, 4 received'
}

@test "a dead socket of our own is replaced; everything else that is there stays as it is (SOCK-6)" {
    python dead "unix('$s')"
    bg_wait dead
    serve server listen "$s" --each -- cat
    t sock connect "$s" <<<replaced
    assert_output replaced
    # Alive: it stays, and does not notice.
    local before
    before=$(stat_of "$s")
    t sock listen "$s"
    assert_failure 6
    assert_stderr --partial 'somebody listens there'
    assert_equal "$(stat_of "$s")" "$before"
    # Of another type, and bound without listening: alive as well.
    python datagram "u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind('d'); v = socket.socket(socket.AF_UNIX); v.bind('v'); print('ready'); time.sleep(60)"
    local word
    for word in ./d ./v; do
        t sock listen "$word"
        assert_failure 6
    done
    echo regular >file
    ln -s nowhere link
    mkdir directory
    mkfifo fifo
    for word in file link directory fifo; do
        before=$(stat_of "$word")
        t sock listen "./$word"
        assert_failure 6
        assert_stderr --regexp 'a (regular file|symbolic link|directory|FIFO).* is there'
        assert_equal "$(stat_of "$word")" "$before"
    done
    assert_equal "$(<file)" regular
}

@test "a one-shot listener is not used up by one who tries to take its path (SOCK-6)" {
    serve server listen "$s"
    t sock listen "$s"
    assert_failure 6
    t sock connect "$s" <<<still
    assert_success
    bg_wait server
    assert_equal "$output" still
}

@test "a dead socket of somebody else is not replaced (SOCK-6)" {
    need_root
    local s2=/tmp/others/s
    mkdir -m 777 "${s2%/*}"
    bg other "${as_nobody[@]}" sock listen "$s2"
    wait_until test -S "$s2"
    kill -KILL "$(bg_pid other)"
    bg_wait other
    t sock listen "$s2"
    assert_failure 6
    assert_stderr --partial 'a socket of uid 65534 is there'
    [[ -S $s2 ]]
}

@test "a path that is somebody else's by now is not removed at the end (SOCK-6)" {
    serve server listen "$s"
    rm "$s"
    serve other listen "$s" --each -- cat
    kill -TERM "$(bg_pid server)"
    bg_wait server
    [[ -S $s ]]
    t sock connect "$s" <<<alive
    assert_output alive
}

@test "of many that start at once at one path exactly one wins, round after round (SOCK-6)" {
    local round one
    for round in {1..20}; do
        python dead "socket.socket(socket.AF_UNIX).bind('$s'); print('made')"
        bg_wait dead
        rm -f won.*
        for one in 1 2 3 4 5; do
            bg "racer$one" bash -c 'sock listen "$1" --address-file "won.$2" </dev/null; echo $?' - "$s" "$one"
        done
        wait_until sh -c 'test "$(cat racer?.out | grep -c "^6$")" = 4'
        t sock connect "$s"
        assert_success
        for one in 1 2 3 4 5; do bg_wait "racer$one"; done
        assert_equal "$(cat won.* | wc -l)" 1
        rm -f racer?.out
    done
}

@test "the path has its mode from the first moment, whatever the umask is (SOCK-7)" {
    need strace
    bg server bash -c 'umask 0; exec strace -o trace -e trace=bind,chmod,fchmod,fchmodat,umask sock listen "$1"' - "$s"
    wait_until test -S "$s"
    assert_equal "$(stat -c %a "$s")" 600
    wait_until grep -q bind trace
    # Set before the path is there, and nothing after it.
    grep -A9 '^bind' trace >behind
    refute grep -q chmod behind
    kill -TERM "-$(bg_pid server)"
    bg_wait server
    umask 077
    serve wide listen "$s.2" -m 0666
    assert_equal "$(stat -c %a "$s.2")" 666
    serve key listen "unix:$s.3?mode=u=rw,g=rw"
    assert_equal "$(stat -c %a "$s.3")" 660
}

@test "--owner gives the path away" {
    t sock listen "$s" --owner nosuchuser
    assert_failure 2
    t sock listen 0 --owner root
    assert_failure 2
    need_root
    serve server listen "$s" --owner 65534:65534
    assert_equal "$(stat -c %u:%g "$s")" 65534:65534
}

@test "the path goes away when a signal ends it, and the signal is told to the parent" {
    local signal
    for signal in TERM INT HUP; do
        bg server sock listen "$s"
        wait_until test -S "$s"
        wait_until blocked_in server ppoll
        kill -"$signal" "$(bg_pid server)"
        bg_wait server
        assert_equal "$status" "$((128 + $(kill -l "$signal")))"
        [[ ! -e $s ]]
    done
}

@test "--keep serves one after the other, -N so many; the input goes as far as it lasts" {
    echo once >server.in
    serve server listen "$s" --keep -N 3
    t sock connect "$s" <<<1
    assert_output once
    t sock connect "$s" <<<2
    refute_output
    t sock connect "$s" <<<3
    bg_wait server
    assert_equal "$status" 0
    assert_equal "$output" $'1\n2\n3'
}

@test "--keep goes on after one that was reset, and remembers the status" {
    serve server listen 127.0.0.1:0 --keep -N 2
    python client "c = socket.create_connection(('127.0.0.1', ${address##*:})); c.sendall(b'x'); came('server.out'); reset(c); print('gone')"
    t sock connect "tcp://127.0.0.1:$(sed 's/.*://' server.address)" <<<fine
    assert_success
    bg_wait server
    assert_equal "$status" 8
    assert_output xfine
}

@test "with -- COMMAND the first connection is the command's, and its status ours" {
    # shellcheck disable=SC2016 # for sh
    serve server listen "$s" -- sh -c 'read x; echo "got $x"; exit 5'
    t sock connect "$s" <<<it
    assert_output 'got it'
    bg_wait server
    assert_equal "$status" 5
    [[ ! -e $s ]]
    t sock listen "$s" -t 100ms -- cat
    assert_failure 124
    [[ ! -e $s ]]
}

@test "--each runs a command for each, side by side, with the facts of the other end" {
    # shellcheck disable=SC2016 # for sh
    serve server listen "$s" --each -- sh -c 'echo "$SOCK_PEER_UID $SOCK_PEER_PID $IPCREMOTEEUID $PROTO $SOCK_LOCAL"'
    # shellcheck disable=SC2016 # for sh
    t sh -c 'echo $$; exec sock connect "$1"' - "$s"
    assert_equal "$(sed -n 2p <<<"$output")" "$(id -u) $(head -n 1 <<<"$output") $(id -u) IPC unix:$s"
    # shellcheck disable=SC2016 # for sh
    serve tcp listen 127.0.0.1:0 --each -- sh -c 'echo "$TCPREMOTEIP $PROTO $TCPLOCALPORT $SOCK_PEER"'
    t sock connect --source 127.0.0.1:7301 "$address"
    assert_output "127.0.0.1 TCP ${address##*:} tcp://127.0.0.1:7301"
}

@test "the handlers get what we would have without us, and the connection: nothing else (SOCK-12)" {
    t sh -c 'ls /proc/self/fd'
    local without=$output
    serve server listen 0 --each -- sh -c 'ls /proc/self/fd; cat /proc/self/status | grep -E "SigBlk|SigIgn" >&2'
    t sock connect "$address"
    assert_equal "$output" "$without"
    assert_equal "$(awk '{print $2}' server.err | sort -u | head -n 1)" 0000000000000000
}

@test "--max turns away who is too many, and says so; --count ends it with the first bad status" {
    # shellcheck disable=SC2016 # for sh
    serve server listen "$s" --each --max 1 -N 2 -- sh -c 'read x; exit "$x"'
    mkfifo hold
    bg first bash -c 'exec sock connect "$1" <hold' - "$s"
    exec {held}>hold
    wait_until pgrep -P "$(bg_pid server)"
    t sock connect "$s" --receive-only
    assert_equal "$(grep -c 'turned away unix:: 1 are served already (1 so far)' server.err)" 1
    echo 0 >&"$held"
    exec {held}>&-
    bg_wait first
    wait_until refute pgrep -P "$(bg_pid server)"
    t sock connect "$s" <<<9
    bg_wait server
    assert_equal "$status" 9
}

@test "1,000 connections leave no zombie and no descriptor behind (SOCK-12)" {
    need python3
    serve server listen "$s" --each -- true
    local before
    before=$(descriptors server)
    t 60 python3 -c "
import socket
for i in range(1000):
    c = socket.socket(socket.AF_UNIX); c.connect('$s')
    if i % 3: c.recv(1)
    c.close()"
    assert_success
    wait_until refute pgrep -P "$(bg_pid server)"
    wait_until eval "[[ \$(descriptors server) == $before ]]"
}

@test "the first signal ends the listening, not those who are served; the second ends them" {
    # shellcheck disable=SC2016 # for sh
    serve server listen "$s" --each -- sh -c 'echo in; read x; echo "$x"'
    mkfifo hold
    bg client bash -c 'exec sock connect "$1" <hold' - "$s"
    exec {held}>hold
    wait_until grep -q in client.out
    kill -TERM "$(bg_pid server)"
    wait_until grep -q '1 are still being served' server.err
    [[ ! -e $s ]]
    echo served >&"$held"
    exec {held}>&-
    bg_wait client
    assert_equal "$output" $'in\nserved'
    bg_wait server
    assert_equal "$status" 143
    serve server listen "$s" --each -- sh -c 'echo in; exec sleep 60'
    bg client sock connect "$s"
    wait_until grep -q in client.out
    kill -TERM "$(bg_pid server)"
    wait_until grep -q '1 are still being served' server.err
    kill -TERM "$(bg_pid server)"
    bg_wait server
    assert_equal "$status" 143
    bg_wait client
}

@test "a command that is not there ends it, with its status" {
    serve server listen "$s" --each -- /nosuch/command
    t sock connect "$s" --receive-only
    bg_wait server
    assert_equal "$status" 127
    t sock listen "$s" --each
    assert_failure 2
    t sock listen "$s" --keep -- cat
    assert_failure 2
}

@test "--allow and --deny choose by network and by user" {
    serve server listen :0 --each --allow 127.0.0.0/8 --deny 127.0.0.2 -- echo in
    local port=${address##*:}
    t sock connect 127.0.0.1 "$port"
    assert_output in
    t sock connect --source 127.0.0.2 127.0.0.1 "$port"
    refute_output
    grep -q 'turned away tcp://127.0.0.2:.*: not allowed (1 so far)' server.err
    t sock connect ::1 "$port"
    refute_output
    serve mine listen "$s" --each --allow "uid:$(id -u)" -- echo in
    t sock connect "$s"
    assert_output in
    serve other listen "$s.2" --each --deny "gid:$(id -g)" -- echo in
    t sock connect "$s.2" --receive-only
    refute_output
    local word
    for word in 300.0.0.1 10.0.0.0/33 ::1/129 uid:nosuchuser name; do
        t sock listen 0 --allow "$word"
        assert_failure 2
    done
}

@test "--broker: everyone hears what the others send, in order" {
    need python3
    serve server listen "$s" --broker
    t 20 python3 -c "
import socket
all = [socket.socket(socket.AF_UNIX) for i in range(50)]
for c in all: c.connect('$s')
for i, c in enumerate(all):
    c.sendall(b'%03d' % i)
    for other in all:
        if other is not c:
            got = b''
            while len(got) < 3: got += other.recv(3 - len(got))
            assert got == b'%03d' % i, got
c = all.pop(); c.sendall(b'bye'); c.shutdown(socket.SHUT_WR); assert c.recv(1) == b''
for other in all: assert other.recv(3) == b'bye'
print('ok')"
    assert_output ok
    refute grep . server.err
}

@test "--broker serves 1,000 at once with flat memory; who does not read is dropped, the others are served" {
    need python3
    serve server listen "$s" --broker --max 1001
    t 60 python3 -c "
import socket, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
def rss(): return int([l for l in open('/proc/%s/status' % sys.argv[1]) if l.startswith('VmRSS')][0].split()[1])
def join():
    c = socket.socket(socket.AF_UNIX); c.connect('$s'); return c
first = join(); before = rss()
all = [join() for i in range(999)]
lazy = join()
first.sendall(b'x' * 1000)
for c in all:
    got = 0
    while got < 1000: got += len(c.recv(1000))
print('kib', (rss() - before) / 1000 < 4)
for i in range(3000):
    first.sendall(b'y' * 1000)
    for c in all[:20]:
        got = 0
        while got < 1000: got += len(c.recv(1000 - got))
    if i == 10:
        for c in all[20:]: c.close()
print('served')
" "$(bg_pid server)"
    assert_equal "$output" $'kib True\nserved'
    grep -q 'dropped unix:: it does not read' server.err
}

@test "--broker under a flood holds 256 KiB for each who does not read, and no more (SOCK-9)" {
    need python3
    serve server listen "$s" --broker
    t 60 python3 -c "
import socket, sys
def most(): return int([l for l in open('/proc/%s/status' % sys.argv[1]) if l.startswith('VmHWM')][0].split()[1])
def join():
    c = socket.socket(socket.AF_UNIX); c.connect('$s'); return c
first = join(); reader = join()
def flood(blocks):
    for i in range(blocks):
        first.sendall(b'x' * 65536); got = 0
        while got < 65536: got += len(reader.recv(65536 - got))
flood(20); before = most()
lazy = [join() for i in range(40)]
flood(800)
each = (most() - before) / 40
print('bounded', each < 512 or each)
held = []
for c in lazy:
    got = 0
    while True:
        try: piece = c.recv(65536)
        except ConnectionResetError: break
        if not piece: break
        got += len(piece)
    held.append(got)
print('ended', max(held) < 5000000)
" "$(bg_pid server)"
    assert_equal "$output" $'bounded True\nended True'
    assert_equal "$(grep -c 'dropped unix:: it does not read, and [0-9]* bytes wait for it' server.err)" 40
}

@test "--chat has whole lines, a name before each, and no control characters of others" {
    serve server listen "$s" --chat
    bg reader sock connect "$s" --receive-only
    wait_until sh -c "ss -x | grep -c '$s' | grep -qx 2 || ss -x | grep -q '$s'"
    t bash -c 'printf "hi\nyou\033[31m\r\nlast" | sock connect "$1"' - "$s"
    assert_success
    wait_until grep -q last reader.out
    assert_equal "$(sed 's/^<user[0-9]*>/<>/' reader.out)" $'<> hi\n<> you\\x1b[31m\n<> last'
}

@test "--hand-over makes a command the server, as systemd does (LISTEN_FDS)" {
    # shellcheck disable=SC2016 # for sh
    serve server listen "$s" --hand-over -- sh -c 'test "$LISTEN_PID" = $$ && test "$LISTEN_FDS" = 1 && exec sock listen systemd: --each -- tr a-z A-Z'
    t sock connect --retry 5s "$s" <<<handed
    assert_success
    assert_output HANDED
    t sock listen 0 --hand-over -- true
    assert_failure 2
    assert_stderr --partial '2 sockets'
}

@test "systemd: takes what was handed to us, and no command sees LISTEN_FDS (SOCK-13)" {
    # shellcheck disable=SC2016 # for sh
    serve server listen "$s" --hand-over -- sh -c 'LISTEN_FDNAMES=web exec sock listen systemd:web --each -- sh -c "env | grep -c LISTEN_"'
    t sock connect --retry 5s "$s"
    assert_output 0
    t env LISTEN_PID=1 LISTEN_FDS=1 sock listen systemd:
    assert_failure 4
    assert_stderr --partial 'no socket was handed to this process'
    # shellcheck disable=SC2016 # for sh
    t sh -c 'LISTEN_PID=$$ LISTEN_FDS=99999 exec sock listen systemd:'
    assert_failure
    # shellcheck disable=SC2016 # for sh
    t sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec sock listen systemd: 3</dev/null'
    assert_failure 3
    assert_stderr --partial 'is no socket that listens'
    # shellcheck disable=SC2016 # for sh
    t sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec sock listen systemd:other 3</dev/null'
    assert_failure 4
}

@test "systemd-socket-activate starts it when somebody comes" {
    need systemd-socket-activate
    bg activate systemd-socket-activate -l "$s" sock listen systemd: --each -N 1 -- tr a-z A-Z
    wait_until test -S "$s"
    t sock connect --retry 5s "$s" <<<activated
    assert_success
    assert_output ACTIVATED
    bg_wait activate
}

@test "--ready-fd and NOTIFY_SOCKET tell when it listens" {
    bg server bash -c 'exec sock listen "$1" --ready-fd 7 7>ready' - "$s"
    wait_until test -s ready
    t sock connect --zero "$s"
    assert_success
    python manager "u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind('$dir/notify'); print('ready'); print(u.recv(99).decode())"
    bg noticed env "NOTIFY_SOCKET=$dir/notify" sock listen "$s.2"
    bg_wait manager
    assert_output --partial READY=1
    t sock listen "$s.3" --ready-fd 77
    assert_failure 2
    [[ ! -e $s.3 ]]
}

@test "--backlog bounds how many wait, --reuse-port lets two share a port" {
    serve one listen 127.0.0.1:7400 --reuse-port --each --backlog 3 -- echo one
    serve two listen 127.0.0.1:7400 --reuse-port --each -- echo one
    t sock connect 127.0.0.1:7400
    assert_output one
    ss -ltn | awk '$4 == "127.0.0.1:7400" {print $3}' | grep -qx 3
    t sock listen 127.0.0.1:7400
    assert_failure 6
    assert_stderr --partial 'Address already in use'
}

@test "a port can be taken again at once after its server has ended" {
    local round
    for round in 1 2 3; do
        echo "$round" >server.in
        serve server listen 127.0.0.1:7401
        t sock connect 127.0.0.1:7401
        assert_output "$round"
        bg_wait server
    done
}

@test "stalled and vanished clients keep nobody from being served (SOCK-9)" {
    need python3
    serve server listen 127.0.0.1:0 --each --max 2000 -- cat
    python crowd "
port = ${address##*:}
stalled = [socket.create_connection(('127.0.0.1', port)) for i in range(50)]
for i in range(500): reset(socket.create_connection(('127.0.0.1', port)))
print('stalled'); time.sleep(60)"
    t sock connect "tcp://127.0.0.1:$(sed 's/.*://' server.address)" <<<quick
    assert_success
    assert_output quick
}

@test "records and standard input are no streams to listen for" {
    t sock listen udp://:9
    assert_failure 2
    t sock listen -
    assert_failure 2
    t sock listen 1.2.3.4:9
    assert_failure 3
    assert_stderr --partial 'cannot listen: Cannot assign requested address'
    t sock listen 0 --max 3
    assert_failure 2
    t sock listen 0 --keep --each -- cat
    assert_failure 2
}

@test "--broker: who reads all the time is never dropped, however fast somebody sends (unix and TCP)" {
    local where reader
    for where in "$s" 127.0.0.1:0; do
        serve server listen "$where" --broker
        bg one sock connect --receive-only "$address"
        bg two sock connect --receive-only "$address"
        wait_until sh -c "sock ls '$address' --state estab --no-header | grep -c sock | grep -qx 4"
        # shellcheck disable=SC2016 # for bash
        t 60 bash -c 'seq 300000 | sock connect --send-only "$1"' - "$address"
        assert_success
        for reader in one two; do
            wait_until sh -c "tail -n 1 $reader.out | grep -qx 300000"
            cmp <(seq 300000) $reader.out
        done
        refute grep dropped server.err
        kill "$(bg_pid server)"
        wait_until sh -c "! kill -0 $(bg_pid server) 2>/dev/null"
    done
}

@test "--broker: who takes nothing for a second is dropped, by a reset over TCP" {
    need python3
    serve server listen 127.0.0.1:0 --broker
    t 60 python3 -c "
import socket, sys
host = ('127.0.0.1', int(sys.argv[1]))
lazy = socket.socket(); lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096); lazy.connect(host)
busy = socket.create_connection(host)
for i in range(200): busy.sendall(b'x' * 65536)
try:
    while lazy.recv(65536): pass
    print('end')
except ConnectionResetError: print('reset')" "${address##*:}"
    assert_output reset
    grep -q 'dropped .*: it does not read' server.err
}

@test "two ports are no address, and --report - is standard output" {
    t sock listen 7000 7001
    assert_failure 2
    assert_stderr --partial "'7001': one address only"
    serve server listen "$s" --receive-only --report -
    t sock connect "$s" --report - <<<hello
    assert_success
    json '.status == 0 and .bytes_sent == 6'
    wait_until grep -q bytes_received server.out
    assert_equal "$(tail -n 1 server.out | jq .bytes_received)" 6
    refute [ -e ./- ]
}

@test "ncat as the client: a command for each, a path, and is it open" {
    need ncat
    serve server listen 127.0.0.1:0 --each -- tr a-z A-Z
    t ncat 127.0.0.1 "${address##*:}" <<<hello
    assert_success
    assert_output HELLO
    t ncat -z 127.0.0.1 "${address##*:}"
    assert_success
    serve path listen "$s" --each -- tr a-z A-Z
    t ncat -U "$s" <<<hello
    assert_success
    assert_output HELLO
}

@test "20 MB each way at once with ncat as the client" {
    need ncat
    random 20M >server.in
    random 20M >data
    serve server listen 127.0.0.1:0
    t 30 bash -c 'ncat 127.0.0.1 "$1" <data >back' - "${address##*:}"
    assert_success
    bg_wait server 30
    assert_equal "$status" 0
    same data server.out
    same server.in back
}

@test "ncat's clients and ours hear each other at --broker and --chat" {
    need ncat
    mkfifo hold
    exec {held}<>hold
    local mode port
    for mode in --broker --chat; do
        serve "server$mode" listen 127.0.0.1:0 "$mode"
        port=${address##*:}
        bg "one$mode" bash -c 'exec sock connect 127.0.0.1 "$1" <hold' - "$port"
        bg "two$mode" bash -c 'exec ncat 127.0.0.1 "$1" <hold' - "$port"
        wait_until sh -c "[ \$(ss -Htn state established 'sport = :$port' | wc -l) = 2 ]"
        wait_until sh -c 'echo word | ncat --send-only 127.0.0.1 "$1" && grep -q word "one$2.out" && grep -q word "two$2.out"' - "$port" "$mode"
    done
    exec {held}>&-
}
