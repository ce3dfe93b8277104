#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# send.bats: sock send

load datagrams

@test "send makes one datagram of each argument, and of each line of the input" {
    new_port
    ready got sock recv "udp://localhost:$port" -N 5
    t sock send "udp://localhost:$port" one 'two words'
    assert_success
    refute_output
    refute_stderr
    printf 'three\n\nfive' | sock send "udp://127.0.0.1:$port"
    bg_wait got
    assert_success
    assert_output $'one\ntwo words\nthree\n\nfive'
}

@test "an empty message is a datagram of 0 bytes, not an end" {
    new_port
    ready got sock recv "udp://localhost:$port" -N 3 -j
    sock send "udp://localhost:$port" '' a ''
    bg_wait got
    assert_equal "$(jq -c '[.message, .size]' <<<"$output" | paste -sd' ')" '["",0] ["a",1] ["",0]'
}

@test "65,507 bytes is the largest of UDP; one more is refused with the limit, and those before it are sent" {
    new_port
    head -c 65507 /dev/urandom >most
    ready got sock recv "udp://127.0.0.1:$port" --raw
    sock send "udp://127.0.0.1:$port" --raw <most
    bg_wait got
    cmp most got.out
    head -c 65508 /dev/zero >larger
    t bash -c "sock send udp://127.0.0.1:$port --raw <larger"
    assert_failure 3
    assert_stderr --partial '65508 bytes is over the limit of 65507 (UDP): Message too long'
    # It is still there for the next reader, and is not shown.
    t bash -c "{ sock send udp://127.0.0.1:$port --raw || cmp - larger; } <larger"
    assert_success
    refute_stderr --partial message_base64
}

@test "the input is lines, NUL records, frames, one whole, or JSON Lines" {
    new_port
    ready got sock recv "unix-dgram:@send.$port" -N 8
    printf 'a\0b\nc\0' | sock send "unix-dgram:@send.$port" -0
    printf 'one\ntwo\n' | sock send "unix-dgram:@send.$port" --raw
    printf '\0\0\0\1x\0\0\0\0' | sock send "unix-dgram:@send.$port" --framed
    printf '%s\n' '{"message":"from json"}' '{"message_base64":"AAE="}' | sock send "unix-dgram:@send.$port" -j
    printf 'last' | sock send "unix-dgram:@send.$port"
    bg_wait got
    assert_success
    printf 'a\nb\nc\none\ntwo\n\nx\n\nfrom json\n\0\1\nlast\n' | cmp - got.out
}

@test "a port that nobody has is status 8: the network's refusal is heard" {
    t sock send udp://localhost:9 a
    assert_failure 8
    assert_stderr --partial 'nobody receives there'
    t sock send udp://localhost:9 a b c
    assert_failure 8
    assert_stderr --partial '3 of 3 messages sent'
}

@test "a unix socket that is not there is 4, one that nobody has is 8, a stream is told from it" {
    need python3
    t sock send unix-dgram:./none a
    assert_failure 4
    python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("stale")'
    t sock send unix-dgram:./stale a
    assert_failure 8
    python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("stale2")'
    python_peer stream <<'end'
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("stream"); s.listen(1); print("ready"); time.sleep(300)
end
    t sock send unix-dgram:./stream a
    assert_failure 3
    assert_stderr --partial 'wrong type'
}

@test "a full queue waits, -t gives up with 124 and -n with 1, and what was sent is said" {
    python_peer deaf <<'end'
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("deaf"); print("ready"); time.sleep(300)
end
    local begin=$EPOCHREALTIME
    # shellcheck disable=SC2046 # words
    t sock send -t 0.3 unix-dgram:./deaf $(seq 14)
    assert_failure 124
    assert_stderr --regexp '1[01] of 14 messages sent'
    local took=$((${EPOCHREALTIME/./} - ${begin/./}))
    ((took >= 300000))
    t sock send -n unix-dgram:./deaf x
    assert_failure 1
    refute_stderr
    t bash -c 'seq 3 | sock send -n unix-dgram:./deaf'
    assert_failure 1
    assert_stderr --partial '0 sent; 3 behind them read and not sent; sock send -j reads the next lines:'
    assert_equal "$(grep '^{' <<<"$stderr" | jq -r .message)" $'1\n2\n3'
    # Whoever wants no more than errors gets the count.
    t bash -c 'seq 3 | sock send -qn unix-dgram:./deaf'
    assert_failure 1
    assert_stderr --partial '0 sent; 3 messages behind them read and not sent'
    refute_stderr --partial '{'
    # A file stands where it has to: the next reader gets the last one, and the others were shown.
    seq 3 >lines
    t bash -c '{ sock send -n unix-dgram:./deaf; cat; } <lines'
    assert_output 3
    assert_equal "$(grep '^{' <<<"$stderr" | jq -r .message)" $'1\n2'
}

@test "a signal while it waits for room says what was sent, and ends it by that signal" {
    python_peer deaf <<'end'
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("deaf"); print("ready"); time.sleep(300)
end
    # shellcheck disable=SC2046 # words
    bg sender sock send unix-dgram:./deaf $(seq 14)
    wait_until blocked_in sender ppoll
    kill -TERM "$(bg_pid sender)"
    bg_wait sender
    assert_failure 143
    assert_stderr --regexp '1[01] of 14 messages sent'
}

@test "seqpackets keep their bounds and their order, also those of 0 bytes" {
    ready got sock recv unix-seqpacket:./seq -N 4
    sock send unix-seqpacket:./seq one '' three
    sock send unix-seqpacket:./seq four
    bg_wait got
    assert_success
    assert_output $'one\n\nthree\nfour'
}

@test "a group is reached by all its members, and --no-loop asks to leave out this machine" {
    need_root
    new_port
    ip link set lo multicast on
    ip route replace 239.0.0.0/8 dev lo
    ready a sock recv "udp://239.1.2.3:$port" -j
    ready b sock recv "udp://239.1.2.3:$port?interface=lo"
    t sock send "udp://239.1.2.3:$port?ttl=7" hello
    assert_success
    bg_wait b
    assert_output hello
    bg_wait a
    json '.message == "hello" and .ttl == 7 and .to == "239.1.2.3" and .interface == "lo"'
    # The loopback interface brings it back whatever is asked: what is asked is what can be seen.
    need strace
    t strace -e trace=setsockopt sock send --no-loop "udp://239.1.2.3:$port?ttl=7" hello
    assert_stderr --partial 'IP_MULTICAST_LOOP, [0]'
    assert_stderr --partial 'IP_MULTICAST_TTL, [7]'
}

@test "broadcast has to be meant" {
    new_port
    ready got sock recv "udp4://*:$port" -j
    t sock send "udp://127.255.255.255:$port" x
    assert_failure 5
    assert_stderr --partial '?broadcast'
    sock send "udp://127.255.255.255:$port?broadcast" x
    bg_wait got
    json '.to == "127.255.255.255"'
}

@test "an inherited socket is used with fd:N" {
    need python3
    python3 -c '
import socket, subprocess, sys
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
subprocess.run(["sock", "send", f"fd:{a.fileno()}", "one", "two"], pass_fds=[a.fileno()], check=True)
print(b.recv(99), b.recv(99))' >out
    assert_equal "$(<out)" "b'one' b'two'"
}

@test "what has no messages is a wrong command line" {
    for address in tcp://localhost:1 unix:/x ip://localhost/icmp -; do
        t sock send "$address" x
        assert_failure 2
    done
    t sock send udp://localhost:1 -j x
    assert_failure 2
    t sock send -n -t 1 udp://localhost:1 x
    assert_failure 2
}

@test "nc, socat, logger and Python read what is sent" {
    need python3
    new_port
    python_peer py <<end
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", $port)); print("ready"); print(s.recv(99), s.recv(99))
end
    sock send "udp://localhost:$port" 'to python' ''
    bg_wait py
    assert_output --partial "b'to python' b''"
    need socat
    bg so socat -u UNIX-RECV:so.sock -
    wait_until test -S so.sock
    sock send unix-dgram:so.sock 'to socat'
    wait_until grep -q 'to socat' so.out
}

@test "where a name is refused, the address that was tried is said" {
    t sock send udp://localhost:9 hi
    assert_failure 8
    assert_stderr --partial 'udp://localhost:9 (udp://127.0.0.1:9): nobody receives there'
}
