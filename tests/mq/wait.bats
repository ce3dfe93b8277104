#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wait.bats: mq wait

load mq

@test "wait -n answers by its status whether a message is there, in silence, and takes nothing" {
    for name in "$queue" "$key"; do
        make "$name"
        for option in -n --nonblock; do
            t mq wait $option "$name"
            assert_failure 1
            refute_output
            refute_stderr
        done
        mq send "$name" a
        t mq wait -n "$name"
        assert_success
        refute_output
        holds "$name" a
    done
}

@test "wait without -n and -t returns at once when a message is there" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a
        t mq wait "$name"
        assert_success
        holds "$name" a
    done
}

@test "wait returns when a message comes, and leaves it there" {
    for name in "$queue" "$key"; do
        make "$name"
        bg waiter mq wait "$name"
        wait_until waits_to_receive waiter
        mq send "$name" a
        bg_wait waiter
        assert_success
        refute_output
        holds "$name" a
    done
}

@test "wait returns for a message of no bytes, and leaves it there with its type" {
    for name in "$queue" "$key"; do
        make "$name"
        bg waiter mq wait "$name"
        wait_until waits_to_receive waiter
        if [[ $name == /* ]]; then mq send "$name" ''; else mq send "$name" --type 42 ''; fi
        bg_wait waiter
        assert_success
        t mq recv -j "$name" -n
        assert_success
        json '.size == 0 and (.priority == 0 or .type == 42)'
    done
}

@test "wait -t gives up with status 124, not before its time" {
    for name in "$queue" "$key"; do
        make "$name"
        for words in '-t 0.2' '-t200ms' '--timeout=0.2s'; do
            local begin=$EPOCHREALTIME
            # shellcheck disable=SC2086 # words
            t mq wait $words "$name"
            assert_failure 124
            ((${EPOCHREALTIME/./} - ${begin/./} >= 200000))
        done
        t mq wait -t 0 "$name"
        assert_failure 124
        mq send "$name" a
        t mq wait -t 0 "$name"
        assert_success
    done
}

@test "wait -t measures on the monotonic clock (pitfall: absolute CLOCK_REALTIME timeouts)" {
    need strace
    make "$key"
    t strace -qq -o "$dir/trace" mq wait -t 0.05 "$key"
    assert_failure 124
    grep -q 'timer_create(CLOCK_MONOTONIC' "$dir/trace"
    make "$queue"
    t strace -qq -o "$dir/trace" mq wait -t 0.05 "$queue"
    assert_failure 124
    run grep -E 'mq_timedreceive\(.*tv_sec=[1-9]' "$dir/trace"
    assert_failure
}

@test "wait --room returns when a full POSIX queue has room" {
    full "$queue"
    t mq wait --room -n "$queue"
    assert_failure 1
    t mq wait --room -t 0.1 "$queue"
    assert_failure 124
    bg waiter mq wait --room "$queue"
    wait_until waits_to_send waiter
    mq recv "$queue"
    bg_wait waiter
    assert_success
    t mq wait --room -n "$queue"
    assert_success
    t mq wait -n "$queue"
    assert_failure 1
}

@test "wait --room of a System V queue is status 9, and says what does wait for room" {
    make "$key"
    t mq wait --room "$key"
    assert_failure 9
    assert_stderr --partial 'mq send -t'
}

@test "wait of a System V queue that is removed meanwhile is status 8" {
    mq create "$key"
    bg waiter mq wait "$key"
    wait_until waits_to_receive waiter
    mq rm "$key"
    bg_wait waiter
    assert_failure 8
    assert_stderr --partial 'Identifier removed'
}

@test "wait of a queue that is not there is status 4; of one that may not be read, 5" {
    for name in "$queue" "$key" id:2000000000; do
        t mq wait -n "$name"
        assert_failure 4
    done
    need_user
    for name in "$queue" "$key"; do
        make "$name" -m 0200
        t mq wait -n "$name"
        assert_failure 5
    done
}

@test "wait --room needs only write permission" {
    need_user
    make "$queue" -m 0200
    t mq wait --room -n "$queue"
    assert_success
}

@test "wait of an unlinked queue by PID:FD sees the message of its holder" {
    make "$queue"
    mkfifo "$dir/go"
    bg holder "$py" -c "
import ctypes, os
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
rt.mq_unlink(b'$queue')
print(q, flush=True)
open('$dir/go').read()
rt.mq_send(q, b'x', 1, 0)
open('$dir/go').read()"
    wait_until blocked_in holder wait_for_partner openat
    bg waiter mq wait "$(bg_pid holder):$(<"$dir/holder.out")"
    wait_until waits_to_receive waiter
    : >"$dir/go"
    bg_wait waiter
    assert_success
    : >"$dir/go"
    bg_wait holder
}

@test "several waiters all return for one message" {
    make "$queue"
    make "$key"
    for name in "$queue" "$key"; do
        bg w1 mq wait "$name"
        bg w2 mq wait "$name"
        wait_until waits_to_receive w1
        wait_until waits_to_receive w2
        mq send "$name" x
        bg_wait w1
        assert_success
        bg_wait w2
        assert_success
        holds "$name" x
    done
}

@test "wait ends by the signal that ends it" {
    for name in "$queue" "$key"; do
        make "$name"
        for signal in TERM INT HUP; do
            bg waiter mq wait "$name"
            wait_until waits_to_receive waiter
            kill -$signal "$(bg_pid waiter)"
            bg_wait waiter
            assert_failure $((128 + $(kill -l $signal)))
        done
    done
}
