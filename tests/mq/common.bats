#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# common.bats: what all verbs of mq share: help, usage errors, standard descriptors, names, sizes, environment

load mq

readonly verbs='create rm ls stat set send recv peek wait mv limits'

# words VERB: a command line of the verb that works on $queue, $key or nothing, and does not wait
words() {
    case $1 in
    ls | limits) echo "$1" ;;
    create) echo "create private" ;;
    rm) echo "rm --dry-run $queue" ;;
    stat) echo "stat -q $queue" ;;
    set) echo "set $queue -m 0640" ;;
    send) echo "send -n $queue x" ;;
    recv) echo "recv -n $key" ;;
    peek) echo "peek $key" ;;
    wait) echo "wait -n $key" ;;
    mv) echo "mv -N 1 $queue $key" ;;
    esac
}

queues() {
    make "$queue" -N 5
    make "$key"
    mq send "$queue" a
    mq send "$key" a
}

sysv_private() { mq ls -qj -o NAME,KEY | jq -r 'select(.key == "0x0").name'; }

# --- help and version ---

@test "-h is short help: at most 25 lines with three examples, on stdout, status 0, for every verb" {
    t mq -h
    assert_success
    assert_output --partial 'Usage: mq VERB'
    for verb in $verbs; do
        t mq "$verb" -h
        assert_success
        refute_stderr
        assert_line --index 0 --partial "mq $verb: "
        ((${#lines[@]} <= 25)) && [[ $(wc -l <<<"$output") -le 25 ]] || fail "mq $verb -h has $(wc -l <<<"$output") lines"
        assert_equal "$verb $(sed '1,/^Examples:/d; /^$/,$d' <<<"$output" | wc -l)" "$verb 3"
    done
}

@test "--help and help VERB are all of it: every option, exit status and column" {
    for verb in $verbs; do
        t mq "$verb" --help
        assert_success
        local help=$output
        t mq help "$verb"
        assert_success
        assert_equal "$output" "$help"
        assert_output --partial 'Exit statuses:'
        assert_output --partial '124  gave up'
        assert_output --partial -- '-h, --help'
    done
    t mq recv --help
    assert_output --partial '127  the command was not found'
    t mq help
    assert_success
    t mq --help
    assert_success
    t mq help nothing
    assert_failure 2
}

@test "in help there is space between every example and its explanation" {
    for verb in $verbs; do
        t mq "$verb" --help
        run bash -c 'sed "1,/^Examples:/d; /^$/,\$d" | grep -v "  *[^ ].* [ ]*[^ ]" ' <<<"$output"
        refute_output
        t mq "$verb" --help
        run grep -E "^  mq .*['a-z]'[a-z]" <<<"$output"
        refute_output
    done
}

@test "-h, --help and -V work anywhere on the line, and nothing else is done" {
    t mq rm "$queue" -h
    assert_success
    t mq create "$queue" --help
    assert_success
    t mq recv --no-such "$queue" -V
    assert_success
    assert_output --regexp '^mq \(moreipc\) [0-9.]+'
    t mq stat "$queue"
    assert_failure 4
    t mq -V
    assert_success
    t mq --version
    assert_output --regexp '^mq \(moreipc\) [0-9]+\.[0-9]+\.[0-9]+'
}

@test "help words behind -- belong to the command" {
    make "$queue"
    mq send "$queue" x
    t mq recv "$queue" -- echo -h --help -V
    assert_success
    assert_output '-h --help -V'
}

@test "-v tells the system calls in words on stderr, -q leaves out notes" {
    for option in -v --verbose; do
        t mq create $option private
        assert_success
        assert_stderr --partial 'msgget'
        t mq rm $option "$output"
        assert_stderr --partial 'IPC_RMID'
    done
    make "$queue"
    t mq send -v "$queue" hello
    assert_stderr --partial "put 5 bytes with priority 0 on $queue (mq_send)"
    t mq recv -v "$queue"
    assert_output hello
    assert_stderr --partial 'took 5 bytes'
    for option in -q --quiet; do
        t mq create $option "$queue"
        refute_stderr
        t mq rm $option "$other"
        assert_failure 4
        assert_stderr --partial "$other"
    done
}

# --- usage errors ---

@test "no verb, an unknown verb: status 2, two lines, did you mean" {
    t mq
    assert_failure 2
    refute_output
    assert_equal "$(wc -l <<<"$stderr")" 2
    t mq sned
    assert_failure 2
    assert_equal "$stderr" "mq: unknown verb 'sned'
hint: did you mean send?"
    t mq $'\e[31m'
    assert_failure 2
    assert_stderr --partial '\x1b[31m'
    t mq ''
    assert_failure 2
    t mq --no-such
    assert_failure 2
}

@test "an unknown option of any verb is status 2 in two lines, with the nearest one" {
    for verb in $verbs; do
        t mq "$verb" --quite
        assert_failure 2
        refute_output
        assert_equal "$stderr" "mq: $verb: unknown option --quite
hint: did you mean --quiet?"
        t mq "$verb" -Z
        assert_failure 2
    done
    t mq send --timeot=3 /x
    assert_stderr --partial 'did you mean --timeout?'
}

@test "options are spelled -t5, -t 5, --timeout=5, --timeout 5, bundled, and may follow operands; the last one counts" {
    full "$queue"
    for words in '-t0' '-t 0' '--timeout=0' '--timeout 0' '-qt0' '-qt 0' '-t 5 -t 0'; do
        # shellcheck disable=SC2086 # words
        t mq send $words "$queue" x
        assert_failure 124
        # shellcheck disable=SC2086 # words
        t mq send "$queue" x $words
        assert_failure 124
    done
    for words in '-qn' '-nq' '-n -n'; do
        # shellcheck disable=SC2086 # words
        t mq send $words "$queue" x
        assert_failure 1
    done
}

@test "an option without its value, or a flag with one, is status 2" {
    t mq send /x -t
    assert_failure 2
    assert_stderr --partial '--timeout needs'
    t mq send /x --priority
    assert_failure 2
    t mq send /x --nonblock=yes
    assert_failure 2
    assert_stderr --partial 'no value'
    t mq ls --json=1
    assert_failure 2
}

@test "long options are not abbreviated: only what is documented is accepted" {
    t mq send /x --time 3
    assert_failure 2
    t mq ls --no
    assert_failure 2
}

@test "-n and -t together are status 2 in every verb that has them" {
    queues
    for words in "send $queue x" "recv $queue" "wait $queue" "mv $queue $key"; do
        # shellcheck disable=SC2086 # words
        t mq $words -n -t 1
        assert_failure 2
        assert_stderr --partial '--timeout and --nonblock exclude each other'
    done
    assert_equal "$(depth "$queue")" 1
}

@test "durations: units, fractions, and what is none" {
    make "$queue"
    for word in 0 0s 1ns 1us 1ms 0.001 0.00001m 0h 0d; do
        t mq wait -t "$word" "$queue"
        assert_failure 124
    done
    for word in '' -1 1w 1.s .5 1e3 inf 1,5 '1 s' 99999999999999999999 999999999d; do
        t mq wait "--timeout=$word" "$queue"
        assert_failure 2
        assert_stderr --partial '--timeout'
    done
    mq send "$queue" x
    t mq wait -t 290y "$queue"
    assert_failure 2
    t mq wait -t 100000d "$queue"
    assert_success
}

@test "a wrong command line is told on stderr only, and touches nothing" {
    t mq create "$queue" "$other" a/b
    assert_failure 2
    refute_output
    t mq stat "$queue"
    assert_failure 4
    t mq rm a/b
    assert_failure 2
}

# --- names (F22, U7) ---

@test "names that are none are status 2 in every verb, before any system call (U7; pitfall: glibc's EACCES and EINVAL)" {
    need strace
    local long300 long256
    long300=$(printf 'n%.0s' {1..300})
    long256=$(printf 'n%.0s' {1..256})
    # shellcheck disable=SC1003 # a backslash at the end is meant
    for name in '' / . .. /. /.. a/b /a/b ../x /../x //x x/ "$long256" "/$long300" 'a\x00b' 'a\xzz' 'a\'; do
        for verb in create rm stat 'set -m 0600' 'send -n' 'recv -n' peek 'wait -n'; do
            # shellcheck disable=SC2086 # words
            t mq $verb -- "$name"
            assert_failure 2
            assert_equal "$(wc -l <<<"$stderr")" 2
        done
        t mq mv -- "$name" /x
        assert_failure 2
        t mq mv -- /x "$name"
        assert_failure 2
        t strace -qq -f -e trace=mq_open,mq_unlink,msgget,msgctl -o "$dir/trace" mq create -- "$name"
        assert_equal "$(<"$dir/trace")" ''
    done
    t mq create "$long256"
    assert_stderr --partial '256 bytes are over the limit of 255'
}

@test "a name of 255 bytes is a name, with and without its slash" {
    local name
    name=/$(printf '%0255d' $$)
    make "$name"
    t mq send "${name#/}" x
    assert_success
    holds "$name" x
    t mq rm "$name"
    assert_success
}

@test "names that are none of the System V spellings are status 2" {
    for name in key: key:0 key:0x key:0x100000000 key:4294967296 key:-1 key:x id: id:-1 id:2147483648 id:x ftok:; do
        t mq stat "$name"
        assert_failure 2
        assert_stderr --partial 'NAME'
    done
}

@test "an escaped name fed back is the same name: ESC, newline, backslash, space, quotes, UTF-8" {
    local raw
    for raw in $'esc\e[31m' $'new\nline' 'back\\slash' 'two words' "qu'o\"te" 'ü€' $'\xff\xfe' '-dash' '12:3' 'key:5' '*'; do
        local name=$queue$raw spelled
        make_raw "$name"
        spelled=$(mq ls -q --no-header -o NAME | grep -aF "$queue")
        assert_equal "$(wc -l <<<"$spelled")" 1
        run grep -qP '[\x00-\x1f\x7f]' <<<"$spelled"
        assert_failure
        t mq send "$spelled" "in $raw"
        assert_success
        t mq recv -n --raw "$spelled"
        assert_output "in $raw"
        t mq rm "$spelled"
        assert_success
    done
}

@test "names that look like other spellings are reached with their slash" {
    for name in "/key:5-$$" "/12:3-$$" "/id:7-$$" "/private-$$" '/key:5' '/12:3' '/private'; do
        make "$name"
        t mq stat -j "$name"
        assert_success
        json '.kind == "posix"'
        mq rm "$name"
    done
}

@test "errors print names escaped, in one line" {
    local esc=$'/e\e[31m\n'
    t mq stat "$esc$$"
    assert_failure 4
    refute_stderr --regexp $'[\x01-\x09\x0b-\x1f]'
    assert_stderr --partial '/e\x1b[31m\x0a'
    t mq send --no$'\e' /x
    refute_stderr --partial $'\e'
    t mq recv --rescue "$dir/a"$'\n'b -n -j -0 /x
    refute_stderr --partial $'\e'
}

@test "arguments of 128 KiB, empty ones and 10,000 of them are refused sensibly or work (U14)" {
    queues
    local big
    big=$(head -c 131000 /dev/zero | tr '\0' x)
    for words in "$big" "create $big" "send $big x" "send $queue -p $big" "send $queue -t $big x" "recv $queue --type $big" "create $queue -m $big" \
        "create $queue -S $big" "ls -o $big" "help $big" "send $queue --$big" "stat key:$big" "stat $big:3"; do
        # shellcheck disable=SC2086 # words
        t mq $words
        assert_failure 2
    done
    t mq send "$queue" "$big"
    assert_failure 3
    t mq stat "ftok:/$big"
    assert_failure
    for verb in $verbs; do
        t mq "$verb" ''
        assert_failure 2
    done
    # shellcheck disable=SC2046 # 10,000 words
    t mq send -n "$queue" $(seq 10000)
    assert_failure 1
    assert_stderr --partial '4 of 10000 messages sent'
    # shellcheck disable=SC2046 # 10,000 words
    t 20 mq rm -f $(seq -f "$queue-%g" 10000)
    assert_success
}

# --- standard descriptors (U1 to U5) ---

@test "what every verb prints to /dev/full is status 3 with the reason (U1)" {
    queues
    for words in -h --help -V 'help send' --version ls 'ls -j' 'ls -0' limits "stat -q $queue" "stat -qj $queue" "peek $key" "peek $key -j" "rm --dry-run $queue" \
        'create private' "recv -n $key" "recv --all $queue" 'send -h' --dump-spec; do
        t bash -c "mq $words >/dev/full"
        assert_failure 3
        assert_stderr --partial 'No space left on device'
    done
    assert_equal "$(depth "$queue") $(depth "$key")" '1 1'
    assert_equal "$(sysv_private)" ''
}

@test "verbs that print nothing do not mind /dev/full and a closed stdout (U2)" {
    for out in '>/dev/full' '>&-'; do
        made+=("$other")
        for words in "create $other" "send $other x" "set $other -m 0640" "wait -n $other" "rm $other"; do
            t bash -c "mq $words $out"
            assert_success
        done
    done
}

@test "what every verb prints to a closed stdout is status 3, and nothing is lost (U2)" {
    queues
    for words in -h --help -V ls limits "stat -q $queue" "peek $key" "rm --dry-run $queue" 'create private' "recv -n $key" "recv --all $queue"; do
        t bash -c "mq $words >&-"
        assert_failure 3
        assert_stderr --partial 'Bad file descriptor'
    done
    assert_equal "$(depth "$queue") $(depth "$key")" '1 1'
    assert_equal "$(sysv_private)" ''
}

@test "a closed pipe ends every verb by SIGPIPE in silence, or with status 3 when it is ignored (U3)" {
    queues
    mkfifo "$dir/fifo"
    for words in --help 'ls -q' "stat -q $queue" "peek $key" limits "recv -n $key" "recv --all $queue"; do
        t bash -c "exec 8<>'$dir/fifo' 9>'$dir/fifo' 8<&-; mq $words >&9"
        assert_failure 141
        refute_stderr
        t bash -c "trap '' PIPE; exec 8<>'$dir/fifo' 9>'$dir/fifo' 8<&-; mq $words >&9"
        assert_failure 3
        assert_stderr --partial 'Broken pipe'
    done
    assert_equal "$(depth "$queue") $(depth "$key")" '1 1'
}

@test "with each of the 8 combinations of closed descriptors no queue or file of ours is on 0 to 2, and nothing goes where it should not (U4)" {
    need strace
    queues
    local closed name
    for closed in '' '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
        for verb in $verbs; do
            mq send -n "$queue" a
            mq send -n "$key" a
            t bash -c "exec 7>/dev/null; strace -qq -f -e trace=mq_open,mq_timedsend,mq_timedreceive,openat,open,write -o '$dir/trace' \
                bash -c 'exec mq $(words "$verb") $closed' 7>&-"
            # neither a queue nor a file is opened as 0, 1 or 2 by mq and stays there
            run grep -E ' (mq_open|mq_timedsend|mq_timedreceive)\(' "$dir/trace"
            refute_output --regexp 'mq_timed(send|receive)\([0-2],'
            name=$(sysv_private)
            [[ -z $name ]] || mq rm "$name"
            mq recv --all "$key" >/dev/null || :
            mq recv --all "$queue" >/dev/null || :
        done
        # what is sent is exactly what was given: no message of ours slipped in by descriptor number
        mq set "$queue" -m 0600
        t bash -c "mq send '$queue' SECRET $closed"
        assert_success
        t bash -c "mq stat '$queue' $closed; :"
        holds "$queue" SECRET
    done
}

@test "a command sees the same of 0 to 2 closed and open as we did, and its message on 0 (U4)" {
    queues
    for closed in '' '2>&-' '>&-' '<&-' '<&- 2>&-'; do
        mq send "$queue" x
        t bash -c "mq recv '$queue' -- sh -c 'cd /proc/self/fd && for n in 0 1 2; do [ -e \$n ] && echo \$n; done >\"$dir/fds\"' $closed"
        case $closed in
        '' | '<&-') expected='0 1 2' ;;
        '2>&-' | '<&- 2>&-') expected='0 1' ;;
        '>&-') expected='0 2' ;;
        esac
        # the redirection of the shell's own loop takes the place of 1
        grep -qx 0 "$dir/fds"
        [[ $expected == *2* ]] || ! grep -qx 2 "$dir/fds"
    done
}

@test "send reads nothing of ours from a closed stdin" {
    queues
    t bash -c "mq send '$queue' <&-"
    assert_failure 3
    assert_stderr --partial 'Bad file descriptor'
    assert_equal "$(depth "$queue")" 1
}

@test "stderr that is full or closed changes no status" {
    queues
    for err in '2>/dev/full' '2>&-'; do
        t bash -c "mq send /no-such-$$ x $err"
        assert_failure 4
        t bash -c "mq create '$queue' $err"
        assert_success
        t bash -c "mq nonsense $err"
        assert_failure 2
        t bash -c "mq ls $err"
        assert_success
    done
}

# --- environment ---

@test "set-user-ID, we refuse to run with status 2, before anything else (U15)" {
    need_root
    cp "$(command -v mq)" "$dir/mq"
    chmod 4755 "$dir/mq"
    chmod -R a+X "$dir" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
    findmnt -nT "$dir" -o OPTIONS 2>/dev/null | grep -qw nosuid && skip 'the file system is nosuid'
    for words in -h --version ls "create $queue"; do
        # shellcheck disable=SC2086 # words
        t "${as_nobody[@]}" "$dir/mq" $words
        assert_failure 2
        refute_output
        assert_stderr 'mq: refuses to run set-user-ID, set-group-ID or with file capabilities'
    done
    t mq stat "$queue"
    assert_failure 4
}

@test "output does not depend on the locale, and env -i is enough (U16)" {
    queues
    mq send "$key" 'ü I i'
    local plain
    for words in "stat -q -o MESSAGES,BYTES,CHARGE,MODE,KIND $queue" "peek $key --all -j" 'limits -j' -h 'send --help' "stat -j /no-such-$$" "recv --n -t 1.5 /x"; do
        # shellcheck disable=SC2086 # words
        plain=$(mq $words 2>&1) || :
        for locale in LC_ALL=tr_TR.UTF-8 LC_ALL=de_DE.UTF-8 LANG=nonsense TZ=garbage LANGUAGE=de; do
            # shellcheck disable=SC2086 # words
            t env "$locale" bash -c "mq $words 2>&1; :"
            assert_output "$plain"
        done
        # shellcheck disable=SC2086 # words
        t env -i "$(command -v bash)" -c "'$(command -v mq)' $words 2>&1; :"
        assert_output "$plain"
    done
}

@test "a current directory that is gone does not matter (U16)" {
    queues
    mkdir "$dir/gone"
    t bash -c "cd '$dir/gone' && rmdir '$dir/gone' && mq send '$queue' x && mq ls && mq recv '$queue' -- cat"
    assert_success
}

@test "no argument vector at all is a usage error, not a crash" {
    t "$py" -c "
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.dup2(2, 2)
program = os.fsencode(sys.argv[1])
libc.execv(program, (ctypes.c_char_p * 1)(None))" "$(command -v mq)"
    assert_failure 2
}

@test "the hidden specification is JSON and names every verb" {
    t mq --dump-spec
    assert_success
    for verb in $verbs; do assert_output --partial "\"$verb\""; done
    jq -e . <<<"$output" >/dev/null
}

@test "few descriptors and no room for files give a status and a line, never a crash (U13)" {
    queues
    for limit in 4 5 6 8 12; do
        for verb in $verbs; do
            mq send -n "$queue" a
            mq send -n "$key" a
            # shellcheck disable=SC2046 # words
            t prlimit --nofile=$limit mq $(words "$verb")
            ((status < 126)) || fail "mq $verb with $limit descriptors: status $status"
            mq recv -n "$key" >/dev/null || :
            mq recv -n "$queue" >/dev/null || :
        done
    done
    local name
    for name in $(sysv_private); do mq rm "$name"; done
    t prlimit --stack=65536 mq limits
    assert_success
    t prlimit --fsize=0 mq send "$queue" x
    assert_success
}

@test "what other tools call a verb is understood as a question" {
    for pair in list:ls remove:rm delete:rm receive:recv get:recv put:send push:send move:mv show:stat; do
        t mq "${pair%:*}" "$queue"
        assert_failure 2
        assert_stderr --partial "did you mean ${pair#*:}?"
    done
    t mq -h send
    assert_success
    assert_output --partial 'Usage: mq send'
}

@test "no name is proposed for a number or a name of two letters" {
    make /ab
    t mq rm /ax
    assert_failure 4
    refute_stderr --partial 'did you mean'
    local id
    id=$(mq create private)
    t mq rm "${id#id:}"
    assert_failure 4
    assert_stderr --partial "did you mean $id?"
    t mq rm id:987654
    assert_failure 4
    refute_stderr --partial 'did you mean'
    mq rm /ab "$id"
}
