#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# buffer.bats: pipe buffer

load pipe

@test "buffer passes every byte on, in memory and on disk, with and without marks" {
    random 20M >data
    for words in '1M' '64K --low 50' '1M --high 90' '2M --high 80 --low 20' '30M --directory .' '1M --directory . --high 50'; do
        t 30 bash -c "cat data | pipe buffer $words | cat >back"
        assert_success
        same data back
    done
}

@test "the writer need not wait for the reader while there is room" {
    random 8M >data
    mkfifo go
    bg it bash -c '{ cat data; echo written >&2; } | pipe buffer 16M | { read -r _ <go; cat >back; }'
    wait_until grep -q written it.err
    assert_not_exists back
    echo >go
    bg_wait it
    same data back
}

@test "no more is kept than SIZE: the writer waits then" {
    mkfifo go
    bg it bash -c '{ head -c 8M /dev/zero; echo written >&2; } | pipe buffer 1M | { read -r _ <go; wc -c; }'
    wait_until pgrep -x pipe
    wait_until eval 'blocked_in "$(pgrep -x head)" write'
    refute grep -q written it.err
    echo >go
    bg_wait it
    assert_output 8388608
}

@test "--high: nothing is passed on before it is filled so far, or the input ends" {
    mkfifo in
    bg it bash -c 'pipe buffer 1M --high 50 <in | cat >out'
    exec 7>in
    head -c 400000 /dev/zero >&7
    wait_until eval 'blocked_in "$(pgrep -x pipe)" ppoll'
    assert_equal "$(stat -c %s out)" 0
    head -c 200000 /dev/zero >&7
    wait_until eval '(( $(stat -c %s out) > 0 ))'
    exec 7>&-
    bg_wait it
    assert_equal "$(stat -c %s out)" 600000
    t bash -c 'seq 3 | pipe buffer 1M --high 100'
    assert_output $'1\n2\n3'
}

@test "a disk without room for --directory is status 3 at once; a wrong one 4" {
    need_isolation
    need_root
    mkdir small
    mount -t tmpfs -o size=1M none small
    t pipe buffer 10M --directory small
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    t pipe buffer 10M --directory none
    assert_failure 4
    umount small
    assert_equal "$(find small | wc -l)" 1
}

@test "nothing is left in --directory" {
    mkdir place
    t bash -c 'seq 1000 | pipe buffer 1M --directory place | tail -n 1'
    assert_output 1000
    assert_equal "$(find place | wc -l)" 1
}

@test "sizes and marks that make no sense are status 2" {
    for words in '' '0' '100' 'x' '1M --high 0' '1M --high 101' '1M --low 100' '1M --high 50 --low 50' '1M 2M'; do
        # shellcheck disable=SC2086 # words
        t pipe buffer $words
        assert_failure 2
    done
}

@test "-j tells how much was passed on" {
    t bash -c 'seq 1000 | pipe buffer 1M -j >/dev/null'
    output=$stderr
    json '.bytes == 3893 and .final'
    t bash -c 'seq 1000 | pipe buffer 1M >/dev/null'
    refute_stderr
}

@test "SIGTERM: what is kept is delivered as long as somebody takes it" {
    mkfifo go
    random 4M >data
    bg it bash -c '{ cat data; echo written >&2; sleep 60; } | { echo $BASHPID >pid; exec pipe buffer 16M; } | { read -r _ <go; cat >back; }'
    wait_until grep -q written it.err
    kill -TERM "$(<pid)"
    echo >go
    wait_until eval '(( $(stat -c %s back 2>/dev/null || echo 0) == 4194304 ))'
    same data back
}

@test "SIGTERM while nobody reads: the number of bytes that are lost is said" {
    mkfifo go
    bg it bash -c '{ head -c 4M /dev/zero; echo written >&2; sleep 60; } | { echo $BASHPID >pid; exec pipe buffer 16M; } | { read -r _ <go; wc -c; }'
    wait_until grep -q written it.err
    kill -TERM "$(<pid)"
    wait_until grep -q delivered it.err
    echo >go
    wait_until test -s it.out
    [[ $(<it.err) =~ ([0-9]+)\ bytes\ read,\ ([0-9]+)\ delivered ]]
    assert_equal "${BASH_REMATCH[1]}" 4194304
    assert_equal "$(<it.out)" "${BASH_REMATCH[2]}"
}

@test "a full disk is status 3, with what was delivered; a closed pipe ends it by SIGPIPE" {
    t bash -c 'seq 10000 | pipe buffer 1M >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    t bash -c 'yes | { pipe buffer 1M; echo $? >&2; } | head -n 1'
    assert_output y
    assert_equal "$stderr" 141
}
