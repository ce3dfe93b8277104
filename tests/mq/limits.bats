#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# limits.bats: mq limits

load mq

value() { mq limits -j | jq -r --arg name "$1" 'select(.name == $name).value'; }
used() { mq limits -qj | jq -r --arg name "$1" 'select(.name == $name).used'; }

@test "limits shows the value of every limit, as the kernel has it" {
    local name
    for name in fs.mqueue.{queues_max,msg_max,msgsize_max,msg_default,msgsize_default} kernel.{msgmni,msgmax,msgmnb}; do
        assert_equal "$name $(value "$name")" "$name $(<"/proc/sys/${name//.//}")"
    done
    assert_equal "$(mq limits --no-header -o NAME | wc -l)" 9
}

@test "limits shows RLIMIT_MSGQUEUE of the caller, unlimited as a dash and null" {
    t prlimit --msgqueue=12345 mq limits -j
    assert_equal "$(jq -r 'select(.name == "RLIMIT_MSGQUEUE").value' <<<"$output")" 12345
    t prlimit --msgqueue=0 mq limits -j
    assert_equal "$(jq -r 'select(.name == "RLIMIT_MSGQUEUE").value' <<<"$output")" 0
}

@test "limits shows an unlimited RLIMIT_MSGQUEUE as null" {
    need_root
    prlimit --msgqueue=unlimited true 2>/dev/null || skip "needs CAP_SYS_RESOURCE"
    t prlimit --msgqueue=unlimited mq limits -j
    assert_equal "$(jq -r 'select(.name == "RLIMIT_MSGQUEUE").value' <<<"$output")" null
}

@test "limits counts what is used: queues of each kind, and the user's charge" {
    need_isolation
    local charge posix sysv
    charge=$(used RLIMIT_MSGQUEUE) posix=$(used fs.mqueue.queues_max) sysv=$(used kernel.msgmni)
    make "$queue" -N 10 -S 100
    make "$other" -N 10 -S 100
    make "$key"
    assert_equal "$(used RLIMIT_MSGQUEUE)" $((charge + 3920))
    assert_equal "$(used fs.mqueue.queues_max)" $((posix + 2))
    assert_equal "$(used kernel.msgmni)" $((sysv + 1))
    assert_equal "$(used kernel.msgmax)" null
}

@test "limits says how each is raised" {
    t mq limits -j
    assert_equal "$(jq -r 'select(.raise == null or .raise == "" or .bounds == "")' <<<"$output")" ''
    assert_output --partial 'prlimit --msgqueue=N'
    assert_output --partial 'sysctl kernel.msgmnb=N'
}

@test "a limit raised as it says is raised" {
    need_root
    need_isolation
    local before
    before=$(value kernel.msgmax)
    echo 12000 >/proc/sys/kernel/msgmax
    assert_equal "$(value kernel.msgmax)" 12000
    make "$key"
    head -c 10000 /dev/zero >"$dir/message"
    t bash -c "mq send '$key' --raw <'$dir/message' && mq recv '$key' --raw | cmp - '$dir/message'"
    echo "$before" >/proc/sys/kernel/msgmax
    assert_success
    # what is in the queue can be taken although the limit is lower again
}

@test "limits takes the options of every listing" {
    t mq limits
    assert_success
    assert_line --index 0 --regexp '^NAME +VALUE +USED +BOUNDS +RAISE$'
    t mq limits --no-header
    refute_output --partial BOUNDS
    t mq limits -o NAME,VALUE --bytes
    assert_line --regexp '^NAME +VALUE$'
    t mq limits -o +RAISE
    assert_line --index 0 --regexp '^NAME +VALUE +USED +BOUNDS +RAISE$'
    t bash -c "mq limits -0 | tr '\\0' '\\n' | head -n 2"
    assert_output "RLIMIT_MSGQUEUE
fs.mqueue.queues_max"
    t mq limits -o VALU
    assert_failure 2
    t mq limits operand
    assert_failure 2
    t mq limits -j -0
    assert_failure 2
}
