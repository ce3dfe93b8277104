#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# status.bats: pipe status

load pipe

# member N FILTER: a fact of the report
member() { jq -c "select(.member == $1) | $2" <<<"$stderr"; }

@test "status runs a pipeline and reports each member: status, signal, bytes" {
    # shellcheck disable=SC2016 # for sh
    t pipe status -j sh -c 'seq 1000; exit 3' ::: sh -c 'head -n 1; kill -USR1 $$' ::: cat
    assert_failure 138
    assert_output 1
    assert_equal "$(member 1 '[.status,.signal,.bytes_in]')" '[3,null,null]'
    assert_equal "$(member 2 '[.status,.signal,.bytes_out]')" '[138,"USR1",2]'
    assert_equal "$(member 3 '[.status,.bytes_in,.bytes_out]')" '[0,2,null]'
}

@test "the report is a table on stderr, a file with --report" {
    t pipe status true ::: true
    assert_success
    refute_output
    assert_equal "$(head -n 1 <<<"$stderr" | xargs)" 'MEMBER STATUS SIGNAL REAL USER SYSTEM RSS IN OUT COMMAND'
    t pipe status --report how -j true ::: true
    refute_stderr
    assert_equal "$(jq -s length how)" 2
}

@test "times, memory and bytes are real" {
    t pipe status -j sh -c 'sleep 0.2; head -c 300000 /dev/zero' ::: sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; wc -c'
    assert_output 300000
    assert_equal "$(member 1 '.real >= 0.2 and .real < 5 and .max_rss > 100000')" true
    assert_equal "$(member 2 '.user > 0 and .bytes_in == 300000')" true
}

@test "a reader that has enough ends its writers by SIGPIPE, as in a shell" {
    t pipe status -j yes ::: cat ::: head -n 2
    assert_output $'y\ny'
    assert_equal "$(member 1 .signal)" '"PIPE"'
    assert_equal "$(member 3 .status)" 0
    assert_failure 141
    # and one that ends without reading anything
    t pipe status -j yes ::: true
    assert_equal "$(member 1 .signal)" '"PIPE"'
}

@test "100 MB pass byte for byte, and are counted" {
    random 100M >data
    t 60 bash -c 'pipe status -j cat ::: cat ::: cat <data >back'
    assert_success
    same data back
    assert_equal "$(member 2 '[.bytes_in, .bytes_out]')" '[104857600,104857600]'
}

@test "the status is the last that failed; --exit-from N takes one" {
    t pipe status sh -c 'exit 3' ::: sh -c 'exit 4' ::: true
    assert_failure 4
    t pipe status --exit-from 1 sh -c 'exit 3' ::: sh -c 'exit 4' ::: true
    assert_failure 3
    t pipe status --exit-from 3 sh -c 'exit 3' ::: sh -c 'exit 4' ::: true
    assert_success
    t pipe status --exit-from 4 true ::: true
    assert_failure 2
}

@test "every status 0 to 255 comes through (RLY-4)" {
    for number in 0 1 2 63 124 125 126 128 200 255; do
        t pipe status -q sh -c "exit $number" ::: true
        ((status == number))
    done
}

@test "a command that is not found is a member with 127, and the others run" {
    t bash -c "PATH=$build/bin:/usr/bin:/bin; pipe status -j nosuch-command ::: cat; echo \$?"
    assert_output 127
    assert_stderr --partial 'nosuch-command: cannot run'
    stderr=$(grep '^{' <<<"$stderr")
    assert_equal "$(member 1 .status)" 127
    assert_equal "$(member 2 '[.status, .bytes_in]')" '[0,0]'
}

@test "-t ends the pipeline with status 124 and still reports" {
    t pipe status -t 100ms -j sleep 9 ::: cat
    assert_failure 124
    assert_equal "$(member 1 .signal)" '"TERM"'
}

@test "SIGTERM in mid-flow reaches the members; what they wrote is delivered (RLY-3, RLY-5)" {
    bg it pipe status sh -c 'echo one; trap "echo two; exit" TERM; echo >up; while :; do sleep 0.05; done' ::: sh -c 'trap "" TERM; echo >deaf; cat'
    wait_until test -e up
    wait_until test -e deaf
    kill -TERM "$(bg_pid it)"
    bg_wait it
    assert_failure 143
    assert_output $'one\ntwo'
}

@test "no zombie and no descriptor is left, also with 20 members (RLY-8)" {
    words=(cat)
    for _ in {1..19}; do words+=(::: cat); done
    t bash -c 'echo hi | pipe status -q "$@"; ls /proc/self/fd | wc -l' bash "${words[@]}"
    assert_line hi
}

@test "one command is status 2" {
    t pipe status cat
    assert_failure 2
    assert_stderr --partial 'put ::: between the commands'
}

@test "a member that has ended does not cost time while the one before it runs" {
    t pipe status -j --report how sleep 1 ::: true
    assert_success
    t bash -c 'TIMEFORMAT="%U %S"; { time pipe status --report how sleep 1 ::: true; } 2>times'
    awk '{ exit !($1 + $2 < 0.3) }' times
}

@test "-t ends one that still runs when its reader has gone, one that ignores SIGTERM, and one that is stopped" {
    t pipe status -t 0.3 -j --report how sleep 100 ::: true
    assert_failure 124
    # shellcheck disable=SC2016 # that shell's
    t pipe status -t 1 --kill-after 0.3 --report how sh -c 'trap "" TERM; while :; do sleep 0.1; done' ::: cat
    assert_failure 124
    t pipe status -t 0.3 --report how sh -c 'kill -STOP $$; sleep 100' ::: cat
    assert_failure 124
}

@test "--report - is standard output" {
    t pipe status --report - true ::: true
    assert_success
    assert_line --index 0 --partial MEMBER
    assert [ ! -e - ]
}

@test "a line where words are wanted is not found, as one word" {
    t bash -c "PATH=$build/bin:/usr/bin:/bin; pipe status --report how 'seq 3' ::: cat; echo \$?"
    assert_output 127
    assert_stderr 'pipe: status: seq 3: cannot run as one word: No such file or directory'
}
