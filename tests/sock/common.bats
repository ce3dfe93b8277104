#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# common.bats: what all verbs of sock share: help, full disks, closed descriptors, low limits, odd environments

load sock
load ../every_tool

@test "help and version are on standard output, anywhere on the line, and run nothing" { help_everywhere sock; }

@test "output that cannot be written is never status 0 (U1, U2)" {
    serve server listen "$s" --each -- cat
    never_status_0 'sock ls -q' "sock stat -q $s" "sock peer -q $s" "echo word | sock connect $s" 'sock --help' 'sock connect --help'
}

@test "with standard descriptors closed nothing of ours takes their places (U4)" {
    serve server listen "$s" --each -- sh -c 'cat >>got'
    for closed in '>&-' '2>&-' '>&- 2>&-'; do
        t bash -c "echo word | sock connect '$s' --send-only $closed"
        assert_success
    done
    t bash -c "sock connect '$s' --send-only <&- >&- 2>&-"
    ((status < 126))
    wait_until sh -c '[ "$(wc -l <got)" = 3 ]'
    assert_equal "$(sort -u got)" word
}

@test "the output is the same in any environment (U16)" {
    serve server listen "$s" --keep
    same_anywhere sock ls -qj "$s"
}

@test "low limits of descriptors give a status and a line, never a crash (U13)" {
    serve server listen "$s" --each -- cat
    few_descriptors sock ls -q
    few_descriptors sock stat -q "$s"
    few_descriptors sock connect "$s" </dev/null
    few_descriptors sock wait "$s"
    few_descriptors sock pair -- true :: true
    few_descriptors sock relay "$s" "$s" -t 100ms
    few_descriptors sock listen "$s.2" -t 10ms
    few_descriptors sock send unix-dgram:none word
}

@test "a closed pipe ends a verb by SIGPIPE in silence (U3)" {
    serve server listen "$s" --each -- yes
    a_closed_pipe_ends 'sock ls -q' "sock connect $s </dev/null" 'sock --help'
}
