#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# close.bats: popen close: end of input, the rest of the output, the status

load popen

@test "its status is ours, 0 to 255, and 128 + N for a signal" {
    for wanted in 0 1 7 255; do
        popen start a -- sh -c "cat >/dev/null; exit $wanted"
        t popen close a
        assert_equal "$status" "$wanted"
    done
    popen start a -- sh -c 'cat; kill -TERM $$'
    t popen close a
    assert_failure 143
    assert_equal "$(sockets)" 0
}

@test "the rest of its output is printed, also megabytes of it" {
    popen start a -- sh -c 'cat >/dev/null; seq 300000'
    t 20 bash -c 'popen close a | md5sum'
    assert_output "$(seq 300000 | md5sum)"
}

@test "the keeper is gone when the status is told, and the name is free" {
    popen start a cat
    local keeper
    keeper=$(coprocess a .keeper)
    popen close a
    wait_until gone "$keeper"
    t popen start a cat
    assert_success
    popen close a
}

@test "-t gives up with 124 and keeps the status for a later close; --signal ends it" {
    popen start a -- sh -c 'cat; read -r go <go; exit 5'
    mkfifo go
    t popen close -t 0.2 a
    assert_failure 124
    assert_stderr --partial 'a: still runs after 200ms; its input has ended, and its status is kept'
    echo >go
    t popen close a
    assert_failure 5
    popen start a sleep 100
    t popen close --signal TERM a
    assert_failure 143
    popen start a sleep 100
    t popen close --signal KILL -t 5 a
    assert_failure 137
}

@test "-n ends the input, and takes the status only if it is there" {
    popen start a -- sh -c 'cat; read -r go <go; exit 4'
    mkfifo go
    t popen close -n a
    assert_failure 1
    refute_stderr
    echo >go
    wait_until state_is a ended
    t popen close -n a
    assert_failure 4
}

@test "it waits for its turn, and cuts no question off" {
    popen start a -- sh -c 'while read -r x; do read -r go <go; echo "re $x"; done'
    mkfifo go
    bg first popen ask a one
    wait_until state_is a busy
    bg last popen close a
    waits() { [[ $(coprocess a .waiting) == 1 ]]; }
    wait_until waits
    echo >go
    bg_wait first
    assert_output 're one'
    bg_wait last
    assert_success
}

@test "a descendant that keeps the output open does not keep close" {
    popen start a -- sh -c 'sleep 100 & echo $! >pid; echo hi'
    t popen close a
    assert_success
    assert_output hi
    kill "$(<pid)"
}

@test "two closes at once: one has the status, the other no coprocess any more" {
    popen start a -- sh -c 'cat; exit 9'
    bg one popen close a
    t popen close a
    local second=$status
    bg_wait one
    [[ "$status $second" == '9 '[47] || "$status $second" == [47]' 9' ]]
}

@test "--pty: the end of input is the terminal's" {
    popen start --pty a -- sh -c 'cat; exit 6'
    popen write a x
    t popen close a
    assert_failure 6
    assert_output x
}

@test "no such coprocess is status 4" {
    t popen close a
    assert_failure 4
    t popen close -n -t 1 a
    assert_failure 2
}
