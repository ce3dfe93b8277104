#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# signal.bats: popen signal: to the whole group, at once

load popen

@test "a signal reaches the command, by any of its names, also while it is busy" {
    popen start a -- sh -c 'trap "echo usr1" USR1; trap "echo int" INT; trap "echo rt" RTMIN+1; echo up; while :; do sleep 0.05; done'
    t popen read a
    bg waiting popen ask a --until never x
    wait_until state_is a busy
    for word in USR1 sigusr1 10; do
        t popen signal a $word
        assert_success
    done
    t popen signal a INT
    wait_until grep -q int "$dir/waiting.out"
    kill -TERM "$(bg_pid waiting)"
    bg_wait waiting
    assert_output --partial usr1
    popen close --signal KILL a || :
}

@test "it reaches what the command started as well" {
    popen start a -- sh -c 'sleep 100 & echo $!; wait'
    local child
    child=$(popen read a)
    t popen signal a KILL
    assert_success
    wait_until gone "$child"
    t popen close a
    assert_failure 137
}

@test "0 asks whether it runs; an ended one is status 8" {
    popen start a cat
    t popen signal a 0
    assert_success
    popen signal a TERM
    wait_until state_is a ended
    t popen signal a 0
    assert_failure 8
    assert_stderr --partial 'was ended by signal TERM'
    popen close a || :
    t popen signal a 0
    assert_failure 4
}

@test "a wrong signal is status 2, with the way to write one" {
    popen start a cat
    for word in NOSUCH -1 65 '' SIG RTMIN-1 RTMAX+1 99999999999999999999; do
        t popen signal a -- "$word"
        assert_failure 2
    done
    t popen signal a TEM
    assert_stderr --partial 'signals are written TERM, SIGTERM, 15 or RTMIN+3'
    t popen signal a 0
    assert_success
    popen close a
}
