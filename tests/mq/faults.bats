#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# faults.bats: mq under failing system calls, late timers, full disks, low limits, removed queues and signals
# timeout: 180

load mq

# injected INJECTION CMD...: CMD with a fault at a system call; nothing else is traced
injected() {
    local injection=$1
    shift
    t 15 strace -qq -o "$dir/trace" -e trace="${injection%%:*}" -e inject="$injection" "$@"
}
both() { printf '%s\n' "$queue" "$key"; }
receive_call() { if [[ $1 == /* ]]; then echo mq_timedreceive; else echo msgrcv; fi; }
send_call() { if [[ $1 == /* ]]; then echo mq_timedsend; else echo msgsnd; fi; }
label() { if [[ $1 == /* ]]; then echo "-p $2"; else echo "--type $2"; fi; }
# all that is in the queue: its label and message, in order of bytes
content() { mq recv --all -j "$1" | jq -r '"\(.priority // .type)\(.message)"' | sort | paste -sd,; }

# a pipe that is full and whose reader has stopped reading; on descriptor 8
stopped_reader() {
    mkfifo "$dir/stopped"
    exec 8<>"$dir/stopped"
    "$py" -c "
import fcntl, os
fcntl.fcntl(8, fcntl.F_SETPIPE_SZ, 4096)
os.set_blocking(8, False)
try:
    while True: os.write(8, b'x' * 4096)
except BlockingIOError: pass
os.set_blocking(8, True)"
}

# --- EINTR ---

@test "EINTR at every receive, for nothing: recv -t still waits its time, and takes what comes" {
    need strace
    for name in $(both); do
        make "$name"
        for nth in 1 2 3 1+2; do
            injected "$(receive_call "$name"):error=EINTR:when=$nth" mq recv -t 0.2 "$name"
            if [[ $nth != 1+2 ]]; then assert_failure 124; else ((status == 124)); fi
            mq send "$name" a
            injected "$(receive_call "$name"):error=EINTR:when=$nth" mq recv "$name"
            assert_success
            assert_output a
        done
    done
}

@test "EINTR at every send, for nothing: send -t still waits its time, and sends each message once" {
    need strace
    for name in $(both); do
        full "$name"
        for nth in 1 2 3 1+2; do
            injected "$(send_call "$name"):error=EINTR:when=$nth" mq send -t 0.2 "$name" y
            assert_failure 124
        done
        mq recv "$name"
        for nth in 1 1+2; do
            injected "$(send_call "$name"):error=EINTR:when=$nth" mq send "$name" y
            assert_success
            holds "$name" y
        done
    done
}

@test "EINTR at every read, write and poll loses and repeats no byte" {
    need strace
    make "$key"
    seq 500 >"$dir/input"
    for call in read ppoll poll; do
        for nth in 1 2 3 1+2; do
            t bash -c "strace -qq -o '$dir/trace' -e inject=$call:error=EINTR:when=$nth mq send '$key' <'$dir/input'"
            assert_success
            mq recv --all "$key" | cmp - "$dir/input"
        done
    done
    for call in write pwritev2; do
        for nth in 1 2 3 1+2; do
            mq send "$key" <"$dir/input"
            t bash -c "strace -qq -o '$dir/trace' -e inject=$call:error=EINTR:when=$nth mq recv --all --each '$key' >'$dir/got'"
            assert_success
            cmp "$dir/got" "$dir/input"
        done
    done
}

@test "EINTR at the waiting calls of wait, mv, several queues and a command changes nothing" {
    need strace
    make "$queue"
    make "$other"
    make "$key"
    injected ppoll:error=EINTR:when=1+2 mq wait -t 0.2 "$queue"
    assert_failure 124
    injected msgrcv:error=EINTR:when=1+2 mq wait -t 0.2 "$key"
    assert_failure 124
    injected ppoll:error=EINTR:when=1+2 mq recv -t 0.2 "$queue" "$other"
    assert_failure 124
    for call in wait4 waitid ppoll poll mq_timedreceive; do
        mq send "$queue" x
        injected "$call:error=EINTR:when=1" mq recv "$queue" -- cat
        assert_success
        assert_output x
    done
}

# --- a timer that fires before the call is entered ---

@test "a deadline that passes before the waiting call is entered is not missed: 2 s late, not for ever (MQS-2, U10)" {
    need strace
    make "$queue"
    make "$key"
    full "$other"
    full "$key2"
    late() { # NAME CALL WORD...
        local name=$1 call=$2
        shift 2
        bg "$name" strace -qq -o "$dir/$name.trace" -e "trace=$call" -e "inject=$call:delay_enter=2000000:when=2" "$@"
    }
    local begin=$EPOCHREALTIME
    late r1 mq_timedreceive mq recv -t 0.2 "$queue"
    late r2 msgrcv mq recv -t 0.2 "$key"
    late s1 mq_timedsend mq send -t 0.2 "$other" y
    late s2 msgsnd mq send -t 0.2 "$key2" y
    late w msgrcv mq wait -t 0.2 "$key"
    for name in r1 r2 s1 s2 w; do
        bg_wait $name
        assert_equal "$name $status" "$name 124"
    done
    ((${EPOCHREALTIME/./} - ${begin/./} < 4500000))
}

@test "a signal that comes before the waiting call is entered is not missed" {
    need strace
    make "$queue"
    make "$key"
    for name in $(both); do
        # the second receive is the one that waits; the signal comes while it is being entered
        injected "$(receive_call "$name"):signal=TERM:when=2" mq recv "$name"
        assert_failure 143
        injected rt_sigprocmask:signal=INT:when=2 mq recv -t 3 "$name"
        assert_failure 130
    done
}

# --- errors of the kernel ---

@test "errors of opening and creating have their status: ENOMEM 3, EACCES 5, ENOSYS 9, ENFILE 3" {
    need strace
    make "$queue"
    while read -r error expected; do
        injected "mq_open:error=$error" mq recv -n "$queue"
        assert_failure "$expected"
        assert_stderr --partial "$queue"
        injected "mq_open:error=$error" mq create "$other"
        assert_failure "$expected"
        injected "msgget:error=$error" mq create "$key"
        assert_failure "$expected"
    done <<end
ENOMEM 3
EACCES 5
ENOSYS 9
end
    injected mq_open:error=ENFILE mq send "$queue" x
    assert_failure 3
    injected mq_unlink:error=EPERM mq rm "$queue"
    assert_failure 5
    injected msgctl:error=EPERM mq create "$key" --byte-limit 100
    assert_failure 5
    t mq stat "$key"
    [[ $status == 4 ]] || mq rm "$key"
}

@test "an input that fails is status 3, and what was read before it is sent and counted" {
    need strace
    make "$queue"
    t bash -c "{ echo a; echo b; } | strace -qq -o '$dir/trace' -e inject=read:error=EIO:when=1+ mq send '$queue'"
    assert_failure 3
    assert_stderr --partial 'Input/output error'
    assert_stderr --partial '0 sent'
    assert_equal "$(depth "$queue")" 0
}

@test "an output that fails (EIO, ENOSPC, EDQUOT) puts every message back (R3)" {
    need strace
    for name in $(both); do
        make "$name"
        # shellcheck disable=SC2046 # an option and its value
        mq send "$name" $(label "$name" 6) a b
        for error in EIO ENOSPC EDQUOT EFBIG; do
            t bash -c "strace -qq -o '$dir/trace' -e inject=write,pwritev2:error=$error mq recv --all -q '$name' 2>'$dir/err' >'$dir/got'"
            assert_failure 3
            assert_equal "$(<"$dir/got")" ''
            assert_equal "$(depth "$name")" 2
        done
        assert_equal "$(content "$name")" 6a,6b
    done
}

@test "put back refused by the kernel: the message is written to stderr or to --rescue" {
    need strace
    for name in $(both); do
        make "$name"
        mq send "$name" mine
        t bash -c "strace -qq -o '$dir/trace' -e inject=$(send_call "$name"):error=ENOMEM mq recv '$name' >/dev/full"
        assert_failure 3
        assert_stderr --partial '"message":"mine"'
        mq send "$name" again
        t bash -c "strace -qq -o '$dir/trace' -e inject=$(send_call "$name"):error=ENOMEM mq recv '$name' --rescue '$dir/kept' >/dev/full"
        assert_failure 3
        assert_equal "$(jq -r .message "$dir/kept")" again
        mq send "$name" third
        rm "$dir/kept"
        # a rescue file that cannot be synced has the message all the same, and once is enough
        t bash -c "strace -qq -o '$dir/trace' -e inject=$(send_call "$name"):error=ENOMEM -e inject=fsync:error=EIO mq recv '$name' --rescue '$dir/kept' >/dev/full"
        assert_failure 3
        assert_stderr --partial 'appended, but cannot sync'
        refute_stderr --partial '"message":"third"'
        assert_equal "$(jq -r .message "$dir/kept")" third
        mq send "$name" fourth
        rm -f "$dir/kept"
        # a rescue file on a full disk: stderr is the last resort
        t bash -c "strace -qq -o '$dir/trace' -e inject=$(send_call "$name"):error=ENOMEM mq recv '$name' --rescue /dev/full >/dev/full"
        assert_failure 3
        assert_stderr --partial '"message":"fourth"'
    done
}

@test "a worker that cannot start its command puts the message back" {
    need strace
    for call in memfd_create pidfd_open clone3,clone,vfork; do
        make "$queue"
        mq send "$queue" -p 2 mine
        injected "$call:error=ENOMEM:when=1" mq recv "$queue" -- true
        # a call that the machine's C library does not make was not refused
        [[ $status == 0 ]] || {
            assert_failure
            assert_equal "$(content "$queue")" 2mine
        }
        mq rm "$queue"
    done
}

@test "mv whose target fails in the middle puts the message in hand back" {
    need strace
    make "$queue"
    make "$key"
    mq send "$queue" -p 4 a b
    injected msgsnd:error=ENOMEM:when=2 mq mv "$queue" "$key"
    assert_failure 3
    assert_equal "$(content "$queue")" 4b
    assert_equal "$(depth "$key")" 1
}

@test "set -N that fails at any step leaves every message in a queue with a name" {
    need strace
    need_isolation
    for call in mq_open mq_timedsend mq_timedreceive mq_unlink fchmod; do
        for nth in 1 2 3 4 5; do
            make "$queue" -N 4
            mq send "$queue" -p 3 a
            mq send "$queue" b
            injected "$call:error=ENOMEM:when=$nth" mq set -q "$queue" -N 5
            local all='' name
            while read -r name; do
                all+=$(mq recv --all "$name")$'\n' || :
                mq rm "$name"
            done < <(mq ls -q --no-header -o NAME | grep -F "$queue")
            assert_equal "$call $nth $(grep -v '^$' <<<"$all" | sort | paste -sd,)" "$call $nth a,b"
        done
    done
}

@test "set -N ended by SIGTERM at any step leaves every message in a queue with a name" {
    need strace
    need_isolation
    for call in mq_open mq_timedsend mq_timedreceive mq_unlink; do
        for nth in 1 2 3 4; do
            make "$queue" -N 4
            mq send "$queue" -p 3 a
            mq send "$queue" b
            injected "$call:signal=TERM:when=$nth" mq set -q "$queue" -N 5
            local all='' name
            while read -r name; do
                all+=$(mq recv --all "$name")$'\n' || :
                mq rm "$name"
            done < <(mq ls -q --no-header -o NAME | grep -F "$queue")
            assert_equal "$call $nth $(grep -v '^$' <<<"$all" | sort | paste -sd,)" "$call $nth a,b"
        done
    done
}

# --- limits and disks ---

@test "RLIMIT_MSGQUEUE of zero binds only create: every other verb works" {
    make "$queue"
    make "$key"
    for words in "send $queue x" "wait -n $queue" "stat -q $queue" 'ls -q' "recv -n $queue" "send $key x" "recv -n $key" "set $queue -m 0640" limits; do
        # shellcheck disable=SC2086 # words
        t prlimit --msgqueue=0 mq $words
        assert_success
    done
    t prlimit --msgqueue=0 mq create "$other"
    assert_failure 3
    assert_stderr --partial 'RLIMIT_MSGQUEUE'
    t prlimit --msgqueue=0 mq set -q "$queue" -N 3
    assert_failure 3
    assert_stderr --partial 'RLIMIT_MSGQUEUE'
    t mq stat "$queue"
    assert_success
}

@test "a disk that gets full under recv: what fits is whole, the rest is in the queue" {
    need_isolation
    local world=(unshare --mount)
    ((EUID == 0)) || world=(unshare --user --map-root-user --mount)
    mkdir "$dir/disk"
    for name in $(both); do
        make "$name"
        for i in {1..8}; do mq send "$name" "$i$(printf '%01023d' 0)"; done
        t "${world[@]}" bash -c "mount -t tmpfs -o size=4k tmpfs '$dir/disk' && { mq recv --all '$name' >'$dir/disk/out'; echo \$?; cut -c1 '$dir/disk/out'; }"
        assert_line --index 0 3
        assert_stderr --partial 'No space left on device'
        assert_stderr --partial 'put back'
        # the record that stopped half way counts as undelivered
        local whole
        whole=$(sed 1d <<<"$output" | head -n "$((${#lines[@]} - 2))")
        assert_equal "$({ echo "$whole"; mq recv --all "$name" | cut -c1; } | sort | paste -sd,)" 1,2,3,4,5,6,7,8
    done
}

@test "RLIMIT_FSIZE under recv's output: status or signal, and nothing is lost" {
    for name in $(both); do
        make "$name"
        mq send "$name" one two three
        t bash -c "prlimit --fsize=4 mq recv --all --each '$name' >'$dir/out'; echo \$?"
        { head -n 1 "$dir/out"; mq recv --all "$name"; } | sort | paste -sd, | grep -x one,three,two
    done
}

# --- a queue removed while we wait ---

@test "a System V queue removed under every waiting verb is status 8, at once (MQS-6)" {
    for words in "recv $key" "recv --follow $key" "recv --peek-first $key" "wait $key" "recv $key --type 3"; do
        mq create "$key"
        # shellcheck disable=SC2086 # words
        bg waiter mq $words
        wait_until waits_to_receive waiter
        mq rm "$key"
        bg_wait waiter
        assert_equal "$words: $status" "$words: 8"
        assert_equal "$(wc -l <<<"$stderr")" 1
    done
    full "$key"
    make "$queue"
    mq send "$queue" a
    bg sender mq send "$key" y z
    bg mover mq mv "$queue" "$key"
    wait_until waits_to_send sender
    wait_until waits_to_send mover
    mq rm "$key"
    bg_wait sender
    assert_failure 8
    assert_stderr --partial '0 of 2 messages sent'
    bg_wait mover
    assert_failure 8
    holds "$queue" a
}

@test "a POSIX queue unlinked under every waiting verb waits on, and gives up at its time (MQ-10)" {
    make "$queue"
    full "$other"
    bg receiver mq recv -t 1 "$queue"
    bg waiter mq wait -t 1 "$queue"
    bg sender mq send -t 1 "$other" y
    wait_until waits_to_receive receiver
    wait_until waits_to_receive waiter
    wait_until waits_to_send sender
    mq rm "$queue" "$other"
    for name in receiver waiter sender; do
        bg_wait $name
        assert_failure 124
    done
}

# --- signals ---

@test "TERM, INT and HUP while waiting end recv, send and wait by the signal, and nothing is taken or half sent" {
    full "$other"
    make "$queue"
    for signal in TERM INT HUP; do
        bg receiver mq recv "$queue"
        bg several mq recv "$queue" "$queue"
        bg sender mq send "$other" y
        bg waiter mq wait "$queue"
        for name in receiver several waiter; do wait_until waits_to_receive $name; done
        wait_until waits_to_send sender
        for name in receiver several sender waiter; do
            kill -$signal "$(bg_pid $name)"
            bg_wait $name
            assert_equal "$name $status" "$name $((128 + $(kill -l $signal)))"
        done
    done
    holds "$other" x
}

@test "a signal that the caller ignores is ignored (nohup)" {
    make "$queue"
    bg receiver bash -c "trap '' HUP; exec mq recv '$queue'"
    wait_until waits_to_receive receiver
    kill -HUP "$(bg_pid receiver)"
    mq send "$queue" x
    bg_wait receiver
    assert_success
    assert_output x
}

@test "SIGTERM, SIGINT and SIGHUP between take and write: delivered or put back, and death by the signal (MQ-3)" {
    need strace
    for name in $(both); do
        make "$name"
        for signal in TERM INT HUP; do
            for words in '' --all --each '-N 2' -j '--follow --each'; do
                # shellcheck disable=SC2046 # an option and its value
                mq send "$name" $(label "$name" 5) a b
                # shellcheck disable=SC2086 # words
                injected "$(receive_call "$name"):signal=$signal:when=1" mq recv $words "$name"
                # a run that was done with its work may end well
                ((status == 128 + $(kill -l $signal) || status == 0)) || fail "$name $signal $words: status $status"
                local left
                left=$(mq recv --all "$name" || :)
                assert_equal "$({ grep -o '^[ab]$\|"message":"[ab]"' <<<"$output" | grep -o '[ab]"*$' | tr -d '"'; echo "$left"; } | grep -v '^$' | sort | paste -sd,)" a,b
            done
        done
    done
}

@test "SIGTERM at the receive ends a run that would go on" {
    need strace
    for name in $(both); do
        make "$name"
        mq send "$name" a
        injected "$(receive_call "$name"):signal=TERM:when=1" mq recv --follow "$name"
        assert_failure 143
        assert_equal "$output$(mq recv --all "$name" || :)" a
    done
}

@test "SIGTERM, SIGINT and SIGHUP while stdout is blocked by a stopped reader: put back, and death by the signal" {
    stopped_reader
    for name in $(both); do
        make "$name"
        for signal in TERM INT HUP; do
            # shellcheck disable=SC2046 # an option and its value
            mq send "$name" $(label "$name" 5) a b
            bg receiver bash -c "exec mq recv --follow '$name' >&8"
            wait_until depth_is "$name" 0
            wait_until blocked_in receiver write ppoll '*pipe_write*'
            kill -$signal "$(bg_pid receiver)"
            bg_wait receiver
            assert_failure $((128 + $(kill -l $signal)))
            assert_stderr --partial '2 undelivered messages put back'
            assert_equal "$(content "$name")" 5a,5b
        done
    done
    exec 8>&-
}

@test "SIGTERM while stdout is blocked, with --peek-first: the message was never taken" {
    stopped_reader
    make "$key"
    mq send "$key" a
    bg receiver bash -c "exec mq recv --peek-first '$key' >&8"
    wait_until blocked_in receiver write ppoll '*pipe_write*'
    assert_equal "$(depth "$key")" 1
    kill -TERM "$(bg_pid receiver)"
    bg_wait receiver
    exec 8>&-
    assert_failure 143
    holds "$key" a
}

@test "SIGTERM while send waits for room in the middle of its input: counted, set back, and death by the signal" {
    for name in $(both); do
        full "$name"
        seq 3 >"$dir/input"
        bg sender bash -c "{ mq send '$name'; echo \$?; cat; } <'$dir/input'"
        wait_until sender_waits
        kill -TERM "$(pgrep -P "$(bg_pid sender)")"
        bg_wait sender
        assert_output "143
1
2
3"
        assert_stderr --partial '0 sent'
        assert_equal "$(depth "$name")" 1
    done
}
sender_waits() { blocked_in "$(pgrep -P "$(bg_pid sender)")" mq_timedsend msgsnd; }

@test "SIGTERM while send waits for input: what was read is sent, the count is told" {
    make "$queue"
    mkfifo "$dir/fifo"
    bg sender bash -c "exec mq send '$queue' <'$dir/fifo'"
    exec 8>"$dir/fifo"
    echo line >&8
    wait_until depth_is "$queue" 1
    wait_until blocked_in sender ppoll read
    kill -TERM "$(bg_pid sender)"
    bg_wait sender
    exec 8>&-
    assert_failure 143
    assert_stderr --partial '1 sent'
    holds "$queue" line
}

@test "SIGKILL between take and write loses at most what was in hand; what was reported is there" {
    need strace
    make "$queue"
    mq send "$queue" a b c
    injected mq_timedreceive:signal=KILL:when=2 mq recv --all --each "$queue"
    assert_failure 137
    local written=$output
    [[ $(wc -l <<<"$written") -le 1 ]]
    # a was written before b was asked for
    assert_equal "$written" a
    assert_equal "$(mq recv --all "$queue" | tail -n 1)" c
}

@test "stopped and continued, a wait still ends at its time (U12)" {
    make "$queue"
    make "$key"
    for name in $(both); do
        bg receiver mq recv -t 0.5 "$name"
        wait_until waits_to_receive receiver
        kill -STOP "$(bg_pid receiver)"
        wait_until is_stopped "$(bg_pid receiver)"
        kill -CONT "$(bg_pid receiver)"
        bg_wait receiver
        assert_failure 124
    done
}
is_stopped() { [[ $(_state "$1") == T* ]]; }

@test "a storm of other signals neither ends a wait nor stretches it (U10)" {
    for name in $(both); do
        make "$name"
        bg receiver mq recv -t 0.5 "$name"
        wait_until waits_to_receive receiver
        local begin=$EPOCHREALTIME pid
        pid=$(bg_pid receiver)
        while kill -WINCH "$pid" 2>/dev/null && kill -CONT "$pid" 2>/dev/null && [[ $(_state "$pid") != [ZX]* ]]; do :; done
        bg_wait receiver
        assert_failure 124
        ((${EPOCHREALTIME/./} - ${begin/./} < 3000000))
    done
}
