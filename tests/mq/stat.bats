#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stat.bats: mq stat

load mq

stat_json() {
    t mq stat -qj "$@"
    assert_success
}

# listener METHOD [NAME]: a process that asked to be told of the next message
listener() {
    bg listener "$py" -c "
import ctypes, os, signal, sys
class Event(ctypes.Structure): _fields_ = [('value', ctypes.c_void_p), ('signo', ctypes.c_int), ('notify', ctypes.c_int), ('pad', ctypes.c_byte * 48)]
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(42))
assert rt.mq_notify(q, ctypes.byref(Event(None, signal.SIGUSR1, $1))) == 0
print('registered', flush=True)
while True: signal.pause()"
    wait_until grep -q registered "$dir/listener.out"
}

@test "stat of a POSIX queue: every key is there, and those of the other kind are null" {
    make "$queue" -N 5 -S 100 -m 0640
    mq send "$queue" -p 3 12345
    stat_json "$queue"
    json ".name == \"$queue\" and .kind == \"posix\" and .mode == \"0640\" and .messages == 1 and .capacity == 5 and .bytes == 5 and .size == 100"
    json ".owner == \"$(id -un)\" and .group == \"$(id -gn)\" and (.used | type) == \"number\" and .notify == null"
    json '.id == null and .key == null and .byte_limit == null and .sent == null and .last_sender == null and .received == null and .last_receiver == null and .changed == null'
    json '.holders == [] and .senders == [] and .receivers == []'
    json 'keys | length == 26'
}

@test "stat of a System V queue: last sender and receiver and their times" {
    make "$key" --byte-limit 1000 -m 0604
    stat_json "$key"
    json '.kind == "sysv" and .mode == "0604" and .byte_limit == 1000 and .sent == null and .last_sender == null and .received == null and .last_receiver == null'
    json '.capacity == null and .charge == null and .used == null and .holders == null and .size == 1000'
    json "(.changed | type) == \"number\" and .name == \"$key\" and .key == \"${key#key:}\" and (.id | type) == \"number\""
    bg sender mq send "$key" abc
    local sender
    sender=$(bg_pid sender)
    bg_wait sender
    stat_json "$key"
    json ".messages == 1 and .bytes == 3 and .last_sender == $sender and (.sent | type) == \"number\" and .received == null"
    bg receiver mq recv "$key"
    local receiver
    receiver=$(bg_pid receiver)
    bg_wait receiver
    stat_json "$key"
    json ".last_receiver == $receiver and (.received | type) == \"number\" and .messages == 0"
}

@test "stat counts user bytes in the queue, empty messages too (pitfall: QSIZE)" {
    make "$queue"
    mq send "$queue" '' 12345 ''
    stat_json "$queue"
    json '.bytes == 5 and .messages == 3'
    make "$key"
    mq send "$key" '' 12345 ''
    stat_json "$key"
    json '.bytes == 5 and .messages == 3'
}

@test "stat tells the charge against RLIMIT_MSGQUEUE" {
    make "$queue" -N 10 -S 100
    stat_json "$queue"
    json '.charge == 1960'
}

@test "stat has a line for each column, and -o chooses" {
    make "$queue"
    t mq stat -q "$queue"
    assert_success
    assert_equal "$(awk '{ print $1 }' <<<"$output" | paste -sd,)" "$(mq stat --help | sed -n 's/^  [* ]\([A-Z]\+\) .*/\1/p' | paste -sd,)"
    t mq stat -q -o MESSAGES,NAME "$queue"
    assert_output "MESSAGES  0
NAME      $queue"
    t mq stat -qj -o MESSAGES "$queue"
    assert_output '{"messages":0}'
    t mq stat -o MESSAGE "$queue"
    assert_failure 2
    assert_stderr --partial 'did you mean MESSAGES?'
}

@test "stat --bytes, --no-header and -0 are as in ls" {
    make "$queue" -N 1 -S 8K
    t mq stat -q -o SIZE "$queue"
    assert_output 'SIZE  8K'
    t mq stat -q -o SIZE --bytes "$queue"
    assert_output 'SIZE  8192'
    t mq stat -q -o SIZE --no-header "$queue"
    assert_success
    assert_output '8K'
    t bash -c "mq stat -q -0 '$queue' | tr '\\0' '\\n'"
    assert_output "$queue"
    t mq stat -j -0 "$queue"
    assert_failure 2
}

@test "stat shows times in the user's time zone" {
    make "$queue"
    t env TZ=UTC0 mq stat -q -o USED "$queue"
    assert_output --regexp '^USED  [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$'
}

@test "stat tells in words who is notified by a signal (pitfall: NOTIFY 0 with SIGNO set)" {
    make "$queue"
    listener 0
    t mq stat -q -o NOTIFY "$queue"
    assert_output --regexp "^NOTIFY  process $(bg_pid listener) \(python3[^)]*\) by signal 10 \(USR1\)$"
    stat_json "$queue"
    json '.notify | contains("USR1")'
    # and it is still registered: the first message ends it
    mq send "$queue" x
    bg_wait listener
    assert_failure 42
    stat_json "$queue"
    json '.notify == null'
}

@test "stat tells in words who is registered with SIGEV_NONE, and by a thread" {
    make "$queue"
    listener 1
    t mq stat -q -o NOTIFY "$queue"
    assert_output --regexp "process $(bg_pid listener) .*SIGEV_NONE"
    bg_end
    wait_until bash -c "mq stat -qj '$queue' | jq -e '.notify == null'"
    bg threaded "$py" -c "
import ctypes, os, signal
CALL = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
callback = CALL(lambda _: None)
class Event(ctypes.Structure): _fields_ = [('value', ctypes.c_void_p), ('signo', ctypes.c_int), ('notify', ctypes.c_int), ('function', CALL), ('attributes', ctypes.c_void_p), ('pad', ctypes.c_byte * 32)]
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
assert rt.mq_notify(q, ctypes.byref(Event(None, 0, 2, callback, None))) == 0
print('registered', flush=True)
signal.pause()"
    wait_until grep -q registered "$dir/threaded.out"
    t mq stat -q -o NOTIFY "$queue"
    assert_output --regexp "process $(bg_pid threaded) .*by a thread"
}

@test "stat shows holders and blocked threads of a POSIX queue" {
    full "$queue"
    bg sender mq send "$queue" y
    wait_until waits_to_send sender
    local pid
    pid=$(bg_pid sender)
    wait_until bash -c "mq stat -qj '$queue' | jq -e '.senders[0].pid == $pid and .senders[0].tid == $pid and .holders[0].access == \"w\" and .receivers == []'"
    wait_until bash -c "mq stat -q '$queue' | grep -x 'HOLDERS    pid $pid, command mq, fd [0-9]*, access w'"
    mq recv "$queue"
    bg_wait sender
    assert_success
}

@test "stat shows a System V receiver with the type that it waits for" {
    make "$key"
    bg receiver mq recv "$key" --type 77
    wait_until waits_to_receive receiver
    wait_until bash -c "mq stat -qj '$key' | jq -e '.receivers[0].pid == $(bg_pid receiver) and .receivers[0].type == 77'"
    mq send "$key" x --type 77
    bg_wait receiver
    assert_success
}

@test "stat of PID:FD shows a queue that is unlinked but open (rescue of an unlinked queue)" {
    make "$queue"
    bg holder "$py" -c "
import ctypes, os, signal
rt = ctypes.CDLL(None)
q = rt.mq_open(b'$queue', os.O_RDWR)
assert rt.mq_send(q, b'kept', 4, 9) == 0 and rt.mq_unlink(b'$queue') == 0
print(q, flush=True)
signal.pause()"
    wait_until blocked_in holder pause
    local name
    name=$(bg_pid holder):$(<"$dir/holder.out")
    stat_json "$name"
    json ".name == \"$name\" and .messages == 1 and .bytes == 4 and .kind == \"posix\""
    json ".holders[0].pid == $(bg_pid holder)"
    t mq recv -j "$name"
    assert_success
    json '.priority == 9 and .message == "kept"'
    t mq send "$name" back
    assert_success
    t mq wait -n "$name"
    assert_success
    t mq recv -n "$name"
    assert_output back
}

@test "stat of a descriptor that is no queue, of none, and of no process" {
    bg holder tail -f /dev/null
    wait_until test -e "/proc/$(bg_pid holder)/fd/3"
    t mq stat "$(bg_pid holder):1"
    assert_failure 3
    assert_stderr --partial 'not a message queue'
    t mq stat "$(bg_pid holder):999"
    assert_failure 4
    t mq stat 2147483647:0
    assert_failure 4
}

@test "looking at PID:FD of a FIFO makes no new reader or writer" {
    mkfifo "$dir/fifo"
    bg holder bash -c "exec 9<'$dir/fifo'; echo opened; read -r -u 9"
    wait_until blocked_in holder '*open*' 'wait_for_partner'
    t mq stat "$(bg_pid holder):9"
    assert_failure
    wait_until blocked_in holder '*open*' 'wait_for_partner'
}

@test "stat of a queue that is not there is status 4, of each spelling" {
    for name in "$queue" "$key" id:2000000000 "ftok:$dir"; do
        t mq stat "$name"
        assert_failure 4
        refute_output
        assert_stderr --partial "$name"
    done
    t mq stat "ftok:$dir/missing"
    assert_failure 4
}

@test "stat of a POSIX queue one may not read is status 5; a System V queue is shown as the kernel's lists show it" {
    need_user
    make "$queue" -m 0200
    t mq stat "$queue"
    assert_failure 5
    assert_stderr --partial 'Permission denied'
    make "$key" -m 0200
    mq send "$key" 123
    stat_json "$key"
    json '.mode == "0200" and .messages == 1 and .bytes == 3'
}

@test "stat says once that processes could not be read, and not with -q" {
    need_root
    make "$queue" -m 0644
    t "${as_nobody[@]}" mq stat "$queue"
    assert_success
    assert_equal "$(grep -c 'could not be read' <<<"$stderr")" 1
    t "${as_nobody[@]}" mq stat -q "$queue"
    refute_stderr
}

@test "an owner without a name is shown as a number" {
    need_root
    make "$queue"
    mq set "$queue" --owner 4242 --group 4343
    stat_json "$queue"
    json '.owner == "4242" and .group == "4343"'
}
