#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# common.bats: what all verbs of popen share: help, full disks, closed descriptors, failing system calls, odd environments
# timeout: 240

load popen
load ../every_tool

@test "help and version are on standard output, anywhere on the line, and run nothing" { help_everywhere popen; }

@test "output that cannot be written is never status 0 (U1, U2)" {
    popen start a -- sed -u 's/^/re /'
    never_status_0 'popen ls' 'popen stat a' 'popen ask a x' 'popen --help' 'popen run --help' 'popen run -r echo x' 'popen run --pty echo x' \
        'popen run --report - true'
    popen close a
}

@test "with standard descriptors closed nothing of ours takes their places (U4)" {
    for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
        t bash -c "popen start a cat $closed"
        assert_success
        t popen ask a x
        assert_output x
        t bash -c "popen ask a x $closed; :"
        t bash -c "popen run -r true $closed"
        assert_success
        popen close a
    done
}

@test "the output is the same in any environment (U16)" {
    popen start a cat
    popen ask a x >/dev/null
    local usual
    usual=$(popen stat -j a)
    assert_equal "$(env -i PATH="$PATH" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" LC_ALL=tr_TR.UTF-8 popen stat -j a)" "$usual"
    assert_equal "$(env -i PATH="$PATH" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" TZ=garbage popen stat -j a)" "$usual"
    popen close a
    t env -i "$(command -v popen)" run echo x
    assert_output x
}

@test "low limits of descriptors give a status and a line, never a crash (U13)" {
    need prlimit
    for n in 3 4 5 6 7 8 9 10 12 16; do
        t prlimit --nofile=$n popen run -rw --tag x cat
        ((status < 128)) || fail "run: $n: $status"
        t prlimit --nofile=$n popen start a cat
        ((status < 128)) || fail "start: $n: $status"
        [[ $status != 0 ]] || popen close a
        [[ $status == 0 || $(sockets) == 0 ]]
    done
}

@test "-v tells what is run" {
    t popen run -v -r true
    assert_success
    assert_stderr --partial 'started true as process'
}

@test "arguments of 100 KB and ten thousand words arrive" {
    t bash -c 'popen run -r printf "%s" "$(printf "%0100000d" 0)" | wc -c'
    assert_output 100000
    t bash -c 'popen run -r sh -c "echo \$#" sh $(seq 10000)'
    assert_output 10000
}
