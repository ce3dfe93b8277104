#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# mv.bats: mq mv

load mq

labels() { mq recv "$1" --all -j | jq -r '"\(.priority // .type) \(.message)"'; }

@test "mv moves all messages between POSIX queues, in order, with their priorities" {
    make "$queue"
    make "$other"
    mq send "$queue" -p 1 a b
    mq send "$queue" -p 7 c
    t mq mv "$queue" "$other"
    assert_success
    refute_output
    refute_stderr
    assert_equal "$(depth "$queue")" 0
    assert_equal "$(labels "$other")" "7 c
1 a
1 b"
}

@test "mv moves all messages between System V queues, in order, with their types" {
    make "$key"
    make "$key2"
    mq send "$key" --type 9 a
    mq send "$key" --type 2 b
    mq send "$key" --type 9 c
    mq mv "$key" "$key2"
    assert_equal "$(depth "$key")" 0
    assert_equal "$(labels "$key2")" "9 a
2 b
9 c"
}

@test "mv to System V and back keeps order, priorities and every byte" {
    make "$queue"
    make "$other"
    make "$key"
    mq send "$queue" -p 0 lowest ''
    mq send "$queue" -p 32767 highest
    mq send "$queue" -p 5 middle1 middle2
    printf 'a\0b\n\377' | mq send "$queue" -p 5 --raw
    mq mv "$queue" "$key"
    # the lowest type first is the highest priority first
    t bash -c "mq peek '$key' --all -j | jq -c '[.type, .size]'"
    assert_output '[1,7]
[32763,7]
[32763,7]
[32763,5]
[32768,6]
[32768,0]'
    mq mv "$key" "$other"
    t bash -c "mq recv '$other' --all -j | jq -c '[.priority, .message, .message_base64]'"
    assert_output "[32767,\"highest\",null]
[5,\"middle1\",null]
[5,\"middle2\",null]
[5,\"a\\u0000b\\n�\",\"$(printf 'a\0b\n\377' | base64)\"]
[0,\"lowest\",null]
[0,\"\",null]"
}

@test "mv of a type that no priority stands for is status 3, and the message stays" {
    make "$key"
    make "$queue"
    mq send "$key" --type 32768 fits
    mq send "$key" --type 32769 over
    t mq mv "$key" "$queue"
    assert_failure 3
    assert_stderr --partial '32769'
    assert_stderr --partial '--priority'
    assert_equal "$(labels "$key")" '32769 over'
    assert_equal "$(labels "$queue")" '0 fits'
}

@test "mv -p gives all messages one priority, --type one type" {
    make "$queue"
    make "$key"
    mq send "$key" --type 99999 x y
    t mq mv "$key" "$queue" -p 4
    assert_success
    t mq mv "$queue" "$key" --type 12
    assert_success
    assert_equal "$(labels "$key")" "12 x
12 y"
    t mq mv "$queue" "$key" --priority 1
    assert_failure 2
    t mq mv "$key" "$queue" --type 1
    assert_failure 2
}

@test "mv -N moves at most so many, the first ones" {
    make "$queue"
    make "$other"
    mq send "$queue" a b c
    t mq mv -N 2 "$queue" "$other"
    assert_success
    holds "$other" a b
    t mq mv --count=5 "$queue" "$other"
    assert_success
    holds "$other" c
}

@test "mv of an empty queue is status 1, in silence" {
    make "$queue"
    make "$other"
    make "$key"
    t mq mv "$queue" "$other"
    assert_failure 1
    refute_stderr
    t mq mv "$key" "$other"
    assert_failure 1
}

@test "mv -n stops with status 1 where the target is full, says so, and the message goes back" {
    make "$queue"
    make "$other" -N 2
    mq send "$queue" a b c d
    t mq mv -n "$queue" "$other"
    assert_failure 1
    assert_stderr --partial '2 messages moved'
    assert_stderr --partial 'full'
    holds "$other" a b
    # nothing was taken that would have to go back, and so the order stays
    mq send "$other" a b
    t mq mv -n "$queue" "$other"
    assert_failure 1
    holds "$queue" c d
}

@test "mv -n to a full System V queue takes nothing" {
    make "$queue"
    mq send "$queue" a b c
    full "$key"
    t mq mv -n "$queue" "$key"
    assert_failure 1
    holds "$queue" a b c
}

@test "mv -t gives up with status 124 where the target stays full" {
    make "$queue"
    full "$other"
    mq send "$queue" a
    t mq mv -t 0.1 "$queue" "$other"
    assert_failure 124
    holds "$queue" a
    full "$key"
    mq send "$queue" a
    t mq mv -t 0.1 "$queue" "$key"
    assert_failure 124
    holds "$queue" a
}

@test "mv waits for room and goes on" {
    make "$queue"
    full "$other"
    mq send "$queue" a b
    bg mover mq mv "$queue" "$other"
    wait_until waits_to_send mover
    assert_equal "$(mq recv "$other")" x
    assert_equal "$(mq recv "$other")" a
    bg_wait mover
    assert_success
    holds "$other" b
}

@test "mv of a message that is too long for the target is status 3, and it stays" {
    make "$queue"
    make "$other" -S 4
    mq send "$queue" 'far too long'
    t mq mv "$queue" "$other"
    assert_failure 3
    assert_stderr --partial "over the queue's 4"
    holds "$queue" 'far too long'
}

@test "mv --rescue keeps a message whose own queue is full again" {
    need strace
    # a second sender takes the place while the message is in hand: of a System V queue nobody can know beforehand
    make "$queue" -N 1 -S 64
    full "$key"
    mq send "$queue" -p 3 mine
    bg mover mq mv "$queue" "$key" --rescue "$dir/kept"
    wait_until waits_to_send mover
    mq send "$queue" foreign
    kill -TERM "$(bg_pid mover)"
    bg_wait mover
    assert_failure 143
    assert_stderr --partial "$dir/kept"
    assert_equal "$(jq -r '"\(.priority) \(.message)"' "$dir/kept")" '3 mine'
    holds "$queue" foreign
    # and it can be sent again
    mq send -j "$queue" <"$dir/kept"
    t mq recv -j "$queue"
    json '.priority == 3 and .message == "mine"'
}

@test "mv ended by a signal while the target is full puts the message back and dies by the signal" {
    make "$queue"
    for target in "$other" "$key"; do
        full "$target"
        mq send "$queue" -p 3 mine
        bg mover mq mv "$queue" "$target"
        wait_until waits_to_send mover
        kill -INT "$(bg_pid mover)"
        bg_wait mover
        assert_failure 130
        t mq recv -n -j "$queue"
        json '.priority == 3 and .message == "mine"'
    done
}

@test "mv from or to a queue that is not there is status 4, and takes nothing" {
    make "$queue"
    mq send "$queue" a
    t mq mv "$queue" "$other"
    assert_failure 4
    t mq mv "$other" "$queue"
    assert_failure 4
    t mq mv "$queue" "$key"
    assert_failure 4
    t mq mv "$queue" id:2000000000
    assert_failure 4
    holds "$queue" a
}

@test "mv needs two names" {
    t mq mv "$queue"
    assert_failure 2
    t mq mv "$queue" "$other" "$key"
    assert_failure 2
}

@test "mv of a queue onto itself loses and repeats nothing" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a b c
        t 5 mq mv "$name" "$name"
        assert_equal "$(depth "$name")" 3
        assert_equal "$(mq recv "$name" --all | sort | paste -sd,)" a,b,c
    done
}

@test "mv without permission is status 5" {
    need_user
    make "$queue" -m 0200
    make "$other" -m 0400
    make "$key" -m 0400
    t mq mv "$queue" "$other"
    assert_failure 5
    mq set "$queue" -m 0600 || mq rm "$queue"
    mq create "$queue"
    mq send "$queue" kept
    t mq mv "$queue" "$other"
    assert_failure 5
    t mq mv "$queue" "$key"
    assert_failure 5
    holds "$queue" kept
}

@test "mv empties an unlinked queue by PID:FD" {
    make "$queue"
    make "$other"
    bg holder "$py" -c "
import ctypes, os, signal
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
rt.mq_send(q, b'saved', 5, 11); rt.mq_unlink(b'$queue')
print(q, flush=True)
signal.pause()"
    wait_until blocked_in holder pause
    t mq mv "$(bg_pid holder):$(<"$dir/holder.out")" "$other"
    assert_success
    assert_equal "$(labels "$other")" '11 saved'
}
