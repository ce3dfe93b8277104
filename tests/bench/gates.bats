#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Performance gates that no noise can move: page faults, system calls and write calls of `mq`, counted and not timed.
load ../lib

# GNU time forks, and counts page faults of its own: 19 to 24 for a program that has none, not even a libc. So 84 by its
# meter stand for 60 of the program.
readonly faults_at_most=84 calls_at_most=20

setup() {
    queue=/gates-$$-$BATS_TEST_NUMBER
    key=$(printf 'key:0x67%04x%02x' $(($$ & 0xffff)) "$BATS_TEST_NUMBER")
    log=$BATS_TEST_TMPDIR/log
}

teardown() {
    for name in "$queue" "$key"; do mq rm "$name" 2>/dev/null || true; done
    end_test
}

# The figures hold for the build we ship; a dynamic or sanitizer build has an interpreter and pays more.
need_static() {
    need readelf
    if readelf -lW "$(command -v mq)" | grep -q INTERP; then skip 'mq is not linked statically'; fi
}

at_most() {  # LIMIT COUNT WHAT
    [ "$2" -le "$1" ] || { echo "$3: $2, more than $1"; return 1; }
}

# Run the command ten times; stdout and stderr are ours, the counts go to the log. The least counts: where the kernel puts
# things by chance, and what it has in memory just then, only adds to it.
faults_within_limit() {
    need_static
    need /usr/bin/time
    for _ in {1..10}; do /usr/bin/time -a -o "$log" -f %R "$@"; done
    at_most $faults_at_most "$(sort -n "$log" | head -n 1)" "page faults of $*"
}

calls_within_limit() {
    need_static
    need strace
    strace -f -o "$log" "$@"
    at_most $calls_at_most "$(grep -Evc '[+]{3} |--- ' "$log")" "system calls of $*" || { cat "$log"; return 1; }
}

@test "page faults: mq --version" {
    faults_within_limit mq --version
}

@test "page faults: mq send to a POSIX queue" {
    mq create "$queue" -N 10
    faults_within_limit mq send "$queue" hello
}

@test "page faults: mq send to a System V queue" {
    mq create "$key"
    faults_within_limit mq send "$key" hello
}

@test "page faults: mq recv from a POSIX queue" {
    mq create "$queue" -N 10
    mq send "$queue" {1..10}
    faults_within_limit mq recv "$queue"
}

@test "page faults: mq recv from a System V queue" {
    mq create "$key"
    mq send "$key" {1..10}
    faults_within_limit mq recv "$key"
}

@test "system calls: mq --version" {
    calls_within_limit mq --version
}

@test "system calls: mq create and rm, both kinds" {
    for name in "$queue" "$key"; do
        calls_within_limit mq create "$name"
        calls_within_limit mq rm "$name"
    done
}

@test "system calls: mq send and recv, both kinds" {
    for name in "$queue" "$key"; do
        mq create "$name"
        calls_within_limit mq send "$name" hello
        calls_within_limit mq recv "$name"
    done
}

@test "write calls: mq recv --all prints 2,000 queued messages with at most 25" {
    need strace
    mq create "$key"
    seq -f %08.0f 2000 >"$BATS_TEST_TMPDIR/sent"
    mq send "$key" -n <"$BATS_TEST_TMPDIR/sent" # 16,000 bytes: a queue of the default 16,384 holds them all
    strace -f -e trace=write,writev -o "$log" mq recv "$key" --all >"$BATS_TEST_TMPDIR/received"
    cmp "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/received"
    at_most 25 "$(grep -Ec 'writev?\(' "$log")" 'write calls'
}
