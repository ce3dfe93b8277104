#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# recv.bats: mq recv, to standard output

load mq

@test "recv takes one message of a queue of either kind: its bytes and a newline" {
    private
    for name in "$queue" "$key" "$id"; do
        [[ $name == "$id" ]] || make "$name"
        mq send "$name" one two
        t mq recv "$name"
        assert_success
        assert_output one
        refute_stderr
        assert_equal "$(depth "$name")" 1
    done
}

@test "recv waits for a message" {
    for name in "$queue" "$key"; do
        make "$name"
        bg receiver mq recv "$name"
        wait_until waits_to_receive receiver
        mq send "$name" late
        bg_wait receiver
        assert_success
        assert_output late
    done
}

@test "recv -n of an empty queue is status 1, in silence" {
    for name in "$queue" "$key"; do
        make "$name"
        for words in -n --nonblock '-n -N 3' '-n --follow'; do
            # shellcheck disable=SC2086 # words
            t mq recv "$name" $words
            assert_failure 1
            refute_output
            refute_stderr
        done
    done
}

@test "recv -t gives up with status 124, not before its time; -t 0 tries once" {
    for name in "$queue" "$key"; do
        make "$name"
        local begin=$EPOCHREALTIME
        t mq recv "$name" -t 0.2
        assert_failure 124
        refute_output
        ((${EPOCHREALTIME/./} - ${begin/./} >= 200000))
        t mq recv "$name" --timeout=0
        assert_failure 124
        mq send "$name" a
        t mq recv "$name" -t 0
        assert_output a
    done
}

@test "recv -n and -t half way: what there was is delivered, then 1 or 124" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a b
        t mq recv "$name" -N 5 -n
        assert_failure 1
        assert_output "a
b"
        mq send "$name" c d
        t mq recv "$name" -N 5 -t 0.1
        assert_failure 124
        assert_output "c
d"
        mq send "$name" e
        t mq recv "$name" --follow -t 0.1
        assert_failure 124
        assert_output e
    done
}

@test "recv --count takes so many and leaves the others" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a b c
        t mq recv "$name" -N 2
        assert_success
        assert_output "a
b"
        bg receiver mq recv "$name" --count=3
        wait_until depth_is "$name" 0
        mq send "$name" d e f
        bg_wait receiver
        assert_output "c
d
e"
        holds "$name" f
    done
}

@test "recv --all takes all that are there, and is status 1 when none is" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a b
        t mq recv --all "$name"
        assert_success
        assert_output "a
b"
        t mq recv --all "$name"
        assert_failure 1
        refute_output
        refute_stderr
    done
}

@test "recv --follow goes on, and writes at once when nothing more is there" {
    for name in "$queue" "$key"; do
        make "$name"
        bg receiver mq recv --follow "$name"
        for message in a b c; do
            wait_until waits_to_receive receiver
            mq send "$name" $message
            wait_until grep -qx $message "$dir/receiver.out"
        done
        kill -TERM "$(bg_pid receiver)"
        bg_wait receiver
        assert_failure 143
        assert_output "a
b
c"
    done
}

@test "a POSIX queue gives the highest priority first, the oldest of it first" {
    make "$queue"
    mq send "$queue" -p 1 c d
    mq send "$queue" -p 32767 a b
    mq send "$queue" e
    t mq recv --all "$queue"
    assert_output "a
b
c
d
e"
}

@test "a System V queue gives the oldest first, whatever its type" {
    make "$key"
    mq send "$key" --type 9 a
    mq send "$key" --type 1 b
    t mq recv --all "$key"
    assert_output "a
b"
}

@test "recv --type takes only that type, and waits for it" {
    make "$key"
    mq send "$key" --type 1 one
    mq send "$key" --type 2 two
    t mq recv "$key" --type 2
    assert_output two
    t mq recv "$key" --type=2 -n
    assert_failure 1
    bg receiver mq recv "$key" --type 2
    wait_until waits_to_receive receiver
    mq send "$key" --type 3 three
    wait_until waits_to_receive receiver
    mq send "$key" --type 2 late
    bg_wait receiver
    assert_output late
    holds "$key" one three
}

@test "recv --lowest takes the lowest type up to the number first" {
    make "$key"
    for type in 5 9 2 7 2; do mq send "$key" --type $type "t$type"; done
    t mq recv "$key" --lowest 7 --all
    assert_success
    assert_output "t2
t2
t5
t7"
    t mq recv "$key" --lowest=8 -n
    assert_failure 1
    t mq recv "$key" --lowest 9 -t 0
    assert_output t9
}

@test "recv --except takes the oldest of another type" {
    make "$key"
    for type in 5 9 5 2; do mq send "$key" --type $type "t$type"; done
    t mq recv "$key" --except 5 --all
    assert_output "t9
t2"
    t mq recv "$key" --except=5 -n
    assert_failure 1
    holds "$key" t5 t5
}

@test "selection that a POSIX queue does not have is status 9; two at once, or out of range, 2" {
    make "$queue"
    mq send "$queue" x
    for option in --type --lowest --except; do
        t mq recv "$queue" $option 1
        assert_failure 9
        for number in 0 -1 9223372036854775808 x; do
            t mq recv "$queue" "$option=$number"
            assert_failure 2
        done
    done
    make "$key"
    t mq recv "$key" --type 1 --lowest 2
    assert_failure 2
    t mq recv "$key" --except 1 --lowest 2
    assert_failure 2
    assert_equal "$(depth "$queue")" 1
}

@test "recv writes every framing: newline, NUL, nothing, length, JSON" {
    for name in "$queue" "$key"; do
        make "$name"
        for option in '' -0 --null --raw --framed; do
            printf 'a\0b' | mq send --raw "$name"
            mq send "$name" '' $'c\nd'
            case $option in
            '') expected='a\0b\n\nc\nd\n' ;;
            -0 | --null) expected='a\0b\0\0c\nd\0' ;;
            --raw) expected='a\0bc\nd' ;;
            --framed) expected='\0\0\0\003a\0b\0\0\0\0\0\0\0\003c\nd' ;;
            esac
            # shellcheck disable=SC2059,SC2086 # the format is ours; no word, or one
            mq recv --all $option "$name" | cmp - <(printf "$expected")
        done
    done
}

@test "recv -j: an object a line, the same keys always, the bytes in base64 when they are not UTF-8" {
    make "$queue"
    make "$key"
    # shellcheck disable=SC1003 # a backslash at the end is meant
    mq send "$queue" -p 3 'ü "q" \'
    printf '\377\0' | mq send "$queue" --raw
    mq send "$key" --type 8 x
    t mq recv --all -j "$queue"
    assert_line --index 0 "{\"queue\":\"$queue\",\"priority\":3,\"type\":null,\"size\":8,\"message\":\"ü \\\"q\\\" \\\\\",\"message_base64\":null}"
    assert_line --index 1 "{\"queue\":\"$queue\",\"priority\":0,\"type\":null,\"size\":2,\"message\":\"�\\u0000\",\"message_base64\":\"/wA=\"}"
    t mq recv --json "$key"
    assert_output "{\"queue\":\"$key\",\"priority\":null,\"type\":8,\"size\":1,\"message\":\"x\",\"message_base64\":null}"
}

@test "recv takes messages of every size up to the limit, none cut (pitfalls: mq_msgsize buffer, MSG_NOERROR)" {
    need strace
    make "$queue" -N 2 -S 8192
    make "$key"
    for name in "$queue" "$key"; do
        for size in 0 1 4095 8191 8192; do
            head -c $size /dev/urandom >"$dir/message"
            mq send "$name" --raw <"$dir/message"
            strace -qq -o "$dir/trace" -e trace=msgrcv mq recv "$name" --raw >"$dir/got"
            cmp "$dir/message" "$dir/got"
            ! grep MSG_NOERROR "$dir/trace"
        done
    done
}

@test "recv of a queue whose messages are larger than the default takes them whole" {
    need_root
    need_isolation
    local before
    before=$(</proc/sys/kernel/msgmax)
    echo 65536 >/proc/sys/kernel/msgmax
    echo 65536 >/proc/sys/fs/mqueue/msgsize_max
    local posix=0
    mq create "$queue" -N 1 -S 65536 && made+=("$queue") || posix=$?
    make "$key" || :
    mq set "$key" --byte-limit 65536 2>/dev/null || echo 65536 >/proc/sys/kernel/msgmnb
    mq rm "$key"
    mq create "$key"
    head -c 65536 /dev/urandom >"$dir/message"
    for name in "$queue" "$key"; do
        mq send -n "$name" --raw <"$dir/message"
        mq recv "$name" --raw | cmp - "$dir/message"
    done
    echo "$before" >/proc/sys/kernel/msgmax
    echo 16384 >/proc/sys/kernel/msgmnb
    echo 8192 >/proc/sys/fs/mqueue/msgsize_max
    assert_equal $posix 0
}

@test "several POSIX queues: the first that has a message wins, and it is waited for any" {
    make "$queue"
    make "$other"
    mq send "$other" second
    mq send "$queue" first
    t mq recv "$queue" "$other" --count 2
    assert_output "first
second"
    bg receiver mq recv "$queue" "$other" -j
    wait_until blocked_in receiver ppoll
    mq send "$other" late
    bg_wait receiver
    assert_success
    json ".queue == \"$other\" and .message == \"late\""
    t mq recv "$queue" "$other" -n
    assert_failure 1
    t mq recv "$queue" "$other" -t 0.1
    assert_failure 124
}

@test "several queues of both kinds: --all empties them in their order; waiting is status 9" {
    make "$queue"
    make "$key"
    mq send "$queue" p
    mq send "$key" s1 s2
    t mq recv --all "$key" "$queue"
    assert_success
    assert_output "s1
s2
p"
    t mq recv "$key" "$queue"
    assert_failure 9
    assert_stderr --partial '--all'
    t mq recv -n "$key" "$queue"
    assert_failure 1
}

@test "records are written in batches, and --each writes each at once" {
    need strace
    make "$queue"
    mq send "$queue" a b c d
    t strace -qq -e trace=write,writev,pwritev2 -o "$dir/trace" mq recv --all "$queue"
    assert_success
    assert_equal "$(grep -c '(1, .*= [1-9]' "$dir/trace")" 1
    mq send "$queue" a b c d
    t strace -qq -e trace=write,writev,pwritev2 -o "$dir/trace" mq recv --all --each "$queue"
    assert_success
    assert_equal "$(grep -c '(1, .*= [1-9]' "$dir/trace")" 4
}

@test "recv --peek-first removes each message only after it was written (MQS-7)" {
    need strace
    make "$key"
    mq send "$key" --type 3 a
    mq send "$key" --type 1 b c
    t strace -qq -e trace=write,writev,pwritev2,msgrcv -o "$dir/trace" mq recv --peek-first --count 2 "$key"
    assert_success
    assert_output "a
b"
    # copied, written, removed; copied, written, removed
    assert_equal "$(sed -nE '/= -1/d; /\([12], /s/.*/write/p; /MSG_COPY/s/.*/copy/p; /msgrcv/s/.*/remove/p' "$dir/trace" | paste -sd' ')" 'copy write remove copy write remove'
    t mq recv --peek-first --all "$key"
    assert_output c
    t mq recv --peek-first --all "$key"
    assert_failure 1
}

@test "recv --peek-first follows the selection, waits and gives up" {
    make "$key"
    for type in 5 9 2 5; do mq send "$key" --type $type "t$type"; done
    t mq recv --peek-first --type 5 "$key"
    assert_output t5
    t mq recv --peek-first --lowest 6 --all "$key"
    assert_output "t2
t5"
    t mq recv --peek-first --except 9 -n "$key"
    assert_failure 1
    t mq recv --peek-first --type 1 -t 0.1 "$key"
    assert_failure 124
    bg receiver mq recv --peek-first --type 1 "$key"
    wait_until waits_to_receive receiver
    mq send "$key" --type 1 late
    bg_wait receiver
    assert_output late
    holds "$key" t9
}

@test "recv --peek-first killed before it removes leaves the message" {
    need strace
    make "$key"
    mq send "$key" kept
    t strace -qq -e trace=msgrcv -e inject=msgrcv:signal=KILL:when=2 -o "$dir/trace" mq recv --peek-first "$key"
    assert_failure 137
    assert_output kept
    [[ $(depth "$key") == [01] ]]
    mq recv --all "$key" >/dev/null || :
    mq send "$key" kept
    t bash -c "mq recv --peek-first '$key' >/dev/full"
    assert_failure 3
    holds "$key" kept
}

@test "recv --peek-first of a POSIX queue is status 9, of several queues 2" {
    make "$queue"
    mq send "$queue" x
    t mq recv --peek-first "$queue"
    assert_failure 9
    make "$key"
    t mq recv --peek-first "$key" "$key"
    assert_failure 2
    holds "$queue" x
}

@test "recv > /dev/full puts the messages back, with their priority or type, and says so (MQ-3)" {
    for name in "$queue" "$key"; do
        make "$name"
        if [[ $name == /* ]]; then mq send "$name" -p 9 a b; else mq send "$name" --type 9 a b; fi
        for words in '' --all --each '--each --all' -j; do
            t bash -c "mq recv $words '$name' >/dev/full"
            assert_failure 3
            assert_stderr --partial 'No space left on device'
            assert_stderr --partial 'put back'
            assert_equal "$(depth "$name")" 2
        done
        t bash -c "mq recv --all -j '$name' | jq -r '\"\(.priority // .type)\(.message)\"' | sort | paste -sd,"
        assert_output 9a,9b
    done
}

@test "recv into a closed pipe puts the messages back and dies by SIGPIPE, or says so when it is ignored" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a b
        mkfifo "$dir/fifo"
        t bash -c "exec 8<>'$dir/fifo' 9>'$dir/fifo' 8<&-; mq recv --all '$name' >&9"
        assert_failure 141
        refute_stderr
        t bash -c "trap '' PIPE; exec 8<>'$dir/fifo' 9>'$dir/fifo' 8<&-; mq recv --all '$name' >&9"
        assert_failure 3
        assert_stderr --partial 'Broken pipe'
        assert_equal "$(mq recv --all "$name" | sort | paste -sd,)" a,b
        rm "$dir/fifo"
        mq rm "$name"
    done
}

@test "recv --rescue keeps what cannot be put back: the queue is full again" {
    make "$queue" -N 1
    mq send "$queue" -p 5 mine
    mkfifo "$dir/fifo"
    exec 8<>"$dir/fifo" # nobody reads it
    bg receiver bash -c "head -c 65536 /dev/zero >'$dir/fifo'; exec mq recv '$queue' --rescue '$dir/kept' >'$dir/fifo'"
    wait_until depth_is "$queue" 0
    mq send "$queue" foreign
    kill -TERM "$(bg_pid receiver)"
    bg_wait receiver
    exec 8>&-
    assert_failure 143
    assert_stderr --partial "1 undelivered message appended to $dir/kept"
    assert_equal "$(jq -r '"\(.priority)\(.message)"' "$dir/kept")" 5mine
    assert_equal "$(stat -c %a "$dir/kept")" 600
    holds "$queue" foreign
    mq send -j "$queue" <"$dir/kept"
    holds "$queue" mine
}

@test "without --rescue what cannot be put back is written to stderr, as a line that send -j reads" {
    make "$queue" -N 1
    mq send "$queue" -p 5 mine
    mkfifo "$dir/fifo"
    exec 8<>"$dir/fifo"
    bg receiver bash -c "head -c 65536 /dev/zero >'$dir/fifo'; exec mq recv '$queue' >'$dir/fifo'"
    wait_until depth_is "$queue" 0
    mq send "$queue" foreign
    kill -TERM "$(bg_pid receiver)"
    bg_wait receiver
    exec 8>&-
    assert_failure 143
    assert_stderr --partial 'could not be put back'
    mq recv "$queue"
    tail -n 1 "$dir/receiver.err" | mq send -j "$queue"
    t mq recv -j "$queue"
    json '.priority == 5 and .message == "mine"'
}

@test "a queue whose name is gone takes its messages back all the same" {
    make "$queue"
    mq send "$queue" -p 4 a
    bg holder "$py" -c "
import ctypes, os, signal
rt = ctypes.CDLL(None)
print(rt.mq_open(b'$queue', os.O_RDWR), flush=True)
signal.pause()"
    wait_until blocked_in holder pause
    local name
    name=$(bg_pid holder):$(<"$dir/holder.out")
    mq rm "$queue"
    t bash -c "mq recv '$name' >/dev/full"
    assert_failure 3
    assert_stderr --partial 'put back'
    t mq recv -n -j "$name"
    json '.priority == 4 and .message == "a"'
}

@test "recv of a queue one may read but not write keeps what it could not deliver" {
    need_root
    make "$queue" -m 0644
    make "$key" -m 0644
    for name in "$queue" "$key"; do
        mq send "$name" mine
        t "${as_nobody[@]}" bash -c "mq recv '$name' >/dev/full"
        assert_failure 3
        assert_stderr --partial '"message":"mine"'
        assert_equal "$(depth "$name")" 0
    done
}

@test "recv needs only read permission, and without it is status 5" {
    need_user
    for name in "$queue" "$key"; do
        make "$name" -m 0400
        t mq recv "$name" -n
        assert_failure 1
        mq rm "$name"
        mq create "$name" -m 0200
        t mq recv "$name" -n
        assert_failure 5
    done
}

@test "recv of a queue that is not there is status 4, with what was perhaps meant" {
    make "$queue"
    t mq recv "${queue}x"
    assert_failure 4
    assert_stderr --partial "did you mean $queue?"
    for name in "$key" id:2000000000; do
        t mq recv "$name"
        assert_failure 4
    done
}

@test "recv of a System V queue that is removed meanwhile is status 8 (MQS-6; pitfall: EIDRM)" {
    mq create "$key"
    mq send "$key" first
    bg receiver mq recv --follow "$key"
    wait_until grep -q first "$dir/receiver.out"
    wait_until waits_to_receive receiver
    mq rm "$key"
    bg_wait receiver
    assert_failure 8
    assert_output first
    assert_stderr --partial "$key: cannot receive: Identifier removed"
}

@test "recv goes on with a POSIX queue whose name is removed meanwhile, until -t (MQ-10)" {
    make "$queue"
    bg receiver mq recv -t 1 "$queue"
    wait_until waits_to_receive receiver
    mq rm "$queue"
    wait_until waits_to_receive receiver
    bg_wait receiver
    assert_failure 124
}

@test "options that exclude each other are status 2, before anything is taken" {
    make "$queue"
    mq send "$queue" x
    for words in '--all --follow' '--all -N 2' '--follow --count 2' '-n -t 1' '-0 -j' '--raw --framed' '--jobs 2' '--failed /x' '-N 0' '-N -1' '-N x' '--'; do
        # shellcheck disable=SC2086 # words
        t mq recv "$queue" $words
        assert_failure 2
        assert_equal "$words: $(depth "$queue")" "$words: 1"
    done
    t mq recv
    assert_failure 2
}

@test "recv -n by PID:FD does not make the holder's descriptor non-blocking (pitfall: O_NONBLOCK lives in the open description)" {
    make "$queue"
    mkfifo "$dir/go"
    bg holder "$py" -c "
import ctypes, os
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
print(q, flush=True)
open('$dir/go').read()
attr = (ctypes.c_long * 8)()
rt.mq_getattr(q, attr)
print(attr[0] & os.O_NONBLOCK)"
    wait_until blocked_in holder wait_for_partner openat
    t mq recv -n "$(bg_pid holder):$(<"$dir/holder.out")"
    assert_failure 1
    : >"$dir/go"
    bg_wait holder
    assert_output --regexp $'^[0-9]+\n0$'
}

@test "stdout that is O_NONBLOCK gets every byte, and keeps the flag (U5)" {
    make "$key"
    mkfifo "$dir/fifo"
    head -c 8000 /dev/urandom | base64 -w0 | head -c 8000 >"$dir/line"
    bg reader bash -c "exec <'$dir/fifo'; read -r < '$dir/go'; cat"
    mkfifo "$dir/go"
    bg sender bash -c "for i in {1..40}; do mq send '$key' --raw <'$dir/line'; done"
    bg receiver "$py" -c "
import os, subprocess, fcntl
out = os.open('$dir/fifo', os.O_WRONLY)
fcntl.fcntl(out, fcntl.F_SETFL, os.O_WRONLY | os.O_NONBLOCK)
status = subprocess.run(['mq', 'recv', '$key', '--count', '40', '--raw'], stdout=out).returncode
print(status, bool(fcntl.fcntl(out, fcntl.F_GETFL) & os.O_NONBLOCK))"
    wait_until pipe_is_full
    echo >"$dir/go"
    bg_wait receiver
    assert_output '0 True'
    bg_wait reader
    bg_wait sender
    for _ in {1..40}; do cat "$dir/line"; done | cmp - "$dir/reader.out"
}
# 16,000 bytes in the queue and the sender blocked: nobody takes any more
pipe_is_full() { [[ $(depth "$key") -ge 2 ]] && blocked_in "$(pgrep -P "$(bg_pid sender)" mq)" msgsnd; }
