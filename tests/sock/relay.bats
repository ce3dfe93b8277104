#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# relay.bats: sock relay
# timeout: 300

load sock

# forward NAME TARGET [OPTION...]: sock relay --listen on loopback
forward() { serve "$1" relay --listen 127.0.0.1:0 "${@:2}"; }

@test "relay --listen takes each connection to the target, both ways, the ends by themselves" {
    serve server listen "$s" --each -- tr a-z A-Z
    forward relay "$s"
    t sock connect "$address" <<<hello
    assert_success
    assert_output HELLO
    python late "c, _ = unix('$s.2').accept(); request = whole(c); time.sleep(1); c.sendall(b'late ' + request); c.close()"
    forward relay2 "$s.2"
    t sock connect "$address" <<<request
    assert_success
    assert_output 'late request'
}

@test "100 MB each way at once come through a relay byte for byte (SOCK-2)" {
    random 100M >server.in
    random 100M >data
    serve server listen "$s"
    forward relay "$s" -N 1 --report report
    t 60 bash -c 'sock connect "$1" <data >back' - "$address"
    assert_success
    bg_wait relay
    assert_equal "$status" 0
    bg_wait server
    same data server.out
    same server.in back
    output=$(<report)
    json '.bytes_there == 104857600 and .bytes_back == 104857600 and .undelivered == 0 and .error == null and .connection == 1'
}

@test "relay A B joins two that are there, and is done when both are" {
    random 3M >one.in
    random 3M >two.in
    serve one listen 127.0.0.1:0
    local first=$address
    serve two listen "$s"
    t 20 sock relay "$first" "$s"
    assert_success
    bg_wait one
    bg_wait two
    same one.in two.out
    same two.in one.out
}

@test "descriptors that were handed to us are joined, and keep their flags" {
    serve server listen "$s" --each -- tr a-z A-Z
    python client "s = socket.socket(socket.AF_UNIX); s.bind('$s.2'); s.listen(); print('ready')
c, _ = s.accept(); c.sendall(b'words'); c.shutdown(socket.SHUT_WR); print(whole(c).decode())"
    # shellcheck disable=SC2016 # for sh
    t sock connect "$s" --fd 8 -- sh -c 'exec sock connect "$1" --fd 9 -- sock relay fd:8 fd:9' - "$s.2"
    assert_success
    bg_wait client
    assert_output --partial WORDS
}

@test "--descriptors carries descriptors along, with the byte they came with" {
    python server "c, _ = unix('$s').accept()
while True:
    data, fds, _, _ = socket.recv_fds(c, 99, 9)
    if not data: break
    print('server', data, [os.read(fd, 99) for fd in fds]); c.sendall(b'k')
c.close()"
    serve relay relay --listen --descriptors "$dir/r" "$s"
    python client "c = socket.socket(socket.AF_UNIX); c.connect('r'); print('ready')
fds = []
for word in (b'first', b'second'):
    r, w = os.pipe(); os.write(w, word); os.close(w); fds.append(r)
c.sendall(b'plain'); c.recv(1)
socket.send_fds(c, [b'with'], fds); c.shutdown(socket.SHUT_WR); whole(c)"
    bg_wait client
    assert_equal "$status" 0
    bg_wait server
    assert_equal "$(grep server <<<"$output")" $'server b\'plain\' []\nserver b\'with\' [b\'first\', b\'second\']'
    t sock relay --listen --descriptors 0 "$s"
    assert_failure 2
}

@test "a reset of one side is a reset of the other, and is accounted for (SOCK-4)" {
    python server "c, _ = tcp().accept(); c.sendall(b'half'); c.recv(1); reset(c); time.sleep(1)"
    forward relay "$address" --report report
    t bash -c 'sock connect "$1" <<<x' - "$address"
    assert_failure 8
    assert_output half
    assert_stderr --partial 'Connection reset by peer'
    wait_until grep -q 'Connection reset by peer: 2 bytes there, 4 back' relay.err
    output=$(<report)
    json '.error == "Connection reset by peer" and .bytes_back == 4'
    python two "c, _ = tcp().accept(); c.recv(1); reset(c); time.sleep(1)"
    local first=$address
    python three "c, _ = tcp().accept(); c.sendall(b'x'); c.recv(1)"
    t sock relay "$first" "$address"
    assert_failure 8
    assert_stderr --partial 'Connection reset by peer'
}

@test "a target that refuses is a reset for the client, and a line for us" {
    forward relay localhost:1
    t sock connect "$address" <<<x
    assert_failure 8
    grep -q 'turned away .*: tcp://localhost:1: cannot connect: Connection refused' relay.err
    # It goes on with the next.
    t sock connect "$address" <<<x
    assert_failure 8
    t sock relay localhost:1 localhost:1
    assert_failure 8
    t sock relay --listen 0 nosuch.invalid:1
    assert_failure 4
}

@test "a unix target whose queue is full is waited for" {
    python server "s = socket.socket(socket.AF_UNIX); s.bind('$s'); s.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect('$s'); print('ready'); time.sleep(0.5)
s.accept(); c, _ = s.accept(); c.sendall(b'in time'); c.close()"
    forward relay "$s"
    t sock connect "$address"
    assert_success
    assert_output 'in time'
}

@test "1,000 at once need little memory each, and nobody starves (SOCK-9)" {
    need python3
    python server "import selectors
s = unix('$s'); s.listen(4096); e = selectors.DefaultSelector(); e.register(s, 1)
import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
while True:
    for key, _ in e.select():
        if key.fileobj is s: c, _ = s.accept(); e.register(c, 1); continue
        b = key.fileobj.recv(65536)
        if b: key.fileobj.sendall(b)
        else: e.unregister(key.fileobj); key.fileobj.close()"
    forward relay "$s"
    local before
    before=$(descriptors relay)
    t 100 python3 -c "
import socket, resource, sys, time, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
def rss(): return int([l for l in open('/proc/%s/status' % sys.argv[1]) if l.startswith('VmRSS')][0].split()[1])
at = ('127.0.0.1', ${address##*:})
def echo(c, n):
    c.sendall(b'x' * n); got = 0
    while got < n: got += len(c.recv(n - got))
first = socket.create_connection(at); echo(first, 1000); before = rss()
all = [socket.create_connection(at) for i in range(1000)]
for c in all: echo(c, 1000)
print('memory', (rss() - before) / 1000 < 4)
# Two that move all they can must not keep one that asks now and then from its answer.
stop = False
def busy():
    c = socket.create_connection(at)
    while not stop: echo(c, 100000)
    c.close()
threads = [threading.Thread(target=busy) for i in range(2)]
for one in threads: one.start()
worst = 0
for c in all[:50]:
    begin = time.time(); echo(c, 1); worst = max(worst, time.time() - begin)
stop = True
for one in threads: one.join()
print('answers', worst < 5)
for c in all: c.close()
first.close()
" "$(bg_pid relay)"
    assert_equal "$output" $'memory True\nanswers True'
    # Pipes that nobody needs now may be kept: 16 of them.
    wait_until eval "(( \$(descriptors relay) <= $before + 34 ))"
}

@test "where descriptors run out, those who are there are served, and others when somebody has left (SOCK-9)" {
    need python3 prlimit
    serve server listen "$s" --each -- cat
    forward relay "$s"
    # 0 to 2, four of its own, and two for each connection.
    prlimit --pid "$(bg_pid relay)" --nofile=14:14
    t 20 python3 -c "
import socket
at = ('127.0.0.1', ${address##*:})
def echo(c): c.sendall(b'x' * 1000); return sum(len(c.recv(1, socket.MSG_WAITALL)) for i in range(1000))
all = [socket.create_connection(at) for i in range(8)]
served = 0
while all:
    c = all.pop(0)
    try: served += echo(c) == 1000
    except OSError: pass
    c.close()
print(served > 2)
c = socket.create_connection(at); print(echo(c))"
    assert_equal "$output" $'True\n1000'
    kill -0 "$(bg_pid relay)"
}

@test "--max turns away who is too many, -N ends it after so many" {
    serve server listen "$s" --each -- cat
    forward relay "$s" --max 1 -N 2
    mkfifo hold
    bg first bash -c 'exec sock connect "$1" <hold' - "$address"
    exec {held}>hold
    echo x >&"$held"
    wait_until grep -q x first.out
    t sock connect "$address" --receive-only
    wait_until grep -q 'turned away .*: 1 are joined already (1 so far)' relay.err
    exec {held}>&-
    bg_wait first
    t sock connect "$address" <<<second
    assert_output second
    bg_wait relay
    assert_equal "$status" 0
}

@test "--rate bounds all of it, without using the processor meanwhile" {
    serve server listen "$s"
    forward relay "$s" --rate 1M
    local begin=${EPOCHREALTIME/./}
    t 20 bash -c 'head -c 1500000 /dev/zero | sock connect "$1"' - "$address"
    assert_success
    (((${EPOCHREALTIME/./} - begin) > 1000000))
    # Clock ticks, user and system.
    local stat
    stat=$(<"/proc/$(bg_pid relay)/stat")
    read -ra stat <<<"${stat##*) }"
    ((stat[11] + stat[12] < 30))
}

@test "--idle-timeout ends what moves nothing, and that is no success" {
    python server "s = unix('$s'); c, _ = s.accept(); time.sleep(60)"
    forward relay "$s" --idle-timeout 200ms --report report
    t sock connect "$address" --receive-only
    assert_failure 8
    grep -q 'nothing moved for 200ms' relay.err
    wait_until test -s report
    output=$(<report)
    json '.error == "nothing moved for 200ms" and .messages_there == null'
}

@test "--log shows what passes, as text, as hexadecimal, as JSON" {
    serve server listen "$s" --each -- tr a-z A-Z
    forward relay "$s" --log log -N 1
    t bash -c 'printf "one\ntwo\033\n" | sock connect "$1"' - "$address"
    bg_wait relay
    assert_equal "$(<log)" $'1 > one\n1 > two\\x1b\n1 < ONE\n1 < TWO\\x1b'
    rm log
    forward relay "$s" --log log --log-format hex -N 1
    t sock connect "$address" <<<'abcdefghijklmnop'
    bg_wait relay
    assert_equal "$(head -n 3 log)" $'1 > 17 bytes\n00000000  61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |abcdefghijklmnop|\n00000010  0a                                                |.|'
    rm log
    forward relay "$s" --log log --log-format json -N 1
    t bash -c 'printf "\377" | sock connect "$1"' - "$address"
    bg_wait relay
    output=$(head -n 1 log)
    json ".connection == 1 and .bytes == 1 and .data_base64 == \"/w==\" and .to == \"unix:$s\" and (.from | startswith(\"tcp://127.0.0.1:\")) and .time > 1e9"
    t sock relay --listen 0 "$s" --log-format xml --log log
    assert_failure 2
    t sock relay --listen 0 "$s" --log-format hex
    assert_failure 2
}

@test "a log that cannot be written ends it: what it was to show must not pass unseen" {
    serve server listen "$s" --each -- cat
    forward relay "$s" --log /dev/full
    t sock connect "$address" <<<x
    assert_failure 8
    bg_wait relay
    assert_equal "$status" 3
    assert_stderr --partial 'No space left on device'
}

@test "SIGUSR1 prints counters, and a signal says what was not delivered" {
    python server "c, _ = unix('$s').accept(); print('in'); time.sleep(60)"
    forward relay "$s"
    bg client bash -c 'head -c 20000000 /dev/zero | exec sock connect "$1"' - "$address"
    wait_until grep -q in server.out
    kill -USR1 "$(bg_pid relay)"
    wait_until grep -q '1 connections so far, 1 now' relay.err
    wait_until sh -c "kill -USR1 $(bg_pid relay); grep -q 'read and not delivered' relay.err"
    kill -TERM "$(bg_pid relay)"
    bg_wait relay
    assert_equal "$status" 143
}

@test "options of listening choose and tell as those of listen do" {
    serve server listen "$s" --each -- cat
    serve relay relay --listen "$dir/r" "$s" --deny "uid:$(id -u)" -m 0660
    assert_equal "$(stat -c %a r)" 660
    t sock connect ./r --receive-only
    grep -q 'not allowed' relay.err
    kill -TERM "$(bg_pid relay)"
    bg_wait relay
    [[ ! -e r ]]
    t sock relay --listen "$s" localhost:1
    assert_failure 6
    t sock relay --deny ::1 "$s" "$s"
    assert_failure 2
    assert_stderr --partial 'options of listening need --listen'
    t sock relay "$s" -
    assert_failure 2
    t sock relay udp://:1 "$s"
    assert_failure 2
    t sock relay --listen 0 fd:0
    assert_failure 2
    t sock relay --listen -t 200ms 7500 "$s"
    assert_failure 124
    t sock relay --listen "$s" systemd:
    assert_failure 2
}

@test "socat and curl go through it" {
    need socat curl
    printf 'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nworks\n' >reply
    serve server listen "$s" --each -- sh -c 'sed -u "/^.$/q" >request; cat reply'
    forward relay "$s"
    t curl -s "http://${address#tcp://}/"
    assert_success
    assert_output works
    bg socat socat TCP-LISTEN:7501,bind=127.0.0.1 SYSTEM:'tr a-z A-Z'
    listens 127.0.0.1:7501
    forward relay2 127.0.0.1:7501
    t sock connect --retry 2s "$address" <<<through
    assert_output THROUGH
}

@test "--report - and --log - are standard output" {
    python echo 's = tcp(); c, _ = s.accept(); c.sendall(whole(c).upper()); c.close()'
    local echo=$address
    serve relay relay --listen "$s" "$echo" -N 1 --report - --log -
    t sock connect "$s" <<<hello
    assert_output HELLO
    wait_until grep -q '"bytes_back":6' relay.out
    grep -qx '1 > hello' relay.out
    refute [ -e ./- ]
}

# udp_echo NAME: a python peer that answers each datagram in capital letters, with the port that it came from before it
udp_echo() {
    python "$1" "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); print('udp://127.0.0.1:%d' % s.getsockname()[1])
while True:
    data, who = s.recvfrom(70000); print(who[1], len(data)); s.sendto(data.upper(), who)"
}

@test "relay --listen udp:// has a socket of its own for each sender, and answers go back to the one who asked" {
    udp_echo server
    serve relay relay --listen udp://127.0.0.1:0 "$address" --report report --idle-timeout 300ms -N 3
    local word
    for word in one two three; do
        t sock call "$address" "$word" -t 5s
        assert_success
        assert_output "${word^^}"
    done
    bg_wait relay
    assert_equal "$status" 0
    assert_equal "$(tail -n +2 server.out | cut -d ' ' -f 1 | sort -u | wc -l)" 3
    output=$(jq -s -c . report)
    json 'length == 3 and all(.messages_there == 1 and .messages_back == 1 and .error == null and .undelivered == 0 and (.from | startswith("udp://127.0.0.1:")))'
}

@test "datagrams of all sizes go through a relay of datagrams as they are, from nothing to 65507 bytes" {
    udp_echo server
    serve relay relay --listen udp://127.0.0.1:0 "$address"
    python client "c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.connect(('127.0.0.1', int('$address'.split(':')[-1]))); c.settimeout(5); print('ready')
for size in (0, 1, 1400, 65507):
    c.send(b'a' * size); assert c.recv(70000) == b'A' * size
print('same')"
    bg_wait client
    assert_equal "$status" 0
    assert_output --partial same
}

@test "a thousand senders at once each get their own answers, and one more than --max none" {
    udp_echo server
    serve relay relay --listen udp://127.0.0.1:0 "$address" --max 1000
    local port=${address##*:}
    python client "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (2000, 4096)); print('ready')
all = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(1000)]
for at, c in enumerate(all): c.settimeout(5); c.connect(('127.0.0.1', $port)); c.send(b'a%d' % at); assert c.recv(99) == b'A%d' % at
more = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); more.connect(('127.0.0.1', $port)); more.settimeout(0.3); more.send(b'x')
try: more.recv(99); print('answered')
except TimeoutError: print('turned away')
for begin in range(0, 1000, 50): # more would find no room at the server, as is UDP's way
    for at in range(begin, begin + 50): all[at].send(b'b%d' % at)
    for at in range(begin, begin + 50): assert all[at].recv(99) == b'B%d' % at
print('all')"
    bg_wait client 30
    assert_equal "$status" 0
    assert_output $'ready\nturned away\nall'
    grep -q 'turned away .*: 1000 are joined already (1 so far)' relay.err
}

@test "a name server behind a relay of datagrams answers a question of DNS" {
    python server "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); print('udp://127.0.0.1:%d' % s.getsockname()[1])
while True:
    q, who = s.recvfrom(512)
    s.sendto(q[:2] + b'\\x81\\x80' + q[4:6] + b'\\0\\1\\0\\0\\0\\0' + q[12:] + b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\xc0\\0\\2\\7', who)"
    serve relay relay --listen udp://127.0.0.1:0 "$address" --log log --log-format json
    printf '\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01' >query
    t bash -c 'sock call --raw "$1" -t 5s <query | od -An -tu1 | tail -n 1' - "$address"
    assert_success
    assert_output --partial '192   0   2   7'
    output=$(jq -s -c . log)
    json 'length == 2 and .[0].bytes == 29 and .[1].bytes == 45 and .[0].connection == 1 and .[0].from == .[1].to'
}

@test "nc -u and socat on both sides of a relay of datagrams" {
    need nc socat
    bg socat socat UDP-RECVFROM:7140,bind=127.0.0.1,fork EXEC:'tr a-z A-Z'
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7140'
    serve relay relay --listen udp://127.0.0.1:7141 udp://127.0.0.1:7140
    bg nc bash -c 'exec nc -u -w 1 127.0.0.1 7141 <<<"from nc"'
    wait_until grep -q 'FROM NC' nc.out
    t bash -c 'echo "from socat" | socat -t 1 - UDP:127.0.0.1:7141'
    assert_output 'FROM SOCAT'
}

@test "a target of datagrams that refuses is said once, counted, and served again when it is back" {
    serve relay relay --listen udp://127.0.0.1:7142 udp://127.0.0.1:7143 --idle-timeout 10s
    python client "c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.connect(('127.0.0.1', 7142)); c.settimeout(5); print('ready')
for i in range(3): c.send(b'lost'); time.sleep(0.05)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 7143)); s.settimeout(5)
c.send(b'found'); data, who = s.recvfrom(99); s.sendto(data, who); print(c.recv(99))"
    bg_wait client
    assert_equal "$status" 0
    assert_output --partial "b'found'"
    assert_equal "$(grep -c 'Connection refused' relay.err)" 1
    kill -USR1 "$(bg_pid relay)"
    wait_until grep -q '1 flows so far, 1 now; .* (.* bytes) there, 1 (5 bytes) back; 0 turned away' relay.err
}

@test "a log socket is taken to UDP, waits for who reads slowly, and finds one who has come back to his path" {
    serve relay relay --listen "unix-dgram:$s" "unix-dgram:$s.2" -m 0622
    assert_equal "$(stat -c %a "$s")" 622
    t sock send "unix-dgram:$s" early
    wait_until grep -q 'turned away .*cannot send there: No such file' relay.err
    python server "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('$s.2'); print('ready'); time.sleep(0.5)
for i in range(3000): assert s.recv(99) == b'%d' % (i + 1)
s.close(); os.unlink('$s.2'); s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('$s.2'); print('again'); print(s.recv(99))"
    bg client bash -c 'seq 3000 | sock send "unix-dgram:$1"' - "$s"
    wait_until grep -q again server.out
    bg_wait client
    assert_equal "$status" 0
    t sock send "unix-dgram:$s" back
    bg_wait server
    assert_output --partial "b'back'"
    kill -TERM "$(bg_pid relay)"
    bg_wait relay
    [[ ! -e $s ]]
}

@test "--allow and --deny count for senders of datagrams, and what cannot be joined is refused" {
    udp_echo server
    local target=$address
    serve relay relay --listen udp://127.0.0.1:0 "$target" --deny 127.0.0.9
    t sock call "$address?bind=127.0.0.9" no -t 300ms
    assert_failure 124
    grep -q 'turned away udp://127.0.0.9:.*: not allowed' relay.err
    t sock call "$address" yes -t 5s
    assert_output YES
    t sock relay --listen udp://0 tcp://localhost:1
    assert_failure 2
    assert_stderr --partial 'has no datagrams'
    t sock relay --listen udp://0 "$target" --rate 1k
    assert_failure 2
    t sock relay --listen udp://0 "$target" --mode 600
    assert_failure 2
}

@test "an answer comes from the address that was asked, also where all are listened on" {
    udp_echo server
    serve relay relay --listen udp://0.0.0.0:0 "$address"
    t sock call "udp://127.0.0.7:${address##*:}" word -t 5s
    assert_success
    assert_output WORD
}

@test "relay udp://A udp://B joins two that are there, until one refuses" {
    udp_echo server
    bg relay sock relay 'udp://127.0.0.1:7151?bind=127.0.0.1:7150' "$address"
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7150'
    t sock call 'udp://127.0.0.1:7150?bind=127.0.0.1:7151' word -t 5s
    assert_success
    assert_output WORD
    t sock call 'udp://127.0.0.1:7150?bind=127.0.0.1:7152' word -t 5s
    assert_failure 8
    kill -KILL "$(bg_pid server)"
    t sock send 'udp://127.0.0.1:7150?bind=127.0.0.1:7151' word
    bg_wait relay
    assert_equal "$status" 8
    assert_stderr --regexp 'Connection refused: [12] messages there, 1 back'
    t sock relay udp://127.0.0.1:1 udp://127.0.0.1:2 --idle-timeout 100ms
    assert_failure 124
}

@test "ncat on both sides of a relay, over TCP and over UDP" {
    need ncat
    bg tcp ncat -lk 127.0.0.1 7180 --sh-exec 'read -r x; echo "re: $x"; cat'
    listens 127.0.0.1:7180
    forward relay 127.0.0.1:7180
    mkfifo hold
    exec {hold}<>hold
    bg client bash -c 'exec ncat 127.0.0.1 "$1" <hold' - "${address##*:}"
    echo hello >&"$hold"
    wait_until grep -q 're: hello' client.out
    bg udp ncat -luk 127.0.0.1 7181 --exec /bin/cat
    wait_until sh -c 'ss -Hanu | grep -q 127.0.0.1:7181'
    serve relay2 relay --listen udp://127.0.0.1:0 udp://127.0.0.1:7181
    mkfifo hold2
    exec {hold2}<>hold2
    bg client2 bash -c 'exec ncat -u 127.0.0.1 "$1" <hold2' - "${address##*:}"
    echo datagram >&"$hold2"
    wait_until grep -q datagram client2.out
    exec {hold}>&- {hold2}>&-
}
