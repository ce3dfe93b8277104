#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stat.bats: fifo stat

load fifo

@test "stat shows a FIFO that nobody has open: nothing in it, nobody there" {
    fifo create -m 0640 f
    t fifo stat -qj f
    assert_success
    json '.path == "f" and .mode == "0640" and (.queued // 0) == 0 and .capacity == null and .readers == [] and .writers == [] and .blocked == []'
    json ".inode == $(stat -c %i f) and .changed == $(stat -c %Z f)"
    json ".owner == \"$(id -un)\" and .group == \"$(id -gn)\""
    t fifo stat -q f -o MODE,INODE
    assert_output "MODE   0640"$'\n'"INODE  $(stat -c %i f)"
    t fifo stat -q f -o MODE --no-header
    assert_output 0640
    fifo stat -q0 f | cmp - <(printf 'f\0')
}

@test "stat shows who waits in open, for what" {
    fifo create f
    bg writer sh -c 'echo x >f'
    wait_until waits_for 'a reader'
    t fifo stat -qj f
    json ".blocked | length == 1 and .[0].pid == $(bg_pid writer) and .[0].waits_for == \"a reader\" and .[0].tid == .[0].pid"
    t fifo stat -q f -o BLOCKED --no-header
    assert_output --regexp "^pid $(bg_pid writer), command sh, tid [0-9]+, waits_for a reader$"
}

@test "stat shows our own writer that waits for a reader" {
    fifo create f
    bg writer fifo write f hello
    wait_until waits_for 'a reader'
    t fifo stat -qj f
    json '.blocked[0].command == "fifo"'
    assert_equal "$(timeout 5 cat f)" hello
    bg_wait writer
    assert_success
}

@test "stat shows readers, writers, who waits for data and who for room" {
    fifo create f g
    hold
    bg reader cat f
    wait_until waits_for data
    bg writer sh -c 'exec cat /dev/zero >g'
    bg slow sh -c 'exec 3<g; kill -STOP $$'
    wait_until waits_for room g
    t fifo stat -qj f
    json '(.readers | length) == 2 and (.writers | length) == 1'
    t fifo stat -qj g
    json '.queued == 65536 and .capacity == 65536 and .blocked[0].waits_for == "room"'
    t fifo stat -q --bytes g -o QUEUED
    assert_output 'QUEUED  65536'
}

@test "stat of a name that is not there is status 4, of something else 2" {
    fifo create replies
    t fifo stat repleis
    assert_failure 4
    assert_stderr --partial 'did you mean replies?'
    : >file
    t fifo stat file
    assert_failure 2
    assert_stderr --partial 'file: a regular file, not a FIFO'
    t fifo stat .
    assert_failure 2
    t fifo stat
    assert_failure 2
}

@test "stat of a FIFO whose readers may not be looked at says so" {
    need_root
    chmod 755 .
    fifo create -m 0666 f
    hold
    t "${as_nobody[@]}" "$(command -v fifo)" stat -j f
    assert_success
    json '.queued == null and .capacity == null'
    assert_stderr --regexp '^fifo: stat: [0-9]+ of [0-9]+ processes could not be read \(not permitted\)$'
}
