#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stat.bats: sock stat

load datagrams

connection() {
    new_port
    python_peer both <<end
import os, socket, time
t = socket.socket(); t.bind(("127.0.0.1", $port)); t.listen(5)
a = socket.create_connection(("127.0.0.1", $port)); b, _ = t.accept()
b.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
a.send(b"x" * 5000); b.shutdown(socket.SHUT_WR)
print("ready", os.getpid(), a.fileno(), b.fileno(), flush=True); time.sleep(300)
end
    read -r _ pid a b <both.out
}

@test "stat shows all that is known of one connection" {
    connection
    t sock stat "$pid:$b"
    assert_success
    assert_line --regexp '^PROTOCOL +tcp$'
    assert_line --regexp '^RECV-Q +5000$'
    assert_line --regexp "^LOCAL +127.0.0.1:$port\$"
    assert_line --regexp "^PROCESS +python3\[$pid\]:$b\$"
    assert_line --regexp "^OTHER +python3\[$pid\]:$a\$"
    assert_line --regexp "^OTHERS +pid $pid, fd $a, command python3\$"
    assert_line --regexp '^RECV-LIMIT +[0-9.]+[KM]$'
    t sock stat "$pid:$a" -j
    json '.sent == 5000 and .acknowledged >= 5000 and .received <= 1 and .rtt > 0 and .window > 0 and .segment > 0'
}

@test "timers are told" {
    connection
    t sock stat "$pid:$b" -o TIMER --no-header
    assert_output --regexp '^keepalive [0-9.hms]+, 0 tries$'
}

@test "an address shows every socket that has it, with a line between them" {
    connection
    t sock stat "tcp://localhost:$port"
    assert_equal "$(grep -c ^PROTOCOL <<<"$output")" 3
    t sock stat -j "tcp://localhost:$port"
    assert_equal "$(wc -l <<<"$output")" 3
}

@test "-o chooses columns; -0 prints names that stat takes" {
    connection
    t sock stat "$pid:$a" -o STATE,PEER --no-header
    assert_output $'CLOSE-WAIT\n127.0.0.1:'"$port"
    local name
    IFS= read -rd '' name < <(sock stat -0 "$pid:$a")
    t sock stat "$name" -o STATE --no-header
    assert_output CLOSE-WAIT
}

@test "what is not there is 4, what is no socket is 3, what is no name is 2" {
    t sock stat 127.0.0.1:9
    assert_failure 4
    t sock stat inode:1
    assert_failure 4
    t sock stat "$$:0" </dev/null
    assert_failure 3
    t sock stat inode:x
    assert_failure 2
    t sock stat ip://localhost/icmp
    assert_failure 2
    t sock stat
    assert_failure 2
}
