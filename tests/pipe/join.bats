#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# join.bats: pipe join

load pipe

@test "join waits for what the command started, and has the command's status" {
    t pipe join -- sh -c '(sleep 0.3; echo >late) & exit 3'
    assert_failure 3
    assert_exists late
    t pipe join true
    assert_success
    t pipe join sh -c 'exit 0'
    assert_success
}

@test "a background job with its output elsewhere is waited for as well" {
    t pipe join -- sh -c '(sleep 0.3; echo >late) >/dev/null 2>&1 </dev/null &'
    assert_success
    assert_exists late
}

@test "-t gives up with status 124, names who is left, and leaves it running" {
    # shellcheck disable=SC2016 # for sh
    t pipe join -t 100ms -- sh -c 'sleep 30 >/dev/null 2>&1 & echo $! >pid'
    assert_failure 124
    assert_stderr --partial "gave up after 100ms; still there: sleep[$(<pid)]"
    kill "$(<pid)"
}

@test "--with-output waits for all who have the output, and passes it on" {
    t pipe join --with-output -- sh -c '(sleep 0.2; echo late) & echo early'
    assert_success
    assert_output $'early\nlate'
}

@test "--with-output carries every byte" {
    random 10M >data
    t 20 bash -c 'pipe join --with-output -- cat data >back'
    same data back
    t bash -c 'pipe join --with-output -- seq 100000 >/dev/full'
    assert_failure
    t bash -c 'pipe join --with-output -- yes | head -n 1'
    assert_output y
}

@test "SIGTERM is handed on to the command, and what it leaves is not waited for" {
    # shellcheck disable=SC2016 # for sh
    bg it pipe join -- sh -c 'sleep 30 & echo $! >pid; trap "echo >got; exit" TERM; echo >up; while :; do sleep 0.05; done'
    wait_until test -e up
    kill -TERM "$(bg_pid it)"
    bg_wait it
    assert_failure 143
    assert_exists got
    kill "$(<pid)"
}

@test "a command that is not found is 127, not runnable 126, none at all 2" {
    t bash -c "PATH=$build/bin:/usr/bin:/bin; pipe join nosuch-command; echo \$?"
    assert_output 127
    t pipe join /
    assert_failure 126
    t pipe join
    assert_failure 2
}

@test "the command's input, output and signals are its own" {
    t bash -c 'echo hi | pipe join -- cat'
    assert_output hi
    t pipe join -- grep SigBlk /proc/self/status
    assert_output --partial 0000000000000000
}
