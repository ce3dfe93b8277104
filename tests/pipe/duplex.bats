#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# duplex.bats: pipe duplex

load pipe

@test "duplex joins two lines for sh: each one's output is the other's input" {
    t pipe duplex 'seq 3; exec >&-; cat >&2' 'sort -r'
    assert_success
    assert_equal "$stderr" $'3\n2\n1'
    refute_output
}

@test "duplex A :: B runs commands without a shell, their words unchanged (RLY-13)" {
    t pipe duplex printf '%s\n' 'a b' '*' '' '-n' "it's" :: sh -c 'cat >words'
    assert_success
    assert_equal "$(<words)" $'a b\n*\n\n-n\nit'\''s'
}

@test "duplex of three is a ring" {
    t pipe duplex sh -c 'echo 1; read x; echo $x >&2' :: sed -u s/1/12/ :: sed -u s/12/123/
    assert_success
    assert_equal "$stderr" 123
}

@test "a filter that answers only after the end of its input gets it (RLY-2)" {
    t pipe duplex 'seq 5000; exec >&-; tail -n 1 >&2' 'sort -rn'
    assert_success
    assert_equal "$stderr" 1
}

@test "duplex carries 100 MB each way at once, byte for byte (RLY-1)" {
    random 100M >data
    t 60 pipe duplex 'cat data & exec >&-; cat >back; wait' cat
    assert_success
    same data back
}

@test "duplex --socketpair joins them by sockets" {
    # shellcheck disable=SC2016 # for sh
    t pipe duplex --socketpair 'a=$(readlink /proc/$$/fd/0); b=$(readlink /proc/$$/fd/1); printf "%s\\n" "$a" "$b" >&2; echo hi' 'read x; echo "$x" >&2'
    assert_success
    assert_equal "$(grep -c '^socket:' <<<"$stderr")" 2
    assert_stderr --partial hi
    t pipe duplex --socketpair true :: true :: true
    assert_failure 2
    assert_stderr --partial 'joins two commands, and there are 3'
}

@test "--pty gives the second command a terminal, and the first one its answers, to the end" {
    # shellcheck disable=SC2016 # for sh
    t pipe duplex --pty 'echo hi; read x; exec >&-; cat >&2; echo "$x" >&2' 'test -t 0 && test -t 1 && test -t 2 || exit 9; read y; echo "got $y"; cat; echo end'
    assert_success
    assert_equal "$stderr" $'end\ngot hi'
    t pipe duplex --pty true :: true :: true
    assert_failure 2
    t pipe duplex --pty --socketpair true :: true
    assert_failure 2
}

@test "--pty: a line without its newline is read, and the end comes behind it" {
    t pipe duplex --pty 'printf abc; exec >&-; cat >&2' 'wc -c'
    assert_success
    assert_equal "$(xargs <<<"$stderr")" 3
}

@test "the status is that of the last command that failed, or of --exit-from" {
    t pipe duplex 'exit 3' 'exit 4'
    assert_failure 4
    t pipe duplex 'exit 3' true
    assert_failure 3
    t pipe duplex --exit-from 1 'exit 3' 'exit 4'
    assert_failure 3
    t pipe duplex --exit-from 2 'exit 3' true
    assert_success
    t pipe duplex --exit-from 3 true true
    assert_failure 2
}

@test "a command that ended by a signal is 128 + its number; one that is not found 127, or 126 (RLY-4, RLY-9)" {
    # shellcheck disable=SC2016 # for sh
    t pipe duplex 'kill -KILL $$' true
    assert_failure 137
    t bash -c "PATH=$build/bin:/usr/bin:/bin; pipe duplex true :: nosuch-command; echo \$?" # bats 1.8 loses a test in which 127 comes out of run
    assert_output 127
    assert_stderr --partial 'nosuch-command: cannot run'
    t pipe duplex true :: /
    assert_failure 126
}

@test "one command, an empty one, or none is status 2" {
    for words in "true" "true ::" ":: true" "true :: :: true"; do
        # shellcheck disable=SC2086 # words
        t pipe duplex $words
        assert_failure 2
    done
    t pipe duplex
    assert_failure 2
    assert_stderr --partial COMMAND
}

@test "-t ends them by SIGTERM with status 124; --kill-after by SIGKILL (RLY-10)" {
    t pipe duplex -t 100ms 'sleep 9' 'sleep 9'
    assert_failure 124
    t pipe duplex -t 100ms --kill-after 100ms 'trap "" TERM; while :; do read x; done' 'trap "" TERM; while :; do sleep 1; done'
    assert_failure 124
    t pipe duplex --kill-after 1 true true
    assert_failure 2
}

@test "SIGTERM is handed on to all of them once, and we die by it (RLY-5)" {
    need_isolation
    # shellcheck disable=SC2016 # for sh
    bg it pipe duplex 'trap "echo a >>got; exit" TERM; echo >a; while :; do sleep 0.05; done' 'trap "echo b >>got; exit" TERM; echo >b; while :; do sleep 0.05; done'
    wait_until test -e a
    wait_until test -e b
    kill -TERM "$(bg_pid it)"
    bg_wait it
    assert_failure 143
    assert_equal "$(sort got | xargs)" 'a b'
}

@test "commands inherit no descriptor of ours, and our signal settings (RLY-11)" {
    t ls /proc/self/fd
    had=$output
    t pipe duplex ls /proc/self/fd :: sh -c 'exec cat >&2'
    assert_equal "$stderr" "$had"
    t bash -c "trap '' USR1; pipe duplex 'grep SigIgn /proc/self/status >&2; grep SigBlk /proc/self/status >&2' true; grep SigIgn /proc/self/status"
    assert_success
    # glibc's posix_spawn(3) ignores its own signals 32 and 33 besides
    assert_stderr --regexp "SigIgn:.*${output: -7}"
    assert_stderr --regexp $'SigBlk:\t0000000000000000'
}

@test "--report tells how each ended; -j as JSON Lines" {
    t pipe duplex --report how 'exit 3' true
    assert_failure 3
    assert_equal "$(head -n 1 how | xargs)" 'MEMBER STATUS SIGNAL REAL USER SYSTEM RSS IN OUT COMMAND'
    t pipe duplex -j 'exit 3' true
    output=$(head -n 1 <<<"$stderr")
    json '.member == 1 and .status == 3 and .signal == null and .real >= 0 and .command == "/bin/sh -c exit 3"'
    t pipe duplex --report /nonexistent/file true true
    assert_failure 125
    assert_stderr --partial '/nonexistent/file'
}

@test "--pty: when the first has ended the second gets the end of its input, also in raw mode" {
    t bash -c 'TIMEFORMAT="%U %S"; { time pipe duplex --pty true "sleep 1"; } 2>times'
    awk '{ exit !($1 + $2 < 0.3) }' times
    t pipe duplex --pty 'sleep 0.2' 'bash --norc -i'
    refute_output
    t pipe duplex --pty 'seq 3' 'sort -r >sorted'
    assert_success
    assert_equal "$(cat sorted)" $'3\n2\n1'
}
