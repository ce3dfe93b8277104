#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# set.bats: mq set
# shellcheck disable=SC2030,SC2031,SC2034 # made is read by teardown, in the same test

load mq

fact() { mq stat -qj "$1" | jq -r "$2"; }

@test "set -m changes the mode of both kinds, octal and symbolic, exactly under any umask" {
    for name in "$queue" "$key"; do
        make "$name"
        for mask in 0 0777; do
            (umask $mask && mq set "$name" -m 0640)
            assert_equal "$(fact "$name" .mode)" 0640
            (umask $mask && mq set "$name" --mode g+w,o=r)
            assert_equal "$(fact "$name" .mode)" 0664
            (umask $mask && mq set "$name" -m a-w,u+w)
            assert_equal "$(fact "$name" .mode)" 0644
        done
    done
}

@test "set says nothing when it is done" {
    make "$queue"
    t mq set "$queue" -m 0640
    assert_success
    refute_output
    refute_stderr
}

@test "set with nothing to set is status 2" {
    make "$queue"
    t mq set "$queue"
    assert_failure 2
    assert_stderr --partial 'nothing to set'
}

@test "set --byte-limit changes a System V queue, and nothing else of it" {
    make "$key" -m 0640
    mq send "$key" message
    t mq set "$key" --byte-limit 512
    assert_success
    t mq stat -qj "$key"
    json '.byte_limit == 512 and .mode == "0640" and .messages == 1'
}

@test "set --byte-limit over kernel.msgmnb as a user is status 5 and names the knob" {
    need_user
    make "$key"
    t mq set "$key" --byte-limit 1G
    assert_failure 5
    assert_stderr --partial "kernel.msgmnb is $(</proc/sys/kernel/msgmnb)"
}

@test "set --byte-limit that the kernel would cut to 32 bits is refused and changes nothing" {
    make "$key"
    local before
    before=$(fact "$key" .byte_limit)
    for limit in 4G 4294967297 15E; do
        t mq set "$key" --byte-limit "$limit"
        assert_failure
        assert_equal "$(fact "$key" .byte_limit)" "$before"
    done
}

@test "set --byte-limit of a POSIX queue, and --count and --size of a System V queue, are status 9" {
    make "$queue"
    t mq set "$queue" --byte-limit 1K
    assert_failure 9
    make "$key"
    t mq set "$key" -N 3
    assert_failure 9
    assert_stderr --partial '--byte-limit'
    t mq set "$key" -S 3
    assert_failure 9
}

@test "set --owner and --group give a queue away, by name and by number" {
    need_root
    for name in "$queue" "$key"; do
        make "$name"
        t mq set "$name" --owner nobody --group 4343
        assert_success
        assert_equal "$(fact "$name" '"\(.owner) \(.group)"')" 'nobody 4343'
        t mq set "$name" --owner=0
        assert_success
        assert_equal "$(fact "$name" '"\(.owner) \(.group)"')" 'root 4343'
    done
}

@test "set --owner of an ordinary user is status 5, and the owner stays" {
    need_user
    for name in "$queue" "$key"; do
        make "$name"
        t mq set "$name" --owner root
        if [[ $name == /* ]]; then
            # A user namespace may have no root.
            if awk '$1 == 0 {found = 1} END {exit !found}' /proc/self/uid_map; then
                assert_failure 5
            else
                assert_failure 3
                assert_stderr --partial 'does not exist in this user namespace'
            fi
            assert_equal "$(fact "$name" .owner)" "$(id -un)"
        fi
    done
}

@test "set of another user's queue is status 5" {
    need_root
    for name in "$queue" "$key"; do
        make "$name" -m 0666
        t "${as_nobody[@]}" mq set "$name" -m 0600
        assert_failure 5
        assert_equal "$(fact "$name" .mode)" 0666
    done
}

@test "set with a user or group that is not there is status 2" {
    make "$queue"
    t mq set "$queue" --owner no-such-user
    assert_failure 2
    assert_stderr --partial 'no-such-user'
    t mq set "$queue" --group no-such-group
    assert_failure 2
    t mq set "$queue" --owner -1
    assert_failure 2
    t mq set "$queue" --owner 4294967295
    assert_failure 2
}

@test "set of a queue that is not there is status 4" {
    for name in "$queue" "$key" id:2000000000; do
        t mq set "$name" -m 0600
        assert_failure 4
    done
}

@test "set -N and -S re-create a POSIX queue: messages, order, priorities and mode stay" {
    make "$queue" -N 4 -S 16 -m 0640
    mq send "$queue" -p 1 low
    mq send "$queue" -p 9 high1 high2
    head -c 3 /dev/zero | mq send "$queue" -p 5 --raw
    t mq set "$queue" -N 6 -S 32
    assert_success
    t mq stat -qj "$queue"
    json '.capacity == 6 and .size == 32 and .mode == "0640" and .messages == 4'
    t bash -c "mq recv '$queue' --all -j | jq -c '[.priority, .message]'"
    assert_output '[9,"high1"]
[9,"high2"]
[5,"\u0000\u0000\u0000"]
[1,"low"]'
    t mq ls -qj
    refute_output --partial "$queue."
}

@test "set says through which queue the messages pass, unless -q" {
    make "$queue"
    t mq set "$queue" --count 3
    assert_success
    assert_stderr --partial "$queue."
    t mq set -q "$queue" --size 100
    assert_success
    refute_stderr
    t mq stat -qj "$queue"
    json '.capacity == 3 and .size == 100'
}

@test "set -N below what the queue holds is refused with status 3, and nothing is lost" {
    make "$queue" -N 4
    mq send "$queue" a b c
    t mq set "$queue" -N 2
    assert_failure 3
    assert_stderr --partial 'holds 3 messages'
    holds "$queue" a b c
    t mq ls -qj
    refute_output --partial "$queue."
}

@test "set -S below a message's size is refused with status 3, and nothing is lost or out of order" {
    make "$queue" -N 5
    mq send "$queue" -p 2 short
    mq send "$queue" 'a long message'
    t mq set -q "$queue" -S 6
    assert_failure 3
    assert_stderr --partial "$queue: holds a message of 14 bytes, more than 6"
    holds "$queue" short 'a long message'
    mq send "$queue" a bb c 'a long message' e
    t mq set -q "$queue" -S 6
    assert_failure 3
    holds "$queue" a bb c 'a long message' e
    t mq ls -qj
    refute_output --partial "$queue."
}

@test "set -N over fs.mqueue.msg_max is status 3, and the queue is as it was" {
    make "$queue" -N 4
    mq send "$queue" a
    t mq set "$queue" -N 65537
    assert_failure 3
    assert_stderr --partial 'fs.mqueue.msg_max'
    holds "$queue" a
    assert_equal "$(fact "$queue" .capacity)" 4
}

@test "set -N of a queue that a process has open is refused and names it; -f does it" {
    make "$queue" -N 4
    mq send "$queue" a
    bg holder "$py" -c "
import ctypes, os, signal
assert ctypes.CDLL(None).mq_open(b'$queue', os.O_RDONLY) >= 0
signal.pause()"
    wait_until blocked_in holder pause
    t mq set "$queue" -N 5
    assert_failure 3
    assert_stderr --partial "process $(bg_pid holder) (python3"
    assert_stderr --partial '--force'
    assert_equal "$(fact "$queue" .capacity)" 4
    for option in -f --force; do
        t mq set -q $option "$queue" -N 5
        assert_success
        assert_equal "$(fact "$queue" .capacity)" 5
    done
    holds "$queue" a
}

@test "set -N keeps the owner and group of another user's queue, when root does it" {
    need_root
    made=("$queue")
    "${as_nobody[@]}" mq create "$queue" -N 2 -m 0640
    t mq set -q "$queue" -N 3
    assert_success
    assert_equal "$(fact "$queue" '"\(.owner) \(.group) \(.mode) \(.capacity)"')" 'nobody nogroup 0640 3'
}

@test "set -N and -m together: the new queue gets the new mode" {
    make "$queue" -N 2 -m 0600
    t mq set -q "$queue" -N 3 -m g+r
    assert_success
    assert_equal "$(fact "$queue" '"\(.mode) \(.capacity)"')" '0640 3'
}

@test "set of PID:FD changes the mode, but cannot re-create" {
    make "$queue" -N 2
    bg holder "$py" -c "
import ctypes, os, signal
print(ctypes.CDLL(None).mq_open(b'$queue', os.O_RDONLY), flush=True)
signal.pause()"
    wait_until blocked_in holder pause
    local name
    name=$(bg_pid holder):$(<"$dir/holder.out")
    t mq set "$name" -m 0640
    assert_success
    assert_equal "$(fact "$queue" .mode)" 0640
    t mq set "$name" -N 3
    assert_failure 2
    assert_stderr --partial 'only a queue with a name'
}

@test "set with numbers beyond range is status 2" {
    make "$queue"
    for words in '-N 0' '-N -1' '-S 16E' '-N 99999999999999999999' '-m 1777' '--byte-limit 16E'; do
        # shellcheck disable=SC2086 # words
        t mq set "$queue" $words
        assert_failure 2
    done
    t mq set "$queue" -S 0
    assert_failure 2
}
