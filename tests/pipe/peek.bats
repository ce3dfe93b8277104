#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# peek.bats: pipe peek

load pipe

@test "peek shows what is in a pipe, and the reader still gets all of it" {
    random 60000 >data
    mkfifo stop
    bg it bash -c '{ cat data; echo >written; sleep 30; } | { echo $BASHPID >pid; read -r _ <stop; head -c 60000 >back; }'
    wait_until test -e written
    wait_until test -s pid
    t bash -c "pipe peek $(<pid):0 | cmp - data"
    assert_success
    t bash -c "pipe peek -S 100 $(<pid):0 | cmp -n 100 - data"
    assert_success
    echo >stop
    wait_until eval '(( $(stat -c %s back 2>/dev/null || echo 0) == 60000 ))'
    same data back
    kill -KILL -- "-$(bg_pid it)"
}

@test "the writing end will do: a reader's descriptor is found" {
    mkfifo stop
    bg it bash -c '{ echo hello; echo $BASHPID >pid; read -r _ <stop; } | { read -r _ <stop; cat; }'
    wait_until test -s pid
    t pipe peek "$(<pid):1"
    assert_output hello
    kill -KILL -- "-$(bg_pid it)"
}

@test "an empty pipe is status 1, in silence" {
    t bash -c 'sleep 1 | pipe peek stdin'
    assert_failure 1
    refute_stderr
}

@test "peek of our own stdin leaves it for the next command" {
    t bash -c 'seq 3 | { until pipe peek stdin >seen; do :; done; cat; }'
    assert_output $'1\n2\n3'
    assert_equal "$(<seen)" $'1\n2\n3'
}

@test "a pipe of 1 MiB is shown whole" {
    random 1000000 >data
    mkfifo stop
    bg it bash -c '{ pipe size stdout 1M; cat data; echo >written; sleep 30; } | { echo $BASHPID >pid; read -r _ <stop; }'
    wait_until test -e written
    wait_until test -s pid
    t bash -c "pipe peek $(<pid):0 | cmp - data"
    assert_success
    kill -KILL -- "-$(bg_pid it)"
}

@test "what is no pipe is status 3; output that cannot be written too" {
    t bash -c 'pipe peek stdin </dev/null'
    assert_failure 3
    t bash -c 'seq 3 | { until pipe peek stdin >/dev/null; do :; done; pipe peek stdin >/dev/full; }'
    assert_failure 3
}
