#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ls.bats: mq ls
# shellcheck disable=SC2030,SC2031,SC2034 # made is read by teardown, in the same test

load mq

# row NAME: ls -j of one queue, with the options that follow
row() {
    local name=$1
    shift
    t mq ls -j "$@"
    assert_success
    output=$(jq -c --arg name "$name" 'select(.name == $name)' <<<"$output")
    [[ -n $output ]] || fail "ls does not show $name"
}
id_of() { mq stat -qj "$1" | jq -r '"id:\(.id)"'; }

@test "ls prints nothing but the headings when there is no queue, and nothing at all with -j, -0 and --no-header" {
    need_isolation
    t mq ls
    assert_success
    assert_output --regexp '^NAME +MODE +OWNER +MESSAGES +CAPACITY +BYTES +HOLDERS +SENDERS +RECEIVERS$'
    for option in -j -0 --no-header --json --null; do
        t mq ls $option
        assert_success
        refute_output
    done
}

@test "ls shows the queues of both kinds with their figures" {
    make "$queue" -N 4 -S 100 -m 0640
    make "$key" --byte-limit 1000 -m 0604
    mq send "$queue" one three
    mq send "$key" four
    row "$queue"
    json '.kind == "posix" and .mode == "0640" and .messages == 2 and .capacity == 4 and .size == 100 and .bytes == 8'
    json '.key == null and .byte_limit == null and .holders == [] and .senders == [] and .receivers == []'
    json ".owner == \"$(id -un)\" and (.used | type) == \"number\" and .namespace == $(stat -Lc %i /proc/self/ns/ipc)"
    row "$(id_of "$key")"
    json ".kind == \"sysv\" and .mode == \"0604\" and .messages == 1 and .bytes == 4 and .byte_limit == 1000 and .key == \"${key#key:}\""
    json '.capacity == null and .size == null and .holders == null'
}

@test "ls is an aligned table, a line for each queue, sizes for people and with --bytes as numbers" {
    make "$queue" -N 1 -S 8K
    head -c 2048 /dev/zero | mq send "$queue" --raw
    t mq ls
    assert_line --regexp "^$queue +0600 +[^ ]+ +1 +1 +2K +0 +0 +0$"
    t mq ls --bytes
    assert_line --regexp "^$queue +0600 +[^ ]+ +1 +1 +2048 +0 +0 +0$"
}

@test "ls -o chooses columns, +COL adds to those shown, and -j takes the same words" {
    make "$queue" -N 1 -S 16
    t mq ls -o SIZE,NAME
    assert_line --regexp '^ *SIZE  NAME$'
    assert_line --regexp "^ +16  $queue$"
    t mq ls --output=+KIND,SIZE --no-header
    assert_line --regexp "^$queue +0600 .* posix +16$"
    t mq ls -j -o NAME,KIND
    assert_line "{\"name\":\"$queue\",\"name_base64\":null,\"kind\":\"posix\"}"
    row "$queue" -o +NAME
    json 'keys | length == 17'
}

@test "ls shows every column that its help names" {
    make "$queue"
    local columns
    columns=$(mq ls --help | sed -n 's/^  [* ]\([A-Z]\+\) .*/\1/p' | paste -sd,)
    t mq ls -o "$columns"
    assert_success
    assert_equal "$(head -n 1 <<<"$output" | tr -s ' ' , | sed 's/^,//')" "$columns"
}

@test "ls -o with a column that is not there, empty, or -j with -0 is status 2" {
    t mq ls -o NAMES
    assert_failure 2
    assert_stderr --partial 'did you mean NAME?'
    t mq ls -o ''
    assert_failure 2
    t mq ls -o NAME,,MODE
    assert_failure 2
    t mq ls -j -0
    assert_failure 2
    t mq ls extra
    assert_failure 2
}

@test "ls -0 gives names that xargs -0 can hand to rm, whatever bytes they hold" {
    need_isolation
    make_raw "$queue$(printf ' \n\033[31m"\\x0a\377*')" "$queue"
    t bash -c 'mq ls -0 | tr -cd "\0" | wc -c'
    assert_output 2
    t bash -c 'mq ls -0 | xargs -0 mq rm'
    assert_success
    t mq ls -0
    refute_output
}

@test "a name with control characters and bytes that are not UTF-8 stays one line, no control byte is printed, and is found by what is printed (U8)" {
    local odd printed
    odd=$queue$(printf 'evil\n\033]0;P\007\033[31m\302\233\377')
    make_raw "$odd"
    t bash -c "mq ls --no-header -o NAME | grep -a evil"
    assert_success
    assert_equal "${#lines[@]}" 1
    printed=$output
    refute_output --regexp $'[\x01-\x1f\x7f]'
    assert_output --partial '\xc2\x9b'
    t mq stat -j "$printed"
    assert_success
    assert_equal "$(jq -r .name_base64 <<<"$output" | base64 -d)" "$odd"
    t mq ls -j
    assert_equal "$(jq -r 'select(.name_base64) | .name_base64' <<<"$output" | base64 -d)" "$odd"
    t mq send "$printed" x
    assert_success
    t mq rm "$printed"
    assert_success
}

@test "a process whose name holds a newline and escapes stays one line (U8)" {
    make "$queue"
    local program=$dir/x$'\n\x1b[31m)(R 1'
    cp /bin/sleep "$program"
    bg holder "$py" -c "
import ctypes, os, sys
q = ctypes.CDLL(None).mq_open(b'$queue', os.O_RDONLY)
os.set_inheritable(q, True)
os.execv(sys.argv[1], [sys.argv[1], '1000'])" "$program"
    wait_until grep -qa '(R 1' "/proc/$(bg_pid holder)/comm"
    t mq stat -q "$queue"
    assert_success
    assert_line --regexp '^HOLDERS +pid [0-9]+, command x\\x0a\\x1b\[31m\)\(R 1, fd [0-9]+, access r$'
    row "$queue"
    json '.holders[0].command == "x\n\u001b[31m)(R 1"'
}

@test "ls shows who has a POSIX queue open, with descriptor and access" {
    make "$queue"
    bg holder "$py" -c "
import ctypes, os, signal
rt = ctypes.CDLL(None)
print(rt.mq_open(b'$queue', os.O_RDONLY), rt.mq_open(b'$queue', os.O_WRONLY), rt.mq_open(b'$queue', os.O_RDWR), flush=True)
signal.pause()"
    wait_until blocked_in holder pause
    local r w rw pid
    read -r r w rw <"$dir/holder.out"
    pid=$(bg_pid holder)
    row "$queue"
    json "[.holders[] | [.pid, .fd, .access]] | sort == [[$pid,$r,\"r\"],[$pid,$w,\"w\"],[$pid,$rw,\"rw\"]]"
    json '.holders[0].command | startswith("python3")'
    t mq ls -o NAME,HOLDERS --no-header
    assert_line --regexp "^$queue +3$"
}

@test "ls shows blocked receivers and senders of both kinds, and the type that is waited for" {
    make "$queue"
    make "$key"
    bg r1 mq recv "$queue"
    bg r2 mq recv "$key" --type 5
    bg r3 mq recv "$key" --lowest 7
    full "$other"
    bg s1 mq send "$other" y
    full "$key2"
    bg s2 mq send "$key2" y
    for name in r1 r2 r3; do wait_until waits_to_receive $name; done
    for name in s1 s2; do wait_until waits_to_send $name; done
    # a waiter leaves its call for a moment when its timer fires
    wait_until row_has "$queue" "[.receivers[].pid] == [$(bg_pid r1)] and .senders == []"
    row_has "$queue" '.receivers[0].command == "mq" and .receivers[0].type == null and .receivers[0].tid == .receivers[0].pid'
    wait_until row_has "$(id_of "$key")" "[.receivers[] | [.pid, .type]] | sort == ([[$(bg_pid r2), 5], [$(bg_pid r3), -7]] | sort)"
    wait_until row_has "$other" "[.senders[].pid] == [$(bg_pid s1)] and .receivers == []"
    wait_until row_has "$(id_of "$key2")" "[.senders[].pid] == [$(bg_pid s2)] and .senders[0].type == null"
    mq send "$queue" a
    mq send "$key" c --type 6 # fits only the second; type 5 would fit either, whoever waits longer
    mq send "$key" b --type 5
    mq recv "$other"
    mq recv "$key2"
    for name in r1 r2 r3 s1 s2; do
        bg_wait $name
        assert_success
    done
}
row_has() { mq ls -qj | jq -se --arg name "$1" "map(select(.name == \$name))[0] | $2"; }

@test "ls and stat change nothing: depth, QSIZE, notification, last users, times and blocked processes stay (MQ-2, MQS-3)" {
    make "$queue"
    make "$key"
    mq send "$key" message
    bg listener "$py" -c "
import ctypes, os, signal
class Event(ctypes.Structure): _fields_ = [('value', ctypes.c_void_p), ('signo', ctypes.c_int), ('notify', ctypes.c_int), ('pad', ctypes.c_byte * 48)]
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
assert rt.mq_notify(q, ctypes.byref(Event(None, signal.SIGUSR1, 0))) == 0
signal.pause()"
    bg receiver mq recv "$key" --type 9
    wait_until blocked_in listener pause
    wait_until waits_to_receive receiver
    local before file="/dev/mqueue$queue"
    before=$([[ ! -e $file ]] || cat "$file"; cat /proc/sysvipc/msg)
    for _ in {1..20}; do
        mq ls >/dev/null
        mq stat "$queue" >/dev/null
        mq stat "$key" >/dev/null
        mq limits >/dev/null
    done
    assert_equal "$([[ ! -e $file ]] || cat "$file"; cat /proc/sysvipc/msg)" "$before"
    wait_until waits_to_receive receiver
    kill -0 "$(bg_pid listener)"
}

@test "the system calls of the looking verbs can change nothing (U9; pitfall: a lister with O_CREAT makes queues)" {
    need strace
    make "$queue"
    make "$key"
    mq send "$queue" x
    mq send "$key" x
    full "$other"
    bg sender mq send "$other" y
    wait_until waits_to_send sender
    for words in ls "ls --all-namespaces -j" "stat $queue" "stat $key" "peek $key --all" limits "rm --dry-run $queue"; do
        # shellcheck disable=SC2086 # words
        t strace -f -qq -o "$dir/trace" mq $words
        assert_success
        run grep -E '^[0-9]+ +((open|openat|mq_open)\(.*(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND)|(msgsnd|mq_timed|mq_notify|flock|semop|unlink|mq_unlink|truncate|ftruncate|kill|tkill|tgkill|ptrace|connect|bind|mount|mkdir|rename|chmod|fchmod|chown|fchown)[a-z0-9_]*\(|msgctl\(.*(IPC_SET|IPC_RMID)|fcntl\(.*SETLK|mq_getsetattr\([0-9]+, \{)' "$dir/trace"
        refute_output
        # a copy is the only receive allowed
        run bash -c "grep 'msgrcv(' '$dir/trace' | grep -v MSG_COPY"
        refute_output
    done
    t mq stat "$queue-missing"
    assert_failure 4
    t mq ls -0
    refute_output --partial missing
    mq recv "$other"
    bg_wait sender
}

@test "ls says once what an ordinary user may not read, and lists those queues by what can be seen" {
    need_root
    make "$queue" -m 0600
    make "$key" -m 0600
    t "${as_nobody[@]}" mq ls -j
    assert_success
    assert_equal "$(grep -c 'POSIX queues could not be read (not permitted)' <<<"$stderr")" 1
    assert_stderr --partial '1 of 1 POSIX queues could not be read'
    assert_stderr --regexp '[0-9]+ of [0-9]+ processes could not be read \(not permitted\)'
    output=$(jq -c 'select(.kind == "posix")' <<<"$output")
    json ".name == \"$queue\" and .messages == null and .mode == \"0600\" and .owner == \"root\""
    t "${as_nobody[@]}" mq ls -q
    refute_stderr
    t "${as_nobody[@]}" mq ls
    assert_line --regexp "^$queue +0600 +root +- +- +- "
}

@test "ls without permission to read a queue of one's own still lists it" {
    need_user
    need_isolation
    make "$queue" -m 0200
    make "$key" -m 0200
    row "$queue"
    json '.messages == null and .mode == "0200"'
    assert_stderr --partial '1 of 1 POSIX queues could not be read'
    mq ls -qj | jq -se 'any(.kind == "sysv" and .mode == "0200")'
}

@test "root sees all POSIX queues though /dev/mqueue is not mounted (pitfall), and mounts nothing" {
    need_root
    need_isolation
    make "$queue"
    t unshare --mount bash -c 'umount /dev/mqueue && mq ls --no-header -o NAME && grep mqueue /proc/self/mountinfo'
    assert_failure 1
    assert_output "$queue"
    refute_stderr
}

@test "a user without /dev/mqueue sees the queues that are open, and is told what is missing (pitfall)" {
    need_isolation
    local me=("${as_nobody[@]}") world=(unshare --mount)
    if ((EUID != 0)); then
        me=(setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --)
        world=(unshare --user --map-root-user --mount)
    fi
    made=("$queue" "$other")
    mq create "$queue" "$other" -m 0666
    # the holder lives in the same world, with the same rights: it has the queue open, says so and waits for its end
    cat >"$dir/holder.py" <<-end
	import ctypes, os, subprocess
	assert ctypes.CDLL(None).mq_open(b'$queue', os.O_RDONLY) >= 0
	raise SystemExit(subprocess.run(['mq', 'ls', '--no-header', '-o', 'NAME']).returncode)
	end
    chmod -R a+rX "$dir"
    # a mount of the outer user namespace cannot be taken away by an ordinary user, but it can be covered
    t "${world[@]}" bash -c 'umount /dev/mqueue 2>/dev/null || mount -t tmpfs none /dev; exec "$@"' - "${me[@]}" "$py" - <"$dir/holder.py"
    assert_success
    assert_output "$queue"
    assert_stderr --partial 'mount -t mqueue none /dev/mqueue'
}

@test "all verbs but ls work without /dev/mqueue" {
    need_root
    need_isolation
    t unshare --mount bash -c "umount /dev/mqueue && mq create $queue && mq send $queue a && mq stat -j $queue | jq -r .messages &&
        mq wait $queue && mq recv $queue && mq set $queue -N 3 -q && mq rm $queue"
    assert_success
    assert_output "1
a"
}

@test "a queue mounted from another ipc namespace is left out, with a note" {
    need_root
    need_isolation
    make "$queue"
    t unshare --ipc bash -c 'mq create /inner; mq ls --no-header -o NAME'
    assert_success
    assert_output /inner
    # without the capability only the mount can be read, and it shows the outer namespace
    t unshare --ipc setpriv --bounding-set=-all --inh-caps=-all mq ls --no-header -o NAME
    assert_success
    refute_output
    assert_stderr --partial 'belong to another ipc namespace'
}

@test "ls --all-namespaces as root shows the queues of other namespaces, and only then" {
    need_root
    need_isolation
    mkfifo "$dir/go"
    bg inner unshare --ipc bash -c "mq create /inner; id=\$(mq create private); mq send \$id x; : >'$dir/ready'; read -r <'$dir/go'; mq rm /inner \$id"
    wait_until test -e "$dir/ready"
    make "$queue"
    t mq ls -j --all-namespaces
    assert_success
    local here
    here=$(stat -Lc %i /proc/self/ns/ipc)
    assert_equal "$(jq -r "select(.namespace != $here) | \"\(.kind) \(.messages)\"" <<<"$output" | sort | paste -sd,)" 'posix 0,sysv 1'
    assert_equal "$(jq -r "select(.namespace == $here) | .name" <<<"$output")" "$queue"
    t mq ls -j
    refute_output --partial inner
    echo >"$dir/go"
    bg_wait inner
    assert_success
}

@test "ls --all-namespaces as a user says that others could not be seen" {
    need_user
    need_isolation
    make "$queue"
    t mq ls --all-namespaces --no-header -o NAME
    assert_success
    assert_output "$queue"
    assert_stderr --partial 'not permitted'
}

@test "ls shows what others make there: lsfd's test queue is a queue like any (pitfall)" {
    make "/.lsfd-mqueue-nodev-test:$$"
    row "/.lsfd-mqueue-nodev-test:$$"
    json '.kind == "posix"'
    t mq stat "/.lsfd-mqueue-nodev-test:$$"
    assert_success
}

@test "a queue made by touch in /dev/mqueue is one of the default shape (pitfall)" {
    need_isolation
    touch "/dev/mqueue$queue"
    made=("$queue")
    row "$queue"
    json ".capacity == $(</proc/sys/fs/mqueue/msg_default)"
}
