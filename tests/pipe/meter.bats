#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# meter.bats: pipe meter

load pipe

@test "meter passes every byte on: pipe to pipe, file, append, tty-less and through memory" {
    random 20M >data
    t 20 bash -c 'cat data | pipe meter | cat >back'
    assert_success
    refute_stderr
    same data back
    t 20 bash -c 'pipe meter <data >back2; pipe meter --lines <data | cat >back3; echo -n >back4; pipe meter <data >>back4'
    assert_success
    for file in back2 back3 back4; do same data $file; done
}

@test "progress is shown only on a terminal, with -f or -j" {
    t bash -c 'seq 10 | pipe meter'
    refute_stderr
    t bash -c 'seq 10 | pipe meter -f'
    assert_stderr --regexp '21B 0:00:00 \[ *[^ ]+/s\] \[avg +[^ ]+/s\]$'
    t bash -c 'seq 10 | pipe meter -qf'
    refute_stderr
    t bash -c 'seq 10 | pipe meter -j'
    output=$stderr
    json '.bytes == 21 and .final and .elapsed >= 0 and .size == null and .eta == null'
}

@test "on a terminal meter draws a line with bytes, time and rates" {
    need script
    t script -qec "bash -c 'head -c 3000000 /dev/zero | pipe meter --name zeros >/dev/null'" /dev/null
    assert_success
    assert_output --regexp 'zeros: 2\.86MiB 0:00:0[0-9] '
}

@test "two meters on one terminal have a line each" {
    need script
    t script -qec "bash -c 'seq 20000 | pipe meter --name one | pipe meter --name two | (sleep 0.3; cat >/dev/null)'" /dev/null
    assert_success
    assert_output --partial 'one: '
    assert_output --partial 'two: '
    # one of the two is drawn a line below the other, and the cursor goes up again
    assert_output --partial $'\e[1A'
}

@test "--size gives percent and ETA; a file's size is known" {
    t bash -c 'head -c 500 /dev/zero | pipe meter --size 1000 -f'
    assert_stderr --partial '50%'
    random 1000 >data
    t bash -c 'pipe meter -j <data >/dev/null'
    output=$stderr
    json '.size == 1000 and .eta == 0'
    # behind what was read of it
    t bash -c '{ head -c 400 >/dev/null; pipe meter -j >/dev/null; } <data'
    output=$stderr
    json '.bytes == .size'
}

@test "--stop ends behind --size, and leaves the rest in the input" {
    t bash -c 'seq 1000 | { pipe meter --size 4 --stop; echo; cat | head -n 1; }'
    assert_output $'1\n2\n\n3'
    t pipe meter --stop
    assert_failure 2
    t pipe meter --stop --size 4 --lines
    assert_failure 2
}

@test "--lines and -0 count records" {
    t bash -c 'seq 1000 | pipe meter --lines -j >/dev/null'
    output=$stderr
    json '.records == 1000 and (has("bytes") | not)'
    t bash -c "printf 'a\\0b\\n\\0c' | pipe meter -0 -j >/dev/null"
    output=$stderr
    json '.records == 2'
    t pipe meter --lines -0
    assert_failure 2
}

@test "--rate passes on no more than that in a second" {
    local begin=$EPOCHREALTIME
    t bash -c 'head -c 30000 /dev/zero | pipe meter --rate 100000 -j | wc -c'
    assert_output 30000
    ((${EPOCHREALTIME/./} - ${begin/./} >= 250000)) # 0.3 s, and the last piece need not be waited for
    output=$(tail -n 1 <<<"$stderr")
    json '.average < 150000'
}

@test "--interval shows it so often; --from-first waits for the first byte" {
    t bash -c '(sleep 0.5; echo hi) | pipe meter -j --interval 50ms'
    assert_output hi
    (($(wc -l <<<"$stderr") >= 5))
    t bash -c '(sleep 0.5; echo hi) | pipe meter -j --interval 50ms --from-first'
    output=$(tail -n 1 <<<"$stderr")
    json '.elapsed < 0.4 and .bytes == 3'
    t pipe meter --interval 0
    assert_failure 2
}

@test "--watch shows how far a process is in its files, until it ends" {
    random 100000 >data
    mkfifo go
    bg it bash -c 'exec 5<data; head -c 40000 <&5 >/dev/null; read -r _ <go'
    wait_until blocked_in it openat '*fifo*' 'wait_for_partner'
    bg watcher pipe meter -j --interval 20ms --watch "$(bg_pid it):5"
    wait_until grep -q '"final"' watcher.out watcher.err
    echo >go
    bg_wait it
    bg_wait watcher
    assert_success
    output=$(head -n 1 <<<"$stderr")
    json '.bytes == 40000 and .size == 100000 and (.name | endswith(":5 data"))'
}

@test "--watch of nothing: no process, no such descriptor, no terminal" {
    t pipe meter --watch 4194304 -j
    assert_failure 4
    t pipe meter --watch "$$:199" -j
    assert_failure 4
    t pipe meter --watch $$
    assert_failure 2
    assert_stderr --partial '--force or --json'
    t pipe meter --watch $$ --rate 5
    assert_failure 2
}

@test "a full disk is status 3 and says how far it got" {
    t bash -c 'seq 10000 | pipe meter >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
}

@test "a closed pipe ends meter by SIGPIPE, at once, also while it waits for input" {
    t bash -c 'set -o pipefail; yes | pipe meter | head -n 1'
    assert_output y
    t 3 bash -c '(sleep 2.9) | { pipe meter; echo $? >&2; } | true'
    assert_equal "$stderr" 141
}

@test "SIGTERM in mid-flow: what was read is delivered, or the number is said (RLY-3)" {
    mkfifo in out
    random 3M >data
    for mode in '' --lines; do
        rm -f go got
        mkfifo go
        bg source bash -c 'cat data >in; sleep 60'
        # shellcheck disable=SC2086 # none or one
        bg it bash -c "exec pipe meter $mode <in >out"
        bg sink bash -c 'exec <out; head -c 1000000 >got; read -r _ <go; cat >>got'
        wait_until test -s got
        wait_until eval '(( $(stat -c %s got) == 1000000 ))'
        kill -TERM "$(bg_pid it)"
        bg_wait it
        assert_failure 143
        complaint=$stderr
        echo >go
        bg_wait sink
        # what was taken from the source is what the sink has, and what the complaint names
        cmp -n "$(stat -c %s got)" data got
        if [[ $complaint == *delivered* ]]; then
            [[ $complaint =~ ([0-9]+)\ bytes\ read,\ ([0-9]+)\ delivered ]]
            ((BASH_REMATCH[2] <= $(stat -c %s got)))
        fi
        kill -KILL -- "-$(bg_pid source)"
        bg_wait source
    done
}

@test "an inherited O_NONBLOCK, on either side, loses nothing and stays" {
    need python3
    t 20 python3 -c "
import os, subprocess, fcntl, threading
r, w = os.pipe(); r2, w2 = os.pipe()
for fd in (r, w2): fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)
child = subprocess.Popen(['pipe', 'meter'], stdin=r, stdout=w2)
os.close(r)
data = os.urandom(2000000)
def feed():
    view = memoryview(data)
    while view: view = view[os.write(w, view):]
    os.close(w)
threading.Thread(target=feed).start()
flag = bool(fcntl.fcntl(w2, fcntl.F_GETFL) & os.O_NONBLOCK)
os.close(w2)
back = b''.join(iter(lambda: os.read(r2, 65536), b''))
print(back == data, child.wait(), flag)"
    assert_output 'True 0 True'
}

@test "short reads, short writes and EINTR change nothing (RLY-1)" {
    need strace
    random 300000 >data
    t 20 bash -c 'cat data | strace -qq -o trace -e inject=splice:error=EINTR:when=2+3 pipe meter | cat >back'
    same data back
    grep -q INJECTED trace
    t 20 bash -c 'cat data | strace -qq -o trace -e inject=splice:error=EINVAL:when=1 pipe meter | cat >back2'
    same data back2
}

@test "--control: lines through a FIFO change rate, size and name of a running meter" {
    need jq
    mkfifo knob in
    bg it bash -c 'exec pipe meter -j --interval 20ms --rate 1 --name old --control knob <in >out'
    exec 7>in
    echo 'a line' >&7
    wait_until grep -q '"bytes":1,' it.err
    echo 'name new' >knob
    wait_until grep -q '"name":"new"' it.err
    printf 'size 1000\nrate 1M\n' >knob
    wait_until grep -q '"bytes":7,.*"size":1000,' it.err
    echo 'rate none' >knob
    head -c 993 /dev/zero >&7
    exec 7>&-
    bg_wait it
    assert_success
    tail -n 1 <<<"$stderr" | jq -e '.name == "new" and .bytes == 1000 and .size == 1000 and .eta == 0'
    assert_equal "$(stat -c %s out)" 1000
}

@test "--control: a slower rate counts from now, and no byte is lost or added" {
    mkfifo knob
    random 300K >data
    bg it bash -c 'exec pipe meter -q --rate 100K --control knob <data >out'
    wait_until test -s out
    local begin=$EPOCHREALTIME
    echo 'rate 200K' >knob
    bg_wait it
    ((${EPOCHREALTIME/./} - ${begin/./} < 2500000))
    same data out
}

@test "--control: a wrong line is complained of and changes nothing; what is no FIFO is status 2 or 4" {
    mkfifo knob in
    bg it bash -c 'exec pipe meter --control knob <in >out'
    exec 7>in
    printf '%s\n' 'rate' 'rate 0' 'rate fast' 'speed 5' '' 'size -1' $'\e[2J' >knob
    head -c 5000 /dev/zero | tr '\0' x >knob
    wait_until eval '(( $(wc -l <it.err) >= 8 ))'
    echo data >&7
    exec 7>&-
    bg_wait it
    assert_success
    assert_equal "$(<out)" data
    assert_stderr --partial "--control: 'speed 5': not one of: rate SIZE, rate none, size SIZE, name TEXT"
    [[ $stderr != *$'\e'* ]]
    t pipe meter --control none
    assert_failure 4
    t pipe meter --control /dev/null
    assert_failure 2
    assert_stderr --partial 'not a FIFO'
    t pipe meter --watch $$ --control knob -f
    assert_failure 2
}
