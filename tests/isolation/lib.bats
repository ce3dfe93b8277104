#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# lib.bats: the helpers of lib.bash do what the other tests rely on

load ../lib

@test "t keeps stdout, stderr and the status apart" {
    t sh -c 'echo out; echo err >&2; exit 3'
    assert_failure 3
    assert_output out
    assert_stderr err
}

@test "t tells a program that hangs from one that answers 124" {
    t sh -c 'exit 124'
    assert_failure 124
    run t 1 tail -f /dev/null
    assert_failure 1
    assert_output --partial 'did not end within 1 s: tail'
}

@test "a background process is seen asleep, fed and waited for" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    bg reader sh -c 'cat "$0"; echo oops >&2; exit 7' "$BATS_TEST_TMPDIR/fifo"
    wait_until blocked_in reader wait4 'do_wait*'
    echo hello >"$BATS_TEST_TMPDIR/fifo"
    bg_wait reader
    assert_failure 7
    assert_output hello
    assert_stderr oops
}

@test "a background process is ended with its children, the others live on" {
    bg first sh -c 'tail -f /dev/null; :'
    wait_until blocked_in first wait4
    local pid
    pid=$(bg_pid first)
    bg_end
    [[ $(_state "$pid") == [ZX]* ]]
    bg second tail -f /dev/null
    kill -0 "$(bg_pid second)"
}

@test "json asks jq about the output" {
    need jq
    t echo '{"size": 16}'
    json '.size == 16'
    run json '.size == 17'
    assert_failure
}
