#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# call.bats: fifo call and fifo serve --request
# timeout: 240

load fifo

start() {
    : >ready
    bg server bash -c 'exec fifo serve "$@" 3>ready' bash --request --ready-fd 3 "$@"
    wait_until test -s ready
}

stop() {
    kill "$(bg_pid server)"
    bg_wait server
}

nothing_left() { ! compgen -G '/tmp/moreipc-fifo.*'; }

@test "call sends its argument with a newline, or its input as it is, and prints the reply" {
    start f -- sed 's/^/got /'
    t fifo call f 'one two'
    assert_success
    assert_output 'got one two'
    refute_stderr
    fifo call f --raw 'no newline' | cmp - <(printf 'got no newline')
    printf 'a\nb' | fifo call f | cmp - <(printf 'got a\ngot b')
    t fifo call f ''
    assert_output 'got '
    fifo call f </dev/null | cmp - /dev/null
    stop
    [[ ! -e f ]]
    nothing_left
}

@test "requests and replies of any size and any bytes come through: 0, around PIPE_BUF, 64K, 3M" {
    start f -- cat
    local size
    for size in 0 1 3700 3900 3950 4000 4095 4096 4097 65536 65537 3000000; do
        head -c "$size" /dev/urandom >data
        fifo call f <data >reply
        cmp reply data || fail "size $size"
    done
    stop
    nothing_left
}

@test "call has the status of the command, also 126, 127 and that of a signal" {
    start f -- sh -c 'read -r n; echo "reply $n"; exit "$n"'
    local n
    for n in 0 1 7 255; do
        t fifo call f "$n"
        assert_equal "$status" "$n"
        assert_output "reply $n"
    done
    stop
    start f -- /no/such/command
    t bash -c 'fifo call f x; echo $?'
    assert_output 127
    stop
    assert_stderr --partial '/no/such/command: cannot run'
    start f -- sh -c 'kill -KILL $$'
    t bash -c 'fifo call f x; echo $?'
    assert_output 137
    stop
}

@test "200 calls side by side each get their own reply, whatever --jobs is" {
    local jobs n
    for jobs in 1 8; do
        start f --jobs $jobs -- sh -c 'read -r x; echo "reply to $x"'
        t 60 bash -c 'for n in {1..200}; do (r=$(fifo call f "$n"); [[ $r == "reply to $n" ]] && echo good) & done; wait'
        assert_equal "$(grep -c good <<<"$output")" 200
        stop
    done
    nothing_left
}

@test "--jobs lets so many run at once, and no more" {
    fifo create go
    exec 9<>go
    start f --jobs 2 -- sh -c 'read -r x; echo "$x" >>begun; fifo read go --lines 1'
    local n
    for n in 1 2 3; do bg "c$n" fifo call f $n; done
    wait_until bash -c '[[ $(wc -l <begun) == 2 ]]'
    is '.queued > 0'
    echo a >go
    wait_until bash -c '[[ $(wc -l <begun) == 3 ]]'
    echo b >go
    echo c >go
    for n in 1 2 3; do
        bg_wait "c$n"
        assert_success
    done
    exec 9>&-
    stop
}

@test "call without a server: 1 with -n, 124 with -t, and the server that comes later answers" {
    fifo create f
    t fifo call f -n x
    assert_failure 1
    t fifo call f -t 300ms x
    assert_failure 124
    assert_stderr --partial 'while waiting for a server'
    bg caller fifo call f late
    wait_until waits_for 'a reader'
    start f -- cat
    bg_wait caller
    assert_success
    assert_output late
    stop
    [[ -p f ]]
    nothing_left
}

@test "call -t gives up while the command works, and the server goes on" {
    fifo create go
    start f -- sh -c 'read -r x; if [ "$x" = slow ]; then read -r y <go; fi; echo "$x"'
    t fifo call f -t 300ms slow
    assert_failure 124
    assert_stderr --partial 'while waiting for the reply; 0 bytes of the reply were printed'
    nothing_left
    echo >go
    t fifo call f next
    assert_output next
    stop
    assert_stderr --partial 'a caller went before its reply was complete'
}

@test "a server that is killed ends its callers with status 8, and says how much they got" {
    fifo create go
    start f -- sh -c 'echo part; read -r y <go'
    bg caller fifo call f x
    wait_until grep -q part caller.out
    # This one's request is not even taken.
    bg second fifo call f y
    wait_until is '.queued > 0'
    kill -KILL "$(bg_pid server)"
    bg_wait caller
    assert_failure 8
    assert_output part
    assert_stderr --partial 'the server is gone; 5 bytes of the reply were printed, and it is not complete'
    bg_wait second
    assert_failure 8
    echo >go
    nothing_left
}

@test "a server that is killed while another lives ends only its own callers" {
    fifo create go
    start f -- sh -c 'read -r x; echo "$x"; read -r y <go'
    bg caller fifo call f first
    wait_until grep -q first caller.out
    bg other fifo serve f --request -- cat
    wait_until is '(.readers | length) == 2'
    t fifo call f second
    assert_output second
    kill -KILL "$(bg_pid server)"
    bg_wait caller
    assert_failure 8
    t fifo call f third
    assert_output third
    echo >go
    kill "$(bg_pid other)"
    bg_wait other
}

@test "a caller that is killed hangs nobody: waiting for its reply, and with its request still in the FIFO" {
    fifo create go
    start f -- sh -c 'read -r x; [ "$x" != wait ] || read -r y <go; echo "reply to $x"'
    bg waiting fifo call f wait
    wait_until bash -c 'fifo stat -qj go | jq -e ".blocked != []"'
    bg queued fifo call f queued
    wait_until is '.queued > 0'
    kill -KILL "$(bg_pid waiting)" "$(bg_pid queued)"
    bg_wait waiting
    bg_wait queued
    echo >go
    t fifo call f next
    assert_output 'reply to next'
    stop
    assert_stderr --partial 'a request whose caller is gone was thrown away'
    rm -rf /tmp/moreipc-fifo.*
}

# A caller as the manual describes it: ID SIZE SENT sends as much of its request, and prints the status line.
caller='
import fcntl, json, os, struct, sys, termios
id, size, sent = "%032x" % int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
there = "/tmp/moreipc-fifo.python" + sys.argv[1]
os.mkdir(there, 0o700)
name = lambda kind: os.path.join(there, kind + "." + id)
for kind in "reply", "status", "data": os.mkfifo(name(kind), 0o600)
reply, status = (os.open(name(kind), os.O_RDONLY | os.O_NONBLOCK) for kind in ("reply", "status"))
data = os.open(name("data"), os.O_RDWR)
with open("f", "w") as server:
    server.write(json.dumps({"request": id, "size": size, "attached": False, "directory": there}) + "\n")
os.write(data, b"x" * sent)
while struct.unpack("i", fcntl.ioctl(data, termios.FIONREAD, b"    "))[0]: pass
if sent == size:
    os.set_blocking(status, True)
    while not (line := os.read(status, 100)): pass
    print(line.decode().replace(id, "ID") + os.read(reply, 100).decode(), end="")
'

@test "a caller of another make is answered; one that dies with half of its request sent starts no run" {
    need python3
    start f -- sh -c 'echo run >>runs; wc -c; exit 3'
    t python3 -c "$caller" 1 50000 50000
    assert_output $'ID 3\n50000'
    t python3 -c "$caller" 2 50000 7
    assert_success
    t fifo call f next
    assert_failure 3
    assert_equal "$(wc -l <runs)" 2
    stop
    assert_stderr --partial 'a caller went after 7 of its 50000 bytes'
    rm -rf /tmp/moreipc-fifo.*
}

@test "a signal ends call, which leaves nothing behind" {
    fifo create go
    start f -- sh -c 'echo begun; read -r y <go'
    local signal
    for signal in INT TERM HUP; do
        bg "$signal" fifo call f x
        wait_until grep -q begun "$signal.out"
        kill "-$signal" "$(bg_pid "$signal")"
        bg_wait "$signal"
        ((status > 128)) || fail "status $status"
        nothing_left
        echo >go
    done
    stop
}

@test "what is no request is thrown away with a line, and requests behind it are answered" {
    start f -- cat
    echo rubbish >f
    printf '{"request":"x"}\n' >f
    printf 'no newline' >f
    # A good one right behind it, in the same breath.
    t fifo call f good
    assert_output good
    printf '{"request":"%032d","size":1000000,"attached":true,"directory":"/tmp"}\nshort' 0 >f
    printf '{"request":"%032d","size":0,"attached":true,"directory":"/etc"}\n' 0 >f
    printf '{"request":"%032d","size":0,"attached":true,"directory":"/tmp/gone"}\n' 0 >f
    t fifo call f good
    assert_output good
    stop
    assert_stderr --partial 'that are no request were thrown away'
    assert_stderr --partial 'no directory that call makes'
}

@test "no request makes the server write into a FIFO that call did not make" {
    start f -- echo evil
    local id
    id=$(printf '%032d' 7)
    mkdir moreipc-fifo.open other
    chmod 777 moreipc-fifo.open
    fifo create "moreipc-fifo.open/reply.$id" "moreipc-fifo.open/status.$id" "other/reply.$id" "other/status.$id"
    exec 7<>"moreipc-fifo.open/reply.$id" 8<>"other/reply.$id" 6<>"moreipc-fifo.open/status.$id" 9<>"other/status.$id"
    local place
    for place in moreipc-fifo.open other; do
        printf '{"request":"%s","size":0,"attached":true,"directory":"%s"}\n' "$id" "$dir/$place" >f
    done
    t fifo call f x
    assert_output evil
    assert_equal "$(queued "moreipc-fifo.open/reply.$id") $(queued "other/reply.$id")" '0 0'
    exec 6>&- 7>&- 8>&- 9>&-
    stop
    assert_stderr --partial 'no directory that call makes'
}

@test "another user's call reaches a server that may be called by all" {
    need_root
    chmod 755 .
    start f -m 0622 -- sh -c 'tr a-z A-Z'
    t "${as_nobody[@]}" "$(command -v fifo)" call f hello
    assert_success
    assert_output HELLO
    head -c 100000 /dev/zero | tr '\0' x >data
    chmod 644 data
    t "${as_nobody[@]}" bash -c "'$(command -v fifo)' call f <data | tr -d X | wc -c"
    assert_output 0
    stop
    nothing_left
}

@test "the command finds the FIFO and the request's id, its whole request as a file, and a run is ended by -t" {
    start f -t 300ms -- sh -c 'echo "$MOREIPC_FIFO $MOREIPC_REQUEST"; [ -f /proc/$$/fd/0 ] && echo file; read -r x; [ "$x" != slow ] || { mkfifo g; read -r y <g; }'
    t fifo call f x
    assert_line --index 0 --regexp '^f [0-9a-f]{32}$'
    assert_line --index 1 file
    t fifo call f slow
    assert_failure 124
    stop
}

@test "requests that were begun are answered after the server's SIGTERM" {
    fifo create go
    start f -- sh -c 'echo begun; read -r y <go; echo "$y"'
    bg caller fifo call f x
    wait_until grep -q begun caller.out
    kill "$(bg_pid server)"
    echo finished >go
    bg_wait caller
    assert_success
    assert_output $'begun\nfinished'
    bg_wait server
    assert_failure 143
}

@test "serve --request -N and -n end by themselves" {
    start f -N 2 -- cat
    t fifo call f 1
    t fifo call f 2
    assert_output 2
    bg_wait server
    assert_success
    [[ ! -e f ]]
    t fifo serve f --request -n -- cat
    assert_failure 1
}

@test "a reply that cannot be written is status 3, and leaves nothing behind" {
    start f -- cat
    t bash -c 'fifo call f x >/dev/full'
    assert_failure 3
    assert_stderr --partial 'No space left on device'
    nothing_left
    stop
}

@test "call refuses two DATA, --raw without DATA, -n with -t, and what is no FIFO" {
    fifo create f
    t fifo call f a b
    assert_failure 2
    t fifo call f --raw
    assert_failure 2
    t fifo call f -n -t 1 x
    assert_failure 2
    : >file
    t fifo call file x
    assert_failure 2
    t fifo call nowhere x
    assert_failure 4
    nothing_left
}

@test "call of a path where nothing is names the verb that serves it" {
    t fifo call nothing hello
    assert_failure 4
    assert_stderr --partial 'hint: fifo serve --request nothing makes one'
    t fifo read nothing
    assert_failure 4
    assert_stderr --partial 'hint: fifo create nothing makes one'
}
