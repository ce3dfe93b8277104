#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stat.bats: popen stat: one coprocess in full

load popen

@test "all that is known, a line each, or one JSON object with raw values" {
    need jq
    popen start --pty --with-parent a -- sh -c 'stty -icanon; echo hello; cat' || :
    t popen stat a
    assert_success
    assert_line --regexp '^NAME +a$'
    assert_line --regexp '^TERMINAL +yes$'
    popen close --signal KILL a || :
    popen start a -- cat -u
    popen ask a x
    t popen stat -j a
    json '.name == "a" and .state == "idle" and .command == ["cat", "-u"] and .bytes_in == 2 and .bytes_out == 2 and .status == null and .terminal == false'
    json '.pid > 1 and .keeper > 1 and .lives_with == null and .started > 1700000000 and .unread == 0'
    t popen stat -o STATE --no-header a
    assert_output --regexp '^(STATE +)?idle *$'
    popen close a
}

@test "an ended one has its status and signal" {
    popen start a -- sh -c 'exit 9'
    wait_until state_is a ended
    t popen stat -j a
    json '.status == 9 and .signal == null'
    popen close a || :
    popen start a -- sh -c 'kill -9 $$'
    wait_until state_is a ended
    t popen stat -j a
    json '.status == 137 and .signal == "KILL"'
    popen close a || :
}

@test "no such coprocess is status 4, and a near name is offered" {
    t popen stat calc
    assert_failure 4
    popen start calc cat
    t popen stat clac
    assert_failure 4
    assert_stderr --partial 'did you mean calc?'
    popen close calc
}
