#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# write.bats: popen write: what was taken, what was not, and whole lines

load popen

@test "lines, and standard input as it is" {
    popen start sorter sort
    t popen write sorter pear apple
    assert_success
    refute_output
    t bash -c 'printf "3\n1\n2" | popen write sorter'
    assert_success
    t popen close sorter
    assert_output $'1\n2\n3\napple\npear'
}

@test "-0 puts a NUL behind each line" {
    popen start a cat
    t popen write a -0 x y
    t bash -c 'popen close a | od -An -c'
    assert_output --partial 'x  \0   y  \0'
}

@test "it returns when the pipe has all, and -t says how much that is" {
    mkfifo go
    popen start a -- sh -c 'read -r go <go; exec cat'
    t bash -c 'head -c 300000 /dev/zero | tr "\0" "\n" | popen write a -t 0.3'
    assert_failure 124
    [[ $stderr =~ ([0-9]+)' of '([0-9]+)' bytes were written' ]]
    local written=${BASH_REMATCH[1]}
    ((written >= 65536 && written < 300000))
    echo >go
    assert_equal "$(popen close a | wc -c)" "$written"
}

@test "a line that was begun is completed when its writer gives up; none is torn" {
    mkfifo go
    popen start a -- sh -c 'read -r go <go; exec cat'
    local long
    long=$(printf 'x%.0s' {1..50000})
    t popen write a -t 0.3 "$long" "$long" "$long"
    assert_failure 124
    assert_stderr --partial '100002 of 150003 bytes were written'
    echo >go
    t popen write a next
    t bash -c 'popen close a | awk "{ print length }"'
    assert_output $'50000\n50000\n4'
}

@test "a writer that is killed leaves no half line" {
    popen start a cat
    for n in {1..20}; do
        bg w bash -c "exec popen write a < <(while :; do printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'; printf 'bbbbbbbbb\n'; done)"
        read -rt 0.0"$n" <> <(:) || :
        kill -KILL "$(bg_pid w)"
        bg_wait w
        popen read -n --all a | sort -u >>lines
    done
    popen write a end
    popen close a >>lines
    assert_equal "$(sort -u lines)" $'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbb\nend'
}

@test "-n is status 1 while another caller is served, and writes nothing" {
    popen start a -- sh -c 'read -r x; read -r go <go; echo "re $x"; exec cat'
    mkfifo go
    bg first popen ask a one
    wait_until state_is a busy
    t popen write a -n two
    assert_failure 1
    echo >go
    bg_wait first
    t popen close a
    refute_output
}

@test "a command that has closed its input or ended is status 8, and the rest is counted" {
    popen start a -- sh -c 'exec <&-; exec sleep 100'
    closed() { popen write -t 1 a x; (($? == 8)); }
    wait_until closed
    popen close --signal KILL a || :
    popen start a true
    wait_until state_is a ended
    t popen write a x
    assert_failure 8
    assert_stderr --partial 'a: the command ended with status 0'
    assert_stderr --partial 'a: 0 of 2 bytes were written'
    popen close a
    t popen write a x
    assert_failure 4
}

@test "input that the command did not take is there for the next reader, if it is a file" {
    popen start a -- sh -c 'read -r x; exec <&-; read -r go <go'
    mkfifo go
    seq 50000 >in
    t bash -c 'popen write a; echo "$?"; cat' <in
    assert_line --index 0 8
    assert_stderr --regexp 'a: [0-9]+ of [0-9]+ bytes were written'
    [[ $stderr =~ ([0-9]+)\ of ]]
    assert_equal "$(tail -n +2 <<<"$output")" "$(tail -c +$((BASH_REMATCH[1] + 1)) in)"
    echo >go
    popen close a
}

@test "a write ends with 3 when the command waits for its output to be read; a read goes on from there" {
    popen start c cat
    seq 300000 >in
    t bash -c 'popen write c; echo "$?"; cat >rest' <in
    assert_output 3
    assert_stderr --partial 'it waits until its output is read'
    assert_stderr --partial 'hint: popen read -n --all c'
    [[ $stderr =~ ([0-9]+)\ of ]]
    assert_equal "$(wc -c <rest)" "$(($(wc -c <in) - BASH_REMATCH[1]))"
    : >out
    # shellcheck disable=SC2016 # that shell's
    bash -c 'until popen write -q c; do popen read -n --all c >>out; done' <rest 2>/dev/null
    popen close c >>out
    cmp in out
}

@test "the line that a writer began is completed, though the next writer gives up as well" {
    popen start c -- sh -c 'seq 200000; cat'  # more than is kept of its output: it reads nothing before that is read
    seq 20000 >in
    t popen write c <in
    assert_failure 3
    [[ $stderr =~ ([0-9]+)\ of ]]
    written=${BASH_REMATCH[1]}
    t popen write c hello
    assert_failure 3
    assert_stderr --partial '0 of 6 bytes were written'
    t popen write -t 0.05 c hello
    assert_failure 3
    popen read -n --all c >out
    popen close c >>out
    cmp out <(seq 200000; head -c "$written" in)
}
