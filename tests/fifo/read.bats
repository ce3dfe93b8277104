#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# read.bats: fifo read
# timeout: 240

load fifo

@test "read prints all until the last writer is gone, whatever the bytes are" {
    fifo create f
    head -c 300000 /dev/urandom >data
    bg writer sh -c 'cat data >f'
    fifo read f | cmp - data
    bg writer2 sh -c 'cat data >f'
    fifo read f >got
    cmp got data
    bg writer3 sh -c 'cat data >f'
    fifo read f >>got
    cat data data | cmp - got
}

@test "FIFO-3: read without a writer gives up with 124 in time; a writer that writes nothing is status 1" {
    fifo create f
    local begin=$EPOCHREALTIME
    t fifo read f -t 1s
    assert_failure 124
    refute_output
    local took=$((${EPOCHREALTIME/./} - ${begin/./}))
    ((took >= 1000000 && took < 4000000)) || fail "took $took us"
    t fifo read f -n
    assert_failure 1
    t fifo read f -t 0
    assert_failure 124
    bg writer sh -c ': >f'
    t fifo read f -t 5s
    assert_failure 1
    refute_output
    refute_stderr
}

@test "read waits for a writer that comes late, and for data that come late" {
    fifo create f
    bg reader fifo read f
    wait_until is '.readers != []'
    exec 9>f
    wait_until blocked_in reader ppoll
    echo one >&9
    wait_until grep -q one reader.out
    echo two >&9
    exec 9>&-
    bg_wait reader
    assert_success
    assert_output $'one\ntwo'
}

@test "FIFO-7: read --lines takes its lines and not a byte more" {
    fifo create f
    hold
    seq 10 >f
    t fifo read f --lines 3
    assert_success
    assert_output $'1\n2\n3'
    assert_equal "$(queued)" 15
    t fifo read f --lines 1
    assert_output 4
    fifo read f -S 3 | cmp - <(printf '5\n6')
    fifo read f --size 1 | cmp - <(printf '\n')
    t fifo read f -n --lines 9
    assert_failure 1
    assert_output $'7\n8\n9\n10'
    assert_equal "$(queued)" 0
}

@test "read --lines gives status 1 when there were fewer, and counts a last line without its newline" {
    fifo create f
    bg writer sh -c 'printf "a\nb" >f'
    t fifo read f --lines 2
    assert_success
    assert_output $'a\nb'
    assert_stderr --partial 'the last record has no newline at its end'
    bg writer2 sh -c 'printf "a\nb" >f'
    t fifo read -q f --lines 3
    assert_failure 1
    assert_output $'a\nb'
    bg writer3 sh -c 'printf ab >f'
    t fifo read f -S 3
    assert_failure 1
    assert_output ab
}

@test "FIFO-7: read --records leaves an unfinished record where it is" {
    fifo create f
    hold
    printf 'whole\nunfin' >f
    t fifo read f --records -t 200ms
    assert_failure 124
    assert_output whole
    refute_stderr
    assert_equal "$(queued)" 5
    bg reader fifo read f --lines 1
    wait_until blocked_in reader ppoll
    printf ished >f
    wait_until queued_is 10 f
    printf '\n' >f
    bg_wait reader
    assert_output unfinished
}

@test "waiting for the end of a record costs no processor time" {
    fifo create f
    hold
    printf unfinished >f
    t bash -c 'TIMEFORMAT="%U %S"; time fifo read f --records -t 1500ms'
    [[ $stderr =~ ^0\.0[0-4][0-9]\ 0\.0[0-4][0-9] ]] || fail "$stderr"
}

@test "a record longer than the FIFO comes through whole" {
    fifo create f
    printf 'x%.0s' {1..200000} >long
    echo >>long
    hold f
    bg writer sh -c 'cat long long >f'
    fifo read f --lines 1 | cmp - long
    fifo read f --lines 1 | cmp - long
    bg_wait writer
}

@test "read -0 takes records that end in NUL" {
    fifo create f
    hold
    printf 'a\nb\0c\0d' >f
    fifo read f -0 --lines 1 | cmp - <(printf 'a\nb\0')
    fifo read f --null -n | cmp - <(printf 'c\0') || :
    assert_equal "$(queued)" 1
}

@test "read --follow goes on from writer to writer until its time is over, without a busy loop" {
    fifo create f
    bg reader bash -c 'TIMEFORMAT="%U %S"; time fifo read f --follow -t 3s'
    wait_until is '.readers != []'
    echo one >f
    wait_until grep -q one reader.out
    echo two >f
    wait_until grep -q two reader.out
    bg_wait reader
    assert_failure 124
    assert_output $'one\ntwo'
    [[ $stderr =~ ^0\.0[0-4][0-9]\ 0\.0[0-4][0-9] ]] || fail "$stderr"
}

@test "several readers with --records share the work: every record whole and once" {
    fifo create f
    local n
    for n in 1 2 3; do bg "reader$n" fifo read f --records; done
    wait_until is '(.readers | length) == 3'
    seq -f 'record %08g' 20000 >f
    for n in 1 2 3; do
        bg_wait "reader$n"
        ((status <= 1)) || fail "status $status: $stderr"
    done
    sort reader?.out | cmp - <(seq -f 'record %08g' 20000)
}

@test "a full disk and a closed pipe take nothing out of the FIFO that was not written" {
    need python3
    fifo create f
    hold
    seq 100 >f
    local before
    before=$(queued)
    t bash -c 'fifo read f --lines 5 >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    assert_equal "$(queued)" "$before"
    t bash -c 'fifo read f -t 1s >/dev/full'
    assert_failure 3
    assert_equal "$(queued)" "$before"
    t python3 -c '
import os, subprocess, signal
r, w = os.pipe()
os.close(r)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
print(subprocess.run(["fifo", "read", "f", "--records"], stdout=w).returncode)'
    assert_output -13
    refute_stderr
    assert_equal "$(queued)" "$before"
    t bash -c 'fifo read f >&-'
    assert_failure 3
    assert_equal "$(queued)" "$before"
    fifo read f --lines 100 | cmp - <(seq 100)
}

@test "read ends when nobody reads its output any more, although nothing comes" {
    fifo create f
    hold
    bg reader bash -c 'fifo read f | :; echo ${PIPESTATUS[0]}'
    bg_wait reader
    assert_output 141
}

@test "SIGTERM while standard output is full leaves the rest in the FIFO, and says what was torn" {
    fifo create f out
    hold
    bg holder2 fifo hold out
    wait_until is '.readers != []' out
    seq -f '%0999g' 60 >f
    head -c 65000 /dev/zero >out
    bg reader sh -c 'exec fifo read f --records >out'
    wait_until blocked_in reader write
    kill "$(bg_pid reader)"
    bg_wait reader
    assert_failure 143
    assert_output ''
    local left
    left=$(queued)
    ((left % 1000 == 0)) || fail "$left bytes left"
    [[ $stderr == '' || $stderr == *'of a record, which stays in the FIFO'* ]]
}

@test "FIFO-7: readers killed at a random moment lose nothing that was not printed" {
    fifo create f
    hold
    seq -f 'record %06g' 3000 >f
    local n
    for ((n = 1; n <= ${MOREIPC_KILLS:-100}; n++)); do # 500 take some 15 s
        bg "r$n" fifo read f --records
        # killed before it is the tool at all, it would be bats that is killed
        wait_until grep -qx fifo "/proc/$(bg_pid "r$n")/comm"
        read -rt "0.00$((RANDOM % 10))" <> <(:) || :
        kill -KILL "$(bg_pid "r$n")"
        bg_wait "r$n"
    done
    t fifo read -n f --records
    printf '%s\n' "$output" | grep . >>r0.out || :
    # Printed and not yet taken is printed twice, never lost.
    sort -u r*.out | grep -E '^record [0-9]{6}$' | cmp - <(seq -f 'record %06g' 3000)
}

@test "read goes on past stopped and continued, and EINTR of any call" {
    need strace
    fifo create f
    hold
    seq 1000 >f
    strace -f -o /dev/null -e inject=read,splice,tee,write,ppoll:error=EINTR:when=1+3 fifo read f --lines 1000 | cmp - <(seq 1000)
    seq 1000 >f
    strace -f -o /dev/null -e inject=read,splice,tee,write,ppoll:error=EINTR:when=1+3 fifo read f -S 3893 | cmp - <(seq 1000)
}

@test "FIFO-8: read of a file, a directory, a socket and a link to a file is status 2, of a link to a FIFO is not" {
    : >file
    "${py:-python3}" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    ln -s /etc/passwd passwd
    fifo create f
    ln -s f link
    local name
    for name in file . socket passwd; do
        t fifo read -n "$name"
        assert_failure 2
        assert_stderr --partial 'not a FIFO'
        refute_output
    done
    t fifo read -n link
    assert_failure 1
    t fifo read nowhere
    assert_failure 4
}

@test "read of a FIFO that may not be read is status 5" {
    need_root
    chmod 755 .
    fifo create f
    t "${as_nobody[@]}" "$(command -v fifo)" read -n f
    assert_failure 5
}

@test "read refuses options that exclude each other" {
    fifo create f
    t fifo read f -S 3 --lines 1
    assert_failure 2
    t fifo read f -S 3 --records
    assert_failure 2
    t fifo read f -n -t 1
    assert_failure 2
    t fifo read f --lines 0
    assert_failure 2
    t fifo read
    assert_failure 2
}

@test "read -t ends in time although data never stop coming" {
    fifo create f
    bg writer sh -c 'exec cat /dev/zero >f'
    t bash -c 'fifo read f -t 500ms | wc -c; exit ${PIPESTATUS[0]}'
    assert_failure 124
}
