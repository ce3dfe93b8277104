#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ls.bats: pipe ls

load pipe

# pipe_of PID: the object that describes the pipe behind its standard input
pipe_of() { jq -c "select(.inode == $(stat -Lc %i "/proc/$1/fd/0"))" <<<"$output"; }

@test "ls shows capacity, fill, readers, writers and who is blocked" {
    mkfifo stop
    bg it bash -c 'cat /dev/zero | { echo $BASHPID >pid; read -r _ <stop; }'
    wait_until test -s pid
    wait_until eval 'blocked_in "$(pgrep -P "$(bg_pid it)" -x cat)" write'
    t pipe ls -j
    assert_success
    reader=$(<pid)
    writer=$(pgrep -P "$(bg_pid it)" -x cat)
    output=$(pipe_of "$reader")
    json ".capacity == 65536 and .queued == 65536 and .kind == \"pipe\" and .blocked == \"cat[$writer] writing\""
    json "(.readers | map(.pid) | unique) == [$reader] and (.writers | map(.pid) | index($writer))"
    json ".flow | endswith(\"> bash[$reader]\")"
    t pipe ls --blocked -o BLOCKED "$writer"
    assert_line --partial "cat[$writer] writing"
    # looking took nothing: all of it is still there
    t pipe ls -j "$reader"
    output=$(pipe_of "$reader")
    json '.queued == 65536'
    kill -KILL -- "-$(bg_pid it)"
}

@test "ls shows who is blocked reading" {
    mkfifo stop
    bg it bash -c '{ read -r _ <stop; } | cat'
    wait_until eval 'blocked_in "$(pgrep -P "$(bg_pid it)" -x cat)" read'
    t pipe ls -j --blocked "$(pgrep -P "$(bg_pid it)" -x cat)"
    json ".blocked == \"cat[$(pgrep -P "$(bg_pid it)" -x cat)] reading\" and .queued == 0"
    echo >stop
    bg_wait it
}

@test "FIFOs are left out, unless --fifos; a writer blocked in open stays blocked (FIFO-1)" {
    mkfifo fifo
    bg it sh -c 'echo hi >fifo'
    wait_until blocked_in it openat wait_for_partner
    t pipe ls -j
    refute_output --partial fifo\"
    for _ in {1..20}; do t pipe ls --fifos -j; done
    output=$(grep fifo\" <<<"$output")
    json '.kind == "fifo" and (.blocked | test("opening to write")) and (.pipe | endswith("/fifo"))'
    blocked_in it openat wait_for_partner
    assert_equal "$(cat fifo)" hi
    bg_wait it
    assert_success
}

@test "columns, headings, names and sizes are those of all listings" {
    bg it bash -c 'sleep 30 | sleep 30'
    wait_until pgrep -x sleep
    t pipe ls -o PIPE,CAPACITY --no-header
    assert_line --regexp '^pipe:\[[0-9]+\] +64K$'
    t pipe ls -o CAPACITY --bytes --no-header
    assert_line 65536
    t bash -c "pipe ls -0 | tr '\\0' '\\n'"
    assert_line --regexp '^pipe:\[[0-9]+\]$'
    t pipe ls -o NOSUCH
    assert_failure 2
    kill -KILL -- "-$(bg_pid it)"
}

@test "as another user, what could not be read is said once" {
    need_root
    need setpriv
    bg it sleep 30
    t setpriv --reuid 65534 --regid 65534 --clear-groups pipe ls
    assert_success
    assert_stderr --regexp 'of [0-9]+ processes could not be read \(not permitted\)'
    kill -KILL -- "-$(bg_pid it)"
}

@test "ls of a process that is not there is status 4" {
    sh -c 'exit 0' &
    local gone=$!
    wait "$gone"
    t pipe ls "$gone"
    assert_failure 4
    assert_stderr --partial "process $gone"
}
