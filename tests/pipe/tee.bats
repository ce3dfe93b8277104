#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tee.bats: pipe tee

load pipe

@test "tee copies to stdout, files, commands and descriptors, byte for byte" {
    random 10M >data
    for input in 'cat data |' ''; do
        [[ $input ]] && from='' || from='<data'
        t 30 bash -c "$input pipe tee one two --command 'cat >three' --fd 3 $from 3>four | cat >five"
        assert_success
        for file in one two three four five; do same data $file; done
    done
}

@test "tee replaces a file's content, --append adds to it" {
    echo old | tee one two >/dev/null
    t bash -c 'echo new | pipe tee one'
    assert_output new
    assert_equal "$(<one)" new
    t bash -c 'echo new | pipe tee --append two'
    assert_equal "$(<two)" $'old\nnew'
}

@test "--no-stdout writes nothing there; nothing to write to is status 2" {
    t bash -c 'echo hi | pipe tee --no-stdout one'
    refute_output
    assert_equal "$(<one)" hi
    t pipe tee --no-stdout
    assert_failure 2
}

@test "a reader that has enough does not stop the others (coreutils tee dies)" {
    random 4M >data
    t 20 bash -c 'cat data | pipe tee copy --command "head -c 1 >first" | head -c 1 | wc -c'
    assert_output 1
    assert_success
    same data copy
    assert_equal "$(stat -c %s first)" 1
}

@test "when nobody reads any more, tee ends by SIGPIPE" {
    t bash -c 'yes | { pipe tee; echo $? >&2; } | head -n 1'
    assert_output y
    assert_equal "$stderr" 141
}

@test "a full disk is said, is status 3, and the others get everything" {
    random 4M >data
    t 20 bash -c 'cat data | pipe tee /dev/full copy | cat >out'
    same data copy
    same data out
    assert_stderr --partial '/dev/full: cannot write: No space left on device'
    t bash -c 'echo hi | pipe tee /dev/full'
    assert_failure 3
    assert_output hi
}

@test "commands are waited for, and the first that failed gives the status" {
    t bash -c 'echo hi | pipe tee --command "cat >/dev/null; sleep 0.2; echo >late; exit 3" --command "cat >/dev/null; exit 4"'
    assert_failure 3
    assert_exists late
    assert_stderr --partial 'ended with status 4'
}

@test "a file that cannot be opened, or a descriptor that is closed, stops it before anything is read" {
    t bash -c 'echo hi | { pipe tee none/file; cat >&2; }'
    assert_stderr --partial hi
    t bash -c 'echo hi | pipe tee none/file'
    assert_failure 4
    t pipe tee --fd 99
    assert_failure 2
}

@test "an empty input makes empty copies" {
    t pipe tee one
    assert_success
    assert_equal "$(stat -c %s one)" 0
}

@test "SIGTERM: the piece in hand is delivered, or its size is said (RLY-3)" {
    mkfifo in go
    random 2M >data
    bg source bash -c 'cat data >in; sleep 60'
    bg it bash -c 'pipe tee --no-stdout copy --command "read -r _ <go; cat >slow" <in'
    wait_until eval '(( $(stat -c %s copy 2>/dev/null || echo 0) > 0 ))'
    kill -TERM "$(pgrep -x pipe)"
    wait_until eval '! pgrep -x pipe'
    echo >go
    bg_wait it
    cmp -n "$(stat -c %s copy)" data copy
}

@test "a slow reader gets all of it, in order" {
    random 3M >data
    t 20 bash -c 'cat data | pipe tee --no-stdout copy --command "while head -c 70000 >>slow; [ \$(stat -c %s slow) -lt 3145728 ]; do :; done"'
    assert_success
    same data slow
}
