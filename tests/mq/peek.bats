#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# peek.bats: mq peek

load mq

# peek needs a kernel that copies messages out
need_copy() {
    make "$key"
    local answer=0
    mq peek "$key" 2>/dev/null || answer=$?
    ((answer != 9)) || skip "needs CONFIG_CHECKPOINT_RESTORE"
}

@test "peek shows the first message of a System V queue, and takes nothing" {
    need_copy
    mq send "$key" one two
    for _ in 1 2 3; do
        t mq peek "$key"
        assert_success
        assert_output one
    done
    holds "$key" one two
}

@test "peek --all shows all, --index one, in the queue's order" {
    need_copy
    mq send "$key" --type 9 one
    mq send "$key" --type 1 two
    mq send "$key" --type 5 three
    t mq peek --all "$key"
    assert_output "one
two
three"
    t mq peek --index 0 "$key"
    assert_output one
    t mq peek --index=2 "$key"
    assert_output three
    t mq peek --index 3 "$key"
    assert_failure 1
    refute_output
    refute_stderr
}

@test "peek --type shows messages of that type" {
    need_copy
    mq send "$key" --type 9 one
    mq send "$key" --type 1 two
    mq send "$key" --type 9 three
    t mq peek --type 9 "$key"
    assert_output one
    t mq peek --type 9 --all "$key"
    assert_output "one
three"
    t mq peek --type 7 "$key"
    assert_failure 1
    t mq peek --type 1 --index 0 "$key"
    assert_failure 1
    t mq peek --type 1 --index 1 "$key"
    assert_output two
}

@test "peek of an empty queue is status 1, in silence" {
    need_copy
    for words in '' --all '--index 0' '--type 3'; do
        # shellcheck disable=SC2086 # words
        t mq peek $words "$key"
        assert_failure 1
        refute_output
        refute_stderr
    done
}

@test "peek changes nothing that ipcs shows: users, times, depth (MQS-3; pitfall: MSG_COPY needs IPC_NOWAIT)" {
    need_copy
    need strace
    mq send "$key" --type 3 a
    mq send "$key" b
    local before
    before=$(cat /proc/sysvipc/msg)
    t strace -qq -e trace=msgrcv -o "$dir/trace" mq peek --all "$key"
    assert_success
    assert_equal "$(cat /proc/sysvipc/msg)" "$before"
    # every receive is a copy that does not wait
    assert_equal "$(grep -c 'msgrcv(' "$dir/trace")" "$(grep -c 'MSG_COPY' "$dir/trace")"
    run grep -vE 'IPC_NOWAIT\|MSG_COPY|MSG_COPY\|IPC_NOWAIT' "$dir/trace"
    refute_output
}

@test "peek writes every framing" {
    need_copy
    mq send "$key" ab
    printf 'c\0\nd' | mq send "$key" --raw
    mq peek --all -0 "$key" | cmp - <(printf 'ab\0c\0\nd\0')
    mq peek --all --raw "$key" | cmp - <(printf 'abc\0\nd')
    mq peek --all --framed "$key" | cmp - <(printf '\0\0\0\002ab\0\0\0\004c\0\nd')
    mq peek --all --null "$key" | cmp - <(printf 'ab\0c\0\nd\0')
    t mq peek --all --json "$key"
    assert_output "{\"queue\":\"$key\",\"priority\":null,\"type\":1,\"size\":2,\"message\":\"ab\",\"message_base64\":null}
{\"queue\":\"$key\",\"priority\":null,\"type\":1,\"size\":4,\"message\":\"c\\u0000\\nd\",\"message_base64\":null}"
}

@test "peek shows a message as large as the kernel takes, and one of no bytes" {
    need_copy
    head -c "$(</proc/sys/kernel/msgmax)" /dev/urandom >"$dir/big"
    mq send "$key" --raw <"$dir/big"
    mq send "$key" ''
    mq peek --raw "$key" | cmp - "$dir/big"
    t mq peek --index 1 -j "$key"
    json '.size == 0'
}

@test "peek by id: and ftok:" {
    need_copy
    : >"$dir/file"
    make "ftok:$dir/file:p"
    mq send "ftok:$dir/file:p" x
    t mq peek "ftok:$dir/file:p"
    assert_output x
    private
    mq send "$id" y
    t mq peek "$id"
    assert_output y
}

@test "peek of a POSIX queue is status 9, and names --rotate" {
    make "$queue"
    mq send "$queue" a
    for words in '' --all '--index 0'; do
        # shellcheck disable=SC2086 # words
        t mq peek $words "$queue"
        assert_failure 9
        assert_stderr --partial '--rotate'
        refute_output
    done
    holds "$queue" a
}

@test "peek --rotate of a POSIX queue shows messages, and keeps them, their order and priorities" {
    make "$queue"
    mq send "$queue" -p 1 c d
    mq send "$queue" -p 8 a b
    t mq peek --rotate "$queue"
    assert_success
    assert_output a
    t mq peek --rotate --all "$queue"
    assert_output "a
b
c
d"
    t mq peek --rotate --index 2 -j "$queue"
    json '.message == "c" and .priority == 1'
    t mq peek --rotate --index 4 "$queue"
    assert_failure 1
    t bash -c "mq recv --all -j '$queue' | jq -r '\"\(.priority)\(.message)\"'"
    assert_output "8a
8b
1c
1d"
    t mq peek --rotate "$queue"
    assert_failure 1
}

@test "peek --rotate of a full queue keeps everything, also when stdout takes nothing" {
    make "$queue" -N 3
    mq send "$queue" a b c
    t bash -c "mq peek --rotate --all '$queue' >/dev/full"
    assert_failure 3
    holds "$queue" a b c
}

@test "peek --rotate ended by SIGTERM between taking and putting back keeps everything" {
    need strace
    make "$queue"
    for nth in 1 2 3; do
        mq send "$queue" -p 2 a b
        mq send "$queue" c
        t strace -qq -o /dev/null -e inject=mq_timedreceive:signal=TERM:when=$nth mq peek --rotate --all "$queue"
        assert_failure 143
        holds "$queue" a b c
    done
}

@test "peek --rotate --rescue keeps what cannot be put back" {
    need strace
    make "$queue" -N 2
    mq send "$queue" -p 5 a
    mq send "$queue" b
    # the first message is refused its place
    t strace -qq -o /dev/null -e inject=mq_timedsend:error=ETIMEDOUT:when=1+ mq peek --rotate --rescue "$dir/kept" "$queue"
    assert_equal "$(jq -r '"\(.priority)\(.message)"' "$dir/kept" | paste -sd,)" 5a,0b
    assert_stderr --partial "2 undelivered messages appended to $dir/kept"
    mq send -j "$queue" <"$dir/kept"
    holds "$queue" a b
}

@test "peek --type of a POSIX queue, --all with --index, several framings: status 2" {
    make "$queue"
    t mq peek --type 3 "$queue"
    assert_failure 2
    make "$key"
    t mq peek --all --index 1 "$key"
    assert_failure 2
    mq send "$key" x
    t mq peek -0 -j "$key"
    assert_failure 2
    t mq peek --index -1 "$key"
    assert_failure 2
    t mq peek --type 0 "$key"
    assert_failure 2
    t mq peek
    assert_failure 2
    t mq peek "$key" "$queue"
    assert_failure 2
}

@test "peek of a queue that is not there is status 4; of one that may not be read, 5" {
    for name in "$queue" "$key" id:2000000000; do
        t mq peek "$name"
        assert_failure 4
    done
    need_user
    make "$key" -m 0200
    t mq peek "$key"
    assert_failure 5
    make "$queue" -m 0200
    t mq peek --rotate "$queue"
    assert_failure 5
}

@test "peek on a kernel without MSG_COPY is status 9, and receives nothing (pitfall: it may be compiled out)" {
    need strace
    make "$key"
    mq send "$key" a
    t strace -qq -o "$dir/trace" -e trace=msgrcv -e inject=msgrcv:error=ENOSYS mq peek "$key"
    assert_failure 9
    assert_stderr --partial 'CONFIG_CHECKPOINT_RESTORE'
    holds "$key" a
}
