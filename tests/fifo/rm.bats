#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rm.bats: fifo rm

load fifo

@test "rm removes several, also one that is held and one that somebody is opening" {
    fifo create a b f
    hold
    bg writer bash -c "echo late >'$dir/a'"
    wait_until waits_for 'a reader' a
    t fifo rm a b f
    assert_success
    refute_output
    [[ ! -e a && ! -e b && ! -e f ]]
}

@test "FIFO-8: rm removes no file, directory, link or socket, and goes on" {
    : >file
    mkdir directory
    fifo create f g
    ln -s f link
    "${py:-python3}" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    t fifo rm file directory link socket g
    assert_failure 2
    [[ $stderr == *'file: a regular file, not a FIFO'*'directory: a directory, not a FIFO'*'link: a symbolic link, not a FIFO'*'socket: a socket, not a FIFO'* ]]
    [[ -e file && -d directory && -L link && -p f && -S socket && ! -e g ]]
}

@test "rm of one that is not there is status 4 with the name that was meant, and none with -f" {
    fifo create replies
    t fifo rm repleis
    assert_failure 4
    assert_stderr --partial 'no such FIFO'
    assert_stderr --partial 'did you mean replies?'
    t fifo rm -f repleis gone
    assert_success
    t fifo rm --force replies
    assert_success
}

@test "rm --dry-run prints what it would remove" {
    fifo create a b
    : >file
    t fifo rm --dry-run a b
    assert_success
    assert_output $'a\nb'
    [[ -p a && -p b ]]
    t fifo rm --dry-run file
    assert_failure 2
}

@test "rm removes the directory of create --temp with the last FIFO in it, and no other" {
    local paths
    mapfile -t paths < <(fifo create --temp a b)
    fifo rm "${paths[0]}"
    [[ -d ${paths[0]%/*} ]]
    fifo rm "${paths[1]}"
    [[ ! -e ${paths[0]%/*} ]]
    fifo create --parents mine/f
    fifo rm mine/f
    [[ -d mine ]]
}

@test "rm where the caller may not write is status 5" {
    need_root
    mkdir -m 755 d
    chmod 755 .
    fifo create d/f
    t "${as_nobody[@]}" "$(command -v fifo)" rm d/f
    assert_failure 5
    [[ -p d/f ]]
}
