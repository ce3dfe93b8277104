#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# recv.bats: sock recv

load datagrams

@test "recv takes one datagram, -N that many, --follow all" {
    new_port
    ready got sock recv "udp://localhost:$port"
    sock send "udp://localhost:$port" a
    bg_wait got
    assert_success
    assert_output a
    ready got sock recv "udp://localhost:$port" -N 2
    sock send "udp://localhost:$port" b c
    bg_wait got
    assert_output $'b\nc'
    ready got sock recv "udp://localhost:$port" --follow
    # shellcheck disable=SC2046 # words
    sock send "udp://localhost:$port" $(seq 40)
    wait_until grep -qx 40 got.out
    kill -TERM "$(bg_pid got)"
    bg_wait got
    assert_failure 143
    assert_equal "$output" "$(seq 40)"
}

@test "localhost is both loopbacks, and a bare port is localhost" {
    new_port
    ready got sock recv "udp://$port" -N 2 -j
    sock send "udp://127.0.0.1:$port" four
    if [[ -e /proc/net/if_inet6 && -n $(</proc/net/if_inet6) ]]; then
        sock send "udp://[::1]:$port" six
    else
        sock send "udp://127.0.0.1:$port" six
    fi
    bg_wait got
    assert_success
    run ! sock recv -n "udp://$port" </dev/null
    # Nothing is open to the network.
    ready open sock recv "udp://$port"
    t sock ls --protocol udp --port "$port" -o LOCAL --no-header
    refute_output --partial '*'
    refute_output --partial '0.0.0.0'
}

@test "port 0 is chosen and said" {
    ready got sock recv udp://127.0.0.1:0
    local address
    address=$(sed -n 's/.*receiving on //p' got.err)
    [[ $address =~ ^udp://127.0.0.1:[1-9][0-9]*$ ]]
    sock send "$address" found
    bg_wait got
    assert_output found
}

@test "-j says who sent it, when, where to, how far it came, and reads back" {
    need jq
    new_port
    ready got sock recv "udp://127.0.0.1:$port" -j
    printf 'caf\351' | sock send "udp://127.0.0.1:$port" --raw
    bg_wait got
    json '.message_base64 == "Y2Fm6Q==" and .size == 4 and (.from | startswith("udp://127.0.0.1:")) and .to == "127.0.0.1" and .interface == "lo" and .ttl == 64'
    json '(now - .time) < 60 and .pid == null and .descriptors == 0'
    local line=$output
    ready again sock recv unix-dgram:./u -j
    sock send -j unix-dgram:./u <<<"$line"
    bg_wait again
    json '.message_base64 == "Y2Fm6Q==" and .from == null and .uid == '$EUID' and .gid == '"$(id -g)"' and .pid > 0'
}

@test "a unix datagram of 200,000 bytes arrives whole" {
    head -c 200000 /dev/urandom >data
    ready got sock recv unix-dgram:./u --raw
    sock send --raw unix-dgram:./u <data
    bg_wait got
    cmp data got.out
}

@test "a path has mode 0600 at once under any umask, or the mode asked for, and is gone behind it" {
    umask 0
    ready got sock recv unix-dgram:./u
    assert_equal "$(stat -c %a u)" 600
    sock send unix-dgram:./u x
    bg_wait got
    assert_not_exists u
    umask 077
    ready got sock recv unix-seqpacket:./u -m 0666
    assert_equal "$(stat -c %a u)" 666
    kill -TERM "$(bg_pid got)"
    bg_wait got
    assert_not_exists u
}

@test "a live socket is never taken away, a stale one of ours is replaced, and a file stays" {
    need python3
    ready first sock recv unix-dgram:./u
    t sock recv -n unix-dgram:./u
    assert_failure
    assert_stderr --partial 'somebody listens there'
    sock send unix-dgram:./u still
    bg_wait first
    assert_output still
    python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("u")'
    ready second sock recv unix-dgram:./u
    sock send unix-dgram:./u again
    bg_wait second
    assert_output again
    echo precious >file
    t sock recv -n unix-dgram:./file
    assert_failure 6
    assert_equal "$(<file)" precious
}

@test "-n of silence is status 1, -t is 124 and not before its time; what came is delivered" {
    new_port
    t sock recv -n "udp://localhost:$port"
    assert_failure 1
    refute_stderr
    local begin=$EPOCHREALTIME
    t sock recv -t 0.2 "udp://localhost:$port"
    assert_failure 124
    ((${EPOCHREALTIME/./} - ${begin/./} >= 200000))
    ready got sock recv -N 2 -t 5 "udp://localhost:$port"
    sock send "udp://localhost:$port" half
    bg_wait got 20
    assert_failure 124
    assert_output half
}

@test "datagrams that found no room are counted" {
    new_port
    ready got sock recv "udp://127.0.0.1:$port?rcvbuf=4k" --follow -t 6
    kill -STOP "$(bg_pid got)"
    seq 3000 | sock send "udp://127.0.0.1:$port"
    kill -CONT "$(bg_pid got)"
    bg_wait got 20
    assert_failure 124
    local received dropped
    received=$(wc -l <<<"$output")
    dropped=$(sed -n 's/.*: \([0-9]*\) messages were dropped.*/\1/p' <<<"$stderr")
    assert_equal $((received + dropped)) 3000
}

@test "a full disk or a closed pipe loses nothing in silence" {
    new_port
    # shellcheck disable=SC2016 # for the inner shell
    bg full bash -c 'exec sock recv udp://127.0.0.1:$0 --ready-fd 9 >/dev/full 9>full.ready' "$port"
    wait_until test -s full.ready
    sock send "udp://127.0.0.1:$port" kept
    bg_wait full
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    assert_stderr --partial '"message":"kept"'
    # shellcheck disable=SC2016 # for the inner shell
    bg file bash -c 'exec sock recv udp://127.0.0.1:$0 --rescue saved --ready-fd 9 >/dev/full 9>file.ready' "$port"
    wait_until test -s file.ready
    sock send "udp://127.0.0.1:$port" kept
    bg_wait file
    assert_failure 3
    assert_equal "$(jq -r .message saved)" kept
    # A reader that is gone is seen before anything is taken.
    # shellcheck disable=SC2016 # for the inner shell
    t bash -c 'sock recv udp://127.0.0.1:$0 --follow | true; echo "${PIPESTATUS[0]}"' "$port"
    assert_output 141
    refute_stderr
}

@test "descriptors that come along are closed at once: systemd-notify's barrier" {
    need python3
    ready got sock recv unix-dgram:./notify -N 2 -j
    python3 -c '
import array, os, select, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect("notify")
s.send(b"READY=1")
r, w = os.pipe()
s.sendmsg([b"BARRIER=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [w]))])
os.close(w)
p = select.poll(); p.register(r, select.POLLHUP)
print("closed" if p.poll(20000) else "open")' >out
    assert_equal "$(<out)" closed
    bg_wait got
    assert_success
    assert_equal "$(jq -r .descriptors <<<"$output" | paste -sd' ')" '0 1'
    need systemd-notify
    ready got sock recv unix-dgram:./notify -N 2
    NOTIFY_SOCKET=$PWD/notify timeout 10 systemd-notify --ready
    bg_wait got
    assert_output --partial READY=1
}

@test "an open socket: the other end's close ends it with status 8, or 0 with --follow" {
    need python3
    for words in -N5 --follow; do
        python3 -c '
import socket, subprocess, sys
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
b.send(b"one"); b.send(b""); b.close()
r = subprocess.run(["sock", "recv", f"fd:{a.fileno()}"] + sys.argv[1:], pass_fds=[a.fileno()])
sys.exit(r.returncode)' "$words" >out 2>err || echo "status $?" >>out
        if [[ $words == --follow ]]; then printf 'one\n\n'; else printf 'one\n\nstatus 8\n'; fi | cmp - out
    done
}

@test "a thousand senders of seqpackets are all heard" {
    need python3
    ready got sock recv unix-seqpacket:./many -N 900
    python3 -c '
import resource, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))
all = []
for i in range(900):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect("many"); all.append(s)
for i, s in enumerate(all): s.send(str(i).encode())'
    bg_wait got
    assert_success
    assert_equal "$(sort -n <<<"$output")" "$(seq 0 899)"
}

@test "logger's syslog messages are received" {
    need logger
    ready got sock recv unix-dgram:./log
    logger --socket-errors=on -d -u "$PWD/log" -t prog hello
    bg_wait got
    assert_output --regexp '^<13>.* prog: hello$'
}

@test "what cannot be asked for is status 2" {
    t sock recv tcp://localhost:1
    assert_failure 2
    t sock recv udp://localhost:1 -N 1 --follow
    assert_failure 2
    t sock recv udp://localhost:1 -m 0600
    assert_failure 2
    t sock recv udp://localhost:1 -0 -j
    assert_failure 2
    t sock recv udp://localhost:1 --ready-fd 77
    assert_failure 2
}

@test "ncat's datagrams are received, over UDP and a path, and it reads ours" {
    need ncat
    new_port
    ready got sock recv "udp://127.0.0.1:$port"
    ncat -u --send-only 127.0.0.1 "$port" <<<word
    bg_wait got
    assert_output word
    ready got sock recv unix-dgram:path
    ncat -uU --send-only path <<<word
    bg_wait got
    assert_output word
    bg ncat ncat -lu 127.0.0.1 "$((port + 1))"
    wait_until sh -c "ss -Hanu | grep -q 127.0.0.1:$((port + 1))"
    sock send "udp://127.0.0.1:$((port + 1))" ours
    wait_until grep -q ours ncat.out
}

@test "with -- COMMAND each message is the input of a command, which is told who has sent it" {
    new_port
    # shellcheck disable=SC2016 # for sh
    ready got sock recv "udp://127.0.0.1:$port" -N 3 -- sh -c 'echo "$SOCK_SIZE $PROTO $UDPREMOTEIP:$UDPREMOTEPORT $SOCK_PEER $UDPLOCALPORT [$(cat)]"'
    sock send "udp://127.0.0.1:$port?bind=127.0.0.1:$((port + 1))" one '' 'two words'
    bg_wait got
    assert_success
    local from="UDP 127.0.0.1:$((port + 1)) udp://127.0.0.1:$((port + 1)) $port"
    assert_output "3 $from [one]"$'\n'"0 $from []"$'\n'"9 $from [two words]"
    # shellcheck disable=SC2016 # for sh
    ready got sock recv unix-dgram:path -- sh -c 'echo "$PROTO $SOCK_PEER_UID $IPCREMOTEEGID $SOCK_LOCAL"; cat'
    head -c 100000 /dev/zero | sock send --raw unix-dgram:path
    bg_wait got
    assert_success
    assert_equal "$(head -n 1 got.out)" "IPC $EUID $(id -g) unix-dgram:path"
    assert_equal "$(tail -n +2 got.out | wc -c)" 100000
    [[ ! -e path ]]
}

@test "--jobs runs so many commands at once and no more, and the messages wait" {
    new_port
    mkfifo go
    # shellcheck disable=SC2016 # for sh
    ready got sock recv "udp://127.0.0.1:$port" -N 5 --jobs 2 -- sh -c 'echo $(cat) >>began; read x <go'
    sock send "udp://127.0.0.1:$port" 1 2 3 4 5
    wait_until sh -c '[ $(wc -l <began) = 2 ]'
    exec {go}<>go
    echo >&"$go"
    wait_until sh -c '[ $(wc -l <began) = 3 ]'
    printf '\n\n\n\n' >&"$go"
    bg_wait got
    exec {go}>&-
    assert_success
    assert_equal "$(sort began)" "$(seq 5)"
}

@test "a command that fails is the status, and --rescue keeps its message" {
    new_port
    ready got sock recv "udp://127.0.0.1:$port" -N 3 --rescue kept -- grep -q a
    sock send "udp://127.0.0.1:$port" a b a
    bg_wait got
    assert_failure 1
    assert_stderr --partial '1 message whose command failed appended to kept'
    assert_equal "$(jq -r .message kept)" b
    ready got sock recv "udp://127.0.0.1:$port" --follow -- /nosuch
    sock send "udp://127.0.0.1:$port" a
    bg_wait got
    assert_equal "$status" 127
    t sock recv "udp://127.0.0.1:$port" -t 100ms -- cat
    assert_failure 124
    t sock recv "udp://127.0.0.1:$port" -n -- cat
    assert_failure 1
    t sock recv "udp://127.0.0.1:$port" -j -- cat
    assert_failure 2
    t sock recv "udp://127.0.0.1:$port" --jobs 2
    assert_failure 2
}

@test "after a signal the commands that run are awaited, and after the second no more" {
    mkfifo go
    local signals
    for signals in 1 2; do
        rm -f began
        ready got sock recv unix-dgram:path --follow -- sh -c 'cat >began; read -r x <go; echo "$x" >ended'
        sock send unix-dgram:path word
        wait_until test -s began
        kill -TERM "$(bg_pid got)"
        wait_until grep -q 'no longer receiving; 1 commands' got.err
        [[ ! -e path ]]
        if ((signals == 1)); then echo over >go; else kill -TERM "$(bg_pid got)"; fi
        bg_wait got
        assert_equal "$status" 143
    done
    assert_equal "$(<ended)" over
}
