#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ls.bats: fifo ls

load fifo

@test "ls lists the FIFOs of the current directory by name, and nothing else" {
    fifo create b a -m 0640
    : >file
    ln -s a link
    t fifo ls -q
    assert_success
    assert_line --index 0 --regexp '^PATH +MODE +OWNER +QUEUED +READERS +WRITERS +BLOCKED$'
    assert_line --index 1 --regexp "^a +0640 +$(id -un) +[0-] +0 +0 +0$"
    assert_line --index 2 --regexp '^b '
    assert_equal "${#lines[@]}" 3
}

@test "ls takes directories, and prints paths that can be used" {
    fifo create --parents x/a y/b
    t fifo ls -q --no-header -o PATH x y "$dir/x"
    assert_output "x/a"$'\n'"y/b"$'\n'"$dir/x/a"
    t fifo ls nowhere
    assert_failure 4
    : >file
    t fifo ls file
    assert_failure 3
    assert_stderr --partial 'Not a directory'
}

@test "ls shows bytes, capacity, readers, writers and who is blocked" {
    fifo create f
    hold
    printf 12345 >f
    t fifo ls -qj
    json '.path == "f" and .queued == 5 and .capacity == 65536 and (.readers | length) == 1 and .readers == .writers and .blocked == []'
    json ".readers[0].pid == $(bg_pid holder) and .readers[0].command == \"fifo\" and .readers[0].fd > 2"
    t fifo ls -q --bytes --no-header -o QUEUED,CAPACITY
    assert_output --regexp '^ *5 +65536$'
}

@test "ls --all shows what processes have open or are opening, wherever it is" {
    fifo create --parents x/f x/g
    bg reader cat x/f
    wait_until waits_for 'a writer' x/f
    hold x/g
    t fifo ls -q --all -o PATH,BLOCKED
    assert_line --partial x/f
    assert_line --partial "$dir/x/g"
    t fifo ls --all x
    assert_failure 2
}

@test "ls -j and -0 give the exact bytes of a name, and the table one line" {
    fifo create $'evil\n\e[31m\xff'
    t fifo ls -q
    assert_equal "${#lines[@]}" 2
    assert_output --partial 'evil\x0a\x1b[31m\xff'
    t fifo ls -qj
    assert_equal "$(jq -r .path_base64 <<<"$output" | base64 -d | od -An -c)" "$(printf 'evil\n\e[31m\xff' | od -An -c)"
    fifo ls -q0 | cmp - <(printf 'evil\\x0a\\x1b[31m\\xff\0')
    t fifo ls -j0
    assert_failure 2
    t fifo ls -o NO
    assert_failure 2
}

@test "FIFO-1: a writer blocked in open stays there, however often it is looked at" {
    fifo create f
    bg writer sh -c 'echo msg >f'
    wait_until waits_for 'a reader'
    local _
    for _ in {1..100}; do
        fifo ls -q >/dev/null
        fifo stat -q f >/dev/null
    done
    t fifo ls -q --all
    t fifo ls -qj .
    json '.blocked | length == 1'
    waits_for 'a reader'
    assert_equal "$(timeout 5 cat f)" msg
    bg_wait writer
    assert_success
}

@test "FIFO-1: ls and stat make no call that opens a FIFO" {
    need strace
    fifo create f
    local verb
    for verb in 'ls' 'ls --all' 'stat f'; do
        # shellcheck disable=SC2086 # words
        strace -f -o trace -e trace=open,openat fifo $verb >/dev/null 2>&1
        grep -E '"([^"]*/)?f"' trace >opened || :
        refute grep -v O_PATH opened
        [[ -s trace ]]
    done
}

@test "ls on a full disk is no success" {
    fifo create f
    t bash -c 'fifo ls -q >/dev/full'
    assert_failure 3
}
