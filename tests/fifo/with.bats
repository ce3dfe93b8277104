#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# with.bats: fifo with

load fifo

nothing_left() { ! compgen -G '/tmp/moreipc-fifo.*'; }

@test "with gives FIFOs by variable and by word, for the owner alone, and removes them" {
    t fifo with IN out_2 -- sh -c 'printf "%s\n" "$IN" "$1" "$2"; stat -c "%a %F" "$IN" "$out_2"; stat -c %a "${IN%/*}"' sh '{IN}' 'x={out_2}.{out_2}'
    assert_success
    assert_line --index 0 --regexp '^/tmp/moreipc-fifo\.[A-Za-z0-9]{6}/IN$'
    assert_line --index 1 "${lines[0]}"
    assert_line --index 2 "x=${lines[0]%/IN}/out_2.${lines[0]%/IN}/out_2"
    assert_line --index 3 '600 fifo'
    assert_line --index 5 700
    nothing_left
}

@test "with passes the command's words on unchanged, and no shell reads them" {
    t fifo with F -- printf '<%s>' 'a b' '*' '' -n $'new\nline' "'" '{G}' '{F'
    assert_output "<a b><*><><-n><new"$'\n'"line><'><{G}><{F>"
}

@test "with has the command's status: its own, 128 + the signal, 126, 127" {
    local n
    for n in 0 1 77 255; do
        t fifo with F -- sh -c "exit $n"
        assert_equal "$status" "$n"
    done
    t fifo with F -- sh -c 'kill -KILL $$'
    assert_failure 137
    t bash -c 'fifo with F -- /no/such/command; echo $?'
    assert_output 127
    assert_stderr --partial '/no/such/command: cannot run: No such file'
    t fifo with F -- /
    assert_failure 126
    nothing_left
}

@test "with removes its FIFOs when it is ended by a signal, which the command gets as well" {
    local signal
    for signal in TERM HUP INT QUIT; do
        bg "$signal" fifo with F -- sh -c "trap 'echo got $signal; exit 9' $signal; echo \$F; while :; do read -r x <>\"\$F\"; done"
        wait_until test -s "$dir/$signal.out"
        kill "-$signal" "$(bg_pid "$signal")"
        bg_wait "$signal"
        assert_failure 9
        assert_output --partial "got $signal"
        nothing_left
    done
}

@test "with refuses what is no variable, no command and no name" {
    t fifo with 2F -- true
    assert_failure 2
    assert_stderr --partial "'2F' is no variable's name"
    t fifo with a/b -- true
    assert_failure 2
    t fifo with F
    assert_failure 2
    t fifo with F --
    assert_failure 2
    t fifo with -- true
    assert_failure 2
    nothing_left
}

@test "with twice the same name makes one FIFO" {
    t fifo with F F -- sh -c 'ls "${F%/*}"'
    assert_success
    assert_output F
}

@test "with hands no descriptor of its own to the command" {
    t fifo with F -- sh -c 'ls -l /proc/$$/fd | grep -c fifo'
    assert_output 0
}

@test "with says what it could not remove: somebody else's file beside the FIFO" {
    t fifo with F -- sh -c 'touch "${F%/*}/other"; echo "$F" >path; exit 3'
    assert_failure 3
    assert_stderr --partial 'cannot remove it: Directory not empty'
    rm -r "$(dirname "$(cat path)")"
}

ended_or_gone() { [[ ! -e /proc/$1 ]] || _ended "$1"; }

@test "with leaves nobody waiting in open: who waits for a reader that never came finds none" {
    # shellcheck disable=SC2016 # that shell's
    t fifo with F -- sh -c 'echo lost >"$F" 2>/dev/null & echo $! >pid; until [ "$(fifo stat "$F" -j | jq ".blocked | length")" = 1 ]; do :; done'
    assert_success
    wait_until ended_or_gone "$(cat pid)"
}
