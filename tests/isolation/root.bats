#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# root.bats: root can run a command as an ordinary user, wherever the checkout is
# as: root

load ../lib

setup() {
    need_root
    need_isolation
    cd "$BATS_TEST_TMPDIR"
}

# A checkout with a built program, below a directory that only root may enter.
checkout() {
    mkdir -m 700 closed
    mkdir -p closed/src/tests closed/src/build/bin
    cp "$root"/tests/isolate closed/src/tests/
    cp "$(type -P true)" closed/src/build/bin/tool
    cd closed/src
    unset MOREIPC_BUILD
}

@test "root alone can read a file of mode 000" {
    install -m 000 /dev/null closed
    t cat closed
    assert_success
    t "$root/tests/isolate" --as-user cat closed
    assert_failure 1
}

@test "the user finds a checkout below a directory that only root may enter" {
    checkout
    t tests/isolate --as-user sh -c 'pwd; ls; build/bin/tool && id -u'
    assert_success
    assert_output "$PWD"$'\nbuild\ntests\n65534'
}

@test "the user finds a checkout below a directory that is not in /tmp" {
    mount -t tmpfs -o mode=755 tmpfs /mnt
    cd /mnt
    checkout
    t tests/isolate --as-user sh -c 'pwd; ls; build/bin/tool && id -u; ls -A /mnt/closed'
    cd /
    umount /mnt
    assert_output $'/mnt/closed/src\nbuild\ntests\n65534\nsrc'
}

@test "the user finds a checkout that was made under umask 077" {
    checkout
    chmod -R go= .
    t tests/isolate --as-user sh -c 'build/bin/tool && cat tests/isolate >/dev/null && id -u'
    assert_success
    assert_output 65534
    assert_equal "$(stat -c %a tests/isolate)" 700
}

@test "the user has a build elsewhere that was made under umask 077" {
    checkout
    mv build ../elsewhere
    chmod -R go= ../elsewhere
    MOREIPC_BUILD=$PWD/../elsewhere t tests/isolate --as-user sh -c '"$0/../elsewhere/bin/tool" && id -u' "$PWD"
    assert_success
    assert_output 65534
}
