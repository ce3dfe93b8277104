#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ls.bats: popen ls: all coprocesses, without disturbing any

load popen

@test "none: a heading, and nothing is made" {
    t popen ls
    assert_success
    assert_output --regexp '^NAME +STATE +PID +STATUS +WAITING +UNREAD$'
    assert_not_exists "$XDG_RUNTIME_DIR/moreipc"
    t popen ls -j
    refute_output
}

@test "each has its state, process, status, callers and unread bytes" {
    popen start idle cat
    popen start busy -- sh -c 'read -r x; exec sleep 100'
    popen start ended -- sh -c 'echo rest; exit 3'
    bg asker popen ask busy x
    wait_until state_is busy busy
    bg waiter popen ask busy y
    wait_until state_is ended ended
    waits() { [[ $(coprocess busy .waiting) == 1 ]]; }
    wait_until waits
    t popen ls
    assert_line --regexp '^busy +busy +[0-9]+ +- +1 +0$'
    assert_line --regexp '^ended +ended +[0-9]+ +3 +0 +5$'
    assert_line --regexp '^idle +idle +[0-9]+ +- +0 +0$'
    t popen ls -0
    t bash -c 'popen ls -0 | tr "\0" ,'
    assert_output 'busy,ended,idle,'
    t popen ls -j
    assert_equal "$(jq -r .name <<<"$output" | paste -sd,)" busy,ended,idle
    assert_equal "$(jq -c 'keys | length' <<<"$output" | sort -u)" "$(popen ls -j | head -n 1 | jq 'keys | length')"
    t popen ls --no-header -o NAME,COMMAND
    assert_line --regexp '^idle +cat$'
    t popen ls --bytes -o +IN,OUT,KEEPER,WITH,TERMINAL,STARTED,SIGNAL,DISCARDED
    assert_success
    popen close --signal KILL busy || :
    bg_wait asker
    bg_wait waiter
    popen close ended || :
    popen close idle
}

@test "a keeper that is stopped is silent after a second, and holds up nobody else" {
    popen start a cat
    popen start b cat
    local keeper
    keeper=$(coprocess a .keeper)
    kill -STOP "$keeper"
    t popen ls --no-header -o NAME,STATE
    assert_output --regexp $'^a +silent\nb +idle'
    kill -CONT "$keeper"
    popen close a
    popen close b
}

@test "looking takes no turn and answers nobody's question" {
    popen start a -- sed -u 's/^/re /'
    bg asker bash -c 'for n in {1..100}; do [[ $(popen ask a $n) == "re $n" ]] || exit 1; done'
    for _ in {1..100}; do popen ls >/dev/null; done
    bg_wait asker
    assert_success
    popen close a
}

@test "unknown columns and operands are status 2" {
    t popen ls -o NAME,NOSUCH
    assert_failure 2
    t popen ls x
    assert_failure 2
}

@test "what is not a coprocess's socket is not listed" {
    popen start a cat
    : >"$XDG_RUNTIME_DIR/moreipc/popen/file"
    t popen ls --no-header -o NAME
    assert_output --regexp '^a *$'
    popen close a
}

@test "ls shows a command as words, and JSON has them one by one" {
    popen start a -- sh -c 'cat; :'
    t popen ls --no-header -o COMMAND
    assert_output 'sh -c cat; :'
    t popen ls -j
    json '.command == ["sh", "-c", "cat; :"]'
    popen close a
}
