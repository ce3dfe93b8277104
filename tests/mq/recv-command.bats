#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# recv-command.bats: mq recv NAME -- COMMAND

load mq

@test "the command gets the message's exact bytes as its input, a file it may seek in" {
    for name in "$queue" "$key"; do
        make "$name"
        printf 'a\0b\n\377' | mq send --raw "$name"
        t bash -c "mq recv '$name' -- cat | od -An -c"
        assert_output --regexp '^ +a +\\0 +b +\\n +377$'
        mq send "$name" ''
        t mq recv "$name" -- wc -c
        assert_output 0
    done
}

@test "facts about the message are in the environment" {
    make "$queue"
    make "$key"
    # shellcheck disable=SC2016 # for the command's shell
    local facts='echo "$MOREIPC_QUEUE|$MOREIPC_PRIORITY|$MOREIPC_TYPE|$MOREIPC_SIZE"'
    mq send "$queue" -p 7 abc
    t mq recv "$queue" -- sh -c "$facts"
    assert_output "$queue|7||3"
    mq send "$key" --type 9 abcd
    t env MOREIPC_PRIORITY=old MOREIPC_SIZE=old mq recv "$key" -- sh -c "$facts"
    assert_output "$key||9|4"
}

@test "the command's words reach it unchanged, and no shell is between" {
    make "$queue"
    mq send "$queue" x
    t mq recv "$queue" -- printf '<%s>' 'a b' '$HOME' '*' $'n\nl' '' -n --
    assert_output $'<a b><$HOME><*><n\nl><><-n><-->'
}

@test "the status is the command's own, or 128 and the signal that ended it, and the message goes back" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" mine
        for expected in 1 3 42 124 125 255; do
            t mq recv "$name" -- sh -c "exit $expected"
            assert_failure $expected
            assert_stderr --partial 'put back'
            assert_equal "$(depth "$name")" 1
        done
        for signal in TERM KILL; do
            # shellcheck disable=SC2016 # for the command's shell
            t mq recv "$name" -- sh -c "kill -$signal \$\$"
            assert_failure $((128 + $(kill -l $signal)))
        done
        holds "$name" mine
    done
}

@test "a command that is not found is 127, one that cannot be run 126, and the message goes back" {
    make "$queue"
    mq send "$queue" -p 3 mine
    # an entry of PATH that one may not search would make it 126, as for env(1)
    t bash -c "PATH=$build/bin:/usr/bin:/bin mq recv '$queue' -- no-such-command; echo \$?"
    assert_output 127
    assert_stderr --partial 'no-such-command'
    echo >"$dir/plain"
    t mq recv "$queue" -- "$dir/plain"
    assert_failure 126
    t mq recv "$queue" -- "$dir"
    assert_failure 126
    t mq recv -j "$queue"
    json '.priority == 3 and .message == "mine"'
}

@test "our own trouble is 125: no such queue, no permission, a selection the queue does not have" {
    t mq recv "$queue" -- true
    assert_failure 125
    assert_stderr --partial 'no such queue'
    make "$queue"
    t mq recv --type 3 "$queue" -- true
    assert_failure 125
    t mq recv "$queue" --failed "$other" -- true
    assert_failure 125
    ((EUID == 0)) || {
        make "$other" -m 0200
        t mq recv "$other" -- true
        assert_failure 125
    }
}

@test "a wrong command line stays 2: no command behind --, output framings, --jobs 0" {
    make "$queue"
    mq send "$queue" x
    t mq recv "$queue" --
    assert_failure 2
    for option in -0 --raw --framed -j --each --peek-first; do
        t mq recv "$queue" $option -- true
        assert_failure 2
    done
    for jobs in 0 -1 4097 x; do
        t mq recv "$queue" "--jobs=$jobs" -- true
        assert_failure 2
    done
    t mq recv "$queue" --failed a/b -- true
    assert_failure 2
    assert_equal "$(depth "$queue")" 1
}

@test "-n of an empty queue is 1, -t is 124, --all is 1, and no command is run" {
    for name in "$queue" "$key"; do
        make "$name"
        t mq recv -n "$name" -- touch "$dir/run"
        assert_failure 1
        t mq recv -t 0.1 "$name" -- touch "$dir/run"
        assert_failure 124
        t mq recv -t 0 "$name" -- touch "$dir/run"
        assert_failure 124
        t mq recv --all "$name" -- touch "$dir/run"
        assert_failure 1
        assert_not_exists "$dir/run"
    done
}

@test "the command runs once for each message: one, --count, --all" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" a b c d
        t mq recv "$name" -- cat
        assert_output a
        t mq recv -N 2 "$name" -- sh -c 'cat; echo'
        assert_output "b
c"
        mq send "$name" e
        t mq recv --all "$name" -- sh -c 'cat; echo'
        assert_output "d
e"
    done
}

@test "it waits for a message, and --follow for the next" {
    make "$queue"
    make "$key"
    for name in "$queue" "$key"; do
        bg worker mq recv --follow "$name" -- sh -c 'cat; echo'
        for message in a b; do
            wait_until waits_to_receive worker
            mq send "$name" $message
            wait_until grep -qx $message "$dir/worker.out"
        done
        kill -INT "$(bg_pid worker)"
        bg_wait worker
        assert_failure 130
    done
}

@test "a failing command stops the run: the others stay in the queue" {
    make "$queue"
    mq send "$queue" a bad c
    t mq recv --all "$queue" -- grep -v bad
    assert_failure 1
    assert_output a
    assert_equal "$(mq recv --all "$queue" | sort | paste -sd,)" bad,c
}

@test "--failed sends the messages of failing commands there, with their priority, and goes on" {
    make "$queue"
    make "$other"
    mq send "$queue" -p 2 a bad c
    t mq recv --all --failed "$other" "$queue" -- grep -v bad
    assert_failure 1
    assert_output "a
c"
    assert_equal "$(depth "$queue")" 0
    t mq recv -j -n "$other"
    json '.message == "bad" and .priority == 2'
    make "$key"
    mq send "$queue" -p 2 bad
    t mq recv --failed="$key" "$queue" -- false
    assert_failure 1
    t mq recv -n "$key"
    assert_output bad
}

@test "--failed whose queue is full puts the message back and stops" {
    make "$queue"
    full "$other"
    mq send "$queue" a b
    t mq recv --all --failed "$other" "$queue" -- false
    assert_failure 1
    assert_stderr --partial "$other: full"
    assert_equal "$(mq recv --all "$queue" | sort | paste -sd,)" a,b
}

@test "a message that is too long for --failed is not lost" {
    make "$queue"
    make "$other" -S 4
    mq send "$queue" 'far too long'
    t mq recv --failed "$other" "$queue" -- false
    assert_failure
    holds "$queue" 'far too long'
}

@test "--jobs runs that many commands at once, and not more" {
    make "$queue"
    mq send "$queue" {1..6}
    mkfifo "$dir/go"
    exec 8<>"$dir/go"
    bg worker mq recv --all --jobs 3 "$queue" -- sh -c "echo in; read -r line <'$dir/go'; echo \$(cat)"
    wait_until lines_are "$dir/worker.out" 3
    wait_until blocked_in worker ppoll
    assert_equal "$(depth "$queue")" 3
    assert_equal "$(grep -c in "$dir/worker.out")" 3
    for _ in {1..6}; do echo >&8; done
    bg_wait worker
    exec 8>&-
    assert_success
    assert_equal "$(grep -v in <<<"$output" | sort | paste -sd,)" 1,2,3,4,5,6
}
lines_are() { [[ $(wc -l <"$1") == "$2" ]]; }

@test "with --jobs a failing command lets the others finish, then stops, and its message goes back" {
    make "$queue"
    mq send "$queue" slow bad x y z
    mkfifo "$dir/go"
    bg worker mq recv --all --jobs 2 "$queue" -- sh -c "read -r line; [ \$line != bad ] || exit 7; [ \$line != slow ] || read -r x <'$dir/go'; echo \$line"
    wait_until grep -q . "$dir/worker.out" || : # nothing may come before slow has gone on
    echo >"$dir/go"
    bg_wait worker
    assert_failure 7
    assert_output --partial slow
    { mq recv --all "$queue"; cat "$dir/worker.out"; } | sort | paste -sd, | grep -x bad,slow,x,y,z
}

@test "commands take from several queues" {
    make "$queue"
    make "$other"
    mq send "$queue" a
    mq send "$other" b
    # shellcheck disable=SC2016 # for the command's shell
    t mq recv --all "$queue" "$other" -- sh -c 'echo "$MOREIPC_QUEUE $(cat)"'
    assert_success
    assert_output "$queue a
$other b"
}

@test "System V selection works with a command" {
    make "$key"
    mq send "$key" --type 2 two
    mq send "$key" --type 1 one
    t mq recv --type 1 "$key" -- cat
    assert_output one
}

@test "the command sees the descriptors and signals that we were given, and no queue of ours (U4)" {
    make "$queue"
    mq send "$queue" x
    t mq recv "$queue" -- readlink /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5
    assert_failure 1
    refute_output --partial mq
    mq recv -n "$queue"
    mq send "$queue" x y
    # shellcheck disable=SC2016 # for the command's shell
    t mq recv "$queue" -- sh -c 'grep -E "SigBlk|SigIgn" /proc/self/status'
    local inside=$output outside
    outside=$(grep -E 'SigBlk|SigIgn' /proc/self/status)
    # 32 and 33 are the C library's own, which posix_spawn(3) sets to be ignored; whoever started us may have done so, too
    assert_equal "${inside/0000000180000000/0000000000000000}" "${outside/0000000180000000/0000000000000000}"
    t env bash -c "trap '' HUP INT; mq recv '$queue' -- grep SigIgn /proc/self/status"
    assert_output --regexp 'SigIgn:.*[37bf]$'
}

@test "SIGTERM reaches the commands, their messages go back, and we die by it" {
    for name in "$queue" "$key"; do
        make "$name"
        mq send "$name" mine
        bg worker mq recv --follow "$name" -- sh -c 'echo started; exec tail -f /dev/null'
        wait_until grep -q started "$dir/worker.out"
        kill -TERM "$(bg_pid worker)"
        bg_wait worker
        assert_failure 143
        assert_stderr --partial 'put back'
        holds "$name" mine
    done
}

@test "SIGTERM while a command finishes its work well: its message is not put back" {
    make "$queue"
    mq send "$queue" mine
    # shellcheck disable=SC2016 # for the command's shell
    bg worker mq recv --follow "$queue" -- sh -c 'tail -f /dev/null & trap "kill $!; echo cleaned; exit 0" TERM; echo started; wait'
    wait_until grep -q started "$dir/worker.out"
    kill -TERM "$(bg_pid worker)"
    bg_wait worker
    assert_failure 143
    assert_output --partial cleaned
    assert_equal "$(depth "$queue")" 0
}

@test "Ctrl-C in a terminal's group reaches the command by itself, and the message goes back" {
    make "$queue"
    mq send "$queue" mine
    bg worker mq recv "$queue" -- sh -c 'echo started; exec tail -f /dev/null'
    wait_until grep -q started "$dir/worker.out"
    kill -INT -- "-$(bg_pid worker)"
    bg_wait worker
    assert_failure 130
    holds "$queue" mine
}

@test "recv with --rescue keeps a failed command's message when the queue is full again" {
    make "$queue" -N 1
    mq send "$queue" -p 5 mine
    t mq recv "$queue" --rescue "$dir/kept" -- sh -c "mq send '$queue' foreign; exit 9"
    assert_failure 9
    assert_equal "$(jq -r '"\(.priority)\(.message)"' "$dir/kept")" 5mine
    holds "$queue" foreign
}

@test "recv with a command on a System V queue that is removed meanwhile is status 125" {
    mq create "$key"
    bg worker mq recv "$key" -- true
    wait_until waits_to_receive worker
    mq rm "$key"
    bg_wait worker
    assert_failure 125
    assert_stderr --partial 'Identifier removed'
}

@test "a queue removed while commands run: they are waited for, and a failed one's message is not lost" {
    mq create "$key"
    mq send "$key" mine
    mkfifo "$dir/go"
    bg worker mq recv --follow --jobs 2 "$key" -- sh -c "echo started; read -r x <'$dir/go'; exit 1"
    wait_until grep -q started "$dir/worker.out"
    wait_until waits_to_receive worker
    mq rm "$key"
    wait_until waits_for_its_command_or_ended
    timeout 2 sh -c "echo >'$dir/go'"
    bg_wait worker
    assert_failure
    assert_stderr --partial '"message":"mine"'
}
waits_for_its_command_or_ended() { blocked_in worker ppoll wait4 || _ended "$(bg_pid worker)"; }

@test "a queue of --failed that is removed meanwhile loses no message" {
    make "$queue"
    mq create "$key"
    mq send "$queue" a
    t mq recv --failed "$key" "$queue" -- sh -c "mq rm '$key'; exit 1"
    assert_failure
    holds "$queue" a
}

@test "no command's end is missed: 200 quick ones, four at once" {
    make "$queue"
    bg worker mq recv -N 200 --jobs 4 "$queue" -- sh -c 'read -r line; echo "$line"'
    t 20 bash -c "seq 200 | mq send '$queue'"
    assert_success
    bg_wait worker 20
    assert_success
    assert_equal "$(sort -n <<<"$output" | cksum)" "$(seq 200 | cksum)"
}

@test "--failed with the queue that is received from is status 2: it would never end" {
    make "$queue"
    mq send "$queue" poison
    t mq recv "$queue" --all --failed "$queue" -- false
    assert_failure 2
    assert_stderr --partial 'is the queue that is received from'
    holds "$queue" poison
}
