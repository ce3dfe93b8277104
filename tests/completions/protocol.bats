#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# protocol.bats: what a tool answers to --complete-words, which all three shells hand on

load ../lib

mapfile -t tools < <(cd "$build/bin" && printf '%s\n' *)

# ask TOOL WORD...: the last word is the one that is completed.
ask() {
    t "$1" --complete-words -- "${@:2}"
    assert_success
    refute_stderr
    # Always a directive, and only at the end.
    assert_line --index -1 --regexp '^:(nofiles|files|command)$'
    [[ $(grep -c '^:' <<<"$output") == 1 ]]
}

words() { grep -v '^:' <<<"$output" | cut -f 1; }
directive() { [[ ${lines[-1]} == "$1" ]] || { echo "not $1: ${lines[-1]}"; return 1; }; }

# Small ones: what queues may cost is counted over all of a user's, also in other namespaces.
make() { mq create -N 10 -S 16 "$@"; }

setup() {
    need_isolation
    cd "$BATS_TEST_TMPDIR"
}

teardown() {
    mq rm -q -f /jobs /jam key:0x4d2 '/a\x0ab' '/a b' >"$BATS_TEST_TMPDIR/removed" 2>&1 || :
    end_test
}

@test "every verb is offered with its summary, and help" {
    need jq
    local tool
    for tool in "${tools[@]}"; do
        ask "$tool" ''
        directive :nofiles
        assert_output "$("$tool" --dump-spec | jq -r '.verbs[] | "\(.name)\t\(.summary)"')"$'\nhelp\thelp on a verb\n:nofiles'
    done
}

@test "every option of every verb is offered with its help, and nothing else" {
    need jq
    local tool verb
    for tool in "${tools[@]}"; do
        for verb in $("$tool" --dump-spec | jq -r '.verbs[].name'); do
            ask "$tool" "$verb" -
            directive :nofiles
            [[ $(grep -v '^:' <<<"$output") == "$("$tool" --dump-spec | jq -r --arg verb "$verb" '(.verbs[] | select(.name == $verb).options[]),
                .common_options[] | "\(.name)\t\(.help)"')" ]] || { echo "$tool $verb"; return 1; }
        done
    done
}

@test "an option that was given is not offered again, by letter or by name" {
    ask mq send --json -p 3 -
    run words
    refute_line -- --json
    refute_line -- --priority
    assert_line -- --raw
}

@test "what stands before the cursor is all that is offered" {
    ask mq send --r
    assert_output --regexp $'^--raw\t[^\n]*\n--rescue\t[^\n]*\n:nofiles$'
    ask mq s
    run words
    assert_output $'stat\nset\nsend'
    ask mq nosuchverb ''
    assert_output :nofiles
}

@test "before a verb only what can stand there is offered" {
    ask mq -
    local word offered
    mapfile -t offered < <(words)
    for word in "${offered[@]}"; do
        t mq "$word"
        assert_success
    done
}

@test "file names are asked for where a file stands, and only there" {
    need jq
    local tool verb name placeholder value letter
    for tool in "${tools[@]}"; do
        while IFS=$'\t' read -r verb letter name placeholder; do
            for value in "$name=" "$name=x"; do
                ask "$tool" "$verb" "$value"
                if [[ $placeholder == FILE ]]; then directive :files; else directive :nofiles; fi
            done
            ask "$tool" "$verb" "$name" ''
            if [[ $placeholder == FILE ]]; then directive :files; else directive :nofiles; fi
            [[ $letter == - ]] || ask "$tool" "$verb" "$letter" ''
        done < <("$tool" --dump-spec | jq -r '.verbs[] | .name as $verb | .options[] | select(.placeholder)
            | [$verb, .letter // "-", .name, .placeholder] | join("\t")')
    done
}

@test "the queues that are there are offered, with what is in them" {
    make /jobs /jam
    mq create key:0x4d2
    mq send /jobs one two
    ask mq send /j
    assert_output $'/jam\t0 of 10 messages\n/jobs\t2 of 10 messages\n:nofiles'
    ask mq rm key:
    assert_output --partial $'key:0x4d2\t0 messages'
    ask mq rm ''
    assert_line $'/jam\t0 of 10 messages'
    assert_line $'key:0x4d2\t0 messages'
    # Every operand that repeats, and values of options that are queues.
    ask mq recv /jam /jo
    assert_output $'/jobs\t2 of 10 messages\n:nofiles'
    ask mq recv /jam --failed /jo
    assert_output $'/jobs\t2 of 10 messages\n:nofiles'
    ask mq recv /jam --failed=/jo
    assert_output $'--failed=/jobs\t2 of 10 messages\n:nofiles'
    # No operand is left.
    ask mq stat /jam ''
    assert_output :nofiles
}

@test "what is offered is spelled as the verb reads it, one line each" {
    make '/a\x0ab' '/a b'
    ask mq rm /a
    assert_output $'/a b\t0 of 10 messages\n/a\\x0ab\t0 of 10 messages\n:nofiles' ||
        assert_output $'/a\\x0ab\t0 of 10 messages\n/a b\t0 of 10 messages\n:nofiles'
    local word offered
    mapfile -t offered < <(words)
    for word in "${offered[@]}"; do
        t mq rm "$word"
        assert_success
    done
}

@test "behind -- is a command, where the verb runs one" {
    need jq
    local tool verb runs
    for tool in "${tools[@]}"; do
        while read -r verb runs; do
            ask "$tool" "$verb" x -- ls ''
            if [[ $runs == true ]]; then directive :command; else [[ ${lines[-1]} == :*files ]]; fi
        done < <("$tool" --dump-spec | jq -r '.verbs[] | "\(.name) \(.runs_command)"')
    done
    # Here -- ends the options only.
    ask mq send /jobs -- --
    assert_output :nofiles
}

@test "help offers the verbs" {
    ask mq help re
    assert_output $'recv\ttake messages from queues\n:nofiles'
}

@test "nonsense is answered with nothing" {
    ask mq
    assert_output :nofiles
    local words=($'\xff\xfe' $'a\nb\tc' -- --=x '=' --timeout= '%s%n' '$(touch nonsense)' '../../x')
    local word
    for word in "${words[@]}"; do
        ask mq "$word"
        ask mq send "$word" "$word"
        ask mq recv --failed "$word"
    done
    [[ ! -e nonsense ]]
}

@test "looking at queues changes nothing in them and creates nothing" {
    make /jobs
    mq create key:0x4d2
    mq send /jobs one
    mq send key:0x4d2 one
    local words before after
    state() { mq ls -j -o +KEY,LIMIT,SIZE,KIND && mq stat -j key:0x4d2; ls -A /dev/shm /dev/mqueue; }
    before=$(state)
    for words in '' 'send ' 'send /j' 'create /new' 'rm key:0x9' 'rm ftok:/' 'recv /jobs ' 'peek id:' 'stat 1:' 'mv /jobs /new' 'set /jobs -m '; do
        [[ $words != *' ' ]] || words+='""'
        eval "t mq --complete-words -- $words"
    done
    after=$(state)
    [[ $after == "$before" ]] || { diff <(echo "$before") <(echo "$after"); return 1; }
}

@test "no system call of a completion creates, writes to a queue, takes from it or waits" {
    need strace
    make /jobs
    mq create key:0x4d2
    mq send /jobs one
    t 20 strace -f -o calls -e trace='!read' mq --complete-words -- rm ''
    [[ $status == 0 ]] || skip "strace may not trace here"
    assert_line $'/jobs\t1 of 10 messages'
    run grep -E '^[0-9]+ +(mq_unlink|mq_timed|mq_notify|msgsnd|msgrcv|unlink|rename|mkdir|kill|nanosleep|clock_nanosleep|execve\(.*execve)|O_CREAT|O_WRONLY|O_RDWR|IPC_CREAT|IPC_RMID|IPC_SET' calls
    assert_failure 1
}

@test "a full or an empty queue with processes blocked in it holds nobody up and wakes nobody" {
    mq create /jobs -N 1 -S 16
    make /jam
    mq send /jobs one
    bg sender mq send /jobs two
    bg receiver mq recv /jam
    wait_until blocked_in sender mq_timedsend
    wait_until blocked_in receiver mq_timedreceive
    ask mq recv /j
    assert_output $'/jam\t0 of 10 messages\n/jobs\t1 of 1 messages\n:nofiles'
    blocked_in sender mq_timedsend
    blocked_in receiver mq_timedreceive
}

@test "standard input is not touched" {
    mkfifo fifo
    exec 7<>fifo
    printf 'kept\n' >&7
    run timeout -s KILL 5 mq --complete-words -- send '' <&7
    assert_success
    read -rt 1 line <&7
    [[ $line == kept ]]
    exec 7<&-
}

@test "queues that may not be read are no error" {
    make /jobs -m 0000
    ask mq rm /j
    assert_line --partial /jobs
}

@test "the shims serve exactly the tools that are built, and hold no options of theirs" {
    need jq
    local names="${tools[*]}" name
    [[ $(sed -n 's/^_moreipc_tools=(\(.*\))$/\1/p' "$root/completions/moreipc.bash") == "$names" ]]
    [[ $(sed -n '1s/^#compdef //p' "$root/completions/_moreipc") == "$names" ]]
    [[ $(sed -n 's/^set -l moreipc_tools //p' "$root/completions/moreipc.fish") == "$names" ]]
    for name in $(mq --dump-spec | jq -r '.verbs[].options[].name' | sort -u); do
        run grep -wF -- "$name" "$root"/completions/*moreipc*
        assert_failure 1
    done
}
