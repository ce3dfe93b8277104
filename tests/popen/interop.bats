#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# interop.bats: popen beside the programs that it replaces

load popen

@test "run and timeout: the same status, whatever the command does and whatever signal ends it" {
    local words
    # options of timeout|the same of run|the command
    while IFS='|' read -r theirs ours words; do
        t bash -c "timeout $theirs $words; "'echo $?'
        local expected=$output
        t bash -c "popen run $ours $words; "'echo $?'
        assert_output "$expected" || { echo "$theirs | $ours | $words"; return 1; }
    done <<'end'
5|-t 5|true
5|-t 5|false
5|-t 5|sh -c 'exit 3'
5|-t 5|sh -c 'kill -USR1 $$'
0.1|-t 0.1|sleep 9
-s INT 0.1|--signal INT -t 0.1|sleep 9
-s KILL 0.1|--signal KILL -t 0.1|sleep 9
-k 0.1 0.1|--kill-after 0.1 -t 0.1|sh -c 'trap "" TERM; while :; do sleep 0.02; done'
--preserve-status 0.1|--preserve-status -t 0.1|sleep 9
--preserve-status 0.1|--preserve-status -t 0.1|sh -c 'trap "exit 7" TERM; while :; do sleep 0.02; done'
--foreground 0.1|--foreground -t 0.1|sleep 9
5|-t 5|/dev/null
5|-t 5|no-such-command-here
end
}

@test "run --pty and unbuffer: the command has a terminal, the output and the status are the same" {
    need unbuffer
    # shellcheck disable=SC2016 # for sh
    for line in 'seq 3' 'test -t 1 && echo terminal' 'printf "a\tb\n"' 'exit 3' 'printf no-end'; do
        run -0 bash -c 'unbuffer sh -c "$1"; echo "($?)"' - "$line"
        local theirs=$output
        t bash -c 'popen run --pty sh -c "$1"; echo "($?)"' - "$line"
        assert_output "$theirs"
    done
}

@test "run --pty ends a filter's input with its own, where unbuffer -p leaves early" {
    need unbuffer
    mkfifo go
    t bash -c '(echo abcdef; echo other; echo xabc) | popen run --pty sh -c "cat >in; grep abc in" | cat'
    assert_output $'abcdef\nxabc'
}

@test "run --pty and stdbuf -oL: a line comes out when it is written, and not at the end" {
    need stdbuf
    mkfifo in
    for how in 'stdbuf -oL' 'popen run --pty'; do
        bg it bash -c "exec $how cut -d ' ' -f 1 <in"
        exec 7>in
        echo 'one 1' >&7
        wait_until grep -q one it.out
        exec 7>&-
        bg_wait it
        assert_success
    done
}

@test "ask and bash's coproc: the same dialogue with bc" {
    need bc
    local -a questions=('2^64' 'scale=3; 1/7' 'x=6' '7*x')
    # shellcheck disable=SC2016 # for bash
    run -0 bash -c 'coproc bc -q; for question; do
        echo "$question; \"end
\"" >&"${COPROC[1]}"
        while read -r line <&"${COPROC[0]}" && [[ $line != end ]]; do echo "$line"; done
    done' - "${questions[@]}"
    local theirs=$output
    popen start calc -- bc -q
    t bash -c 'for question; do popen ask -t 5 --until end calc "$question; \"end
\""; done' - "${questions[@]}"
    assert_output "$theirs"
    popen close calc
}
