#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# zsh.bats: TAB in a real zsh

load ../lib

setup() {
    need_isolation
    need zsh
    cd "$BATS_TEST_TMPDIR"
    touch file-one
    mkdir file-two
}

teardown() {
    mq rm -q -f /jobs /jam key:0x4d2 '/a b' '/we:ird' '/q$x' '/a\x0ab' >"$BATS_TEST_TMPDIR/removed" 2>&1 || :
    end_test
}

make() { mq create -N 10 -S 16 "$@"; }

# tab LINE: the line after TAB, and below it what was listed.
tab() {
    t 30 zsh -f -o extendedglob "$root/tests/completions/tab.zsh" "$root/completions" "$1"
    assert_success
}

# becomes LINE LINE: what TAB makes of it.
becomes() {
    tab "$1"
    assert_line --index 0 "$2"
}

@test "TAB completes verbs, options and queues" {
    make /jobs
    becomes 'mq sen' 'mq send '
    becomes 'mq send --pri' 'mq send --priority '
    becomes 'mq send /jo' 'mq send /jobs '
    becomes "$build/bin/mq send /jo" "$build/bin/mq send /jobs "
}

@test "several are listed with their notes" {
    make /jobs /jam
    mq send /jobs one
    tab 'mq recv /j'
    assert_output --regexp '/jam +-- 0 of 10 messages'
    assert_output --regexp '/jobs +-- 1 of 10 messages'
    tab 'mq s'
    assert_output --regexp 'send +-- put messages on a queue'
}

@test "words with a colon are completed" {
    mq create key:0x4d2
    make '/we:ird'
    becomes 'mq rm key' 'mq rm key:0x4d2 '
    becomes 'mq rm key:' 'mq rm key:0x4d2 '
    becomes 'mq rm /we:i' 'mq rm /we:ird '
}

@test "--option=value is completed" {
    make /jobs
    becomes 'mq recv /x --failed=' 'mq recv /x --failed=/jobs '
    becomes 'mq recv /x --failed=/j' 'mq recv /x --failed=/jobs '
    becomes 'mq recv /x --rescue=file-o' 'mq recv /x --rescue=file-one '
}

@test "file names are completed where a file stands, and nowhere else" {
    becomes 'mq recv /x --rescue file-o' 'mq recv /x --rescue file-one '
    becomes 'mq recv /x >file-o' 'mq recv /x >file-one '
    becomes 'mq send file-o' 'mq send file-o'
}

@test "names that a shell would read otherwise are quoted" {
    make '/a b' '/q$x'
    becomes 'mq rm /a' 'mq rm /a\ b '
    becomes "mq rm '/a" "mq rm '/a b' "
    becomes 'mq rm /q' 'mq rm /q\$x '
}

@test "escaped names stay as the verb reads them" {
    make '/a\x0ab'
    becomes 'mq rm /a' 'mq rm /a\\x0ab '
}

@test "behind -- the command completes itself" {
    becomes 'mq recv /x -- wrapp' 'mq recv /x -- wrapped '
    becomes 'mq recv /x -- wrapped --pr' 'mq recv /x -- wrapped --probe-one '
    becomes 'mq recv /x --all -- wrapped a /o' 'mq recv /x --all -- wrapped a /own '
}

@test "TAB runs nothing that stands on the line" {
    make /jobs
    becomes 'mq recv $(touch ran) /jo' 'mq recv $(touch ran) /jobs '
    becomes 'mq recv "`touch ran`" /jo' 'mq recv "`touch ran`" /jobs '
    [[ ! -e ran ]]
}

@test "another program of that name is not believed" {
    mkdir bin
    printf '#!/bin/sh\necho junk\necho more\n' >bin/mq
    chmod +x bin/mq
    PATH=$PWD/bin:$PATH becomes 'mq jun' 'mq jun'
}
