#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# write.bats: fifo write
# timeout: 240

load fifo

# reader: reads all of f in the background
reader() { bg reader timeout -s KILL 20 cat f; }

@test "write writes its arguments, each with a newline, a NUL, or nothing behind it" {
    fifo create f
    hold
    t fifo write f one '' 'two words'
    assert_success
    refute_output
    refute_stderr
    fifo read f --lines 3 | cmp - <(printf 'one\n\ntwo words\n')
    fifo write f -0 a b
    fifo write f --raw c $'d\n'
    fifo read f -S 7 | cmp - <(printf 'a\0b\0cd\n')
    fifo write f -- -t --
    fifo read f --lines 2 | cmp - <(printf -- '-t\n--\n')
}

@test "write copies standard input as it is: from a pipe, a file, and nothing" {
    fifo create f
    head -c 300000 /dev/urandom >data
    reader
    fifo write f <data
    bg_wait reader
    cmp reader.out data
    reader
    # shellcheck disable=SC2002 # a pipe is what is to be read
    cat data | fifo write f
    bg_wait reader
    cmp reader.out data
    reader
    t fifo write f
    assert_success
    bg_wait reader
    assert_output ''
}

@test "FIFO-2: write without a reader gives up with 124 in time, or 1 with -n, and nothing is ever written" {
    fifo create f
    local begin=$EPOCHREALTIME
    t fifo write f -t 1s record
    assert_failure 124
    local took=$((${EPOCHREALTIME/./} - ${begin/./}))
    ((took >= 1000000 && took < 4000000)) || fail "took $took us"
    assert_stderr 'fifo: write: f: gave up after 1s while waiting for a reader; nothing was written'
    t fifo write f -n record
    assert_failure 1
    refute_stderr
    t fifo write f -t 0 record
    assert_failure 124
    t fifo read f -t 300ms
    assert_failure 124
    refute_output
}

@test "write waits for a reader that comes late" {
    fifo create f
    bg writer fifo write f late
    wait_until waits_for 'a reader'
    t fifo read f
    assert_output late
    bg_wait writer
    assert_success
}

@test "a signal while it waits for a reader ends it, and nothing was written" {
    fifo create f
    bg writer fifo write f late
    wait_until waits_for 'a reader'
    kill "$(bg_pid writer)"
    bg_wait writer
    assert_failure 143
    assert_stderr --partial 'waiting for a reader; nothing was written'
    t fifo read f -n
    assert_failure 1
}

@test "write --records splits its input into lines, the last with or without its newline" {
    fifo create f
    hold
    printf 'a\n\nb' | fifo write f --records
    fifo read f --lines 3 | cmp - <(printf 'a\n\nb\n')
    printf 'a\nb\0c' | fifo write f -0
    fifo read f -S 6 | cmp - <(printf 'a\nb\0c\0')
}

@test "write --lines takes so many lines, and a file is set back behind them" {
    fifo create f
    hold
    seq 5 >file
    { fifo write f --lines 2; cat; } <file >rest
    fifo read f --lines 2 | cmp - <(seq 2)
    cmp rest <(seq 3 5)
}

@test "FIFO-5: a record over PIPE_BUF is refused before it is begun, and those before it are written" {
    fifo create f
    hold
    local exact over
    exact=$(printf 'x%.0s' {1..4095})
    over=x$exact
    t fifo write f "$exact"
    assert_success
    t fifo write f before "$over"
    assert_failure 3
    assert_stderr --partial 'a record of 4097 bytes is over PIPE_BUF, 4096'
    assert_stderr --partial '--lock keeps out other writers'
    assert_equal "$(queued)" 4096
    fifo read f --lines 1 >/dev/null
    printf '%s\n' one two "$over" four >input
    t bash -c 'fifo write f --records <input'
    assert_failure 3
    assert_stderr --partial 'record 3 has 4097 bytes, over PIPE_BUF'
    assert_stderr --partial '2 records were written'
    fifo read -n f --lines 2 | cmp - <(printf 'one\ntwo\n')
    assert_equal "$(queued)" 0
    t bash -c '{ fifo write f --records; cat; } <input 2>/dev/null | head -c 5'
    assert_output xxxxx
}

@test "FIFO-5: --lock keeps records of any length whole, however many write" {
    fifo create f
    local n
    bg reader timeout -s KILL 60 fifo read f --records
    hold
    for n in {1..8}; do
        bg "w$n" bash -c "for i in {1..25}; do printf 'w$n-%02d-%09000d\n' \$i 0; done | fifo write f --records --lock"
    done
    for n in {1..8}; do
        bg_wait "w$n" 30
        assert_success
    done
    kill "$(bg_pid holder)"
    bg_wait holder
    bg_wait reader 30
    assert_equal "$(grep -cE '^w[1-8]-[0-9]{2}-0{9000}$' reader.out)" 200
    assert_equal "$(wc -l <reader.out)" 200
    for n in {1..8}; do grep -o "^w$n-.." reader.out | cmp - <(seq -f "w$n-%02g" 25); done
}

@test "FIFO-4: 32 writers killed at random: every record that is there is whole, in each one's order, and none is lost" {
    fifo create f
    bg reader timeout -s KILL 100 fifo read f --records
    hold
    local n
    for n in {1..32}; do
        bg "w$n" bash -c "for i in {1..1000}; do printf 'w$n-%04d-%0*d\n' \$i \$((i * 4 % 4000 + 1)) 0; done | fifo write f --records && echo all"
    done
    for n in {1..32..2}; do
        read -rt "0.0$((RANDOM % 10))" <> <(:) || :
        kill -KILL -- "-$(bg_pid "w$n")" || :
    done
    for n in {1..32}; do bg_wait "w$n" 60; done
    kill "$(bg_pid holder)"
    bg_wait holder
    bg_wait reader 60
    refute grep -vE '^w[0-9]+-[0-9]{4}-0+$' reader.out
    for n in {1..32}; do
        grep -o "^w$n-...." reader.out >order || :
        cmp order <(seq -f "w$n-%04g" "$(wc -l <order)")
        ! grep -q all "w$n.out" || assert_equal "$(wc -l <order)" 1000
        # Its bytes, too: the number says how many.
        awk -F- -v n="w$n" '$1 == n && length($3) != $2 * 4 % 4000 + 1 { exit 1 }' reader.out
    done
}

@test "FIFO-6: write --drain is done when all was read, and status 8 when the last reader went before that" {
    fifo create f
    bg writer fifo write f --drain first
    t fifo read f
    bg_wait writer
    assert_success
    # A reader that takes one byte and goes.
    bg writer2 fifo write f --drain 12345
    exec 9<f
    wait_until queued_is 6 f
    head -c 1 <&9 >/dev/null
    wait_until queued_is 5 f
    exec 9<&-
    bg_wait writer2
    assert_failure 8
    assert_stderr --partial 'the last reader is gone, and 5 bytes were not read'
}

@test "write --drain gives up, says how much is unread, and sees splice(2), too" {
    fifo create f
    hold
    t fifo write f --drain 12345 -t 300ms
    assert_failure 124
    assert_stderr --partial '6 bytes were written and not yet read'
    bg writer fifo write f --drain more
    wait_until queued_is 11 f
    fifo read f -S 11 | wc -c | grep -qx 11
    bg_wait writer
    assert_success
}

@test "write to a FIFO whose reader goes is status 8, with what was written" {
    fifo create f
    bg writer bash -c "seq 100000 | fifo write f; exit \${PIPESTATUS[1]}"
    t head -c 10 f
    bg_wait writer
    assert_failure 8
    assert_stderr --regexp 'fifo: write: f: [0-9]+ bytes were written'
    assert_stderr --partial 'the last reader is gone: Broken pipe'
}

@test "write sees that its reader went although no input comes" {
    fifo create f
    fifo create in
    exec 9<>in
    bg writer bash -c 'fifo write f <in'
    exec 8<f
    wait_until is '.writers != []'
    exec 8<&-
    bg_wait writer
    exec 9>&-
    assert_failure 8
}

@test "write --follow hands on to the next reader what the last one left" {
    fifo create f
    seq 30000 >data
    bg writer bash -c 'cat data | fifo write f --follow'
    head -c 1000 f >one
    wait_until waits_for 'a reader'
    timeout 20 cat f >two
    bg_wait writer
    assert_success
    # head(1) may have read more than it printed.
    tail -c 1000 data | cmp - <(tail -c 1000 two)
    assert_equal "$(head -c 1000 data)" "$(cat one)"
    bg writer2 bash -c 'fifo write f --follow --records <data'
    bg reader cat f
    bg_wait writer2
    bg_wait reader
    cmp reader.out data
}

@test "write -n into a full FIFO is status 1 with what was written; -t is 124" {
    fifo create f
    hold
    head -c 65000 /dev/zero >f
    t bash -c 'head -c 5000 /dev/zero | tr "\0" "\n" | fifo write -n f --records'
    assert_failure 1
    assert_stderr --regexp 'it is full; [0-9]+ records were written'
    local text
    text=$(printf 'x%.0s' {1..4000})
    head -c 60000 /dev/zero | fifo write -n f || :
    t fifo write f "$text" -t 200ms
    assert_failure 124
    assert_stderr --partial 'while waiting for room; nothing was written'
}

@test "SIGTERM in mid-flow: what was not written is still in the input, and the count is exact" {
    fifo create f
    hold
    head -c 200000 /dev/urandom >data
    bg writer bash -c '{ fifo write f; cat >rest; } <data'
    wait_until waits_for data || wait_until queued_is 65536 f
    local pid
    pid=$(pgrep -P "$(bg_pid writer)" -x fifo)
    kill "$pid"
    bg_wait writer
    assert_stderr --partial '65536 bytes were written'
    cmp rest <(tail -c +65537 data)
    fifo read f -S 65536 | cmp - <(head -c 65536 data)
}

@test "write --lock waits for another's lock, gives up, and is let go by the other's end" {
    need python3
    fifo create f
    hold
    bg locker python3 -c '
import fcntl, os, signal, struct
f = os.open("f", os.O_WRONLY)
fcntl.fcntl(f, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))
print("held", flush=True)
signal.pause()'
    wait_until grep -q held locker.out
    t fifo write f --lock x -t 200ms
    assert_failure 124
    assert_stderr --partial "waiting for another writer's lock; nothing was written"
    t fifo write f --lock x -n
    assert_failure 1
    bg writer fifo write f --lock x
    wait_until blocked_in writer fcntl
    kill -KILL "$(bg_pid locker)"
    bg_wait writer
    assert_success
    assert_equal "$(queued)" 2
}

@test "write goes on past EINTR and short writes of any call" {
    need strace
    fifo create f
    hold
    seq 500 | strace -f -o /dev/null -e inject=read,write,ppoll:error=EINTR:when=1+3 fifo write f --records
    fifo read f --lines 500 | cmp - <(seq 500)
    seq 500 | strace -f -o /dev/null -e inject=read,splice,write,ppoll:error=EINTR:when=1+3 fifo write f
    fifo read f --lines 500 | cmp - <(seq 500)
}

@test "FIFO-8: write to a file, a directory, a socket and a link to a file is status 2, all untouched" {
    echo kept >file
    ln -s file link
    "${py:-python3}" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    local name
    for name in file link . socket; do
        t fifo write "$name" text
        assert_failure 2
    done
    assert_equal "$(cat file)" kept
    t fifo write nowhere text
    assert_failure 4
    [[ ! -e nowhere ]]
}

@test "write refuses options that mean nothing together" {
    fifo create f
    t fifo write f --raw
    assert_failure 2
    t fifo write f --raw -0 x
    assert_failure 2
    t fifo write f --lines 1 x
    assert_failure 2
    t fifo write f -n -t 1 x
    assert_failure 2
}

@test "--follow --drain waits for the next reader, who finds what the last one left" {
    mkfifo f
    bg writer fifo write f aaaa bbbb --follow --drain
    assert_equal "$(dd if=f bs=3 count=1 status=none)" aaa
    assert_equal "$(head -c 7 f)" $'a\nbbbb'
    bg_wait writer
    assert_success
}
