#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# start.bats: popen start: names, the command's world, who it lives with, what a killed keeper leaves
# timeout: 120

load popen

terminal_is_closed() {
    ! [[ -e /proc/$1/fd/0 || -e /proc/$1/fd/1 ]]
}

@test "start returns when the command runs; it stays for other shells to talk to" {
    t popen start calc -- bc -q
    assert_success
    refute_output
    refute_stderr
    t sh -c 'popen ask calc 6*7'
    assert_output 42
    t bash -c '(popen ask calc 1+1)'
    assert_output 2
    t popen close calc
    assert_success
    assert_equal "$(sockets)" 0
}

@test "no -- is needed, and the command's options are its own" {
    t popen start echoer cat -u
    assert_success
    assert_equal "$(coprocess echoer '.command | join(" ")')" 'cat -u'
    popen close echoer
}

@test "a name that is taken is status 6, also when its command has ended; the first one is untouched" {
    popen start a cat
    t popen start a cat
    assert_failure 6
    assert_stderr --partial 'a: cannot start: File exists'
    assert_stderr --partial 'popen close a ends it'
    t popen ask a x
    assert_output x
    popen close a
    popen start a false
    wait_until state_is a ended
    t popen start a cat
    assert_failure 6
    t popen close a
    assert_failure 1
}

@test "names are checked before anything is touched" {
    for name in '' . .. .hidden -x a/b 'a b' $'a\nb' ä "$(printf 'a%.0s' {1..65})"; do
        t popen start "$name" cat
        assert_failure 2
    done
    assert_not_exists "$XDG_RUNTIME_DIR/moreipc"
    t popen start "$(printf 'a%.0s' {1..64})" cat
    assert_success
    popen close "$(printf 'a%.0s' {1..64})"
    t popen start a
    assert_failure 2
    t popen start
    assert_failure 2
    t popen start --with-session --with-parent a cat
    assert_failure 2
}

@test "a command that cannot be started is 127 or 126, and leaves no name" {
    status_of popen start a no-such-command
    assert_output 127
    assert_stderr --partial 'no-such-command: cannot run: No such file or directory'
    t popen start a /etc/passwd
    assert_failure 126
    assert_equal "$(sockets)" 0
    t popen ls --no-header
    refute_output
}

@test "the command has our directory and environment, and no descriptors but 0, 1 and 2" {
    mkdir here
    t bash -c 'cd here; exec 7</dev/null; WORD=given popen start a -- sh -c "pwd; echo \$WORD; ls /proc/self/fd | wc -l; cat"'
    assert_success
    t popen read a --lines 3
    # ls has one more, the directory
    assert_output "$dir/here"$'\ngiven\n4'
    popen close a
}

@test "a caller's pipe is not held open: \$(popen start ...) returns at once" {
    t bash -c 'x=$(popen start a cat); y=$(popen start b cat 2>&1)'
    assert_success
    popen close a
    popen close b
}

@test "standard error goes to the callers' standard error, or with --merge into the replies" {
    popen start a -- sh -c 'while read -r x; do echo "err $x" >&2; echo "out $x"; done'
    t popen ask a 1
    assert_output 'out 1'
    assert_stderr 'err 1'
    popen close a
    popen start --merge a -- sh -c 'while read -r x; do echo "err $x" >&2; echo "out $x"; done'
    t popen ask --lines 2 a 1
    assert_output $'err 1\nout 1'
    refute_stderr
    popen close a
}

@test "standard error that nobody fetches stops nobody; the last 64 KiB are kept" {
    popen start a -- sh -c 'head -c 300000 /dev/zero | tr "\0" x >&2; echo done; cat'
    t popen read a
    assert_output "done"
    [[ ${#stderr} -le 300000 && ${#stderr} -ge 65536 ]]
    popen close a
}

@test "--pty gives it a terminal without echo, newlines as they are" {
    popen start --pty a -- sh -c 'test -t 0 && test -t 1 && tty >/dev/null && echo yes; exec cat'
    t bash -c 'popen read a | od -An -c'
    assert_output --partial 'y   e   s  \n'
    refute_output --partial '\r'
    t popen ask a hello
    assert_output hello
    t popen close a
    assert_success
}

@test "--pty: a line over 4095 bytes is refused, and the next one goes through" {
    popen start --pty a cat
    t popen ask a "$(printf 'x%.0s' {1..5000})"
    assert_failure 3
    assert_stderr --partial 'a line over 4095 bytes is more than a terminal takes; 0 of 5001 bytes were written'
    t popen ask a "$(printf 'x%.0s' {1..4094})"
    assert_equal "${#output}" 4094
    popen close a
}

@test "--pty: a command that closes its terminal and goes on is not hung up" {
    popen start --pty a -- sh -c 'exec <&- >&-; until test -e go; do :; done; exit 5'
    popen close a &
    local closing=$! status=0
    wait_until terminal_is_closed "$(popen stat -j a | jq .pid)"
    touch go
    wait "$closing" || status=$?
    assert_equal "$status" 5
}

@test "--pty: close ends a line that was begun, and a line editor" {
    popen start --pty a cat
    printf abc | popen write a
    t popen close -t 20 a
    assert_success
    assert_output abc
    popen start --pty b -- bash --norc -i
    t popen ask b 'echo $((6 * 7))'
    assert_output --partial 42
    t popen close -t 20 b
    assert_success
}

@test "--with-parent ends it with the script" {
    t bash -c 'popen start --with-parent a -- sleep 100; popen stat -j a'
    assert_success
    json '.lives_with > 1 and .state == "idle"'
    wait_until gone "$(jq .pid <<<"$output")"
    wait_until gone "$(jq .keeper <<<"$output")"
    assert_equal "$(sockets)" 0
}

@test "--with-parent ends one that ignores TERM, too" {
    t bash -c "popen start --with-parent a -- '$py' -c 'import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()'; popen read a; popen stat -j a | tail -n 1"
    wait_until gone "$(tail -n 1 <<<"$output" | jq .keeper)"
}

@test "--with-session ends it with the session's leader" {
    t setsid -w bash -c 'popen start --with-session a -- sleep 100; popen stat -j a; :'
    json '.lives_with > 1'
    wait_until gone "$(jq .keeper <<<"$output")"
    t setsid -w popen start --with-session a -- sleep 100
    assert_failure 2
    assert_stderr --partial 'itself leads this session'
}

@test "TERM to the keeper ends the command and frees the name" {
    popen start a -- sleep 100
    local keeper command
    keeper=$(coprocess a .keeper) command=$(coprocess a .pid)
    kill -TERM "$keeper"
    wait_until gone "$keeper"
    gone "$command"
    assert_equal "$(sockets)" 0
}

@test "a killed keeper's name is dead in ls, is told with status 7, and is free for the next" {
    popen start a cat
    kill -KILL "$(coprocess a .keeper)"
    is_dead() { [[ $(popen ls --no-header -o STATE) == dead ]]; }
    wait_until is_dead
    t popen ask a x
    assert_failure 7
    assert_stderr --partial 'the process that kept it was killed'
    t popen ask a x
    assert_failure 4
    popen start a cat
    kill -KILL "$(coprocess a .keeper)"
    wait_until is_dead
    t popen start a cat
    assert_success
    t popen ask a x
    assert_output x
    popen close a
}

@test "twenty starts of one name at once: one wins, also over a dead keeper's socket" {
    popen start a cat
    kill -KILL "$(coprocess a .keeper)"
    t 30 bash -c 'for n in {1..20}; do popen start a cat 2>/dev/null & pids+=($!); done
for pid in "${pids[@]}"; do wait $pid; echo $?; done >all; sort all | uniq -c | sed "s/^ *//"'
    assert_output $'1 0\n19 6'
    t popen ask a x
    assert_output x
    popen close a
}

@test "a runtime directory of somebody else, a link or one that others may enter is refused" {
    mkdir -m 755 "$XDG_RUNTIME_DIR/moreipc"
    t popen start a cat
    assert_failure 5
    assert_stderr --partial 'must be ours and 0700'
    rmdir "$XDG_RUNTIME_DIR/moreipc"
    mkdir -m 700 elsewhere
    ln -s "$PWD/elsewhere" "$XDG_RUNTIME_DIR/moreipc"
    t popen start a cat
    assert_failure
    rm "$XDG_RUNTIME_DIR/moreipc"
    t popen start a cat
    assert_success
    assert_equal "$(stat -c %a "$XDG_RUNTIME_DIR/moreipc" "$XDG_RUNTIME_DIR/moreipc/popen" | paste -sd' ')" '700 700'
    popen close a
}

@test "without XDG_RUNTIME_DIR it is /tmp/moreipc-UID" {
    need_isolation
    unset XDG_RUNTIME_DIR
    t popen start a cat
    assert_success
    [[ -S /tmp/moreipc-$EUID/popen/a ]]
    t popen close a
    assert_success
    export XDG_RUNTIME_DIR=$dir/runtime
}
