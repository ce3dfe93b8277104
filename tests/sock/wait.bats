#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wait.bats: sock wait

load sock

@test "wait returns when somebody accepts connections, and not before" {
    bg waiter sock wait "$s"
    wait_until blocked_in waiter ppoll
    serve server listen "$s" --each -- cat
    bg_wait waiter
    assert_equal "$status" 0
    refute_output
}

@test "a path that is there and dead is nobody" {
    python dead "unix('$s')"
    bg_wait dead
    t sock wait -n "$s"
    assert_failure 1
    refute_stderr
    t sock wait -t 200ms "$s"
    assert_failure 124
    assert_stderr --partial 'nobody within 200ms; last: '
    assert_stderr --partial 'Connection refused'
}

@test "several are all waited for" {
    serve one listen "$s" --each -- cat
    serve two listen 0 --each -- cat
    t sock wait "$s" "$address"
    assert_success
    t sock wait -t 200ms "$s" 127.0.0.1:1
    assert_failure 124
    t sock wait -n "$s" "$address"
    assert_success
    t sock wait -n "$s" 127.0.0.1:1
    assert_failure 1
}

@test "-- COMMAND runs when they are there, in our place" {
    serve server listen 0 --each -- cat
    # shellcheck disable=SC2016 # for sh
    t sock wait -t 5s "$address" -- sh -c 'echo "$1"; exit 6' - words
    assert_failure 6
    assert_output words
    status_of sock wait "$address" -- /nosuch
    assert_output 127
    t sock wait -t 100ms 127.0.0.1:1 -- echo never
    assert_failure 124
    refute_output
}

@test "a signal ends the waiting" {
    bg waiter sock wait 127.0.0.1:1
    wait_until blocked_in waiter ppoll
    kill -INT "$(bg_pid waiter)"
    bg_wait waiter
    assert_equal "$status" 130
}

@test "what waiting cannot help is refused at once" {
    t sock wait udp://localhost:1
    assert_failure 2
    t sock wait
    assert_failure 2
    t sock wait -n -t 1 "$s"
    assert_failure 2
    t sock wait "/$(printf 'x%.0s' {1..120})"
    assert_failure 3
    need_user
    mkdir closed
    chmod 0 closed
    t sock wait -t 5s ./closed/s
    assert_failure 5
}
