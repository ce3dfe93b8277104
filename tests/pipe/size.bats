#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# size.bats: pipe size

load pipe

@test "size prints what a pipe can hold, and changes it" {
    t bash -c 'sleep 1 | { pipe size stdin; pipe size stdin 256K; pipe size stdin; pipe size stdin 5000; pipe size stdin; }'
    assert_success
    assert_output $'65536\n262144\n8192'
}

@test "asked about stdout it answers on stderr, so that the reader gets nothing" {
    t bash -c '{ pipe size stdout 128K; pipe size stdout; echo data; } | cat'
    assert_output data
    assert_equal "$stderr" 131072
}

@test "size of another process's pipe" {
    bg it bash -c 'sleep 30 | sleep 31'
    wait_until pgrep -f '^sleep 31'
    pid=$(pgrep -f '^sleep 31')
    t pipe size "$pid:0" 1M
    assert_success
    t pipe size "$pid:0"
    assert_output 1048576
    kill -KILL -- "-$(bg_pid it)"
}

@test "over pipe-max-size an ordinary user gets status 5, with the limit and its knob (FIFO-10)" {
    need_user
    t bash -c 'sleep 1 | pipe size stdin 64M'
    assert_failure 5
    assert_stderr --partial "fs.pipe-max-size = $(</proc/sys/fs/pipe-max-size)"
}

@test "smaller than what is in it is status 3 with the reason" {
    t bash -c '{ head -c 60000 /dev/zero; sleep 1; } | { until (( $(pipe stat stdin -j | jq .queued) == 60000 )); do :; done; pipe size stdin 4096; }'
    assert_failure 3
    assert_stderr --partial 'there is more in it now'
}

@test "what is no size is status 2" {
    for words in 'stdin x' 'stdin 0' 'stdin 1 2' 'stdin 4G' ''; do
        # shellcheck disable=SC2086 # words
        t pipe size $words
        assert_failure 2
    done
}
