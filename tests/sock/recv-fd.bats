#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# recv-fd.bats: sock recv-fd

load datagrams

@test "the command gets the descriptors from 3 on, sd_listen_fds finds them, and nothing of ours" {
    echo a >a
    echo b >b
    # shellcheck disable=SC2016 # for the inner shell
    ready got sock recv-fd "@fd.$BATS_TEST_NUMBER" -N 2 -- bash -c 'echo $LISTEN_FDS $((LISTEN_PID == $$)); cat <&3 <&4; cat <&3; readlink /proc/$$/fd/3 /proc/$$/fd/4; ls -l /proc/$$/fd'
    sock send-fd "@fd.$BATS_TEST_NUMBER" a b
    bg_wait got
    assert_success
    assert_output --partial $'2 1\nb\na\n'
    assert_output --partial "$PWD/a"
    refute_output --partial socket:
}

@test "--at chooses the first number: standard input is 0" {
    printf 'b\na\n' >data
    ready got sock recv-fd --at 0 "@fd.$BATS_TEST_NUMBER" sort
    sock send-fd "@fd.$BATS_TEST_NUMBER" data
    bg_wait got
    assert_success
    assert_output $'a\nb'
    ready got sock recv-fd --at 50 "@fd.$BATS_TEST_NUMBER" cat /proc/self/fd/50
    sock send-fd "@fd.$BATS_TEST_NUMBER" data
    bg_wait got
    assert_output $'b\na'
}

@test "the command's status is ours; 127 and 126 where it cannot be run" {
    local expected
    PATH=$build/bin:/usr/bin:/bin
    for expected in '0 true' '7 sh -c exit${IFS}7' '127 nothing-of-that-name' '126 /etc/passwd'; do
        # shellcheck disable=SC2086 # words
        ready got sock recv-fd @fd.$BATS_TEST_NUMBER ${expected#* }
        sock send-fd "@fd.$BATS_TEST_NUMBER" 1
        bg_wait got
        assert_equal "$status" "${expected%% *}"
    done
}

@test "paths, datagrams, seqpackets and an inherited socket carry them" {
    echo data >data
    local address
    for address in ./s unix-dgram:./d unix-seqpacket:./q; do
        ready got sock recv-fd "$address" cat /proc/self/fd/3
        sock send-fd "$address" data
        bg_wait got
        assert_success
        assert_output data
    done
    assert_not_exists s
    assert_not_exists d
    need python3
    python3 -c '
import array, os, socket, subprocess
a, b = socket.socketpair()
b.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [os.open("data", os.O_RDONLY)]))])
subprocess.run(["sock", "recv-fd", f"fd:{a.fileno()}", "cat", "/proc/self/fd/3"], pass_fds=[a.fileno()], check=True)' >out
    assert_equal "$(<out)" data
}

@test "a path is private from the first moment, or as -m says, and never taken from who has it" {
    umask 0
    ready got sock recv-fd ./door true
    assert_equal "$(stat -c %a door)" 600
    t sock recv-fd -n ./door true
    assert_failure
    assert_stderr --partial 'somebody listens there'
    kill -TERM "$(bg_pid got)"
    bg_wait got
    assert_failure 143
    assert_not_exists door
    ready got sock recv-fd -m 0666 ./door true
    assert_equal "$(stat -c %a door)" 666
    kill "$(bg_pid got)"
    bg_wait got
}

@test "time over is 124, -n is 1, one who leaves without giving is an error" {
    t sock recv-fd -t 0.2 "@fd.$BATS_TEST_NUMBER" true
    assert_failure 124
    t sock recv-fd -n "@fd.$BATS_TEST_NUMBER" true
    assert_failure 1
    need python3
    ready got sock recv-fd -N 2 "@fd.$BATS_TEST_NUMBER" true
    sock send-fd "@fd.$BATS_TEST_NUMBER" 1
    bg_wait got
    assert_failure 125
    assert_stderr --partial '1 of 2 descriptors came'
    t sock recv-fd tcp://localhost:1 true
    assert_failure 2
    t sock recv-fd @x -m 600 true
    assert_failure 2
    t sock recv-fd @x
    assert_failure 2
}
