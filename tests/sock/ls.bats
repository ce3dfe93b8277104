#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ls.bats: sock ls

load datagrams

# One of everything, in one process; prints its id.
sockets() {
    new_port
    python_peer all <<end
import os, socket, time
t = socket.socket(); t.bind(("127.0.0.1", $port)); t.listen(5)
a = socket.create_connection(("127.0.0.1", $port)); b, _ = t.accept(); b.send(b"hello")
a2 = socket.create_connection(("127.0.0.1", $port))
u = socket.socket(socket.AF_UNIX); u.bind("u"); u.listen(3)
v = socket.socket(socket.AF_UNIX); v.connect("u"); w, _ = u.accept(); w.send(b"abc")
v2 = socket.socket(socket.AF_UNIX); v2.connect("u")
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(("0.0.0.0", $port))
g = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); g.bind("\0ls.$port")
p = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
print("ready", os.getpid(), flush=True); time.sleep(300)
end
    read -r _ pid <all.out
}

# column COL [WORD...]: that column of what is listed, one a line.
column() { sock ls --no-header -o "$@"; }

@test "ls shows every socket: state, queues, both addresses, and who has each end" {
    sockets
    t sock ls
    assert_success
    assert_line --regexp "^tcp +LISTEN +1 +5 +127.0.0.1:$port +\* +python3\[$pid\]:3"
    assert_line --regexp "^tcp +ESTAB +5 +0 +127.0.0.1:[0-9]+ +127.0.0.1:$port +python3\[$pid\]:4 +python3\[$pid\]:5"
    assert_line --regexp "^unix +LISTEN +1 +3 +u +"
    assert_line --regexp "^unix +ESTAB +3 +0 +\* +u +python3\[$pid\]:[0-9]+ +python3\[$pid\]:[0-9]+"
    assert_line --regexp "^udp +UNCONN +0 +0 +0.0.0.0:$port +\*"
    assert_line --regexp "^unix-dgram +UNCONN +0 +0 +@ls.$port +\*"
    assert_line --regexp "^unix-seqpacket +ESTAB +0 +0 +\* +\* +python3\[$pid\]:[0-9]+ +python3\[$pid\]:[0-9]+"
}

@test "the other end of a client that is not accepted yet is the listener" {
    sockets
    t sock ls -j "127.0.0.1:$port" --state estab
    assert_equal "$(jq -s 'map(select(.process != null and .other == "python3['"$pid"']:3")) | length' <<<"$output")" 1
    t sock ls -j ./u --state listen
    json '(.waiting | length) == 1 and (.waiting[0].process | startswith("python3"))'
}

@test "ls agrees with ss" {
    need ss
    sockets
    diff <(ss -Htan | awk '{ print $1, $2, $3, $4 }' | sort) <(sock ls --protocol tcp --no-header -o STATE,RECV-Q,SEND-Q,LOCAL | awk '{ print $1, $2, $3, $4 }' | sort)
    diff <(ss -Hxan | awk '{ print $2, $3, $4 }' | sort) <(sock ls --protocol all-unix --no-header -o STATE,RECV-Q,SEND-Q | awk '{ print $1, $2, $3 }' | sort)
}

@test "filters: state, protocol, port, process, listening; several of one kind widen, of different kinds narrow" {
    sockets
    assert_equal "$(column PROTOCOL --listening | sort | uniq -c | xargs)" '1 tcp 1 udp 1 unix 1 unix-dgram'
    assert_equal "$(column STATE --protocol inet --state LISTEN)" LISTEN
    assert_equal "$(column STATE --protocol tcp --state listening --state established | sort | uniq -c | xargs)" '4 ESTAB 1 LISTEN'
    assert_equal "$(column STATE --port "$port" --protocol udp)" UNCONN
    assert_equal "$(column PROTOCOL --process python3 --process nobody --protocol unix-seqpacket | wc -l)" 2
    assert_equal "$(column PROTOCOL --process "$pid" --protocol tcp --port "$port" | wc -l)" 4
    assert_equal "$(column PROTOCOL --process nobody)" ''
    t sock ls --state lsten
    assert_failure 2
    assert_stderr --partial 'did you mean listen?'
    t sock ls --protocol upd
    assert_failure 2
    t sock ls --port 65536
    assert_failure 2
}

@test "addresses, descriptors, inodes and cookies name sockets; what is not there is status 4" {
    sockets
    assert_equal "$(column PROTOCOL "udp://127.0.0.1:$port")" udp
    assert_equal "$(column LOCAL "unix-dgram:@ls.$port")" "@ls.$port"
    assert_equal "$(column STATE ./u | sort | uniq -c | xargs)" '3 ESTAB 1 LISTEN'
    assert_equal "$(column STATE "$PWD/u" | wc -l)" 4
    assert_equal "$(column STATE "$pid:3")" LISTEN
    name=$(column SOCKET "$pid:3")
    [[ $name == inode:* ]]
    assert_equal "$(column STATE "$name")" LISTEN
    local each
    while IFS= read -rd '' each; do column SOCKET "$each" >/dev/null; done < <(sock ls -0 --protocol tcp)
    t sock ls tcp://127.0.0.1:9
    assert_failure 4
    t sock ls "@ls.$port"
    assert_failure 4
    assert_stderr --partial "unix-dgram:@ls.$port"
}

@test "raw sockets are listed, too" {
    need_root
    need python3
    python_peer raw <<'end'
import socket, time
a = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print("ready"); time.sleep(300)
end
    t sock ls --protocol raw
    assert_line --regexp '^raw +UNCONN +0 +0 +0.0.0.0:1 +\* +python3\[[0-9]+\]:3'
}

@test "-j has raw values and the same keys always; -o chooses, +COL adds; names that hurt are escaped" {
    sockets
    t sock ls -j --port "$port" --state estab
    local one
    one=$(head -n 1 <<<"$output")
    jq -e '.rtt > 0 and .receive_limit > 0 and .congestion != null and (.holders | type) == "array"' <<<"$one"
    assert_equal "$(sock ls -j | jq -c keys | sort -u | wc -l)" 1
    t sock ls --port "$port" -o +TIMER,RTT
    assert_line --index 0 --regexp 'OTHER +TIMER +RTT$'
    t sock ls -o NOPE
    assert_failure 2
    need python3
    python_peer evil <<'end'
import socket, time
g = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); g.bind("\0evil\n\x1b]0;P\x07\xff".encode("latin-1")); print("ready"); time.sleep(300)
end
    t sock ls --protocol unix-dgram
    assert_line --partial '@evil\x0a\x1b]0;P\x07\xff'
}

@test "looking opens, binds, connects and changes nothing" {
    need strace
    sockets
    t strace -f -o trace sock ls -o +HOLDERS,WAITING
    assert_success
    refute grep -E '^[0-9]* *(bind|connect|listen|accept4?|setsockopt|kill|pidfd_send_signal|ptrace|unlink)\(' trace
    refute grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC)' trace
    refute grep -E 'socket\(AF_(UNIX|INET)' trace
}

@test "a thousand sockets are listed in one go" {
    need python3
    python_peer many <<'end'
import resource, socket, time
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
all = [socket.socketpair() for i in range(500)]; print("ready"); time.sleep(300)
end
    assert_equal "$(column OTHER --protocol unix --process python3 | grep -c python3)" 1000
}

@test "who may not look at processes is told how many" {
    need_root
    sockets
    t "${unprivileged[@]}" sock ls
    assert_success
    assert_stderr --regexp 'processes could not be read \(not permitted\)'
    t "${unprivileged[@]}" sock ls -q
    refute_stderr
}

@test "a path is the file that it names now: neither one bound by the same relative words, nor a path that is gone" {
    mkdir x y z
    python_peer two <<'end'
import os, socket, time
for place in "x", "y":
    os.chdir(place); s = socket.socket(socket.AF_UNIX); s.bind("./u.sock"); s.listen(1); globals()[place] = s; os.chdir("..")
g = socket.socket(socket.AF_UNIX); g.bind(os.getcwd() + "/gone"); g.listen(1); os.unlink("gone")
print("ready", x.fileno(), y.fileno(), flush=True); time.sleep(30)
end
    local x y
    read -r _ x y <two.out
    cd x
    t sock ls ./u.sock -j
    assert_success
    assert_equal "$(jq '.holders[0].fd' <<<"$output")" "$x"
    cd ../z
    t sock ls ./u.sock
    assert_failure 4
    t sock ls "$BATS_TEST_TMPDIR/y/u.sock" -j
    assert_equal "$(jq '.holders[0].fd' <<<"$output")" "$y"
    t sock ls "$BATS_TEST_TMPDIR/gone" --no-header -o STATE
    assert_output LISTEN
}

@test "a path that was bound through its directory, being too long, does not show a descriptor of ours" {
    local long
    long=$(printf '%0120d' 0)
    mkdir "$long"
    bg server sock listen "$BATS_TEST_TMPDIR/$long/x.sock" --keep --receive-only
    wait_until test -S "$long/x.sock"
    wait_until sh -c "sock ls '$BATS_TEST_TMPDIR/$long/x.sock' >/dev/null 2>&1"
    t sock ls "$BATS_TEST_TMPDIR/$long/x.sock" --no-header -o LOCAL
    assert_output '?/x.sock'
}
