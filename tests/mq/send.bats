#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# send.bats: mq send

load mq

@test "send puts its arguments on a queue of either kind, in order, and says nothing" {
    private
    for name in "$queue" "$key" "$id"; do
        [[ $name == "$id" ]] || make "$name"
        t mq send "$name" one 'two words' three
        assert_success
        refute_output
        refute_stderr
        holds "$name" one 'two words' three
    done
}

@test "send to an ftok: queue and to PID:FD of an unlinked one" {
    : >"$dir/file"
    make "ftok:$dir/file:z"
    mq send "ftok:$dir/file:z" x
    holds "ftok:$dir/file:z" x
    make "$queue"
    bg holder "$py" -c "
import ctypes, os, signal
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDONLY)
rt.mq_unlink(b'$queue')
print(q, flush=True)
signal.pause()"
    wait_until blocked_in holder pause
    local name
    name=$(bg_pid holder):$(<"$dir/holder.out")
    t mq send "$name" late
    assert_success
    holds "$name" late
}

@test "send with one argument sends it whole: empty, with newlines, with invalid UTF-8" {
    for name in "$queue" "$key"; do
        make "$name"
        for message in '' $'a\nb\n' $'\xff\xfe' '-' '--'; do
            mq send "$name" -- "$message"
            mq recv "$name" --raw >"$dir/got"
            printf %s "$message" | cmp - "$dir/got"
        done
    done
}

@test "send -- ends the options, also before a message that looks like one" {
    make "$queue"
    t mq send "$queue" -x
    assert_failure 2
    t mq send "$queue" -- -x -- -n
    assert_success
    holds "$queue" -x -- -n
    mq send -- "$queue" -h
    holds "$queue" -h
}

@test "send without messages sends the lines of its input, the last one with or without its newline" {
    for name in "$queue" "$key"; do
        make "$name"
        printf 'a\n\nb\nc' | mq send "$name"
        holds "$name" a '' b c
        printf 'a\n' | mq send "$name"
        holds "$name" a
        t bash -c "mq send '$name' </dev/null"
        assert_success
        assert_equal "$(depth "$name")" 0
    done
}

@test "send -0 sends NUL-terminated records" {
    for name in "$queue" "$key"; do
        make "$name"
        for option in -0 --null; do
            printf 'a\nb\0\0c\0d' | mq send $option "$name"
            mq recv --all -0 "$name" | cmp - <(printf 'a\nb\0\0c\0d\0')
        done
    done
}

@test "send --raw sends all of its input as one message, NULs, newlines and nothing included" {
    for name in "$queue" "$key"; do
        make "$name"
        printf 'a\n\0b\n' | mq send --raw "$name"
        assert_equal "$(depth "$name")" 1
        mq recv --raw "$name" | cmp - <(printf 'a\n\0b\n')
        mq send --raw "$name" </dev/null
        assert_equal "$(depth "$name")" 1
        mq recv --raw "$name" | cmp - /dev/null
    done
}

@test "send --framed reads lengths, of 0 too, in pieces too" {
    for name in "$queue" "$key"; do
        make "$name"
        printf '\0\0\0\002ab\0\0\0\0\0\0\0\003c\0\n' | mq send --framed "$name"
        mq recv --all --framed "$name" | cmp - <(printf '\0\0\0\002ab\0\0\0\0\0\0\0\003c\0\n')
        { printf '\0\0'; printf '\0\002a'; printf 'b'; } | mq send --framed "$name"
        holds "$name" ab
    done
}

@test "send --framed refuses a frame cut short, and one that lies, after those before it" {
    make "$queue"
    t bash -c "printf '\\0\\0\\0\\001a\\0\\0\\0\\005bc' | mq send --framed '$queue'"
    assert_failure 3
    assert_stderr --partial 'record 2 is cut short'
    assert_stderr --partial '1 sent'
    holds "$queue" a
    t bash -c "printf '\\0\\0' | mq send --framed '$queue'"
    assert_failure 3
    t bash -c "printf '\\377\\377\\377\\377x' | mq send --framed '$queue'"
    assert_failure 3
    assert_equal "$(depth "$queue")" 0
}

@test "send -j reads what recv -j writes: bytes, priorities and types come back exactly" {
    local bytes
    for name in "$queue" "$key"; do
        make "$name"
        local label=(-p 7)
        [[ $name == /* ]] || label=(--type 7)
        mq send "$name" 'plain "quoted" \ ü'
        printf 'a\0\n\377\001' | mq send "$name" "${label[@]}" --raw
        mq send "$name" "${label[@]}" ''
        mq recv --all -j "$name" >"$dir/kept"
        assert_equal "$(wc -l <"$dir/kept")" 3
        assert_equal "$(depth "$name")" 0
        mq send -j "$name" <"$dir/kept"
        mq recv --all --json "$name" | cmp - "$dir/kept"
        mq send --json "$name" <"$dir/kept"
        bytes=$(mq recv --all --raw "$name" | od -An -c)
        assert_output_has "$bytes" '377 001'
    done
}
assert_output_has() { [[ $1 == *"$2"* ]] || fail "no $2 in: $1"; }

@test "send -j: a line's priority wins over -p, which is for lines that say none" {
    make "$queue"
    printf '{"message":"a","priority":2}\n{"message":"b"}\n{"message":"c","priority":null}\n' | mq send -j -p 9 "$queue"
    t bash -c "mq recv --all -j '$queue' | jq -r '\"\(.priority)\(.message)\"' | paste -sd,"
    assert_output 9b,9c,2a
}

@test "send -j refuses lines that are no message, names the line, and sends those before it" {
    make "$queue"
    for line in nonsense '[]' '{}' '{"message":1}' '{"message":"x","priority":"high"}' '{"message":"x","priority":32768}' '{"message":"x","priority":-1}' \
        '{"message":"x","priority":1.5}' '{"message_base64":"!"}' '{"message":"x"' ''; do
        t bash -c "printf '%s\n' '{\"message\":\"first\"}' '$line' '{\"message\":\"last\"}' | mq send -j '$queue'"
        assert_failure 3
        assert_stderr --partial '1 sent'
        holds "$queue" first
    done
}

@test "send -j of a type below 1 is refused (pitfall: a System V type must be over 0)" {
    make "$key"
    for type in 0 -1; do
        t bash -c "echo '{\"message\":\"x\",\"type\":$type}' | mq send -j '$key'"
        assert_failure 3
        assert_stderr --partial 'not in the range 1'
    done
    assert_equal "$(depth "$key")" 0
}

@test "framings that exclude each other, and framings with arguments, are status 2" {
    make "$queue"
    for words in '-0 -j' '--raw -0' '--framed --raw' '-j --framed'; do
        # shellcheck disable=SC2086 # words
        t mq send "$queue" $words
        assert_failure 2
    done
    for option in -0 --raw --framed -j; do
        t mq send "$queue" $option message
        assert_failure 2
    done
    assert_equal "$(depth "$queue")" 0
}

@test "send -p sets the priority, 0 to 32767; the highest is received first (MQ-9)" {
    make "$queue"
    mq send "$queue" none
    mq send "$queue" -p 32767 highest
    mq send "$queue" --priority=5 five
    mq send "$queue" -p0 zero
    holds "$queue" highest five none zero
    for priority in 32768 -1 4294967296 99999999999999999999 1.5 '' x 007; do
        t mq send "$queue" "--priority=$priority" x
        assert_failure 2
        assert_stderr --partial '--priority'
    done
    assert_equal "$(depth "$queue")" 0
}

@test "send --type sets the type, 1 to 2^63-1 (MQS-5; pitfall: a type must be over 0)" {
    make "$key"
    mq send "$key" --type 9223372036854775807 largest
    mq send "$key" --type=1 one
    mq send "$key" default
    t bash -c "mq recv --all -j '$key' | jq -c '[.type, .message]'"
    assert_output --partial '"largest"]'
    assert_output --partial '[1,"one"]
[1,"default"]'
    for type in 0 -1 9223372036854775808 x; do
        t mq send "$key" "--type=$type" x
        assert_failure 2
        assert_stderr --partial '--type'
    done
}

@test "send --type to POSIX and -p to System V are status 2 and name the right option" {
    make "$queue"
    t mq send "$queue" --type 1 x
    assert_failure 2
    assert_stderr --partial '--priority'
    make "$key"
    t mq send "$key" -p 1 x
    assert_failure 2
    assert_stderr --partial '--type'
}

@test "a message of exactly the limit is sent, one byte more is refused with the figures (MQ-4)" {
    make "$queue" -S 16
    mq send "$queue" 1234567890123456
    t mq send "$queue" 12345678901234567
    assert_failure 3
    assert_stderr --partial "message of 17 bytes is over the queue's 16"
    holds "$queue" 1234567890123456
    make "$key"
    local most
    most=$(</proc/sys/kernel/msgmax)
    head -c "$most" /dev/zero | mq send --raw "$key"
    t bash -c "head -c $((most + 1)) /dev/zero | mq send --raw '$key'"
    assert_failure 3
    assert_stderr --partial "message of $((most + 1)) bytes is over the largest, $most"
    assert_stderr --partial 'kernel.msgmax'
    assert_equal "$(depth "$key")" 1
}

@test "a message over a System V queue's byte limit is refused at once instead of waiting for ever" {
    make "$key" --byte-limit 10
    for words in '' -n '-t 1'; do
        # shellcheck disable=SC2086 # words
        t mq send "$key" 12345678901 $words
        assert_failure 3
        assert_stderr --partial 'byte limit, 10'
    done
}

@test "send -n to a full queue is status 1; for one message in silence" {
    for name in "$queue" "$key"; do
        full "$name"
        for option in -n --nonblock; do
            t mq send "$name" $option y
            assert_failure 1
            refute_output
            refute_stderr
        done
        t mq send "$name" -n y z
        assert_failure 1
        assert_stderr --partial '0 of 2 messages sent'
        assert_equal "$(depth "$name")" 1
    done
}

@test "send -n and -t half way: says how many were sent, and their number is in the queue" {
    make "$queue" -N 3
    t mq send "$queue" -n a b c d e
    assert_failure 1
    assert_stderr --partial '3 of 5 messages sent'
    holds "$queue" a b c
    t mq send "$queue" -t 0.1 a b c d e
    assert_failure 124
    assert_stderr --partial '3 of 5 messages sent'
    holds "$queue" a b c
}

@test "send -t gives up with status 124, not before its time; -t 0 tries once" {
    for name in "$queue" "$key"; do
        full "$name"
        local begin=$EPOCHREALTIME
        t mq send "$name" -t 0.2 y
        assert_failure 124
        assert_stderr --partial '200ms'
        ((${EPOCHREALTIME/./} - ${begin/./} >= 200000))
        t mq send "$name" --timeout 0 y
        assert_failure 124
        mq recv "$name"
        t mq send "$name" -t 0 y
        assert_success
    done
}

@test "send waits for room and goes on, in order" {
    for name in "$queue" "$key"; do
        full "$name"
        bg sender mq send "$name" y z
        wait_until waits_to_send sender
        mq recv "$name"
        t mq recv "$name" -t 5
        assert_output y
        t mq recv "$name" -t 5
        assert_output z
        bg_wait sender
        assert_success
    done
}

@test "-t counts for the whole run: waiting for input and for room" {
    make "$queue"
    mkfifo "$dir/fifo"
    exec 8<>"$dir/fifo"
    echo a >&8
    local begin=$EPOCHREALTIME
    t mq send "$queue" -t 0.3 <&8
    exec 8>&-
    assert_failure 124
    assert_stderr --partial '1 sent'
    ((${EPOCHREALTIME/./} - ${begin/./} >= 300000))
    holds "$queue" a
}

@test "a seekable input is set back to the first line that was not sent" {
    make "$queue" -N 3
    seq 10 >"$dir/input"
    for words in -n '-t 0.1'; do
        t bash -c "{ mq send '$queue' $words; echo \"status \$?\"; cat; } <'$dir/input'"
        assert_output --regexp '^status (1|124)
4
5
6
7
8
9
10$'
        assert_stderr --partial '3 sent; the input stands behind the last of them'
        holds "$queue" 1 2 3
    done
}

@test "a seekable input is set back in every framing, and the next send goes on from there" {
    make "$queue" -N 2
    seq 7 >"$dir/lines"
    seq 7 | tr '\n' '\0' >"$dir/null"
    for i in {1..7}; do printf '\0\0\0\001%s' "$i"; done >"$dir/framed"
    seq 7 | sed 's/.*/{"message":"&"}/' >"$dir/json"
    for framing in lines null framed json; do
        local option=--$framing
        [[ $framing != lines ]] || option=
        exec 8<"$dir/$framing"
        : >"$dir/got"
        # shellcheck disable=SC2086 # no word, or one
        until mq send "$queue" -n $option <&8 2>/dev/null; do mq recv --all "$queue" >>"$dir/got"; done
        mq recv --all "$queue" >>"$dir/got" || :
        exec 8<&-
        seq 7 | cmp - "$dir/got"
    done
}

@test "a seekable input of --raw that was not sent is set back to its start" {
    full "$queue"
    printf 'a\nb\n' >"$dir/input"
    t bash -c "{ mq send '$queue' -n --raw || cat; } <'$dir/input'"
    assert_output "a
b"
}

@test "from a pipe, what was read and not sent is counted, and --rescue proposed" {
    make "$queue" -N 3
    t bash -c "seq 5 | mq send '$queue' -n"
    assert_failure 1
    assert_stderr --partial '3 sent; 4 bytes behind them were read and not sent'
    assert_stderr --partial '--rescue FILE'
}

@test "send -n is about room in the queue: a slow input is waited for" {
    make "$queue"
    mkfifo "$dir/fifo"
    bg sender bash -c "exec mq send -n '$queue' <'$dir/fifo'"
    exec 8>"$dir/fifo"
    wait_until blocked_in sender read ppoll '*pipe_read'
    echo a >&8
    wait_until depth_is "$queue" 1
    wait_until blocked_in sender read ppoll '*pipe_read'
    exec 8>&-
    bg_wait sender
    assert_success
    holds "$queue" a
}

@test "send --rescue appends the rest of the input to a file, from a pipe and from arguments" {
    make "$queue" -N 3
    echo before >"$dir/rest"
    t bash -c "seq 5 | mq send '$queue' -n --rescue '$dir/rest'"
    assert_failure 1
    assert_stderr --partial "3 sent, the rest (4 bytes) appended to $dir/rest"
    assert_equal "$(paste -sd, "$dir/rest")" before,4,5
    holds "$queue" 1 2 3
    t mq send "$queue" -n --rescue "$dir/args" a b c d e
    assert_failure 1
    assert_equal "$(jq -r .message "$dir/args" | paste -sd,)" d,e
    holds "$queue" a b c
}

@test "send --rescue of more input than any buffer holds loses no byte, and its file can be sent again" {
    make "$queue" -N 3
    seq 200000 >"$dir/all"
    t 20 bash -c "cat '$dir/all' | mq send '$queue' -n --rescue '$dir/rest'"
    assert_failure 1
    { mq recv --all "$queue"; cat "$dir/rest"; } | cmp - "$dir/all"
    t bash -c "mq send '$queue' -n <'$dir/rest'"
    holds "$queue" 4 5 6
}

@test "send --rescue in NUL and framed input keeps the framing" {
    make "$queue" -N 1
    t bash -c "printf 'a\\0b\\nb\\0c\\0' | mq send '$queue' -n -0 --rescue '$dir/null'"
    assert_failure 1
    cmp "$dir/null" <(printf 'b\nb\0c\0')
    mq recv "$queue"
    t bash -c "printf '\\0\\0\\0\\001a\\0\\0\\0\\001b' | mq send '$queue' -n --framed --rescue '$dir/framed'"
    assert_failure 1
    cmp "$dir/framed" <(printf '\0\0\0\001b')
}

@test "send --rescue of arguments that hold newlines loses none of them" {
    full "$queue"
    t mq send "$queue" -n --rescue "$dir/rest" $'one\ntwo' three
    assert_failure 1
    mq recv "$queue"
    mq set -q "$queue" -N 5
    mq send -j "$queue" <"$dir/rest"
    mq recv --all -0 "$queue" | cmp - <(printf 'one\ntwo\0three\0')
}

@test "send --rescue to a file that cannot be written says so, with status 3 or 5" {
    full "$queue"
    t mq send "$queue" -n --rescue "$dir/none/rest" y z
    assert_failure
    assert_stderr --partial "$dir/none/rest"
    ln -s "$dir/target" "$dir/link"
    t mq send "$queue" -n --rescue "$dir/link" y z
    assert_failure
    assert_not_exists "$dir/target"
}

@test "send --rescue to a file that cannot be written shows what it read from a pipe, as it is, on stderr" {
    full "$queue"
    t bash -c "seq 5 | mq send '$queue' -n --rescue '$dir/none/rest'"
    assert_failure 4
    assert_stderr --partial $'0 sent; 10 bytes behind them were read and not sent:\n1\n2\n3\n4\n5'
    t bash -c "seq 5 | mq send '$queue' -n --rescue /dev/full"
    assert_failure 3
    assert_stderr --partial $'not sent:\n1\n2\n3\n4\n5'
}

@test "send --rescue makes a file that only the owner may read" {
    full "$queue"
    t mq send "$queue" -n --rescue "$dir/rest" y z
    assert_equal "$(stat -c %a "$dir/rest")" 600
}

@test "send --rescue keeps a single message too" {
    full "$queue"
    for words in -n '-t 0.1'; do
        # shellcheck disable=SC2086 # words
        t mq send "$queue" $words --rescue "$dir/rest$words" y
        assert_failure
        assert_equal "$(jq -r .message "$dir/rest$words")" y
    done
}

@test "send --rescue touches no file when all was sent" {
    make "$queue"
    t mq send "$queue" --rescue "$dir/rest" y
    assert_success
    assert_not_exists "$dir/rest"
}

@test "send --ack-fd writes the count after each message, and not before it is in the queue" {
    make "$queue" -N 2
    t bash -c "mq send '$queue' -n --ack-fd 9 a b c 9>'$dir/acks'"
    assert_failure 1
    assert_equal "$(paste -sd, "$dir/acks")" 1,2
    mq recv "$queue" --all
    t bash -c "seq 2 | mq send '$queue' --ack-fd=1"
    assert_success
    assert_output "1
2"
}

@test "send --ack-fd of a descriptor that is not open is status 2, before anything is sent" {
    make "$queue"
    t mq send "$queue" --ack-fd 77 x
    assert_failure 2
    assert_stderr --partial '77'
    t mq send "$queue" --ack-fd -1 x
    assert_failure 2
    assert_equal "$(depth "$queue")" 0
}

@test "send stops when it cannot acknowledge, and says how many were sent" {
    make "$queue"
    t bash -c "mq send '$queue' --ack-fd 9 a b c 9>/dev/full"
    assert_failure 3
    assert_stderr --partial 'message 1 was sent'
    holds "$queue" a
}

@test "a refused message in the middle stops send: those before it are sent, the count is told" {
    make "$queue" -S 4
    t mq send "$queue" a bb 'far too long' c
    assert_failure 3
    assert_stderr --partial '2 of 4 messages sent'
    holds "$queue" a bb
    printf 'a\nfar too long\nb\n' >"$dir/input"
    t bash -c "{ mq send '$queue'; cat; } <'$dir/input'"
    assert_output "far too long
b"
    holds "$queue" a
}

@test "input without an end is refused before it fills memory" {
    make "$queue"
    t bash -c "mq send '$queue' </dev/zero"
    assert_failure 3
    assert_stderr --partial 'record 1 has over 67108864 bytes'
    t bash -c "mq send '$queue' --raw </dev/zero"
    assert_failure 3
}

@test "a frame that lies about its length is left in the input, and what was sent before it is not" {
    make "$queue"
    printf '\0\0\0\1a\377\377\377\377' >"$dir/input"
    t bash -c "{ mq send '$queue' --framed; wc -c; } <'$dir/input'"
    assert_output 4
    assert_stderr --partial '1 sent; the input stands behind the last of them'
    holds "$queue" a
}

@test "send to a queue that is not there is status 4, and its input is not touched" {
    for name in "$queue" "$key" id:2000000000; do
        t bash -c "{ mq send '$name'; echo \$?; cat; } <<<line"
        assert_output "4
line"
    done
}

@test "send to a queue one may not write is status 5" {
    need_user
    for name in "$queue" "$key"; do
        make "$name" -m 0400
        t mq send "$name" x
        assert_failure 5
        assert_stderr --partial 'Permission denied'
    done
}

@test "send needs only write permission" {
    need_user
    for name in "$queue" "$key"; do
        make "$name" -m 0200
        t mq send "$name" x
        assert_success
    done
}

@test "send with a directory as its input, and with a closed one, fails and sends nothing" {
    make "$queue"
    t bash -c "mq send '$queue' <'$dir'"
    assert_failure 3
    t bash -c "mq send '$queue' <&-"
    assert_failure 3
    assert_equal "$(depth "$queue")" 0
}

@test "send -t -n together, no name, is status 2" {
    make "$queue"
    t mq send "$queue" -n -t 1 x
    assert_failure 2
    assert_stderr --partial 'exclude each other'
    t mq send
    assert_failure 2
    assert_stderr --partial 'NAME is missing'
    assert_equal "$(depth "$queue")" 0
}

@test "send from a terminal says how to end its input" {
    need script
    make "$queue"
    t script -qec "mq send $queue" /dev/null <<<$'typed\n\004'
    [[ $output == *Ctrl-D* ]] || fail "$output"
}

@test "10,000 lines with a receiver beside: each arrives once, in order" {
    for name in "$queue" "$key"; do
        make "$name"
        seq 10000 >"$dir/input"
        bg receiver mq recv "$name" --count 10000
        t 20 bash -c "mq send '$name' <'$dir/input'"
        assert_success
        bg_wait receiver 20
        assert_success
        cmp "$dir/input" "$dir/receiver.out"
    done
}

@test "send -j of the other kind's records: priority P is type 32768 - P, as mv has it" {
    make "$queue"
    make "$key"
    mq send "$queue" -p 5 x
    mq recv -j "$queue" | mq send -j "$key"
    t mq recv -j "$key"
    json '.type == 32763'
    mq send "$key" --type 32763 y
    mq recv -j "$key" | mq send -j "$queue"
    t mq recv -j "$queue"
    json '.priority == 5'
    mq send "$key" --type 40000 z
    mq recv -j "$key" >"$dir/record"
    t mq send -j "$queue" <"$dir/record"
    assert_failure 3
    assert_stderr --partial 'type 40000 has no priority that stands for it'
    t mq send -j "$queue" -p 1 <"$dir/record"
    assert_success
}

@test "send --rescue of arguments keeps their priority" {
    full "$queue"
    t mq send "$queue" -n -p 7 --rescue "$dir/rest" y
    assert_equal "$(jq -c '[.message, .priority]' "$dir/rest")" '["y",7]'
}
