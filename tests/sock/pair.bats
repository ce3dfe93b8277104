#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# pair.bats: sock pair

load sock

@test "two commands talk over a pair of sockets" {
    # shellcheck disable=SC2016 # for sh
    t sock pair sh -c 'echo ping; read a; echo "$a" >&2' :: sh -c 'read a; echo "re: $a"'
    assert_success
    assert_stderr 're: ping'
    refute_output
}

@test "each sees the end of the other, and neither has both ends" {
    t sock pair sh -c 'echo x; exec >&- 0<&-' :: sh -c 'cat >got'
    assert_success
    assert_equal "$(<got)" x
    # shellcheck disable=SC2016 # for sh
    t sock pair sh -c 'a=$(readlink /proc/$$/fd/0); b=$(readlink /proc/$$/fd/1); printf "%s\n" "$a" "$b" >&2' :: true
    assert_equal "$(grep -c '^socket:' <<<"$stderr")" 2
    assert_equal "$(sort -u <<<"$stderr" | wc -l)" 1
}

@test "--type keeps records apart" {
    local type
    # shellcheck disable=SC2016 # for sh
    for type in seqpacket dgram; do
        t sock pair --type "$type" sh -c 'echo 1; echo 2' :: sh -c 'for to in stderr null; do dd bs=99 count=1 status=none of=/dev/$to; done'
        assert_success
        assert_stderr 1
    done
    t sock pair --type stream sh -c 'printf 1; printf 2' :: sh -c 'cat >&2'
    assert_stderr 12
    t sock pair --type other true :: true
    assert_failure 2
}

@test "--fd leaves input and output where they are" {
    t bash -c 'echo input | sock pair --fd 3 sh -c "cat >&3; exec 3>&-" :: sh -c "cat <&3"'
    assert_success
    assert_output input
}

@test "the status is the second's, the first's if that is 0, or of the one that --exit-from says" {
    t sock pair true :: sh -c 'exit 4'
    assert_failure 4
    t sock pair sh -c 'exit 3' :: true
    assert_failure 3
    t sock pair --exit-from 1 true :: sh -c 'exit 4'
    assert_success
    t sock pair true :: sh -c 'kill -TERM $$'
    assert_failure 143
    t sock pair --exit-from 3 true :: true
    assert_failure 2
}

@test "-t ends both, status 124; a signal goes on to them" {
    t sock pair -t 200ms sleep 60 :: sleep 60
    assert_failure 124
    bg pair sock pair sleep 60 :: sleep 60
    wait_until pgrep -P "$(bg_pid pair)"
    wait_until blocked_in pair ppoll
    kill -TERM "$(bg_pid pair)"
    bg_wait pair
    assert_equal "$status" 143
}

@test "a command that is missing or cannot be run is said, and the other ends by itself" {
    t sock pair true
    assert_failure 2
    assert_stderr --partial 'the second COMMAND is missing'
    t sock pair a :: b :: c
    assert_failure 2
    t sock pair :: b
    assert_failure 2
    status_of sock pair cat :: /nosuch
    assert_output 127
    status_of sock pair /nosuch :: cat
    assert_output 127
    touch plain
    status_of sock pair cat :: ./plain
    assert_output 126
}
