#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# read.bats: popen read: what was said unasked

load popen

@test "one line by default, --lines for more; what is there stays until it is read" {
    popen start a -- sh -c 'seq 5; exec cat'
    t popen read a
    assert_output 1
    t popen read a --lines 2
    assert_output $'2\n3'
    t popen close a
    assert_output $'4\n5'
}

@test "-n takes only what is there whole; status 1, and nothing printed, otherwise" {
    popen start a -- sh -c 'printf "one\npart"; exec cat'
    t popen read -t 5 a
    assert_output one
    t popen read -n a
    assert_failure 1
    refute_output
    t popen read -n --all a
    assert_output part
    t popen read -n --all a
    assert_failure 1
    popen write a 'ial' ''
    t popen read -t 5 a
    assert_output ial
    popen close a
}

@test "--all goes on until the output ends" {
    popen start a -- sh -c 'seq 3; read -r x; seq 4 5'
    bg r popen read --all a
    wait_until state_is a busy
    wait_until grep -q 3 "$dir/r.out"
    # the end of its input lets it go on; close waits for its turn
    popen signal a 0
    kill -TERM "$(bg_pid r)"
    bg_wait r
    assert_failure 143
    assert_output $'1\n2\n3'
    bg c popen close a
    bg_wait c
    assert_output $'4\n5'
    popen start a seq 3
    t popen read --all a
    assert_success
    assert_output $'1\n2\n3'
    popen close a
}

@test "--until, --prompt, --quiet-time and --idle" {
    popen start a -- sh -c 'echo a; echo END; printf "b> "; echo c; exec cat'
    t popen read a --until END
    assert_output a
    t popen read a --prompt '> '
    assert_output b
    t popen read a --quiet-time 0.2
    assert_output c
    popen write a d
    t popen read a --idle
    assert_output d
    popen close a
}

@test "-t gives up with 124; what came of the line is printed, and the rest is there for the next" {
    popen start a -- sh -c 'printf par; read -r x; echo "t $x"; exec cat'
    wait_until unread_is 3
    t popen read a -t 0.2
    assert_failure 124
    assert_output par
    popen write a x
    t popen read a -t 5
    assert_output 't x'
    popen close a
}
unread_is() { [[ $(coprocess a .unread) == "$1" ]]; }

@test "a command that ended: what it left is read, then status 8" {
    popen start a -- sh -c 'echo last; exit 3'
    wait_until state_is a ended
    t popen read a
    assert_output last
    t popen read a
    assert_failure 8
    assert_stderr --partial 'ended with status 3'
    t popen close a
    assert_failure 3
}

@test "a command that says much waits after 1 MiB, and loses nothing" {
    popen start a -- sh -c 'seq 500000; exec cat'
    wait_until blocked_in "$(coprocess a .pid)" '*pipe_write' '*do_wait'
    t 20 bash -c 'popen read a --lines 500000 | md5sum'
    assert_output "$(seq 500000 | md5sum)"
    popen close a
}

@test "wrong words and no such coprocess" {
    t popen read --all --idle a
    assert_failure 2
    t popen read
    assert_failure 2
    t popen read a b
    assert_failure 2
    t popen read a
    assert_failure 4
}
