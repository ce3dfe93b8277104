#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bash.bats: TAB in a real bash, with and without bash-completion

load ../lib

shim=$root/completions/moreipc.bash
library=/usr/share/bash-completion/bash_completion

setup() {
    need_isolation
    cd "$BATS_TEST_TMPDIR"
    # What a wrapped command completes with its own.
    printf '%s\n' "source '$shim'" "complete -W '--probe-one /own' wrapped" 'wrapped() { :; }' >plain.rc
    printf '%s\n' "source '$library'" "$(<plain.rc)" >library.rc
    touch file-one
    mkdir file-two
}

teardown() {
    mq rm -q -f /jobs /jam key:0x4d2 '/a b' '/we:ird' '/q$x' >"$BATS_TEST_TMPDIR/removed" 2>&1 || :
    end_test
}

make() { mq create -N 10 -S 16 "$@"; }

# tab LINE [TABS]: the line after TAB, and below it what was listed.
tab() {
    /usr/bin/python3 -c 'import pexpect' 2>/dev/null || skip "needs python3-pexpect"
    t 30 /usr/bin/python3 "$root/tests/completions/tab.py" "${rc:-plain.rc}" "$@"
    assert_success
}

# becomes LINE LINE: what TAB makes of it.
becomes() {
    tab "$1"
    assert_line --index 0 "$2"
}

# call WORD...: the function without a terminal, words as readline breaks them; the candidates.
call() {
    # shellcheck source=/dev/null
    source "$shim"
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE}
    COMP_TYPE=9
    compopt() { options+=" $*"; }
    options=''
    _moreipc "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

@test "TAB completes verbs, options and queues" {
    make /jobs
    becomes 'mq sen' 'mq send '
    becomes 'mq send --pri' 'mq send --priority '
    becomes 'mq send /jo' 'mq send /jobs '
    becomes "$build/bin/mq send /jo" "$build/bin/mq send /jobs "
}

@test "what many have in common is completed, the second TAB lists them with notes" {
    make /jobs /jam
    mq send /jobs one
    becomes 'mq recv /' 'mq recv /j'
    tab 'mq recv /j' 2
    assert_line --index 0 'mq recv /j'
    assert_output --partial '/jam   0 of 10 messages'
    assert_output --partial '/jobs  1 of 10 messages'
}

@test "words with a colon are completed, although readline breaks them there" {
    mq create key:0x4d2
    make '/we:ird'
    becomes 'mq rm key' 'mq rm key:0x4d2 '
    becomes 'mq rm key:' 'mq rm key:0x4d2 '
    becomes 'mq rm key:0x4' 'mq rm key:0x4d2 '
    becomes 'mq rm /we:i' 'mq rm /we:ird '
    becomes 'mq rm "key:0' 'mq rm "key:0x4d2" '
}

@test "--option=value is completed" {
    make /jobs
    becomes 'mq recv /x --failed=' 'mq recv /x --failed=/jobs '
    becomes 'mq recv /x --failed=/j' 'mq recv /x --failed=/jobs '
    becomes 'mq recv /x --rescue=file-o' 'mq recv /x --rescue=file-one '
}

@test "file names are completed where a file stands, and nowhere else" {
    becomes 'mq recv /x --rescue file-o' 'mq recv /x --rescue file-one '
    becomes 'mq recv /x --rescue file-t' 'mq recv /x --rescue file-two/'
    becomes 'mq recv /x > file-o' 'mq recv /x > file-one '
    becomes 'mq recv /x 2>file-o' 'mq recv /x 2>file-one '
    becomes 'mq send file-o' 'mq send file-o'
}

@test "redirections are no operands" {
    make /jobs
    becomes 'mq 2> err stat /jo' 'mq 2> err stat /jobs '
    becomes 'mq stat 2>err /jo' 'mq stat 2>err /jobs '
    becomes 'mq stat </dev/null >>out /jo' 'mq stat </dev/null >>out /jobs '
}

@test "names that a shell would read otherwise are quoted" {
    make '/a b' '/q$x'
    becomes 'mq rm /a' 'mq rm /a\ b '
    becomes 'mq rm /a\ ' 'mq rm /a\ b '
    becomes "mq rm '/a" "mq rm '/a b' "
    becomes 'mq rm /q' 'mq rm /q\$x '
}

@test "TAB in the middle of a line reads only what is before it" {
    make /jobs
    # \x02 goes a character to the left.
    becomes $'mq send /jo more\x02\x02\x02\x02\x02' 'mq send /jobs more'
}

@test "behind -- the command completes itself" {
    [[ -r $library ]] || skip "needs bash-completion"
    rc=library.rc
    becomes 'mq recv /x -- wrapp' 'mq recv /x -- wrapped '
    becomes 'mq recv /x -- wrapped --pr' 'mq recv /x -- wrapped --probe-one '
    becomes 'mq recv /x --all -- wrapped a /o' 'mq recv /x --all -- wrapped a /own '
}

@test "behind -- commands and files are completed without bash-completion, too" {
    becomes 'mq recv /x -- wrapp' 'mq recv /x -- wrapped '
    becomes 'mq recv /x -- wrapped file-o' 'mq recv /x -- wrapped file-one '
}

@test "bash-completion loaded first changes nothing" {
    [[ -r $library ]] || skip "needs bash-completion"
    rc=library.rc
    mq create key:0x4d2
    make /jobs
    becomes 'mq send /jo' 'mq send /jobs '
    becomes 'mq rm key:0' 'mq rm key:0x4d2 '
    becomes 'mq recv /x --failed=/j' 'mq recv /x --failed=/jobs '
}

@test "TAB runs nothing that stands on the line" {
    make /jobs
    becomes 'mq recv $(touch ran) /jo' 'mq recv $(touch ran) /jobs '
    becomes 'mq stat ${x:=$(touch ran)} --no-h' 'mq stat ${x:=$(touch ran)} --no-header '
    [[ ! -e ran ]]
}

@test "another program of that name is not believed" {
    mkdir bin
    printf '#!/bin/sh\necho junk\necho more\n' >bin/mq
    chmod +x bin/mq
    (
        PATH=$PWD/bin:$PATH
        call mq s
        ((${#COMPREPLY[@]} == 0))
    )
    call ./missing s
    ((${#COMPREPLY[@]} == 0))
}

@test "the function answers without a terminal as readline asks it" {
    make /jobs /jam
    call mq recv /j
    [[ ${COMPREPLY[*]} == '/jam /jobs' ]]
    call mq recv --rescue ''
    [[ ${#COMPREPLY[@]} == 0 && $options == *default* ]]
    call mq send x ''
    [[ ${#COMPREPLY[@]} == 0 && -z $options ]]
}
