#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tee.bats: fifo tee
# timeout: 180

load fifo

setup_fifos() { fifo create in a b c; }

@test "tee copies all to all, byte for byte, and ends with its input" {
    setup_fifos
    head -c 1000000 /dev/urandom >data
    bg tee fifo tee in a b c
    local n
    for n in a b c; do bg "$n" timeout -s KILL 20 cat "$n"; done
    cat data >in
    bg_wait tee
    assert_success
    refute_output
    refute_stderr
    for n in a b c; do
        bg_wait "$n"
        cmp "$n.out" data
    done
}

@test "block: a reader that does not read makes the others wait, and loses nothing" {
    setup_fifos
    head -c 400000 /dev/urandom >data
    bg tee fifo tee in a b
    bg a timeout -s KILL 30 cat a
    bg writer sh -c 'cat data >in'
    wait_until queued_is 65536 b
    (($(stat -c %s a.out) < 400000))
    timeout 20 cat b | cmp - data
    bg_wait a
    cmp a.out data
    bg_wait tee
    assert_success
    bg_wait writer
}

@test "drop: who does not read misses whole records, the others none, and the number is said" {
    setup_fifos
    seq -f 'record %06g' 50000 >data
    exec 9<>b
    bg tee fifo tee in a b --policy drop
    # A reader that keeps up: it takes all there is at once.
    bg a timeout -s KILL 30 fifo read a
    pace <data >in
    bg_wait tee
    assert_success
    local dropped
    dropped=$(grep -o 'b: [0-9]* records' tee.err | grep -o '[0-9]*')
    cat <&9 >b.got &
    local cat=$!
    wait_until queued_is 0 b
    kill $cat
    wait $cat || :
    exec 9>&-
    refute grep -vE '^record [0-9]{6}$' b.got
    assert_equal $((dropped + $(wc -l <b.got))) 50000
    bg_wait a
    refute grep -vE '^record [0-9]{6}$' a.out
}

# Lets the other end of a pipe keep up.
pace() {
    local line
    while IFS= read -r -N 20000 line; do printf %s "$line"; done
    printf %s "$line"
}

@test "spill: a slow reader gets all, later, and the others do not wait for it" {
    setup_fifos
    head -c 3000000 /dev/urandom >data
    bg tee fifo tee in a b --policy spill --directory .
    bg a timeout -s KILL 30 cat a
    cat data >in
    bg_wait a
    cmp a.out data
    refute compgen -G './*moreipc*'
    timeout 20 cat b | cmp - data
    bg_wait tee
    assert_success
    refute_stderr
}

@test "spill: over -S or on a full disk it waits for the reader, and loses nothing" {
    setup_fifos
    head -c 2000000 /dev/urandom >data
    bg tee fifo tee in a b --policy spill -S 300K
    bg a timeout -s KILL 30 cat a
    bg writer sh -c 'cat data >in'
    wait_until blocked_in tee ppoll
    (($(stat -c %s a.out) < 1500000))
    timeout 20 cat b | cmp - data
    bg_wait a
    cmp a.out data
    bg_wait tee
    assert_success
    bg_wait writer
}

@test "spill: a file that may not grow makes it wait as well" {
    need prlimit
    setup_fifos
    head -c 1000000 /dev/urandom >data
    bg tee prlimit --fsize=100000 fifo tee in a b --policy spill --directory .
    bg a fifo read a
    bg writer sh -c 'cat data >in'
    wait_until blocked_in tee ppoll
    timeout 20 cat b >b.got
    bg_wait tee
    assert_success
    cmp b.got data
    bg_wait a
    cmp a.out data
    bg_wait writer
}

@test "readers may come and go: what one leaves the next one gets" {
    setup_fifos
    bg tee fifo tee in a b --follow
    bg b timeout -s KILL 20 cat b
    echo one >in
    t fifo read a --lines 1
    assert_output one
    echo two >in
    t fifo read a --lines 1
    assert_output two
    wait_until grep -q two b.out
    kill "$(bg_pid tee)"
    bg_wait tee
    assert_failure 143
    refute_stderr
    bg_wait b
    assert_output $'one\ntwo'
}

@test "SIGTERM and -t: the number of bytes that each reader does not get is exact" {
    setup_fifos
    exec 9<>in
    bg tee fifo tee in a b
    printf 1234567890 >in
    fifo read a -S 4 >/dev/null
    wait_until queued_is 6 a
    wait_until queued_is 10 b
    kill "$(bg_pid tee)"
    bg_wait tee
    assert_failure 143
    assert_stderr --partial 'a: 6 of 10 bytes were not delivered'
    assert_stderr --partial 'b: 10 of 10 bytes were not delivered'
    bg tee2 fifo tee in a b -t 500ms
    printf 12345 >in
    bg_wait tee2
    assert_failure 124
    assert_stderr --partial 'a: 5 of 5 bytes were not delivered'
    exec 9>&-
}

@test "tee -n copies what is there, and is status 1 when there is nothing" {
    setup_fifos
    exec 9<>in 8<>a
    t fifo tee in a -n
    assert_failure 1
    printf 123 >in
    t fifo tee in a -n
    assert_success
    assert_equal "$(queued a)" 3
    exec 9>&- 8>&-
}

@test "a writer that writes nothing is status 1; one that never comes 124" {
    setup_fifos
    t fifo tee in a -t 200ms
    assert_failure 124
    bg tee fifo tee in a
    : >in
    bg_wait tee
    assert_failure 1
}

@test "FIFO-8: tee takes FIFOs only, not its own input, and no unknown policy" {
    setup_fifos
    : >file
    t fifo tee in file
    assert_failure 2
    t fifo tee file a
    assert_failure 2
    t fifo tee in in
    assert_failure 2
    assert_stderr --partial 'it would read what it writes'
    ln -s in link
    t fifo tee in link
    assert_failure 2
    t fifo tee in
    assert_failure 2
    t fifo tee in a --policy maybe
    assert_failure 2
    assert_stderr --partial 'none of block, drop and spill'
    t fifo tee in a -S 1M
    assert_failure 2
    t fifo tee in nowhere
    assert_failure 4
    t fifo tee in a --policy spill --directory nowhere
    assert_failure 4
}
