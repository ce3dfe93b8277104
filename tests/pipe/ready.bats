#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ready.bats: pipe ready

load pipe

# A server that is ready when it says so, and then waits for the test to end it.
server='echo $$ >pid; read -r _ <go; eval "echo >&$MOREIPC_READY_FD"; read -r _ <stop'

setup() {
    cd "$dir" || return
    mkfifo go stop
}

@test "ready returns when the command writes to its descriptor, and leaves it running" {
    bg it pipe ready -- sh -c "$server"
    wait_until test -s pid
    wait_until blocked_in it ppoll
    echo >go
    bg_wait it
    assert_success
    kill -0 "$(<pid)"
    echo >stop
    wait_until eval "! kill -0 $(<pid)"
}

@test "ready returns when the command closes it" {
    # shellcheck disable=SC2016 # for sh
    t pipe ready --fd 5 -- sh -c 'echo $$ >pid; exec 5>&- >/dev/null 2>&1; read -r _ <stop'
    assert_success
    kill -0 "$(<pid)"
    echo >stop
    wait_until eval "! kill -0 $(<pid)"
}

@test "a daemon that forks: ready when the child says so, not when the parent ends" {
    # shellcheck disable=SC2016 # for sh
    bg it pipe ready --fd 5 -- sh -c '(read -r _ <go; echo >&5) & exit 0'
    wait_until blocked_in it ppoll
    echo >go
    bg_wait it
    assert_success
}

@test "a command that ends without a word gives its status, in all 20 tries" {
    for _ in {1..20}; do
        t pipe ready -- sh -c 'exit 5'
        assert_failure 5
    done
    assert_stderr --partial 'never said that it was ready'
}

@test "-t gives up with status 124: the command runs on, or is ended with --kill" {
    # shellcheck disable=SC2016 # for sh
    t pipe ready -t 100ms -- sh -c 'echo $$ >pid; exec sleep 30 >/dev/null 2>&1'
    assert_failure 124
    assert_stderr --partial "process $(<pid)) is not ready"
    kill "$(<pid)"
    # shellcheck disable=SC2016 # for sh
    t pipe ready -t 100ms --kill -- sh -c 'echo $$ >pid; exec sleep 30 >/dev/null 2>&1'
    assert_failure 124
    wait_until eval "! kill -0 $(<pid)"
}

@test "--fd gives the descriptor that number, and MOREIPC_READY_FD tells it" {
    # shellcheck disable=SC2016 # for sh
    t pipe ready --fd 9 -- sh -c 'echo $MOREIPC_READY_FD >number; echo >&9'
    assert_success
    assert_equal "$(<number)" 9
}

@test "SIGTERM is handed on to the command" {
    bg it pipe ready -- sh -c 'trap "echo >got; exit" TERM; echo >up; while :; do sleep 0.05; done'
    wait_until test -e up
    kill -TERM "$(bg_pid it)"
    bg_wait it
    assert_failure 143
    wait_until test -e got
}

@test "a command that is not found is 127, none at all 2" {
    t bash -c "PATH=$build/bin:/usr/bin:/bin; pipe ready nosuch-command; echo \$?"
    assert_output 127
    t pipe ready
    assert_failure 2
}
