#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sponge.bats: pipe sponge

load pipe

@test "sponge lets a pipeline write the file that it reads" {
    seq 20000 >file
    t bash -c 'sort -rn file | pipe sponge file'
    assert_success
    assert_equal "$(head -n 1 file)" 20000
    assert_equal "$(wc -l <file)" 20000
}

@test "without a file it is written to stdout, once the input is at its end" {
    mkfifo in
    bg it bash -c 'pipe sponge <in'
    exec 7>in
    echo one >&7
    wait_until eval 'blocked_in "$(pgrep -x pipe)" ppoll'
    assert_equal "$(<it.out)" ''
    exec 7>&-
    bg_wait it
    assert_output one
}

@test "mode and owner stay; a new file gets those that the umask leaves" {
    echo old >file
    chmod 0751 file
    t bash -c 'echo new | pipe sponge file'
    assert_equal "$(stat -c %a file)" 751
    assert_equal "$(<file)" new
    t bash -c 'umask 027; echo new | pipe sponge fresh'
    assert_equal "$(stat -c %a fresh)" 640
}

@test "the owner of another user's file stays, when root does it" {
    need_root
    echo old >file
    chown 65534:65534 file
    t bash -c 'echo new | pipe sponge file'
    assert_equal "$(stat -c %u:%g file)" 65534:65534
}

@test "a symbolic link stays one, and what it leads to is replaced" {
    echo old >target
    ln -s target link
    t bash -c 'echo new | pipe sponge link'
    assert_equal "$(readlink link)" target
    assert_equal "$(<target)" new
}

@test "a file of two names stays one file" {
    echo old >one
    ln one two
    t bash -c 'echo new | pipe sponge one'
    assert_equal "$(<two)" new
    assert_equal "$(stat -c %h one)" 2
}

@test "--append adds, --if-any leaves the file when the input is empty" {
    echo old >file
    t bash -c 'echo new | pipe sponge --append file'
    assert_equal "$(<file)" $'old\nnew'
    t bash -c 'pipe sponge --if-any file </dev/null'
    assert_success
    assert_equal "$(<file)" $'old\nnew'
    t bash -c 'pipe sponge file </dev/null'
    assert_equal "$(stat -c %s file)" 0
}

@test "a signal, an unreadable input or a full disk leaves the file as it was, and nothing beside it" {
    echo old >file
    mkfifo in
    bg it bash -c 'exec pipe sponge file <in'
    exec 7>in
    echo new >&7
    wait_until blocked_in it ppoll
    kill -TERM "$(bg_pid it)"
    bg_wait it
    exec 7>&-
    assert_failure 143
    assert_equal "$(<file)" old
    t bash -c 'pipe sponge file <.'
    assert_failure 3
    assert_stderr --partial 'standard input: cannot read'
    assert_equal "$(<file)" old
    assert_equal "$(find . -name '.sponge*')" ''
}

@test "a full disk leaves the file as it was" {
    need_isolation
    need_root
    mkdir small
    mount -t tmpfs -o size=1M none small
    echo old >small/file
    t bash -c 'head -c 2M /dev/zero | pipe sponge small/file'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    assert_equal "$(<small/file)" old
    assert_equal "$(find small -type f | wc -l)" 1
    umount small
}

@test "devices, FIFOs and directories: written, not replaced; refused" {
    t bash -c 'echo new | pipe sponge /dev/full'
    assert_failure 3
    [[ -c /dev/full ]]
    mkfifo fifo
    bg reader cat fifo
    t bash -c 'echo new | pipe sponge fifo'
    bg_wait reader
    assert_output new
    [[ -p fifo ]]
    t bash -c 'echo new | pipe sponge .'
    assert_failure 3
    assert_stderr --partial 'Is a directory'
}

@test "a file that may not be written is status 5, and stays" {
    need_user
    mkdir place
    echo old >place/file
    chmod 0444 place/file
    t bash -c 'echo new | pipe sponge place/file'
    assert_failure 5
    assert_equal "$(<place/file)" old
}

@test "more than one file, or --append without any, is status 2" {
    t pipe sponge a b
    assert_failure 2
    t pipe sponge --append
    assert_failure 2
}
