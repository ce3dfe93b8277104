#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# run.bats: popen run: words, streams, tags, limits, statuses, reports
# timeout: 240

load popen

# --- words and statuses ---

@test "without options it becomes the command: same process, nothing between" {
    t bash -c 'echo $BASHPID; exec popen run sh -c "echo \$\$"'
    assert_success
    assert_equal "${lines[0]}" "${lines[1]}"
}

@test "words reach the command as they are, and no shell is there (RLY-13)" {
    local words=('a b' "it's" '"' '*' $'new\nline' '' -n '--' '$HOME' "\\")
    for option in '' -r; do
        # shellcheck disable=SC2086
        t popen run $option printf '<%s>' "${words[@]}"
        assert_success
        assert_output "$(printf '<%s>' "${words[@]}")"
    done
    bg r popen run -r sleep 60
    wait_until has_child "$(bg_pid r)"
    wait_until grep -qx sleep "/proc/$(child_of "$(bg_pid r)")/comm"
    kill "$(bg_pid r)"
    bg_wait r
}

@test "the command's own options stay its own, with and without --" {
    t popen run echo -n -h --help -V
    assert_output -- '-h --help -V'
    t popen run -r -- echo -t 1
    assert_output -- '-t 1'
    t popen run -rt 5 echo -r
    assert_output -- '-r'
    t popen run --timeout=5 echo x
    assert_output x
}

@test "statuses 0 to 255 are passed on (RLY-4)" {
    for status_wanted in 0 1 2 3 64 124 125 126 127 128 200 255; do
        status_of popen run -r sh -c "exit $status_wanted"
        assert_output "$status_wanted"
        status_of popen run sh -c "exit $status_wanted"
        assert_output "$status_wanted"
    done
    need_root # once is enough
    for ((n = 0; n < 256; n++)); do
        status=0
        popen run -r sh -c "exit $n" || status=$?
        assert_equal "$status" "$n"
    done
}

@test "a command that a signal ends has status 128 + N, for every signal (RLY-4)" {
    for n in {1..31} {34..64}; do
        case $n in 17 | 18 | 19 | 20 | 21 | 22 | 23 | 28) continue ;; esac # these do not end a process
        # a pty or core file is none of this test's business
        t bash -c "ulimit -c 0; popen run -r '$py' -c 'import os, signal; $n in (9,) or signal.signal($n, signal.SIG_DFL); os.kill(os.getpid(), $n)'"
        assert_equal "$n $status" "$n $((128 + n))"
    done
}

@test "not found is 127, not to be run 126, too much or too many 125; input is left alone (RLY-9)" {
    : >empty
    chmod +x empty
    for option in '' -r -rw --die-with-parent '-r --die-with-parent'; do
        # shellcheck disable=SC2086
        status_of popen run $option no-such-command
        assert_output 127
        assert_stderr --partial 'no-such-command: cannot run: No such file or directory'
        # shellcheck disable=SC2086
        t popen run $option /etc/passwd
        assert_failure 126
        assert_stderr --partial 'Permission denied'
        # shellcheck disable=SC2086
        t popen run $option ./empty
        assert_failure 126
        assert_stderr --partial 'Exec format error'
    done
    for option in '' -r; do
        # shellcheck disable=SC2086
        t bash -c "x=\$(printf '%0200000d' 0); popen run $option echo \"\$x\" 2>&1 || exit \$?"
        ((status == 126 || status == 125))
        assert_output --partial 'Argument list too long'
    done
    seq 3 >input
    t bash -c '{ popen run -rw no-such-command; cat; } <input'
    assert_output $'1\n2\n3'
}

@test "too many processes is status 125 (RLY-9)" {
    need_user
    need prlimit
    t prlimit --nproc=1 popen run -r echo x
    assert_failure 125
    assert_stderr --partial 'Resource temporarily unavailable'
}

@test "--shell runs a shell's line, with \$1 and \$2" {
    t popen run --shell 'echo "$2" "$1" | tr a-z A-Z' one two
    assert_output 'TWO ONE'
    t popen run -r --shell 'exit 5'
    assert_failure 5
}

@test "a wrong command line is status 2 and runs nothing" {
    for words in '' '-t 5' '-t' '-n -t 5 touch x' '--kill-after 1 touch x' '--signal NOSUCH touch x' '--timestamp noon touch x' '-E 256 -t 1 touch x' '-n -r touch x' '--no-such touch x'; do
        # shellcheck disable=SC2086
        t popen run $words
        assert_failure 2
        assert_equal "$(wc -l <<<"$stderr")" 2
    done
    t popen run ''
    assert_failure 2
    assert_not_exists x
}

# --- streams ---

@test "100 MB random each way at once come back byte by byte, from a file and from a pipe (RLY-1)" {
    head -c 100M /dev/urandom >data
    t 60 bash -c 'popen run -rw cat <data | cmp - data'
    assert_success
    t 60 bash -c 'cat data | popen run -rw cat | cmp - data'
    assert_success
    rm data
}

@test "a command that reads only after it has written blocks nobody (RLY-1)" {
    head -c 3M /dev/urandom >data
    t 30 bash -c "popen run -rw sh -c 'head -c 2000000 /dev/zero; cat' <data | tail -c +2000001 | cmp - data"
    assert_success
}

@test "pieces of 1 to 7 bytes and EINTR at every fifth call change no byte (RLY-1)" {
    need strace
    head -c 10M /dev/urandom >data
    t 60 bash -c "'$py' -c '
import os, random, sys
data = open(\"data\", \"rb\").read()
at = 0
while at < len(data):
    at += os.write(1, data[at:at + random.randint(1, 7)])' | strace -qq -o trace -e trace=read,write,ppoll -e inject=read,write,ppoll:error=EINTR:when=1+5 popen run -rw cat | cmp - data"
    assert_success
    for nth in 1 2 3 1+2; do
        t 30 bash -c "strace -qq -o trace -e trace=read,write,ppoll,wait4,waitid -e inject=read,write,ppoll,wait4,waitid:error=EINTR:when=$nth popen run -rw cat <data | cmp - data"
        assert_success
    done
}

@test "the end of input reaches the command: sort answers (RLY-2)" {
    t bash -c 'printf "b\na\n" | popen run -rw sort'
    assert_success
    assert_output $'a\nb'
    t bash -c ': | popen run -w cat'
    assert_success
}

@test "what the command left of its input is there for the next reader, or is counted" {
    seq 50000 >input
    t bash -c "{ popen run -w sh -c 'read x'; head -n 1; } <input"
    assert_output 2
    refute_stderr
    seq 3 >input
    t bash -c "{ popen run -w sh -c 'read x'; head -n 1; } <input"
    assert_output 2
    t bash -c "seq 3 | popen run -w sh -c 'read x'"
    assert_success
    assert_stderr 'popen: run: standard input: 6 bytes read, 2 taken by the command'
    t bash -c "seq 3 | popen run -qw sh -c 'read x'"
    refute_stderr
}

@test "a reader that leaves ends the command by SIGPIPE, quietly" {
    t bash -c 'popen run -r yes | head -n 1; exit "${PIPESTATUS[0]}"'
    assert_failure 141
    assert_output y
    refute_stderr
}

@test "a full disk is told with what was read and what was delivered, status 3" {
    t bash -c 'popen run -r seq 10 >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device; 21 bytes read from the command, 0 delivered'
    t bash -c 'popen run -r seq 10 >&-'
    assert_failure 3
    assert_stderr --partial 'Bad file descriptor'
}

@test "standard output that somebody made non-blocking keeps that flag, and gets every byte (U5)" {
    t 20 "$py" -c '
import fcntl, os, subprocess, time
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen(["popen", "run", "-r", "head", "-c", "300000", "/dev/zero"], stdout=w)
select_later = os.read(r, 1)
total = 1
while total < 300000: total += len(os.read(r, 65536))
child.wait()
assert not os.get_blocking(w)
print(total, child.returncode)'
    assert_success
    assert_output '300000 0'
}

@test "input and output may be sockets, files and /dev/null" {
    t "$py" -c '
import socket, subprocess
a, b = socket.socketpair()
child = subprocess.Popen(["popen", "run", "-rw", "tr", "a-z", "A-Z"], stdin=b, stdout=b)
b.close()
a.sendall(b"hello")
a.shutdown(socket.SHUT_WR)
print(a.recv(100).decode(), child.wait())'
    assert_output 'HELLO 0'
    t bash -c 'popen run -rw cat </dev/null >out && [[ ! -s out ]]'
    assert_success
    t bash -c 'echo old >out; seq 2 | popen run -rw cat >>out; cat out'
    assert_output $'old\n1\n2'
}

@test "a descendant that keeps the output open is named and not waited for (RLY-6)" {
    local begin=$EPOCHREALTIME
    t popen run -r sh -c 'sleep 100 & echo $! >pid; echo hi'
    assert_success
    assert_output hi
    ((${EPOCHREALTIME/./} - ${begin/./} < 5000000))
    assert_stderr --regexp 'process [0-9]+ \((sleep|sh)\) still has its output open'
    kill "$(<pid)"
}

@test "--wait-all waits for the last of them, or to the limit (RLY-6)" {
    t popen run -r --wait-all sh -c '(read -t 0.3 x <&1; echo later) & echo now' || :
    t popen run -r --wait-all bash -c '(read -rt 0.3 <> <(:); echo later) & echo now'
    assert_success
    assert_output $'now\nlater'
    t popen run -r --wait-all -t 0.3 sh -c 'sleep 100 & echo hi'
    assert_failure 124
    assert_output hi
    wait_until none_run sleep
}

@test "200 orphans are collected with --subreaper (RLY-8)" {
    cat >orphans <<'end'
for i in $(seq 200); do (sh -c 'exit 0' &) ; done
sleep 100 &
echo $! >sleeper
echo started
end
    bg r popen run -r --subreaper --wait-all sh orphans
    wait_until test -s sleeper
    # shellcheck disable=SC2009 # pgrep does not tell zombies from others
    no_zombies() { [[ $(ps -o stat= --ppid "$(bg_pid r)" | grep -c Z) == 0 && $(ps -o pid= --ppid "$(bg_pid r)" | wc -l) == 1 ]]; }
    wait_until no_zombies
    kill "$(<sleeper)"
    bg_wait r
    assert_success
    assert_output started
}

# --- lines ---

@test "--tag and --tag-error tell the streams apart, each on its own descriptor" {
    t popen run --tag 'o: ' --tag-error 'e: ' sh -c 'echo 1; echo 2 >&2; printf 3'
    assert_output $'o: 1\no: 3'
    assert_stderr 'e: 2'
    t popen run --tag 'x: ' sh -c 'echo 1; echo 2 >&2'
    assert_output 'x: 1'
    assert_stderr 'x: 2'
    t popen run --tag-error 'e: ' sh -c 'echo 1; echo 2 >&2'
    assert_output 1
    assert_stderr 'e: 2'
}

@test "--merge sends both to standard output; no line is torn" {
    t popen run --merge sh -c 'echo 1; echo 2 >&2'
    assert_output $'1\n2'
    refute_stderr
    t popen run -r --merge sh -c 'echo 1; echo 2 >&2; echo 3'
    assert_output $'1\n2\n3'
    t popen run --merge --tag 'o: ' --tag-error 'e: ' sh -c 'printf 1; printf 2 >&2'
    assert_equal "$(sort <<<"$output")" $'e: 2\no: 1'
    t 30 bash -c "popen run --merge --tag O --tag-error E '$py' -c '
import os, threading
def write(fd):
    for n in range(20000): os.write(fd, b\"abc\"); os.write(fd, b\"def\n\")
threads = [threading.Thread(target=write, args=(fd,)) for fd in (1, 2)]
[t.start() for t in threads]; [t.join() for t in threads]' | sort | uniq -c | sed 's/^ *//'"
    assert_output $'20000 Eabcdef\n20000 Oabcdef'
}

@test "with 2>&1 outside, tagged lines of both streams are whole as well" {
    t 30 bash -c "popen run --tag O --tag-error E '$py' -c '
import os
for n in range(5000): os.write(1, b\"ab\"); os.write(2, b\"cd\"); os.write(1, b\"\n\"); os.write(2, b\"\n\")' 2>&1 | sort | uniq -c | sed 's/^ *//'"
    assert_output $'5000 Ecd\n5000 Oab'
}

@test "an incomplete last line gets no newline, and a line without an end no infinite memory" {
    t bash -c "popen run --tag x printf 'a\nb' | od -c"
    assert_output --partial 'x   a  \n   x   b'
    refute_output --regexp 'b +\\n'
    t 20 bash -c 'head -c 5000000 /dev/zero | popen run -w --tag T cat | wc -c'
    assert_output 5000001
}

@test "--timestamp puts utc, local or elapsed time before each line" {
    t popen run --timestamp utc echo x
    assert_output --regexp '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{6}Z x$'
    t env TZ=Asia/Kolkata popen run --timestamp local --tag 'y ' echo x
    assert_output --regexp '^20.*\.[0-9]{6}[+-][0-9:]{5} y x$'
    t popen run --timestamp elapsed echo x
    assert_output --regexp '^0\.[0-9]{6} x$'
}

# --- time ---

@test "-t ends the command and all it started, status 124" {
    local begin=$EPOCHREALTIME
    t popen run -t 0.2 sh -c 'sleep 100 & sleep 100'
    assert_failure 124
    ((${EPOCHREALTIME/./} - ${begin/./} < 3000000))
    wait_until none_run sleep
    t popen run -t 5 true
    assert_success
    t popen run -t 0 sleep 60
    assert_failure 124
}

@test "a command that ignores TERM gets KILL after the grace: 137, within limit + grace + 100 ms (RLY-10)" {
    local begin=$EPOCHREALTIME
    t popen run -t 1 --kill-after 0.2 sh -c 'trap "" TERM; exec sleep 60'
    assert_failure 137
    ((${EPOCHREALTIME/./} - ${begin/./} < 3000000))
}

@test "--signal, --preserve-status and -E" {
    t popen run -t 1 --signal INT sh -c 'trap "echo int; exit 9" INT; while :; do sleep 0.05; done'
    assert_failure 124
    assert_output int
    t popen run -t 1 --preserve-status sh -c 'trap "exit 9" TERM; while :; do sleep 0.05; done'
    assert_failure 9
    t popen run -t 0.2 --preserve-status sleep 60
    assert_failure 143
    t popen run -t 0.2 -E 77 sleep 60
    assert_failure 77
    t popen run -t 0.2 --signal KILL sleep 60
    assert_failure 137
}

@test "a stopped command is ended by the limit, too" {
    t popen run -t 0.3 sh -c 'kill -STOP $$'
    assert_failure 124
}

@test "output before the limit is delivered" {
    t popen run -r -t 0.3 sh -c 'echo before; exec sleep 60'
    assert_failure 124
    assert_output before
}

@test "-n leaves the command running, and prints its process" {
    mkfifo pipe
    exec 8<>pipe
    popen run -n "$py" -c 'import os, signal; os.close(1); os.close(2); os.write(8, b"up\n"); signal.pause()' >pid 2>/dev/null 3>&- 4>&-
    read -rt 5 line <&8
    assert_equal "$line" up
    assert_equal "$(ps -o comm= -p "$(<pid)")" python3
    kill "$(<pid)"
    exec 8>&-
}

# --- report ---

@test "--report tells status, signal, times, memory and bytes as a JSON line" {
    need jq
    t bash -c 'seq 3 | popen run -rw --report report cat && cat report'
    json -s 'true' # the lines before are data
    t jq -c '[.command, .status, .signal, .timed_out, .bytes_in, .bytes_out, .bytes_error]' report
    assert_output '[["cat"],0,null,false,6,6,null]'
    t jq -e '.wall >= 0 and .user >= 0 and .system >= 0 and .max_rss > 100000 and .pid > 1' report
    assert_success
    t popen run --report report -t 0.1 sleep 60
    assert_failure 124
    t jq -c '[.status, .signal, .timed_out]' report
    assert_line --index 1 '[124,"TERM",true]'
    t popen run --report - sh -c 'kill -INT $$'
    assert_failure 130
    json '.signal == "INT" and .status == 130 and .bytes_out == null'
    t popen run --report - --tag x sh -c 'echo a; echo b >&2'
    output=${lines[1]}
    json '.bytes_out == 2 and .bytes_error == 2'
}

@test "--report adds to what is there, takes a descriptor, and fails before anything runs" {
    t bash -c 'popen run --report /dev/fd/3 true 3>&1'
    json '.status == 0'
    t popen run --report /no/such/file touch ran
    assert_failure 125
    assert_stderr --partial '/no/such/file: cannot open: No such file or directory'
    assert_not_exists ran
    t bash -c 'popen run --report /dev/full true'
    assert_failure 125
}

@test "-v tells each signal that is sent, and to whom" {
    t popen run -v -t 0.1 --kill-after 0.1 sh -c 'trap "" TERM; while :; do sleep 0.02; done'
    assert_failure 137
    assert_stderr --regexp 'sent TERM to process group [0-9]+ \(kill\)'
    assert_stderr --regexp 'sent KILL to process group [0-9]+ \(kill\)'
}

@test "a line where words are wanted is not found, as one word" {
    status_of popen run 'echo out'
    assert_output 127
    assert_stderr 'popen: run: echo out: cannot run as one word: No such file or directory'
    status_of popen run -t 5 'echo out'
    assert_output 127
    assert_stderr --partial 'echo out: cannot run as one word'
    status_of popen run no-such-command
    assert_output 127
    refute_stderr --partial 'one word'
}
