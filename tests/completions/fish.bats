#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# fish.bats: completion in a real fish

load ../lib

setup() {
    need_isolation
    need fish
    cd "$BATS_TEST_TMPDIR"
    # What a wrapped command completes with its own.
    printf '%s\n' "source '$root/completions/moreipc.fish'" 'function wrapped; end' \
        "complete -c wrapped -l probe-one" "complete -c wrapped -f -a '/own'" 'complete -C $argv[1]' >ask.fish
    touch file-one
    mkdir file-two
}

teardown() {
    mq rm -q -f /jobs /jam key:0x4d2 '/a b' '/we:ird' '/q$x' '/a\x0ab' >"$BATS_TEST_TMPDIR/removed" 2>&1 || :
    end_test
}

make() { mq create -N 10 -S 16 "$@"; }

# offers LINE CANDIDATE...: what fish offers behind LINE, with its notes, in any order.
offers() {
    t 20 fish --no-config ask.fish "$1"
    assert_success
    refute_stderr
    shift
    [[ $(sort <<<"$output") == "$(printf '%s\n' "$@" | sort)" ]] || { printf 'offered:\n%s\n' "$output"; return 1; }
}

@test "verbs, options and queues are offered with their notes" {
    make /jobs /jam
    mq send /jobs one
    offers 'mq s' $'stat\tshow one queue in full' $'set\tchange mode, owner or size' $'send\tput messages on a queue'
    offers 'mq send --pri' $'--priority\tPOSIX: higher is received first, 0 to 32767 (default: 0)'
    offers 'mq send /j' $'/jam\t0 of 10 messages' $'/jobs\t1 of 10 messages'
    offers "$build/bin/mq send /jo" $'/jobs\t1 of 10 messages'
}

@test "words with a colon are completed" {
    mq create key:0x4d2
    make '/we:ird'
    offers 'mq rm key:' $'key:0x4d2\t0 messages'
    offers 'mq rm /we:i' $'/we:ird\t0 of 10 messages'
}

@test "--option=value is completed" {
    make /jobs
    offers 'mq recv /x --failed=' $'--failed=/jobs\t0 of 10 messages'
    offers 'mq recv /x --failed=/j' $'--failed=/jobs\t0 of 10 messages'
    offers 'mq recv /x --rescue=file-o' '--rescue=file-one'
}

@test "file names are completed where a file stands, and nowhere else" {
    offers 'mq recv /x --rescue file-' file-one file-two/
    offers 'mq recv /x >file-o' file-one
    offers 'mq send file-o' ''
}

@test "names that a shell would read otherwise are found and kept" {
    make '/a b' '/q$x'
    offers 'mq rm /a' $'/a b\t0 of 10 messages'
    offers 'mq rm /a\ ' $'/a b\t0 of 10 messages'
    offers "mq rm '/a " $'/a b\t0 of 10 messages'
    offers 'mq rm "/q\$' $'/q$x\t0 of 10 messages'
}

@test "escaped names stay as the verb reads them" {
    make '/a\x0ab'
    offers 'mq rm /a' $'/a\\x0ab\t0 of 10 messages'
}

@test "behind -- the command completes itself" {
    t 20 fish --no-config ask.fish 'mq recv /x -- wrapp'
    assert_success
    assert_line --regexp '^wrapped\b'
    offers 'mq recv /x -- wrapped --pr' --probe-one
    offers 'mq recv /x --all -- wrapped a /o' /own
}

@test "TAB runs nothing that stands on the line" {
    make /jobs
    offers 'mq recv (touch ran) /jo' $'/jobs\t0 of 10 messages'
    offers 'mq recv $(touch ran) /jo' $'/jobs\t0 of 10 messages'
    offers 'true; mq recv "$(touch ran)" /jo' $'/jobs\t0 of 10 messages'
    [[ ! -e ran ]]
}

@test "another program of that name is not believed, and none is no error" {
    mkdir bin
    printf '#!/bin/sh\necho junk\necho more\n' >bin/mq
    chmod +x bin/mq
    PATH=$PWD/bin:$PATH offers 'mq jun' ''
    offers './mq s' ''
}
