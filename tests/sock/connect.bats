#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# connect.bats: sock connect
# timeout: 240

load sock

@test "connect sends its input and prints the answer to its end" {
    serve server listen 0 --each -- tr a-z A-Z
    t sock connect "$address" <<<hello
    assert_success
    assert_output HELLO
    refute_stderr
}

@test "every spelling of an address leads to the same place" {
    serve server listen 0 --each -- echo here
    local port=${address##*:} word
    for word in "tcp://localhost:$port" "tcp:127.0.0.1:$port" "localhost:$port" "[::1]:$port" "$port" "tcp4://localhost:$port" "tcp6://localhost:$port"; do
        t sock connect "$word"
        assert_success
        assert_output here
    done
    t sock connect 127.0.0.1 "$port"
    assert_output here
}

@test "connect talks over a path, an abstract name, and a path that is longer than the kernel takes" {
    local long
    long=$dir/$(printf 'x%.0s' {1..100})/y
    mkdir -p "${long%/*}"
    local word
    for word in "$s" "unix:$s" unix:rel ./rel2 "@n$RANDOM" "abstract:n$RANDOM" "$long"; do
        serve server listen "$word" -- cat
        t sock connect "$word" <<<hi
        assert_success
        assert_output hi
        bg_wait server
        assert_equal "$status" 0
    done
}

@test "a name of a socket that is too long is refused with the limit" {
    t sock connect "/$(printf 'x%.0s' {1..120})"
    assert_failure 3
    assert_stderr --partial 'over the limit of '
    t sock connect "@$(printf 'x%.0s' {1..108})"
    assert_failure 2
    assert_stderr --partial '108 bytes is over the limit of 107'
}

@test "100 MB each way at once arrive byte for byte, with python at the other end (SOCK-2)" {
    random 100M >data
    python server "import threading
c, _ = tcp().accept()
def send():
    with open('data', 'rb') as f: c.sendfile(f)
    c.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
with open('got', 'wb') as f:
    while True:
        b = c.recv(1 << 20)
        if not b: break
        f.write(b)"
    bash -c 'sock connect "$1" <data >back' - "$address"
    bg_wait server 60
    assert_success
    same data got
    same data back
}

@test "100 MB each way through pipes and unix sockets, with socat and nc at the other end (SOCK-2)" {
    need socat nc
    random 100M >data
    bg socat socat "UNIX-LISTEN:$s" 'SYSTEM:cat data & cat >got; wait'
    listens "$s"
    # shellcheck disable=SC2016 # for the other bash
    t 60 bash -o pipefail -c 'cat data | sock connect "$1" | cat >back' - "$s"
    assert_success
    bg_wait socat
    same data got
    same data back
    # nc loses what it has not sent yet when the other side ends first, whoever that is: one way at a time.
    bg nc bash -c 'exec nc -N -l 127.0.0.1 7100 >got2'
    listens 127.0.0.1:7100
    t 60 bash -c 'sock connect 127.0.0.1 7100 <data'
    assert_success
    bg_wait nc 30
    assert_equal "$status" 0
    same data got2
    bg nc bash -c 'exec nc -N -l 127.0.0.1 7101 <data'
    listens 127.0.0.1:7101
    t 60 bash -c 'sock connect 127.0.0.1 7101 --receive-only >back2'
    assert_success
    same data back2
}

@test "an answer that comes long after the half-close arrives whole (SOCK-3)" {
    python server "c, _ = tcp().accept()
request = whole(c)
time.sleep(5)
c.sendall(b'answer to ' + request); c.close()"
    t 15 sock connect "$address" <<<question
    assert_success
    assert_output 'answer to question'
}

@test "--linger bounds the wait for an answer, and its end is status 124, never 0 (SOCK-3)" {
    python server "c, _ = tcp().accept(); whole(c); time.sleep(60)"
    t sock connect "$address" --linger 200ms <<<question
    assert_failure 124
    assert_stderr --partial 'the other side did not end within 200ms: 9 bytes sent, 9 of them acknowledged, 0 received'
}

@test "-t bounds all of it, --idle-timeout the silence" {
    python server "s = tcp()
while True: c, _ = s.accept(); c.sendall(b'a'); keep = c"
    t 20 sock connect -t 5s "$address"
    assert_failure 124
    assert_output a
    assert_stderr --partial 'the time is over: 0 bytes sent'
    t sock connect --idle-timeout 200ms "$address"
    assert_failure 124
    assert_stderr --partial 'nothing moved for 200ms'
    t sock connect -t 1s -n "$address"
    assert_failure 2
}

@test "--no-half-close keeps the other side waiting for more" {
    python server "c, _ = tcp().accept(); c.recv(9); c.settimeout(0.5)
try: print('end' if c.recv(9) == b'' else 'data')
except TimeoutError: print('open')
c.close()"
    t sock connect "$address" --no-half-close <<<x
    assert_success
    bg_wait server
    assert_output --partial open
}

@test "a reset in the middle is status 8, with what was sent and received (SOCK-4)" {
    python server "c, _ = tcp().accept(); c.sendall(b'before'); c.recv(10); reset(c)"
    t bash -c 'head -c 3000000 /dev/zero | sock connect "$1"' - "$address"
    assert_failure 8
    assert_output --partial before
    assert_stderr --regexp 'Connection reset by peer: [0-9]+ bytes sent, [0-9]+ of them acknowledged, 6 received'
}

@test "a unix server that closes without having read is status 8 (SOCK-4)" {
    python server "c, _ = unix('$s').accept(); c.recv(1); c.sendall(b'half'); c.close()"
    t sock connect "$s" <<<'more than one byte'
    assert_failure 8
    assert_output half
    assert_stderr --partial 'not all of them taken, 4 received'
}

@test "a peer that is killed is status 8 (SOCK-4)" {
    python server "c, _ = tcp().accept(); c.recv(1); print('got'); time.sleep(60)"
    bg client bash -c 'head -c 30000000 /dev/zero | sock connect "$1"; exit "${PIPESTATUS[1]}"' - "$address"
    wait_until grep -q got server.out
    kill -KILL "$(bg_pid server)"
    bg_wait client
    assert_equal "$status" 8
    assert_stderr --partial 'bytes sent'
}

@test "a peer that closes first ends it when --end-with-peer says so, and always on a unix socket" {
    serve server listen 0 --each -- echo bye
    serve unix listen "$s" --each -- echo bye
    mkfifo hold
    exec {held}<>hold
    t sock connect "$s" <hold
    assert_success
    assert_output bye
    t sock connect "$address" --end-with-peer <hold
    assert_success
    assert_output bye
    exec {held}>&-
}

@test "what the other side half-closes first is still sent to (a receiver without input)" {
    serve server listen 0
    mkfifo slow
    bg client bash -c 'sock connect "$1" <slow' - "$address"
    exec {out}>slow
    echo one >&"$out"
    wait_until grep -q one server.out
    echo two >&"$out"
    exec {out}>&-
    bg_wait client
    assert_equal "$status" 0
    bg_wait server
    assert_equal "$status" 0
    assert_equal "$output" $'one\ntwo'
}

@test "one who is gone for good ends it at the first word that he does not take, and nothing spins" {
    python server "c, _ = tcp().accept(); c.close(); time.sleep(60)"
    mkfifo slow
    bg client bash -c 'exec sock connect "$1" <slow' - "$address"
    exec {out}>slow
    wait_until blocked_in client ppoll
    echo one >&"$out"
    bg_wait client
    exec {out}>&-
    assert_equal "$status" 8
    assert_stderr --partial '4 bytes sent'
}

@test "--send-only prints nothing and ends when all was taken; --receive-only reads no input" {
    python server "s = tcp()
c, _ = s.accept(); c.sendall(b'noise'); print(whole(c)); keep = c
c, _ = s.accept(); c.sendall(b'news'); c.close()
time.sleep(60)"
    t sock connect "$address" --send-only <<<word
    assert_success
    refute_output
    wait_until grep -q word server.out
    mkfifo never
    exec {held}<>never
    t sock connect "$address" --receive-only <never
    exec {held}>&-
    assert_success
    assert_output news
    t sock connect "$address" --receive-only --send-only
    assert_failure 2
}

@test "refused, unreachable, no such name, no such path, full: each its status and its words (SOCK-5)" {
    t sock connect 127.0.0.1:1
    assert_failure 8
    assert_stderr --partial 'tcp://127.0.0.1:1: cannot connect: Connection refused'
    assert_stderr --partial 'hint: nobody listens there'
    t sock connect 192.0.2.1:1
    assert_failure 8
    assert_stderr --partial 'Network is unreachable'
    t sock connect nosuch.invalid:1
    assert_failure 4
    assert_stderr --partial 'there is no host nosuch.invalid'
    t sock connect localhost:nosuchservice
    assert_failure 4
    assert_stderr --partial 'there is no service nosuchservice'
    t sock connect /nosuch/path
    assert_failure 4
    touch file
    t sock connect ./file
    assert_failure 8
    assert_stderr --partial 'it is no socket'
    t sock connect 'tcp://[fe80::1%nosuch]:1'
    assert_failure 4
    assert_stderr --partial 'there is no interface nosuch'
}

@test "a full queue of a unix listener is waited for, no longer than said (SOCK-5)" {
    python server "s = socket.socket(socket.AF_UNIX); s.bind('$s'); s.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect('$s'); print('ready'); time.sleep(60)"
    t sock connect -t 200ms "$s"
    assert_failure 124
    assert_stderr --partial 'no answer within 200ms'
    t sock connect -n "$s"
    assert_failure 1
    refute_stderr
}

@test "a socket of another type is named (EPROTOTYPE)" {
    python server "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('$s'); print('ready'); time.sleep(60)"
    t sock connect "$s"
    assert_failure 3
    assert_stderr --partial "write unix-dgram:$s"
    t sock connect "unix-dgram:$s" --linger 0
    assert_success
}

@test "of a name with a dead and a live address the live one answers (SOCK-5)" {
    need_root
    echo '127.0.0.3 both.test' >hosts
    echo '127.0.0.4 both.test' >>hosts
    mount --bind hosts /etc/hosts
    serve server listen 127.0.0.4:0 -- echo alive
    t sock connect "both.test:${address##*:}"
    umount /etc/hosts
    assert_success
    assert_output alive
}

@test "an address that swallows all packets does not take longer than --connect-timeout (SOCK-5)" {
    need_root
    need ip
    ip route add 198.51.100.0/24 dev lo
    t sock connect --connect-timeout 300ms 198.51.100.1:9
    ip route del 198.51.100.0/24 dev lo
    assert_failure
    [[ $status == 124 || $status == 8 ]]
}

@test "port 0 is no address to connect to, and a path has no address to come from" {
    for nowhere in localhost:0 udp://localhost:0; do
        t sock connect "$nowhere"
        assert_failure 2
        assert_stderr --partial 'nobody has port 0'
    done
    t sock connect --source 127.0.0.1 "$s"
    assert_failure 2
    assert_stderr --partial 'does not belong to unix'
}

@test "--retry waits until somebody is there, and says why not when it gives up" {
    bg client bash -c 'echo hi | sock connect --retry 10s "$1"' - "$s"
    serve server listen "$s" -- cat
    bg_wait client
    assert_equal "$status" 0
    assert_equal "$output" hi
    t sock connect --retry 100ms 127.0.0.1:1
    assert_failure
    assert_stderr --partial 'Connection refused'
}

@test "--zero only asks: is it open?" {
    serve server listen 0 --each -- cat
    t sock connect --zero "$address"
    assert_success
    refute_output
    t sock connect --zero 127.0.0.1:1
    assert_failure 8
    t sock connect --zero "$address" -- cat
    assert_failure 2
    t sock connect --zero udp://127.0.0.1:1
    assert_failure 2
    assert_stderr --partial 'UDP has no connections'
}

@test "--zero with a range says which of these ports are open, and status 1 if none is" {
    need nc
    serve one listen 127.0.0.1:7160 --each -- cat
    serve two listen localhost:7163 --each -- cat
    t sock connect --zero localhost 7155-7165
    assert_success
    assert_output $'tcp://localhost:7160\ntcp://localhost:7163'
    refute_stderr
    t nc -zv 127.0.0.1 7155-7165
    assert_equal "$(grep succeeded <<<"$stderr" | grep -o ' 71[0-9]* ')" $' 7160 \n 7163 '
    t sock connect --zero 127.0.0.1 7155-7159
    assert_failure 1
    refute_output
    refute_stderr
    local words
    for words in '--zero localhost 20-10' '--zero localhost 1-65536' 'localhost 20-25' '--zero localhost 20-25 --report r' '--zero localhost 20-25 -- cat'; do
        # shellcheck disable=SC2086 # words
        t sock connect $words
        assert_failure 2
    done
    t sock connect --zero nosuch.invalid 1-2
    assert_failure 4
    t bash -c 'sock connect --zero 127.0.0.1 7160-7160 >/dev/full'
    assert_failure 3
}

@test "--source says where it comes from" {
    serve server listen 127.0.0.1:0 --each -- sh -c 'echo $SOCK_PEER'
    t sock connect --source 127.0.0.9 "$address"
    assert_output --partial 'tcp://127.0.0.9:'
    t sock connect --source 127.0.0.8:7777 "$address"
    assert_output tcp://127.0.0.8:7777
    t sock connect --source :7778 "$address"
    assert_output tcp://127.0.0.1:7778
    t sock connect --source nonsense "$address"
    assert_failure 3
    t sock connect --source ::1 "$address"
    assert_failure 3
}

@test "with -- COMMAND the command has the socket, its facts, and its own status" {
    serve server listen "$s" --each -- sh -c 'echo hello; cat'
    # shellcheck disable=SC2016 # for sh
    t sock connect "$s" -- sh -c 'read x; echo "$x" >&2; env | grep -c "^SOCK_PEER_PID=" >&2; exit 7'
    assert_failure 7
    assert_stderr $'hello\n1'
    # shellcheck disable=SC2016 # for sh
    t sock connect "$s" --fd 5 -- sh -c 'read x <&5; echo "$x"'
    assert_success
    assert_output hello
    status_of sock connect "$s" -- /nosuch
    assert_output 127
    t sock connect "$s" --fd 5
    assert_failure 2
    t sock connect "$s" --report r -- true
    assert_failure 2
}

@test "the command gets the socket and nothing of ours besides" {
    serve server listen "$s" --each -- cat
    t sh -c 'ls /proc/self/fd'
    local without=$output
    t sock connect "$s" --fd 9 -- sh -c 'ls /proc/self/fd'
    assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "$without" 9 | sort)"
}

@test "--report has addresses, times, counts and what TCP knows, as JSON" {
    serve server listen 0 --each -- tr a-z A-Z
    t sock connect "$address" --report report <<<hello
    assert_success
    output=$(<report)
    json '.bytes_sent == 6 and .bytes_taken == 6 and .bytes_received == 6 and .closed_by == "us" and .status == 0 and .error == null'
    json "$(printf '.peer == "%s" and (.local | startswith("tcp://127.0.0.1:")) and .connect > 0 and .first_byte > 0 and .tcp.rtt > 0' "$address")"
    t sock connect "$address" --report /nosuch/file
    assert_failure 4
}

@test "input and output keep their flags, and a slow reader gets all (U5)" {
    need python3
    serve server listen "$s" --each -- head -c 300000 /dev/zero
    # shellcheck disable=SC2016 # for the other bash
    t bash -c '{ dd count=0 oflag=nonblock 2>/dev/null; sock connect "$1" </dev/null; python3 -c "import fcntl, os; print(bool(fcntl.fcntl(1, fcntl.F_GETFL) & os.O_NONBLOCK), file=open(\"flags\", \"w\"))"; } | { sleep 0.5; wc -c; }' - "$s"
    assert_success
    assert_output 300000
    assert_equal "$(<flags)" True
}

@test "output that cannot be written is status 3, a closed pipe ends it as it ends everyone" {
    serve server listen "$s" --each -- head -c 1000000 /dev/zero
    t bash -c 'sock connect "$1" >/dev/full' - "$s"
    assert_failure 3
    assert_stderr --partial 'standard output: cannot write'
    t bash -c 'sock connect "$1" | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"' - "$s"
    assert_failure 141
    refute_stderr
    t bash -c 'sock connect "$1" <&-' - "$s"
    assert_failure 3
    assert_stderr --partial 'standard input: cannot read'
}

@test "a signal ends it as it ends everyone, and says what is missing" {
    python server "c, _ = unix('$s').accept(); print('in'); time.sleep(60)"
    mkfifo hold
    exec {held}<>hold
    bg client bash -c 'exec sock connect "$1" <hold' - "$s"
    wait_until grep -q in server.out
    wait_until blocked_in client ppoll
    kill -TERM "$(bg_pid client)"
    bg_wait client
    exec {held}>&-
    assert_equal "$status" 143
}

@test "a wrong address is refused before anything is touched, with what would be right" {
    t sock connect example.org
    assert_failure 2
    assert_stderr --partial 'write host:port, /path or a scheme, as in tcp://localhost:80'
    t sock connect tcp://localhost:80?backlgo=1
    assert_failure 2
    assert_stderr --partial "unknown key 'backlgo'; did you mean backlog?"
    t sock connect a b c
    assert_failure 2
    t sock connect :80
    assert_failure 3
    assert_stderr --partial 'only listening has them all'
    t sock connect tls://example.org:443
    assert_failure 2
    assert_stderr --partial 'tls is not there yet'
    t sock connect
    assert_failure 2
}

@test "keys of the address are set on the socket" {
    need strace
    serve server listen 0 --each -- cat
    t strace -f -e trace=setsockopt -o trace sock connect "$address?nodelay&keepalive=30s&sndbuf=64k&ttl=9"
    assert_success
    grep -q 'TCP_NODELAY, \[1\]' trace
    grep -q 'TCP_KEEPIDLE, \[30\]' trace
    grep -q 'SO_SNDBUF, \[65536\]' trace
    grep -q 'IP_TTL, \[9\]' trace
}

@test "a socket that was handed to us is used, without changing its flags (fd:)" {
    serve server listen "$s" --each -- tr a-z A-Z
    # shellcheck disable=SC2016 # for sh
    t sock connect "$s" --fd 8 -- sh -c 'echo words | sock connect fd:8'
    assert_success
    assert_output WORDS
    t sock connect fd:77
    assert_failure 3
}

@test "curl and sock understand each other over a unix socket, both ways round" {
    need curl
    printf 'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nworks\n' >reply
    serve web listen "$s" --each -- sh -c 'sed -u "/^.$/q" >request; cat reply'
    t curl -s --unix-socket "$s" http://localhost/
    assert_success
    assert_output works
    t bash -c 'printf "GET / HTTP/1.0\r\n\r\n" | sock connect "$1" | tail -n 1' - "$s"
    assert_output works
}

# echo_udp NAME [SIZE]: a python peer that answers each datagram in capital letters, but "quit", at which it ends
echo_udp() {
    python "$1" "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); print('udp://127.0.0.1:%d' % s.getsockname()[1])
while True:
    data, who = s.recvfrom(70000)
    print(len(data), data[:20])
    if data == b'quit': break
    s.sendto(data.upper(), who)"
}

@test "over UDP each read of the input is one datagram, and what comes is written as it is" {
    echo_udp server
    mkfifo slow
    bg client bash -c 'exec sock connect "$1" --linger 300ms <slow' - "$address"
    exec {in}>slow
    local word
    for word in one two $'three\nfour'; do
        env printf %s "$word" >&"$in" # the shell's own writes line by line
        wait_until grep -qi "${word%%$'\n'*}" client.out
    done
    exec {in}>&-
    bg_wait client
    assert_equal "$status" 0
    assert_equal "$output" ONETWOTHREE$'\n'FOUR
    refute_stderr
    assert_equal "$(tail -n +2 server.out)" "3 b'one'"$'\n'"3 b'two'"$'\n'"10 b'three\\nfour'"
}

@test "a file goes over UDP in the largest datagrams there are, and an empty one ends nothing" {
    random 150000 >data
    python server "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); print('udp://127.0.0.1:%d' % s.getsockname()[1])
with open('got', 'wb') as f:
    for i in range(3):
        data, who = s.recvfrom(70000); print(len(data)); f.write(data)
s.sendto(b'', who); s.sendto(b'thanks', who)"
    t bash -c 'sock connect "$1" --report report <data' - "$address"
    assert_success
    assert_output thanks
    bg_wait server
    assert_equal "$(tail -n +2 <<<"$output")" $'65507\n65507\n18986'
    same data got
    output=$(<report)
    json '.messages_sent == 3 and .bytes_sent == 150000 and .messages_received == 2 and .bytes_received == 6 and .bytes_taken == null and .status == 0'
}

@test "after the end of the input UDP ends when it is quiet, and --idle-timeout and -t give up" {
    echo_udp server
    t sock connect "$address" --linger 0 <<<a
    assert_success
    local begin=$EPOCHREALTIME
    t sock connect "$address" <<<a
    assert_success
    assert_output A
    ((${EPOCHREALTIME/./} - ${begin/./} >= 1000000))
    mkfifo never
    exec {held}<>never
    t sock connect "$address" --idle-timeout 100ms <never
    assert_failure 124
    assert_stderr --partial 'nothing moved for 100ms; 0 messages sent, 0 received'
    t sock connect "$address" -t 100ms --receive-only <never
    assert_failure 124
    exec {held}>&-
    t sock connect "$address" --end-with-peer <<<a
    assert_failure 2
    assert_stderr --partial 'datagrams have no end'
}

@test "that nobody is there is status 8 over UDP as well, with what was sent" {
    t sock connect udp://127.0.0.1:1 <<<word
    assert_failure 8
    assert_stderr --partial 'Connection refused; 1 message sent, 0 received'
    t sock connect udp://127.0.0.1:1 --send-only <<<word
    assert_failure 8
    t sock connect udp://127.255.255.255:1 <<<word
    assert_failure 5
    assert_stderr --partial 'hint: it is a broadcast address'
}

@test "--send-only and --receive-only over UDP, and a port of ours that nc can answer" {
    need nc
    echo_udp server
    t sock connect "$address" --send-only <<<silent
    assert_success
    refute_output
    wait_until grep -q silent server.out
    mkfifo never
    exec {held}<>never
    bg client bash -c 'exec sock connect udp://127.0.0.1:7120 --source 127.0.0.1:7121 --receive-only <never'
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7121'
    bg nc bash -c 'exec nc -u -p 7120 127.0.0.1 7121 <<<"from nc"'
    wait_until grep -q 'from nc' client.out
    kill -INT "$(bg_pid client)"
    bg_wait client
    assert_equal "$status" 130
    exec {held}>&-
}

@test "nc -u and socat at the other end of UDP" {
    need nc socat
    bg nc bash -c 'exec nc -u -l 127.0.0.1 7122 <<<answer'
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7122'
    t sock connect udp://127.0.0.1:7122 <<<question
    assert_success
    assert_output answer
    wait_until grep -q question nc.out
    bg socat socat UDP-RECVFROM:7123,bind=127.0.0.1 EXEC:'tr a-z A-Z'
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7123'
    t sock connect udp://127.0.0.1:7123 <<<words
    assert_success
    assert_output WORDS
}

@test "unix datagrams: the other side can answer, and is told of when it is gone" {
    python server "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('$s'); print('unix-dgram:$s')
data, who = s.recvfrom(99); s.sendto(data.upper(), who); data, who = s.recvfrom(99)"
    t sock connect "$address" --linger 300ms <<<hello
    assert_success
    assert_output HELLO
    t sock connect "$address" --linger 0 <<<again
    assert_success
    bg_wait server
    t sock connect "$address" <<<word
    assert_failure 8
    assert_stderr --partial 'hint: nobody listens there'
}

@test "a unix datagram peer that echoes while it blocks gets and gives all" {
    python server "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('$s'); print('unix-dgram:$s')
while True:
    data, who = s.recvfrom(70000); s.sendto(data, who)"
    random 20M >data
    t 30 bash -c 'sock connect "$1" <data >back' - "$address"
    assert_success
    same data back
}

@test "seqpacket: records both ways, and both ends are told" {
    python server "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind('$s'); s.listen(); print('unix-seqpacket:$s')
c, _ = s.accept()
while True:
    data = c.recv(99)
    if not data: break
    print(data); c.send(data.upper())
time.sleep(0.3); c.send(b'late'); c.close()"
    t sock connect "$address" <<<hello
    assert_success
    assert_output HELLO$'\n'late
    bg_wait server
    assert_output --partial "b'hello\\n'"
}

@test "with -- COMMAND the command has the datagram socket, and is told that it is UDP" {
    echo_udp server
    # shellcheck disable=SC2016 # for sh
    t sock connect "$address" -- sh -c 'echo word; echo "$(head -n 1) $PROTO $UDPREMOTEIP $SOCK_PEER" >&2'
    assert_success
    assert_stderr "WORD UDP 127.0.0.1 $address"
}

@test "a datagram socket that was handed to us is used as one (fd:)" {
    echo_udp server
    # shellcheck disable=SC2016 # for sh
    t sock connect "$address" --fd 8 -- sh -c 'echo words | sock connect fd:8 --linger 300ms'
    assert_success
    assert_output WORDS
}

@test "what comes over UDP and cannot be written is shown, and never status 0" {
    echo_udp server
    t bash -c 'sock connect "$1" <<<word >/dev/full' - "$address"
    assert_failure 3
    assert_stderr --partial '"message":"WORD\n"'
}

@test "ncat at the other end: 20 MB each way at once, a path, and a command of its own" {
    need ncat
    random 20M >data
    random 20M >nc.in
    bg ncat bash -c 'exec ncat -l 127.0.0.1 7170 <nc.in'
    listens 127.0.0.1:7170
    t 30 bash -c 'sock connect 127.0.0.1 7170 <data >back'
    assert_success
    bg_wait ncat
    same data ncat.out
    same nc.in back
    bg path ncat -lU "$s"
    listens "$s"
    t sock connect "$s" <<<word
    assert_success
    bg_wait path
    assert_output word
    # ncat's command is cut off when its input ends.
    bg command ncat -lk 127.0.0.1 7171 --sh-exec 'read -r x; echo "re: $x"'
    listens 127.0.0.1:7171
    t sock connect 127.0.0.1 7171 --no-half-close <<<hello
    assert_success
    assert_output 're: hello'
}

@test "ncat at the other end of UDP and of unix datagrams" {
    need ncat
    bg echo ncat -luk 127.0.0.1 7172 --exec /bin/cat
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7172'
    t sock connect udp://127.0.0.1:7172 <<<question
    assert_success
    assert_output question
    mkfifo answers
    bg dgram bash -c 'exec ncat -luU "$1" <answers' - "$s"
    exec {answers}>answers
    wait_until test -S "$s"
    bg client bash -c 'exec sock connect "unix-dgram:$1" --linger 3s <<<word' - "$s"
    wait_until grep -q word dgram.out
    echo answer >&"$answers"
    bg_wait client
    exec {answers}>&-
    assert_equal "$status" 0
    assert_output answer
}

@test "those who are connected to ncat --broker and --chat hear sock, and it hears them" {
    need ncat
    mkfifo hold
    exec {held}<>hold
    local mode port=7173
    for mode in --broker --chat; do
        bg "ncat$mode" ncat -l "$mode" 127.0.0.1 $((++port))
        listens 127.0.0.1:$port
        bg "one$mode" bash -c 'exec sock connect 127.0.0.1 "$1" <hold' - "$port"
        bg "two$mode" bash -c 'exec ncat 127.0.0.1 "$1" <hold' - "$port"
        wait_until sh -c "[ \$(ss -Htn state established 'sport = :$port' | wc -l) = 2 ]"
        # Neither broker says when it has let somebody in.
        wait_until sh -c 'echo word | sock connect 127.0.0.1 "$1" --send-only && grep -q word "one$2.out" && grep -q word "two$2.out"' - "$port" "$mode"
    done
    exec {held}>&-
}

@test "connect says what failed: the key of the address, one reason once, and that systemd: only listens" {
    t sock connect 'localhost:9?congestion=xx'
    assert_failure 4
    assert_stderr --partial 'cannot set congestion to xx: No such file or directory'
    t sock connect localhost:9
    assert_failure 8
    assert_stderr --partial ': Connection refused'
    refute_stderr --regexp 'refused.*refused'
    t sock connect systemd:
    assert_failure 2
    assert_stderr --partial 'only listens'
    t sock connect 'localhost:9?interface=none9'
    assert_failure 4
}

@test "the short help has a space between the longest option and what it does" {
    t sock connect -h
    assert_line --partial '--connect-timeout DURATION be connected'
}

@test "nc's command lines are told what does the same here" {
    local line
    while IFS='|' read -ra line; do
        # shellcheck disable=SC2086 # words
        t sock ${line[0]}
        assert_failure 2
        assert_stderr --partial "hint: ${line[1]}"
    done <<end
localhost 7000|sock connect localhost 7000
-l 7000|sock listen 7000
-l -p 7000|sock listen 7000
-lk 127.0.0.1 7000|sock listen 127.0.0.1 7000 --keep
-u localhost 53|sock connect udp://localhost:53
-lu 5000|sock recv udp://localhost:5000 --follow
-zw 2 localhost 22|sock connect localhost 22 --zero -t 2
-lU /tmp/x|sock listen unix:/tmp/x
/tmp/x|sock connect /tmp/x
lisen 7000|did you mean listen?
foo|sock -h lists the verbs
-e sh localhost 7000|options stand behind the verb
end
}

@test "verbs by the names that other tools have for them" {
    local word
    for word in open:connect client:connect serve:listen server:listen forward:relay proxy:relay ping:raw; do
        t sock "${word%:*}"
        assert_failure 2
        assert_stderr --partial "did you mean ${word#*:}?"
    done
}
