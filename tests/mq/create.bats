#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# create.bats: mq create
# shellcheck disable=SC2030,SC2031,SC2034 # made is read by teardown, in the same test

load mq

mode_of() { mq stat -qj "$1" | jq -r .mode; }
sysv_queues() { mq ls -qj | jq -r 'select(.kind == "sysv").name'; }

@test "create makes a POSIX queue of the kernel's default shape and says nothing" {
    made=("$queue")
    t mq create "$queue"
    assert_success
    refute_output
    refute_stderr
    t mq stat -j "$queue"
    json ".capacity == $(</proc/sys/fs/mqueue/msg_default) and .size == $(</proc/sys/fs/mqueue/msgsize_default) and .messages == 0"
}

@test "create -N and -S give messages and their size, and each alone leaves the other at its default" {
    make "$queue" -N 3 -S 100
    t mq stat -j "$queue"
    json '.capacity == 3 and .size == 100'
    made+=("$other")
    mq create "$other" --count 3
    t mq stat -j "$other"
    json ".capacity == 3 and .size == $(</proc/sys/fs/mqueue/msgsize_default)"
    mq rm "$other"
    make "$other" --size=1K
    t mq stat -j "$other"
    json ".capacity == $(</proc/sys/fs/mqueue/msg_default) and .size == 1024"
}

@test "create takes a name without its slash and means the same queue" {
    make "${queue#/}"
    t mq stat -j "$queue"
    assert_success
    json ".name == \"$queue\""
}

@test "create makes a System V queue by its key, hexadecimal and decimal being the same" {
    make "$key"
    t mq stat -j "key:$((${key#key:}))"
    assert_success
    json ".kind == \"sysv\" and .key == \"${key#key:}\""
}

@test "create makes a System V queue by a file, as ftok(3) numbers it" {
    : >"$dir/file"
    make "ftok:$dir/file:a"
    t mq stat -j "ftok:$dir/file:a"
    assert_success
    local expected
    expected=$(perl -MIPC::SysV=ftok -e 'printf "%#x", ftok($ARGV[0], ord "a")' "$dir/file")
    json ".key == \"$expected\""
    t mq stat "ftok:$dir/file:b"
    assert_failure 4
}

@test "create ftok: without a project uses project 1, and a file that is not there is status 4" {
    : >"$dir/file"
    make "ftok:$dir/file"
    t mq stat -j "ftok:$dir/file"
    json ".key == \"$(perl -MIPC::SysV=ftok -e 'printf "%#x", ftok($ARGV[0], 1)' "$dir/file")\""
    t mq create "ftok:$dir/missing"
    assert_failure 4
    assert_stderr --partial 'No such file or directory'
}

@test "create private prints the id, and makes another queue each time (pitfall: key 0 is PRIVATE)" {
    private
    local first=$id
    private
    assert_equal "${first%%:*}" id
    [[ $first != "$id" ]]
    t mq stat -j "$id"
    json '.key == "0x0" and .kind == "sysv"'
    t mq create key:0
    assert_failure 2
    assert_stderr --partial 'write private'
}

@test "create makes several queues at once, of both kinds" {
    made=("$queue" "$other" "$key")
    t mq create "$queue" "$other" "$key"
    assert_success
    t mq stat "$queue"
    assert_success
    t mq stat "$other"
    assert_success
    t mq stat "$key"
    assert_success
}

@test "create --byte-limit limits a System V queue" {
    make "$key" --byte-limit 1K
    t mq stat -j "$key"
    json '.byte_limit == 1024'
}

@test "create --byte-limit over kernel.msgmnb as a user is status 5, names the knob and leaves no queue behind" {
    need_user
    t mq create "$key" --byte-limit 1G
    assert_failure 5
    assert_stderr --partial 'kernel.msgmnb'
    t mq stat "$key"
    assert_failure 4
}

@test "the mode is 0600 when none is given, whatever the umask is" {
    for mask in 0 0777; do
        (umask $mask && mq create "$queue" "$key")
        assert_equal "$(mode_of "$queue") $(mode_of "$key")" '0600 0600'
        mq rm "$queue" "$key"
    done
}

@test "the mode is exactly as given under umask 0 and 0777 (pitfall: mq_open's mode is cut by umask)" {
    for mask in 0 0777; do
        for mode in 0666 640 u=rw,g=r,o= a=rw; do
            (umask $mask && mq create "$queue" "$key" -m "$mode")
            case $mode in
            0666 | a=rw) expected=0666 ;;
            *) expected=0640 ;;
            esac
            assert_equal "$mask $mode $(mode_of "$queue") $(mode_of "$key")" "$mask $mode $expected $expected"
            mq rm "$queue" "$key"
        done
    done
}

@test "a mode without read permission is made as well, and removed again" {
    for name in "$queue" "$key"; do
        t mq create "$name" --mode 0200
        assert_success
        t mq rm "$name"
        assert_success
    done
}

@test "a mode that is none is status 2" {
    for mode in 0999 1777 rw u+q '' 0x1ff; do
        t mq create "$queue" -m "$mode"
        assert_failure 2
        assert_stderr --partial '--mode'
    done
}

@test "create finds a queue of the same shape there, and says so unless -q" {
    for name in "$queue" "$key"; do
        make "$name"
        t mq create "$name"
        assert_success
        refute_output
        assert_stderr --partial "$name: is there already"
        t mq create -q "$name"
        assert_success
        refute_stderr
    done
}

@test "create -x refuses a queue that is there, with status 6" {
    for name in "$queue" "$key"; do
        make "$name"
        for option in -x --exclusive; do
            t mq create $option "$name"
            assert_failure 6
            assert_stderr --partial "$name: there is such a queue"
        done
    done
}

@test "create refuses a queue of another shape with status 6, names that shape and leaves it as it is" {
    make "$queue" -N 2 -S 16
    t mq create "$queue" -N 3 -S 16
    assert_failure 6
    assert_stderr --partial '2 messages of 16 bytes'
    t mq create "$queue" -S 17
    assert_failure 6
    t mq create "$queue" -N 2
    assert_success
    t mq create "$queue"
    assert_success
    make "$key" --byte-limit 100
    t mq create "$key" --byte-limit 200
    assert_failure 6
    assert_stderr --partial '100'
    t mq stat -j "$key"
    json '.byte_limit == 100'
}

@test "create refuses a foreign user's queue with status 6, though it fits and is open to all" {
    need_root
    for name in "$queue" "$key"; do
        made+=("$name")
        "${as_nobody[@]}" mq create "$name" -m 0666
        t mq create "$name"
        assert_failure 6
        assert_stderr --partial 'belongs to user 65534'
    done
}

@test "create accepts root's queue for a user" {
    need_root
    for name in "$queue" "$key"; do
        make "$name" -m 0666
        t "${as_nobody[@]}" mq create "$name"
        assert_success
    done
}

@test "options of the other kind are status 9 and make nothing" {
    t mq create "$key" -N 3
    assert_failure 9
    t mq create "$key" -S 3
    assert_failure 9
    t mq stat "$key"
    assert_failure 4
    t mq create "$queue" --byte-limit 3
    assert_failure 9
    t mq stat "$queue"
    assert_failure 4
}

@test "create id: and PID:FD are refused: a new queue has none" {
    t mq create id:7
    assert_failure
    assert_stderr --partial 'has no id yet'
    t mq create 1:3
    assert_failure
}

@test "too many messages, or too large ones, name fs.mqueue.msg_max or msgsize_max (pitfall: EINVAL)" {
    # over the hard limits too, so that no capability helps
    t mq create "$queue" -N 65537 -S 1
    assert_failure 3
    assert_stderr --partial "fs.mqueue.msg_max is $(</proc/sys/fs/mqueue/msg_max)"
    t mq create "$queue" -N 1 -S 17M
    assert_failure 3
    assert_stderr --partial "fs.mqueue.msgsize_max is $(</proc/sys/fs/mqueue/msgsize_max)"
    t mq stat "$queue"
    assert_failure 4
}

@test "RLIMIT_MSGQUEUE of zero is status 3, with the charge and the knob (pitfall: EMFILE)" {
    t prlimit --msgqueue=0 mq create "$queue" -N 10 -S 100
    assert_failure 3
    assert_stderr --partial '1960 bytes of RLIMIT_MSGQUEUE, 0 for all'
    assert_stderr --partial 'Too many open files'
    t mq stat "$queue"
    assert_failure 4
}

@test "one byte less than the charge is refused, the charge itself is enough" {
    need_root
    made=("$queue")
    # a user who has no other queue anywhere on the machine: the limit is one of the user
    local nowhere=(setpriv --reuid=60123 --regid=60123 --clear-groups --bounding-set=-all --)
    t "${nowhere[@]}" prlimit --msgqueue=1959 mq create "$queue" -N 10 -S 100
    assert_failure 3
    t "${nowhere[@]}" prlimit --msgqueue=1960 mq create "$queue" -N 10 -S 100
    assert_success
}

@test "queues_max and msgmni reached are status 3 and name their knobs" {
    need_root
    need_isolation
    local before
    before=$(</proc/sys/fs/mqueue/queues_max)
    echo 0 >/proc/sys/fs/mqueue/queues_max
    # CAP_SYS_RESOURCE may go over it
    t "${as_nobody[@]}" mq create "$queue"
    echo "$before" >/proc/sys/fs/mqueue/queues_max
    assert_failure 3
    assert_stderr --partial 'fs.mqueue.queues_max is 0'
    before=$(</proc/sys/kernel/msgmni)
    echo 0 >/proc/sys/kernel/msgmni
    t mq create "$key"
    echo "$before" >/proc/sys/kernel/msgmni
    assert_failure 3
    assert_stderr --partial 'kernel.msgmni is 0'
}

@test "sizes of 16E and 0, counts of 0 and beyond 64 bits are status 2" {
    for word in 16E 0 99999999999999999999 -1 1.5K '' 4X; do
        t mq create "$queue" --size="$word"
        assert_failure 2
        assert_stderr --partial '--size'
    done
    for word in 0 18446744073709551616 9223372036854775808 1K ''; do
        t mq create "$queue" --count="$word"
        assert_failure 2
        assert_stderr --partial '--count'
    done
    t mq create "$key" --byte-limit 16E
    assert_failure 2
    t mq stat "$queue"
    assert_failure 4
}

@test "sizes that only the kernel can refuse are status 3 and make nothing" {
    for size in 2G 4G 4294967297 7E; do
        t mq create "$queue" -S "$size"
        assert_failure 3
    done
    t mq create "$queue" -N 9223372036854775807
    assert_failure 3
    t mq create "$queue" -N 4294967297
    assert_failure 3
    t mq stat "$queue"
    assert_failure 4
}

@test "a byte limit that the kernel would cut to 32 bits is refused and makes nothing" {
    for limit in 4G 4294967297 15E; do
        made=("$key")
        t mq create "$key" --byte-limit "$limit"
        assert_failure
        t mq stat "$key"
        assert_failure 4
    done
}

@test "an id that could not be printed is no queue: it is removed again (U6)" {
    local before
    before=$(sysv_queues)
    t bash -c 'mq create private >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    t bash -c 'mq create private >&-'
    assert_failure 3
    assert_equal "$(sysv_queues)" "$before"
}

@test "create private ended by SIGTERM before its id is out leaves no queue (U6)" {
    need strace
    local before
    before=$(sysv_queues)
    t strace -qq -o "$dir/trace" -e inject=msgget:signal=TERM mq create private
    if [[ -n $output ]]; then mq rm "$output"; fi
    local after
    after=$(sysv_queues)
    [[ $after == "$before" ]] || mq rm "$(comm -13 <(sort <<<"$before") <(sort <<<"$after"))"
    assert_equal "$after" "$before"
}

@test "create goes on making the others after one that exists, or says which are missing" {
    make "$queue"
    t mq create -x "$queue" "$other"
    assert_failure 6
    t mq stat "$other"
    # whichever way is chosen, the name that was refused is the one in the message
    ((status == 4)) || made+=("$other")
}

@test "create -m finds a queue of that mode only: another is status 6" {
    for name in "$queue" "$key"; do
        make "$name"
        t mq create "$name" -m 0644
        assert_failure 6
        assert_stderr --partial 'with mode 0600'
        t mq create -q "$name" -m 0600
        assert_success
    done
}
