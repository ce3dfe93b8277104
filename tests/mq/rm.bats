#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rm.bats: mq rm

load mq

gone() {
    t mq stat "$1"
    assert_failure 4
}

@test "rm removes a queue of each kind with its messages, and says nothing" {
    : >"$dir/file"
    private
    for name in "$queue" "$key" "ftok:$dir/file:x" "$id"; do
        [[ $name == "$id" ]] || make "$name"
        mq send "$name" message
        t mq rm "$name"
        assert_success
        refute_output
        refute_stderr
        gone "$name"
    done
}

@test "rm removes several, and goes on after one that is not there, with its status 4" {
    make "$queue"
    make "$key"
    make "$key2"
    t mq rm "$queue" "$other" "$key" key:0x7fffffff "$key2"
    assert_failure 4
    assert_stderr --partial "$other: no such queue"
    assert_stderr --partial 'key:0x7fffffff: no such queue'
    gone "$queue"
    gone "$key"
    gone "$key2"
}

@test "rm reports the first failure's status" {
    need_root
    make "$queue"
    t "${as_nobody[@]}" mq rm "$queue" "$other"
    assert_failure 5
    t "${as_nobody[@]}" mq rm "$other" "$queue"
    assert_failure 4
    assert_stderr --partial "$queue: cannot remove"
}

@test "rm -f does not mind a queue that is not there, of either kind" {
    make "$queue"
    for option in -f --force; do
        t mq rm $option "$queue" "$other" key:0x7fffffff id:2000000000
        assert_success
        refute_stderr
    done
    gone "$queue"
}

@test "rm --dry-run prints what would be removed and removes nothing" {
    make "$queue"
    make "$key"
    t mq rm --dry-run "$queue" "$key"
    assert_success
    assert_output "$queue
$key"
    t mq stat "$queue"
    assert_success
    t mq stat "$key"
    assert_success
    t mq rm --dry-run "$other"
    assert_failure 4
    t mq rm --dry-run -f "$other"
    assert_success
    refute_output
}

@test "rm --dry-run to a full disk is status 3" {
    make "$queue"
    t bash -c "mq rm --dry-run '$queue' >/dev/full"
    assert_failure 3
}

@test "rm proposes the name that was perhaps meant, and does not remove it" {
    make "$queue"
    t mq rm "${queue}x"
    assert_failure 4
    assert_stderr --partial "did you mean $queue?"
    t mq stat "$queue"
    assert_success
}

@test "rm of another user's queue is status 5, and the queue stays" {
    need_root
    for name in "$queue" "$key"; do
        make "$name" -m 0666
        t "${as_nobody[@]}" mq rm "$name"
        assert_failure 5
        t mq stat "$name"
        assert_success
    done
}

@test "rm private and PID:FD are refused with a way out" {
    t mq rm private
    assert_failure
    assert_stderr --partial 'id:7'
    t mq rm 1:3
    assert_failure
    assert_stderr --partial 'no name'
}

@test "rm of an id that was used before removes nothing else (pitfall: ids are reused)" {
    make "$key"
    local old
    old=$(mq stat -qj "$key" | jq -r '"id:\(.id)"')
    mq rm "$key"
    mq create "$key"
    t mq rm "$old"
    assert_failure 4
    t mq stat "$key"
    assert_success
}

@test "rm takes the name of a POSIX queue away while a holder uses it on" {
    make "$queue"
    mkfifo "$dir/go"
    bg holder "$py" -c "
import ctypes, os, sys
rt = ctypes.CDLL(None, use_errno=True)
q = rt.mq_open(b'$queue', os.O_RDWR)
open('$dir/go').read()
assert rt.mq_send(q, b'late', 4, 3) == 0
buffer = ctypes.create_string_buffer(8192); priority = ctypes.c_uint()
print(rt.mq_receive(q, buffer, 8192, ctypes.byref(priority)), buffer.value.decode(), priority.value)
"
    wait_until blocked_in holder 'wait_for_partner' openat
    t mq rm "$queue"
    assert_success
    gone "$queue"
    : >"$dir/go"
    bg_wait holder
    assert_success
    assert_output '4 late 3'
}
