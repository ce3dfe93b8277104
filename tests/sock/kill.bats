#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill.bats: sock kill

load datagrams

connection() {
    new_port
    python_peer both <<end
import os, socket, time
t = socket.socket(); t.bind(("127.0.0.1", $port)); t.listen(5)
a = socket.create_connection(("127.0.0.1", $port)); b, _ = t.accept()
print("ready", os.getpid(), a.fileno(), b.fileno(), flush=True)
try: print("read", b.recv(9), flush=True)
except OSError as e: print("ended", e.strerror, flush=True)
time.sleep(300)
end
    read -r _ pid a b <both.out
}

# A kernel may have been built without it.
can_destroy() {
    need_root
    if [[ -r /proc/config.gz ]] && zcat /proc/config.gz | grep -q 'CONFIG_INET_DIAG_DESTROY is not set'; then skip "needs CONFIG_INET_DIAG_DESTROY"; fi
}

@test "without --yes kill shows what it would end, ends nothing, and is status 2" {
    connection
    t sock kill "127.0.0.1:$port"
    assert_failure 2
    assert_equal "${#lines[@]}" 2
    assert_stderr --partial '2 sockets are shown; nothing was ended'
    t sock kill --dry-run "$pid:$a"
    assert_success
    assert_output --regexp "^inode:[0-9]+ tcp ESTAB 127.0.0.1:[0-9]+ 127.0.0.1:$port python3\[$pid\]:$a\$"
    assert_equal "$(sock ls --port "$port" --no-header | wc -l)" 3
}

@test "--yes ends the connection for both sides, and not the listener" {
    can_destroy
    connection
    t sock kill --yes --state estab ":$port"
    assert_success
    wait_until grep -q ended both.out
    assert_equal "$(sock ls --port "$port" --no-header -o STATE)" LISTEN
}

@test "one side is named by its descriptor" {
    can_destroy
    connection
    t sock kill --yes "$pid:$b"
    assert_success
    wait_until grep -q 'ended Software caused connection abort' both.out
}

@test "without CAP_NET_ADMIN it is denied, and says what is missing" {
    connection
    if ((EUID == 0)); then
        t "${unprivileged[@]}" sock kill --yes "127.0.0.1:$port" --state estab
    else
        t sock kill --yes "127.0.0.1:$port" --state estab
    fi
    assert_failure 5
    assert_stderr --partial 'CAP_NET_ADMIN'
    assert_equal "$(sock ls --port "$port" --no-header | wc -l)" 3
}

@test "unix sockets cannot be ended by the kernel: status 9" {
    ready got sock recv unix-dgram:./u
    t sock kill --yes unix-dgram:./u
    assert_failure 9
    assert_stderr --partial 'end the process that has it'
    assert_exists u
}

@test "nothing that fits is 4; contradictions are 2" {
    t sock kill --yes 127.0.0.1:9
    assert_failure 4
    connection
    t sock kill --yes "127.0.0.1:$port" --state time-wait
    assert_failure 4
    t sock kill --yes --dry-run "127.0.0.1:$port"
    assert_failure 2
    t sock kill --yes
    assert_failure 2
}

@test "a listener is left alone unless --listening or --state asks for it" {
    connection
    t sock kill --dry-run 127.0.0.1:"$port"
    assert_success
    refute_output --partial LISTEN
    t sock kill --dry-run --listening 127.0.0.1:"$port"
    assert_success
    assert_output --partial LISTEN
    t sock kill --dry-run --state LISTEN 127.0.0.1:"$port"
    assert_success
    assert_output --partial LISTEN
    t sock kill --dry-run "$(sock ls --port "$port" --state LISTEN --no-header -o SOCKET)"
    assert_failure 4
    assert_stderr --partial 'needs --listening'
}

@test "what is in TIME-WAIT is left alone unless --state asks for it" {
    new_port
    t python3 -c "
import socket
t = socket.socket(); t.bind(('127.0.0.1', $port)); t.listen(1)
a = socket.create_connection(('127.0.0.1', $port)); b, _ = t.accept()
a.close(); b.recv(1); b.close()"
    wait_until sh -c "sock ls --port $port --state TIME-WAIT --no-header | grep -q ."
    t sock kill --dry-run 127.0.0.1:"$port"
    assert_failure 4
    t sock kill --dry-run 127.0.0.1:"$port" --state TIME-WAIT
    assert_success
}
