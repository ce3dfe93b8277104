#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run-signals.bats: popen run and signals: passed on once, what is ignored, who dies with whom
# timeout: 240

load popen

# says which signals it gets
cat_signals=$(
    cat <<'end'
import os, signal, sys
blocked = {n for n in signal.valid_signals() if n not in (9, 19)}
signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
print("ready", flush=True)
while True:
    n = signal.sigwait(blocked)
    if n == signal.SIGCONT: continue
    print(int(n), flush=True)
    if n == signal.SIGUSR2: sys.exit(0)
end
)

@test "every signal is passed on exactly once, but those that are listed (RLY-5)" {
    bg r popen run -r "$py" -c "$cat_signals"
    wait_until grep -q ready "$dir/r.out"
    local wanted=() n
    for n in 1 2 3 6 10 14 15 16 23 24 26 27 28 29 30 34 35 63; do
        [[ $n != 24 ]] || continue
        kill -"$n" "$(bg_pid r)"
        wanted+=("$n")
        wait_until grep -qx "$n" "$dir/r.out"
    done
    kill -USR2 "$(bg_pid r)"
    bg_wait r
    assert_success
    assert_output "$(printf '%s\n' ready "${wanted[@]}" 12)"
}

@test "with --foreground, a terminal's signals are left to the terminal, the others are passed on once (RLY-5)" {
    bg r popen run -r --foreground "$py" -c "$cat_signals"
    wait_until grep -q ready "$dir/r.out"
    kill -INT "$(bg_pid r)"
    kill -HUP "$(bg_pid r)"
    wait_until grep -qx 1 "$dir/r.out"
    kill -USR2 "$(bg_pid r)"
    bg_wait r
    assert_output $'ready\n1\n12'
}

@test "a signal that ended the command ends us the same way (RLY-3)" {
    for name in TERM INT HUP QUIT USR1; do
        bg r bash -c 'ulimit -c 0; exec popen run -r sleep 100'
        wait_until has_child "$(bg_pid r)"
        kill -$name "$(bg_pid r)"
        bg_wait r
        assert_equal "$name $(kill -l $((status - 128)))" "$name $name"
    done
    t "$py" -c '
import os, signal, subprocess, time
child = subprocess.Popen(["popen", "run", "-r", "sh", "-c", "echo up; exec sleep 100"], stdout=subprocess.PIPE)
child.stdout.readline()
child.send_signal(15)
print(child.wait())'
    assert_output -- -15
}

@test "SIGTERM with a slow reader: all that was read is delivered, within two seconds (RLY-3)" {
    mkfifo out
    bg r sh -c 'exec popen run -r "$@" >out' sh "$py" -c '
import os, signal
signal.signal(15, lambda *_: os._exit(7))
n = 0
while True: n += os.write(1, b"0123456789abcde\n" * 256)'
    exec 7<out
    head -c 16384 <&7 >/dev/null
    kill -TERM "$(bg_pid r)"
    sleeping=$(cat <&7 | wc -c)
    exec 7<&-
    bg_wait r
    assert_failure 7
    refute_output
    assert_equal "$stderr" ''
    assert_equal $((sleeping % 16)) 0
}

@test "SIGTERM with a reader that stopped: stderr says how much was read and delivered, and the sum is right (RLY-3)" {
    mkfifo out
    bg r sh -c 'exec popen run -r "$@" >out' sh "$py" -c '
import os
while True: os.write(1, b"x" * 1000)'
    exec 7<out
    full() { [[ $(cat "/proc/$(bg_pid r)/wchan") == *poll* ]] && blocked_in "$(child_of "$(bg_pid r)")" '*pipe_write'; }
    wait_until full
    kill -TERM "$(bg_pid r)"
    bg_wait r
    assert_failure 143
    [[ $stderr =~ 'standard output: '([0-9]+)' bytes read from the command, '([0-9]+)' delivered' ]]
    local read=${BASH_REMATCH[1]} delivered=${BASH_REMATCH[2]}
    ((read > delivered))
    assert_equal "$(wc -c <&7)" "$delivered"
    exec 7<&-
}

@test "the command ignores what our caller ignores, and nothing else (RLY-11)" {
    cat >ask.py <<'end'
import subprocess, sys, signal
for n in (signal.SIGPIPE, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD): signal.signal(n, signal.SIG_IGN)
for words in (["popen", "run"], ["popen", "run", "-r"], ["popen", "run", "-t", "5"]):
    got = subprocess.run(words + ["sed", "-n", "s/^SigIgn:.//p", "/proc/self/status"], stdout=subprocess.PIPE, restore_signals=False).stdout
    print(got.decode().strip())
end
    t "$py" ask.py
    # 1 HUP, 2 INT, 13 PIPE, 17 CHLD; Python ignores 25 XFSZ, and posix_spawn(3) 32 and 33, which are libc's own
    assert_equal "${#lines[@]}" 3
    for line in "${lines[@]}"; do (((0x$line & ~0x180000000) == 0x1011003)); done
    t "$py" -c '
import subprocess
print(subprocess.run(["popen", "run", "-r", "sed", "-n", "s/^SigBlk:.//p", "/proc/self/status"], stdout=subprocess.PIPE).stdout.decode().strip())'
    assert_output 0000000000000000
}

@test "--default-sigpipe gives the command a SIGPIPE that ends it (RLY-11)" {
    for option in '' -r; do
        t bash -c "trap '' PIPE; popen run $option sed -n 's/^SigIgn:.//p' /proc/self/status"
        (((0x$output & 0x1000) != 0))
        t bash -c "trap '' PIPE; popen run $option --default-sigpipe sed -n 's/^SigIgn:.//p' /proc/self/status"
        (((0x$output & 0x1000) == 0))
    done
}

@test "when we are killed the command runs on; with --die-with-parent it ends (RLY-7)" {
    bg r popen run -r sleep 100
    wait_until has_child "$(bg_pid r)"
    local child
    child=$(child_of "$(bg_pid r)")
    kill -KILL "$(bg_pid r)"
    bg_wait r
    [[ -d /proc/$child ]]
    kill "$child"
    bg r popen run -r --die-with-parent sleep 100
    wait_until has_child "$(bg_pid r)"
    child=$(child_of "$(bg_pid r)")
    wait_until grep -qx sleep "/proc/$child/comm"
    kill -KILL "$(bg_pid r)"
    bg_wait r
    wait_until gone "$child"
}

@test "--die-with-parent without anything to move: the caller's death ends the command (RLY-7)" {
    bg r bash -c 'popen run --die-with-parent sleep 100; :'
    wait_until has_child "$(bg_pid r)"
    local child
    child=$(child_of "$(bg_pid r)")
    wait_until grep -qx sleep "/proc/$child/comm"
    kill -KILL "$(bg_pid r)"
    bg_wait r
    wait_until gone "$child"
}

@test "the command gets our descriptors and none of our own (U4)" {
    t bash -c 'exec 7</dev/null; ls /proc/self/fd'
    local direct=$output
    t bash -c 'exec 7</dev/null; popen run -r ls /proc/self/fd'
    assert_output "$direct"
    t bash -c 'exec 7</dev/null; popen run -rw --die-with-parent --tag "" ls /proc/self/fd </dev/null'
    assert_output "$direct"
    t bash -c 'exec 7</dev/null; ls /proc/self/fd <&-'
    direct=$output
    t bash -c 'exec 7</dev/null; popen run -r ls /proc/self/fd <&-'
    assert_output "$direct"
}

@test "no process and no descriptor stays behind, 100 times" {
    for ((n = 0; n < 100; n++)); do popen run -rw true </dev/null; done
    wait_until none_run popen
}
