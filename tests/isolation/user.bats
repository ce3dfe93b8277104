#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# user.bats: the run as an ordinary user is that of an ordinary user
# as: user

load ../lib

@test "the user is not root and has no groups of root's" {
    need_user
    run id -G
    [[ " $output " != *' 0 '* ]]
}

@test "the user has no capability of any kind" {
    need_isolation
    need_user
    local set value
    while read -r set value; do
        [[ $set != Cap* ]] || assert_equal "$set $value" "$set 0000000000000000"
    done </proc/self/status
}

@test "the user cannot read a file of mode 000" {
    need_user
    echo secret >"$BATS_TEST_TMPDIR/closed"
    chmod 000 "$BATS_TEST_TMPDIR/closed"
    t cat "$BATS_TEST_TMPDIR/closed"
    assert_failure 1
    assert_stderr --partial 'Permission denied'
}

@test "the user cannot mount or change a kernel setting" {
    need_user
    t mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR"
    assert_failure
    run sh -c 'echo 1 >/proc/sys/kernel/sysrq'
    assert_failure
}

@test "the user can read the checkout and the build" {
    head -n 1 "$root/tests/lib.bash"
    ls "$build"
}
