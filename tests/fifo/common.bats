#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# common.bats: what all verbs of fifo share: help, full disks, closed descriptors, low limits, odd environments

load fifo
load ../every_tool

@test "help and version are on standard output, anywhere on the line, and run nothing" { help_everywhere fifo; }

@test "output that cannot be written is never status 0, and what was not printed stays in the FIFO (U1, U2)" {
    fifo create f
    exec 9<>f
    printf 'one\ntwo\n' >&9
    never_status_0 'fifo ls .' 'fifo stat f' 'fifo read f --lines 1' 'fifo read f --size 3' 'fifo --help' 'fifo read --help'
    t fifo read f --lines 2
    assert_output $'one\ntwo'
    exec 9>&-
}

@test "with standard descriptors closed nothing of ours takes their places (U4)" {
    fifo create f
    for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
        bg reader fifo read f
        t bash -c "fifo write f word $closed"
        assert_success
        bg_wait reader
        assert_output word
    done
}

@test "the output is the same in any environment (U16)" {
    fifo create f
    same_anywhere fifo stat -j f
}

@test "low limits of descriptors give a status and a line, never a crash (U13)" {
    fifo create f
    exec 9<>f
    few_descriptors fifo stat f
    few_descriptors fifo ls .
    few_descriptors fifo write f word
    few_descriptors fifo read f --size 1
    few_descriptors fifo with F -- true
    exec 9>&-
}

@test "a closed pipe ends a verb by SIGPIPE in silence (U3)" {
    fifo create f
    a_closed_pipe_ends 'fifo stat -q f' 'fifo ls -q .' 'fifo --help'
}
