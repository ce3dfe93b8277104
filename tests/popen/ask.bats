#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ask.bats: popen ask: where a reply ends, whose it is, what becomes of one that nobody waits for any more
# timeout: 240

load popen

# answers each line X by "re X"
start_echo() { popen start "$1" -- sed -u 's/^/re /'; }

@test "a line in, a line out; several lines; standard input" {
    start_echo a
    t popen ask a hello
    assert_output 're hello'
    t popen ask a --lines 2 one two
    assert_output $'re one\nre two'
    t bash -c 'seq 3 | popen ask a --lines 3'
    assert_output $'re 1\nre 2\nre 3'
    t popen ask a ''
    assert_output 're '
    popen close a
}

@test "bc, sqlite3, python and sh answer across a script's lines" {
    popen start calc -- bc -q
    t popen ask calc '2^64'
    assert_output 18446744073709551616
    popen close calc
    popen start sh -- sh
    popen write sh 'x=5'
    t popen ask sh 'echo $x'
    assert_output 5
    popen close sh
    popen start py --merge -- "$py" -iq
    t popen read py --prompt '>>> '
    t popen ask py --prompt '>>> ' 'print(6 * 7)'
    assert_output 42
    popen close py >/dev/null
    need sqlite3
    popen start db -- sqlite3
    t popen ask db --until END 'select 1; select 2;' '.print END'
    assert_output $'1\n2'
    popen close db
}

@test "--until ends before a line that is exactly that" {
    popen start sh -- sh
    t popen ask sh --until END 'echo END2; echo " END"; echo END; echo more'
    assert_output $'END2\n END'
    t popen read sh
    assert_output more
    popen close sh
}

@test "--prompt ends where the text comes, also in pieces" {
    popen start sh -- sh
    t popen ask sh --prompt '=> ' 'printf "a\n="; printf "> b"'
    assert_output a
    t popen ask sh --prompt '=> ' 'printf "=>=> "'
    assert_output "$(printf '=>')"
    popen close sh >/dev/null
}

@test "--quiet-time ends when nothing comes; status 1 when nothing came" {
    popen start sh -- sh
    t popen ask sh --quiet-time 0.3 'echo a; echo b'
    assert_success
    assert_output $'a\nb'
    t popen ask sh --quiet-time 0.1 :
    assert_failure 1
    refute_output
    popen close sh
}

@test "--idle ends when the command waits for input again, after any length of reply" {
    popen start calc -- bc -q
    t popen ask calc --idle '1/0'
    assert_success
    refute_output
    assert_stderr --partial 'ivide by zero'
    t popen ask calc --idle 'a=1' 'a+1; a+2'
    assert_output $'2\n3'
    popen close calc
    popen start sh -- sh
    t popen ask sh --idle "'$py' -c 'import sys; print(1, flush=True); sys.stdin.close; print(2)'; seq 100000 | tail -n 1"
    assert_output $'1\n2\n100000'
    t 20 bash -c 'popen ask sh --idle "seq 200000" | md5sum'
    assert_output "$(seq 200000 | md5sum)"
    popen close sh
    popen start --pty tty cat
    t popen ask tty --idle x
    assert_output x
    popen close tty
}

@test "-0: lines end in NUL, both ways" {
    popen start a -- sed -uz 's/^/re /'
    t bash -c "popen ask a -0 --lines 2 \$'x\ny' z | od -An -c"
    assert_output --partial 'r   e       x  \n   y  \0   r   e       z  \0'
    popen close a
}

@test "what was said before the question is no part of the answer, and is there to be read" {
    popen start a -- sh -c 'echo banner; exec sed -u "s/^/re /"'
    unread() { [[ $(coprocess a .unread) == 7 ]]; }
    wait_until unread
    t popen ask a x
    assert_output 're x'
    t popen read a
    assert_output banner
    popen close a
}

@test "16 callers at once, 50 questions each: every reply is its caller's" {
    popen start a -- "$py" -uc '
import sys
for line in sys.stdin:
    word = line.strip()
    for n in range(3): print("re", word, n)'
    cat >caller <<'end'
for n in $(seq 50); do
    [ "$(popen ask a --lines 3 "$1.$n" | tr '\n' ' ')" = "re $1.$n 0 re $1.$n 1 re $1.$n 2 " ] || { echo "wrong: $1.$n"; exit 1; }
done
end
    t 60 bash -c 'for c in {1..16}; do sh caller $c & pids+=($!); done; for pid in "${pids[@]}"; do wait $pid || exit; done'
    assert_success
    refute_output
    popen close a
}

@test "callers that are killed at random take nobody's reply" {
    popen start a -- "$py" -uc '
import sys, random, time
for line in sys.stdin:
    word = line.strip()
    for n in range(3): print("re", word, n)'
    cat >victims <<'end'
import random, signal, subprocess, time
deadline = time.monotonic() + 3
while time.monotonic() < deadline:
    child = subprocess.Popen(["popen", "ask", "a", "--lines", "3", "victim"], stdout=subprocess.DEVNULL)
    try: child.wait(random.random() * 0.004)
    except subprocess.TimeoutExpired: child.send_signal(random.choice([9, 9, 15, 2]))
    child.wait()
end
    bg killer "$py" victims
    for n in {1..200}; do
        assert_equal "$(popen ask a --lines 3 "mine.$n" | tr '\n' ' ')" "re mine.$n 0 re mine.$n 1 re mine.$n 2 "
    done
    bg_wait killer
    popen close a
}

@test "-t gives up with 124; what came is printed; the late reply goes to nobody" {
    popen start a -- sh -c 'while read -r x; do case $x in slow) echo part; read -r go <go; echo late ;; *) echo "re $x" ;; esac; done'
    mkfifo go
    t popen ask a -t 0.2 --lines 2 slow
    assert_failure 124
    assert_output part
    assert_stderr --partial 'a: gave up after 200ms; 5 of 5 bytes were written'
    state_is a settling
    bg next popen ask a hello
    waits() { [[ $(coprocess a .waiting) == 1 ]]; }
    wait_until waits
    echo go >go
    bg_wait next
    assert_output 're hello'
    assert_equal "$(coprocess a .discarded)" 5
    popen close a
}

@test "-t also ends the wait for a reader of our output, and says what it did not get" {
    popen start a -- sh -c 'while read -r x; do head -c 200000 /dev/zero | tr "\\0" x; echo; done'
    mkfifo out
    exec 7<>out
    t bash -c 'popen ask a -t 0.5 x >out'
    exec 7<&-
    assert_failure 124
    assert_stderr --regexp '[1-9][0-9]+ bytes of the reply were taken and not delivered'
    popen close a
}

@test "a question without an answer blocks nobody once the command waits for input again" {
    popen start calc -- bc -q
    t popen ask calc -t 0.2 'x=1'
    assert_failure 124
    t popen ask calc x+1
    assert_output 2
    popen close calc
}

@test "-n is status 1 while another caller is served" {
    popen start a -- sh -c 'while read -r x; do read -r go <go; echo "re $x"; done'
    mkfifo go
    bg first popen ask a one
    wait_until state_is a busy
    t popen ask a -n two
    assert_failure 1
    refute_output
    echo >go
    bg_wait first
    assert_output 're one'
    popen close a
}

@test "Ctrl-C while waiting says what was written, and ends by the signal" {
    popen start a -- sh -c 'while read -r x; do read -r go <go; echo "re $x"; done'
    mkfifo go
    bg first popen ask a one
    wait_until state_is a busy
    kill -INT "$(bg_pid first)"
    bg_wait first
    assert_failure 130
    assert_stderr --partial '4 of 4 bytes were written'
    echo >go
    t popen close a
    assert_success
}

@test "a command that ends before its reply is complete is status 8, with its status; what came is printed" {
    popen start a -- sh -c 'read -r x; echo part; exit 7'
    t popen ask a --lines 2 x
    assert_failure 8
    assert_output part
    assert_stderr --partial 'a: the command ended with status 7'
    t popen ask a x
    assert_failure 8
    t popen close a
    assert_failure 7
    popen start a -- sh -c 'kill -KILL $$'
    wait_until state_is a ended
    t popen ask a x
    assert_failure 8
    assert_stderr --partial 'was ended by signal KILL'
    t popen close a
    assert_failure 137
}

@test "no such coprocess is status 4" {
    t popen ask nobody x
    assert_failure 4
    assert_stderr --partial 'nobody: no coprocess of this name'
    assert_not_exists "$XDG_RUNTIME_DIR/moreipc"
}

@test "ends of a reply exclude each other" {
    for words in '--lines 1 --idle' '--until x --prompt y' '--quiet-time 1 --lines 2' '--lines 0' '-n -t 1'; do
        # shellcheck disable=SC2086
        t popen ask a $words x
        assert_failure 2
    done
    t popen ask a --prompt '' x
    assert_failure 2
    t popen ask a --until $'a\nb' x
    assert_failure 2
}

@test "megabytes go through in both directions at once" {
    popen start a -- cat
    head -c 3000000 /dev/urandom | base64 -w 99 >data
    t 30 bash -c 'popen ask a --lines "$(wc -l <data)" <data | cmp - data'
    assert_success
    popen close a
}

@test "output that cannot be written is status 3, and the coprocess lives on" {
    start_echo a
    t bash -c 'popen ask a x >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    t popen ask a y
    assert_output 're y'
    popen close a
}

@test "a question from a pipe is ended for it: what it lacks is not the next caller's" {
    popen start calc -- bc -q
    t bash -c 'printf "5+5" | popen ask calc'
    assert_output 10
    t popen ask calc 1+1
    assert_output 2
    popen close calc
}

@test "--pty: line editors find a terminal without sequences" {
    popen start b --pty -- sh
    # shellcheck disable=SC2016 # that shell's
    t popen ask b 'echo $TERM'
    assert_output dumb
    popen close b
}
