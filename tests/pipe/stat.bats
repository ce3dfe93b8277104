#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stat.bats: pipe stat

load pipe

@test "stat shows a pipe by either end, ours or another process's" {
    mkfifo stop
    bg it bash -c 'echo hello | { echo $BASHPID >pid; read -r _ <stop; }'
    wait_until test -s pid
    wait_until blocked_in "$(<pid)" openat wait_for_partner
    t pipe stat -j "$(<pid):0"
    json '.queued == 6 and .capacity == 65536 and .writers == [] and (.readers | length) == 1 and .blocked == null'
    t pipe stat "$(<pid):0" -o QUEUED --no-header
    assert_output 6
    echo >stop
    bg_wait it
    t bash -c 'sleep 1 | pipe stat stdin -j'
    json '.kind == "pipe" and .queued == 0'
    t bash -c 'exec 7> >(cat); pipe stat fd:7 -o CAPACITY --bytes --no-header'
    assert_output 65536
}

@test "stat of a FIFO tells its path" {
    mkfifo fifo
    t bash -c 'exec 7<>fifo; echo hi >&7; pipe stat fd:7 -j'
    json '.kind == "fifo" and .queued == 3 and (.pipe | endswith("/fifo"))'
}

@test "what is no pipe, no descriptor, no process: each has its status and reason" {
    t bash -c 'pipe stat stdin </dev/null'
    assert_failure 3
    assert_stderr --partial 'stdin: not a pipe or FIFO'
    t pipe stat fd:99
    assert_failure 3
    assert_stderr --partial 'Bad file descriptor'
    t pipe stat 4194304:1
    assert_failure 4
    for word in nonsense 1: :1 1:x fd: fd:-1 0:1 '' 99999999999:1; do
        t pipe stat "$word"
        assert_failure 2
    done
}

@test "a process that may not be traced is status 5 with the reason" {
    need_user
    t pipe stat 1:0
    assert_failure
}

@test "a process without a descriptor is status 2, and what lists its pipes is said" {
    t pipe stat $$
    assert_failure 2
    assert_stderr --partial "'$$' is a process without a descriptor; pipe ls $$ lists its pipes"
}
