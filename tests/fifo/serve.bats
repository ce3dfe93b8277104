#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# serve.bats: fifo serve without --request: a run of the command for each reader
# timeout: 180

load fifo

# start ARG...: fifo serve in the background, as "server", when it is ready
start() {
    bg server bash -c 'exec fifo serve "$@" 3>ready' bash --ready-fd 3 "$@"
    wait_until test -s ready
}

stop() {
    kill "$(bg_pid server)"
    bg_wait server
}

@test "serve makes the FIFO, gives each reader a fresh run, and removes it at the end" {
    start f -- sh -c 'echo run; cat; echo >>runs'
    assert_equal "$(stat -c '%a %F' f)" '600 fifo'
    local n
    for n in 1 2 3; do
        t cat f
        assert_success
        assert_output run
        wait_until test "$(wc -l <runs)" -ge "$n"
    done
    stop
    assert_failure 143
    [[ ! -e f ]]
    assert_equal "$(wc -l <runs)" 3
    refute compgen -G '.f.*'
}

@test "a large output reaches its reader whole, and its end" {
    head -c 1000000 /dev/urandom >data
    start f -- cat data
    timeout 10 cat f | cmp - data
    timeout 10 cat f | cmp - data
    stop
}

@test "the next reader waits for its turn, or runs beside with --jobs" {
    fifo create go
    exec 9<>go
    start f --jobs 2 -- sh -c 'echo begun; fifo read go --lines 1'
    bg one timeout 20 cat f
    wait_until grep -q begun one.out
    bg two timeout 20 cat f
    wait_until grep -q begun two.out
    bg three timeout 20 cat f
    wait_until waits_for 'a writer'
    echo first >go
    wait_until grep -q begun three.out
    echo second >go
    echo third >go
    local n
    for n in one two three; do
        bg_wait $n
        assert_success
    done
    assert_equal "$(sort one.out two.out three.out | uniq -c | xargs)" '3 begun 1 first 1 second 1 third'
    exec 9>&-
    stop
}

@test "readers that open at the same moment share a run, and the next one has its own" {
    start f -- echo x
    wait_until waits_for 'a reader'
    # A server that gets no turn between the two stands for the moment.
    kill -STOP "$(bg_pid server)"
    bg one timeout 20 cat f
    bg two timeout 20 cat f
    wait_until is '[.blocked[] | select(.waits_for == "a writer")] | length == 2'
    kill -CONT "$(bg_pid server)"
    bg_wait one
    bg_wait two
    assert_equal "$(cat one.out two.out)" x
    t cat f
    assert_output x
    stop
    # It is seen only if the second one has got as far as to have it open.
    [[ $stderr == '' || $stderr == *'2 readers opened it at the same moment and share a run; each gets a part' ]]
}

@test "a reader that goes early ends its run by SIGPIPE, and the server goes on" {
    start f -- sh -c 'yes'
    t head -n 1 f
    assert_output y
    t head -n 1 f
    assert_output y
    stop
    assert_stderr --partial 'a run ended with status'
}

@test "a command that cannot be run ends its reader, and not the server" {
    start f -- /no/such/command
    t cat f
    assert_success
    refute_output
    t cat f
    stop
    assert_stderr --partial '/no/such/command: cannot run'
}

@test "serve -N ends after so many runs, with the mode that was asked for" {
    start f -N 2 -m u=rw,g=r -- echo x
    assert_equal "$(stat -c %a f)" 640
    t cat f
    wait_until test -p f
    assert_equal "$(stat -c %a f)" 640
    t cat f
    bg_wait server
    assert_success
    [[ ! -e f ]]
}

@test "serve -n serves who waits already, and is status 1 when nobody does" {
    t fifo serve f -n -- echo x
    assert_failure 1
    [[ ! -e f ]]
    fifo create f
    bg reader cat f
    wait_until waits_for 'a writer'
    t fifo serve f -n -- echo x
    assert_success
    bg_wait reader
    assert_output x
    [[ -p f ]]
}

@test "serve -t ends a run and what it started" {
    fifo create g
    start f -t 300ms -- sh -c 'echo begun; (exec 3<>g; read -r x <&3) & wait'
    t cat f
    assert_output begun
    stop
    assert_stderr --partial 'a run ended with status 124'
}

@test "a run in hand is finished when a signal ends the server; the second signal ends the run" {
    fifo create go
    start f -- sh -c 'echo begun; read -r x <go; echo $x'
    bg reader timeout 20 cat f
    wait_until grep -q begun reader.out
    kill -HUP "$(bg_pid server)"
    echo finished >go
    bg_wait reader
    assert_output $'begun\nfinished'
    bg_wait server
    assert_failure 129
    : >ready
    start f -- sh -c 'echo begun; read -r x <go; echo $x'
    bg reader timeout 20 cat f
    wait_until grep -q begun reader.out
    kill "$(bg_pid server)"
    wait_until bash -c "grep -q '^SigPnd:\s*0*$' /proc/$(bg_pid server)/status"
    wait_until blocked_in server ppoll
    kill -INT "$(bg_pid server)"
    bg_wait reader
    assert_output begun
    bg_wait server
    assert_failure 130
}

@test "a reader that waits when the server ends gets an end" {
    fifo create go
    start f -- sh -c 'echo begun; read -r x <go'
    bg one timeout 20 cat f
    wait_until grep -q begun one.out
    bg two timeout 20 cat f
    wait_until waits_for 'a writer'
    kill "$(bg_pid server)"
    echo >go
    bg_wait server
    bg_wait two
    assert_success
    refute_output
    bg_wait one
}

@test "a FIFO that was there stays there; another's, a file and a link are refused" {
    fifo create f
    start f -- echo x
    t cat f
    stop
    [[ -p f ]]
    : >file
    t fifo serve file -- true
    assert_failure 2
    ln -s f link
    t fifo serve link -- true
    assert_failure 2
    assert_stderr --partial 'a symbolic link'
    # Our own trouble has its own status where a command is run.
    t fifo serve f -m 0644 -- true
    assert_failure 125
    assert_stderr --partial 'a FIFO of mode 0600, not 0644, is there'
    t fifo serve no/f -- true
    assert_failure 125
}

@test "the command gets MOREIPC_FIFO, no input, and no descriptor of ours" {
    start f -- sh -c 'echo "$MOREIPC_FIFO"; cat; ls -l /proc/$$/fd | grep -c "[/]f[. ]"'
    t cat f
    # Its standard output has lost its name.
    assert_line --index 0 f
    stop
}

@test "serve refuses wrong command lines" {
    t fifo serve f
    assert_failure 2
    t fifo serve f -n -t 1 -- true
    assert_failure 2
    t fifo serve f --jobs 0 -- true
    assert_failure 2
    t fifo serve f --ready-fd 99 -- true
    assert_failure 2
    [[ ! -e f ]]
}
