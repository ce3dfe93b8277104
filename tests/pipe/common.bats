#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# common.bats: what all verbs of pipe share: help, full disks, closed descriptors, low limits, odd environments

load pipe
load ../every_tool

@test "help and version are on standard output, anywhere on the line, and run nothing" { help_everywhere pipe; }

@test "output that cannot be written is never status 0 (U1, U2)" {
    echo word >word
    never_status_0 'pipe ls -q' 'true | pipe size stdin' 'pipe meter <word' 'pipe buffer 1M <word' 'pipe tee copy <word' 'pipe sponge <word' \
        'pipe status --report - true ::: true' 'pipe --help' 'pipe meter --help'
}

@test "with standard descriptors closed nothing of ours takes their places (U4)" {
    for closed in '<&-' '2>&-' '<&- 2>&-'; do
        t bash -c "pipe status --report how echo word ::: cat $closed"
        assert_success
        assert_output word
    done
    t bash -c 'pipe status --report how true ::: true <&- >&- 2>&-'
    assert_success
}

@test "the output is the same in any environment (U16)" {
    exec 9<> <(:)
    same_anywhere pipe stat -qj -o QUEUED,CAPACITY,KIND "$$:9"
    exec 9>&-
}

@test "low limits of descriptors give a status and a line, never a crash (U13)" {
    echo word >word
    few_descriptors pipe ls -q
    few_descriptors pipe meter <word
    few_descriptors pipe buffer 1M <word
    few_descriptors pipe tee one two three <word
    few_descriptors pipe status -q true ::: true ::: true
    few_descriptors pipe duplex true true
    few_descriptors pipe join -- true
}

@test "a closed pipe ends a verb by SIGPIPE in silence (U3)" { a_closed_pipe_ends 'pipe ls -q' 'yes | pipe meter' 'yes | pipe buffer 1M' 'pipe --help'; }
