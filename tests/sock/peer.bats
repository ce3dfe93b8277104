#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# peer.bats: sock peer

load datagrams

servers() {
    new_port
    python_peer server <<end
import os, socket, time
u = socket.socket(socket.AF_UNIX); u.bind("u"); u.listen(5)
n = socket.socket(socket.AF_UNIX); n.bind("\0peer.$port"); n.listen(5)
t = socket.socket(); t.bind(("127.0.0.1", $port)); t.listen(5)
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind("d")
c = socket.create_connection(("127.0.0.1", $port))
gone = os.fork()
if gone == 0:
    s = socket.socket(socket.AF_UNIX); s.connect("u"); os._exit(7)
w, _ = u.accept(); os.waitpid(gone, 0)
print("ready", os.getpid(), c.fileno(), w.fileno(), gone, flush=True)
time.sleep(300)
end
    read -r _ server client accepted gone <server.out
}

@test "peer of a unix address: who listens there, by connecting to it" {
    servers
    t sock peer ./u -j
    assert_success
    json ".pid == $server and .command == \"python3\" and .uid == $EUID and .gid == $(id -g) and .alive and .status == null"
    json '.groups != null and .cgroup != null and .peer == "u"'
    t sock peer ./u -o PID --no-header
    assert_output "$server"
}

@test "peer of a descriptor: PID:FD of a process, fd:N of our own" {
    servers
    t sock peer "$server:$client" -j
    assert_success
    json ".pid == $server and .peer == \"127.0.0.1:$port\""
    t bash -c 'sock peer fd:0 -o PEER,PID --no-header <>/dev/tcp/127.0.0.1/'"$port"
    assert_output $'127.0.0.1:'"$port"$'\n'"$server"
}

@test "a peer that has ended is told, with its status where the kernel keeps it" {
    servers
    t sock peer "$server:$accepted" -j
    assert_success
    json ".pid == $gone and .alive == false and .command == null"
    [[ $(jq .status <<<"$output") == null ]] && skip "this kernel keeps no status of a peer"
    json '.status == 7'
}

@test "TCP of this machine and datagrams: who has the address" {
    servers
    t sock peer "127.0.0.1:$port" -j
    json ".pid == $server and .holders[0].pid == $server"
    t sock peer unix-dgram:./d -j
    json ".pid == $server and .command == \"python3\""
}

@test "a socket by its inode, as ls names it" {
    servers
    local name
    name=$(sock ls "$server:$accepted" -o SOCKET --no-header)
    t sock peer "$name" -o PID --no-header
    assert_output "$gone"
}

@test "a pair of sockets: the process that made it" {
    python_peer pair <<'end'
import os, socket, time
a, b = socket.socketpair(); print("ready", os.getpid(), a.fileno(), flush=True); time.sleep(300)
end
    local pid fd
    read -r _ pid fd <pair.out
    t sock peer "$pid:$fd" -j
    json ".pid == $pid and (.holders | length) == 1"
}

@test "nobody there, no such process, no socket, not permitted: each has its status" {
    t sock peer 127.0.0.1:9
    assert_failure 8
    t sock peer ./none
    assert_failure 4
    t sock peer 4194304:1
    assert_failure 4
    t sock peer "$$:0" </dev/null
    assert_failure 3
    t sock peer ping://localhost
    assert_failure 2
    t sock peer nonsense
    assert_failure 2
    need_root
    servers
    t "${unprivileged[@]}" sock peer "$server:$accepted"
    assert_failure 5
    assert_stderr --partial 'CAP_SYS_PTRACE'
}

@test "who cannot see the holders still hears from the kernel who listens" {
    need_root
    servers
    t "${unprivileged[@]}" sock peer "@peer.$port" -j
    assert_success
    json ".pid == $server and .uid == 0"
    assert_stderr --partial 'could not be read'
}

@test "a full queue: -t gives up with 124, -n with 1" {
    python_peer busy <<'end'
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("busy"); s.listen(0)
c = [socket.socket(socket.AF_UNIX)]; c[0].connect("busy"); print("ready"); time.sleep(300)
end
    t sock peer -t 0.2 ./busy
    assert_failure 124
    t sock peer -n ./busy
    assert_failure 1
}

@test "TCP: a server that lets in at once, late or never, and one that hangs up at once, is named all the same" {
    new_port
    python_peer eager <<end
import os, socket
t = socket.socket(); t.bind(("127.0.0.1", $port)); t.listen(5); print("ready", os.getpid(), flush=True)
kept = []
while True: kept.append(t.accept())
end
    python_peer idle <<end
import os, socket, time
t = socket.socket(); t.bind(("127.0.0.1", $((port + 1)))); t.listen(5); print("ready", os.getpid(), flush=True); time.sleep(30)
end
    python_peer curt <<end
import os, socket
t = socket.socket(); t.bind(("127.0.0.1", $((port + 2)))); t.listen(5); print("ready", os.getpid(), flush=True)
while True: t.accept()[0].close()
end
    local name at=$port server
    for name in eager idle curt; do
        read -r _ server <$name.out
        for _ in 1 2 3 4 5; do
            t sock peer 127.0.0.1:"$at" -j
            assert_success
            json ".pid == $server and .holders[0].pid == $server and .peer == \"127.0.0.1:$at\""
        done
        at=$((at + 1))
    done
}
