#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# call.bats: sock call

load datagrams

# An UDP server that answers "re: TEXT" to each datagram, and nothing to the first SILENT ones.
server() {
    python_peer server <<end
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", $port)); print("ready")
silent = ${1:-0}
while True:
    data, who = s.recvfrom(65536)
    if silent > 0: silent -= 1
    else: s.sendto(b"re: " + data, who)
end
}

@test "call sends one datagram and prints the answer" {
    new_port
    server
    t sock call "udp://localhost:$port" 'how are you' -t 20
    assert_success
    assert_output 're: how are you'
    t bash -c "printf 'two\nlines' | sock call udp://localhost:$port -t 20 --raw"
    assert_output $'re: two\nlines'
    t sock call "udp://localhost:$port" '' -t 20 -j
    json '.message == "re: " and .from == "udp://127.0.0.1:'"$port"'"'
}

@test "no answer is 124 with -t and 1 with -n; nobody there is 8" {
    new_port
    server 99
    t sock call "udp://localhost:$port" x -t 0.2
    assert_failure 124
    refute_output
    t sock call "udp://localhost:$port" x -n
    assert_failure 1
    refute_stderr
    t sock call udp://localhost:9 x -t 2
    assert_failure 8
    assert_stderr --partial 'Connection refused'
}

@test "--again asks again until there is an answer" {
    new_port
    server 2
    t sock call "udp://localhost:$port" x -t 20 --again 0.1
    assert_success
    assert_output 're: x'
}

@test "-N waits for so many answers, --all takes all that come in time" {
    new_port
    python_peer many <<end
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", $port)); print("ready")
while True:
    data, who = s.recvfrom(65536)
    for i in b"abc": s.sendto(bytes([i]), who)
end
    t sock call "udp://localhost:$port" x -N 2 -t 20
    assert_output $'a\nb'
    bg all sock call "udp://localhost:$port" x --all -t 5
    bg four sock call "udp://localhost:$port" x -N 4 -t 5
    bg_wait all 20
    assert_success
    assert_output $'a\nb\nc'
    bg_wait four 20
    assert_failure 124
    assert_output $'a\nb\nc'
    t sock call udp://localhost:9 x --all
    assert_failure 2
    t sock call udp://localhost:9 x y
    assert_failure 2
    t sock call udp://localhost:9 x --all -N 2 -t 1
    assert_failure 2
}

@test "broadcast discovery: whoever is there answers, and is named" {
    new_port
    python_peer one <<end
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", $port)); print("ready")
data, who = s.recvfrom(99); s.sendto(b"here", who)
end
    t 20 sock call --all -t 5 -j "udp://127.255.255.255:$port?broadcast" 'who is there'
    assert_success
    json '.message == "here" and .from == "udp://127.0.0.1:'"$port"'"'
}

@test "a unix datagram server can answer: the caller has a name" {
    python_peer server <<'end'
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("u"); print("ready")
data, who = s.recvfrom(99); s.sendto(b"re: " + data, who)
end
    t sock call unix-dgram:./u hi -t 20
    assert_success
    assert_output 're: hi'
}

@test "seqpacket: the answer, or that the other side has closed without one" {
    python_peer server <<'end'
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind("u"); s.listen(5); print("ready")
c, _ = s.accept(); c.send(b"re: " + c.recv(99)); c.close()
c, _ = s.accept(); c.recv(99); c.close()
end
    t sock call unix-seqpacket:./u hi -t 20
    assert_output 're: hi'
    t sock call unix-seqpacket:./u hi -t 20
    assert_failure 8
}

@test "a DNS server is asked over UDP" {
    new_port
    python_peer dns <<end
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", $port)); print("ready")
q, who = s.recvfrom(512)
last = q.index(b"\0", 12) + 5
s.sendto(q[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + q[12:last] + b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 7]), who)
end
    # A question for the address of example.org.
    printf '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03org\x00\x00\x01\x00\x01' >query
    t bash -c "sock call --raw udp://127.0.0.1:$port -t 5s --again 1s <query | tail -c 4 | od -An -tu1"
    assert_output --regexp '192 +0 +2 +7'
}

@test "Ctrl-C ends it by the signal" {
    new_port
    server 9
    bg caller sock call "udp://localhost:$port" x
    wait_until blocked_in caller ppoll
    kill -INT "$(bg_pid caller)"
    bg_wait caller
    assert_failure 130
}
