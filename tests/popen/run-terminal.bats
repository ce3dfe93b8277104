#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run-terminal.bats: popen run on a terminal, and popen run --pty: job control, raw mode, sizes; each in bash and zsh
# timeout: 240

load popen

# typed SHELL STEP...: see terminal.py
typed() {
    need "$1"
    t 60 "$py" "$BATS_TEST_DIRNAME/terminal.py" "$@"
    [[ $status == 0 ]] || fail "$1: $output $stderr"
}

# the settings before are the settings after
before='stty -g >before\n'
same='stty -g | cmp - before && echo sa""me\n'

@test "Ctrl-Z stops the command, fg continues it, in bash and zsh (RLY-5)" {
    for shell in bash zsh; do
        typed $shell 'popen run -t 60 sh -c "echo up; exec cat"\n' '=\nup\n' 'hello\n' '=hello\nhello\n' '\x1a' '=(?i)(stopped|suspended)' '=P> ' 'fg\n' '=popen run[^\n]*\n' 'again\n' '=again\nagain\n' '\x04' '=P> ' 'echo st=$?\n' '=st=0' 'exit\n'
    done
}

@test "a command in a group of its own gets the terminal when it reads it; Ctrl-C reaches it once (RLY-5)" {
    for shell in bash zsh; do
        # A signal that comes just before python goes to sleep is looked at when it wakes up.
        typed $shell "popen run -t 60 $py -c 'import time\ntry: print(\"got\", input()); [time.sleep(0.05) for _ in range(1000)]\nexcept KeyboardInterrupt: print(\"int\" \"errupted\")'\n" 'word\n' '=got word' '\x03' '=interrupted' '=P> ' 'echo st=$?\n' '=st=0' 'exit\n'
        typed $shell 'popen run -r sh -c "echo up; exec sleep 50"\n' '=\nup\n' '\x03' '=P> ' 'echo st=$?\n' '=st=130' 'exit\n'
    done
}

@test "in the background it stops when it wants to read the terminal, and goes on in the foreground (RLY-5)" {
    # shellcheck disable=SC2016 # for the shell in there
    for words in '-w sh -c "read x; echo got \$x"' '--pty sh -c "read x; echo got \$x"'; do
        typed bash 'set -b\n' '=P> ' "popen run $words &\n" '=Stopped' 'fg\n' '=popen run[^\n]*\n' 'hello\n' '=got hello\n' '=P> ' 'echo st=$?\n' '=st=0' 'exit\n'
    done
}

@test "all of a pipeline stops and continues (RLY-5)" {
    for shell in bash zsh; do
        typed $shell 'popen run -t 60 sh -c "echo up; exec cat" | cat\n' '=\nup\n' 'hello\n' '=hello\nhello\n' '\x1a' '=(?i)(stopped|suspended)' '=P> ' 'fg\n' '=popen run[^\n]*\n' 'again\n' '=again\nagain\n' '\x04' '=P> ' 'exit\n'
    done
}

@test "--foreground leaves all of it to the terminal (RLY-5)" {
    for shell in bash zsh; do
        typed $shell 'popen run -t 60 --foreground sh -c "echo up; exec cat"\n' '=\nup\n' 'hello\n' '=hello\nhello\n' '\x1a' '=(?i)(stopped|suspended)' '=P> ' 'fg\n' '=popen run[^\n]*\n' 'again\n' '=again\nagain\n' '\x03' '=P> ' 'echo st=$?\n' '=st=130' 'exit\n'
    done
}

@test "--pty: Ctrl-Z and fg, with the terminal's settings as before each time (RLY-12)" {
    for shell in bash zsh; do
        typed $shell "$before" '=P> ' 'popen run --pty sh -c "echo up; exec cat"\n' '=\nup\n' 'hello\n' '=hello\nhello\n' '\x1a' '=(?i)(stopped|suspended)' '=P> ' "$same" '=same\nP> ' 'fg\n' '=popen run[^\n]*\n' 'again\n' '=again\nagain\n' '\x04' '=P> ' "$same" '=same\nP> ' 'exit\n'
    done
}

@test "--pty: the settings are back after the command's end, TERM, HUP, INT and a limit (RLY-12)" {
    typed bash "$before" '=P> ' 'popen run --pty sh -c "echo up; read x"\n' '=\nup\n' '\n' '=P> ' "$same" '=same\nP> ' \
        'popen run -t 0.2 --pty cat\n' '=P> ' "$same" '=same\nP> ' \
        'popen run --pty no-such-command\n' '=No such file' '=P> ' "$same" '=same\nP> ' \
        'popen run --pty sh -c "echo up; exec sleep 50"\n' '=\nup\n' '\x03' '=P> ' 'echo st=$?\n' '=st=130' "$same" '=same\nP> ' 'exit\n'
    for name in TERM HUP; do
        typed bash "$before" '=P> ' "popen run --pty sh -c 'echo up; kill -$name \$PPID; exec sleep 50'\n" '=up' '=P> ' "$same" '=same\nP> ' 'exit\n'
    done
}

@test "--pty: the window's size and its changes reach the command" {
    typed bash "popen run --pty sh -c 'trap \"stty size\" WINCH; stty size; while :; do sleep 0.1; done'\n" '=33 77' size=44,111 '=44 111' '\x03' '=P> ' 'exit\n'
}

@test "--pty: a shell in there has jobs of its own" {
    typed bash "popen run --pty bash --norc --noprofile --noediting\n" '=P> ' 'cat\n' 'x\n' '=x\nx\n' '\x1a' '=Stopped +cat' '=P> ' 'exit\n' 'exit\n' '=P> ' 'exit\n'
}

@test "--pty: a terminal that hangs up ends the command" {
    typed bash 'popen run --pty sh -c "echo up; exec sleep 77"\n' '=\nup\n' hangup
    no_sleep() { ! pgrep -f 'sleep 7[7]'; }
    wait_until no_sleep
}

@test "--pty without a terminal: output is a terminal's, newlines and bytes are untouched, input is direct" {
    t bash -c 'popen run --pty sh -c "test -t 1 && echo out; test -t 0 || echo in; test -t 2 || echo err; printf \"a\nb\n\"" </dev/null | od -An -c'
    assert_output --partial 'o   u   t  \n   i   n  \n   e   r   r  \n   a  \n   b  \n'
    t bash -c 'popen run --pty --merge sh -c "echo 1 >&2; test -t 2 && echo 2" | cat'
    assert_output $'1\n2'
    t bash -c 'seq 3 | popen run --pty cat | cat'
    assert_output $'1\n2\n3'
    t bash -c 'seq 3 | popen run -w --pty cat | cat'
    assert_output $'1\n2\n3'
    t bash -c 'popen run --pty stty size | cat'
    t 20 bash -c 'popen run --pty head -c 1000000 /dev/zero | wc -c'
    assert_output 1000000
    t popen run --pty sh -c 'exit 6'
    assert_failure 6
}

@test "--pty: line by line output comes line by line" {
    t 20 "$py" -c '
import subprocess
child = subprocess.Popen(["popen", "run", "--pty", "/usr/bin/python3", "-c", "import sys, signal; print(1); signal.pause()"], stdout=subprocess.PIPE)
print(child.stdout.readline())
child.terminate()
print(child.wait())'
    assert_output $'b\'1\\n\'\n-15'
}

@test "--pty: no more pseudo terminals is told with the knob" {
    need strace
    t strace -qq -o trace -e trace=openat -e inject=openat:error=ENOSPC:when=1+ popen run --pty true
    assert_failure 125
    assert_stderr --partial 'cannot create a pseudo terminal: No space left on device'
    assert_stderr --partial 'kernel.pty.max'
}
