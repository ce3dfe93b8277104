#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# world.bats: what a test finds in its isolated world

load ../lib

setup() { need_isolation; }

# An ordinary user in a chroot may not make namespaces.
need_nesting() {
    [[ $("$root/tests/isolate" printenv MOREIPC_ISOLATION) == namespaces ]] || skip "needs nested namespaces"
}

@test "the world is empty at the start" {
    run ls -A /dev/shm /dev/mqueue
    assert_output $'/dev/mqueue:\n\n/dev/shm:'
    run cat /proc/sysvipc/shm /proc/sysvipc/msg /proc/sysvipc/sem
    assert_equal "${#lines[@]}" 3
    run ls -A /tmp/home
    assert_output ''
}

@test "nothing of a world outside is visible inside" {
    need_nesting
    need ipcmk ipcrm
    local id
    id=$(ipcmk -Q)
    touch /dev/shm/outside /dev/mqueue/outside
    run "$root/tests/isolate" sh -c 'ls -A /dev/shm /dev/mqueue /tmp; tail -qn +2 /proc/sysvipc/*; ls -d /proc/[2-9]*'
    ipcrm -q "${id##* }"
    rm /dev/shm/outside /dev/mqueue/outside
    refute_output --partial outside
    refute_output --partial 0x
    refute_output --partial "/proc/$$"
}

@test "the first process of the world is the harness" {
    run cat /proc/1/cmdline
    assert_output --partial isolate
}

@test "the loopback network works and there is no other" {
    need ip
    run ip -o link
    assert_output --partial UP
    assert_equal "${#lines[@]}" 1
}

@test "everybody may write in the temporary directory and nobody else's is there" {
    assert_equal "$(stat -c %a "$TMPDIR")" 1777
    touch "$TMPDIR/mine"
    rm "$TMPDIR/mine"
}

@test "the devices and a terminal are there" {
    need script
    head -c 8 /dev/zero >/dev/null
    run head -c 1 </dev/urandom
    assert_success
    run script -qec tty /dev/null
    assert_success
    assert_output --partial /dev/pts/
}

@test "the current directory, the checkout and the build keep their paths" {
    need_nesting
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here"
    touch witness
    t "$root/tests/isolate" sh -c 'pwd; ls'
    assert_output "$PWD"$'\n'witness
    t "$root/tests/isolate" test -r "$root/tests/lib.bash" -a -d "$build"
    assert_success
}

@test "the status is the command's own" {
    need_nesting
    t "$root/tests/isolate" sh -c 'exit 41'
    assert_failure 41
}
