#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# interop.bats: mq with other programs at the other end: util-linux, Python, Perl
# shellcheck disable=SC2030,SC2031,SC2034 # made is read by teardown, in the same test

load mq

sysv_ipc() { "$py" -c 'import sysv_ipc' 2>/dev/null || skip "needs Python's sysv_ipc"; }
perl_sysv() { perl -MIPC::Msg -e 1 2>/dev/null || skip "needs Perl's IPC::Msg"; }
number() { echo $((${key#key:})); }

# posix.py: mq_open and its like, by ctypes
posix_py() {
    cat <<'end'
import ctypes, os, signal, sys
rt = ctypes.CDLL(None, use_errno=True)
def check(answer):
    if answer < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
def mq_open(name, flags, mode=0o600, maxmsg=None, msgsize=None):
    attr = None if maxmsg is None else (ctypes.c_long * 8)(0, maxmsg, msgsize, 0)
    return check(rt.mq_open(os.fsencode(name), flags | os.O_CLOEXEC, mode, attr))
def mq_send(q, data, priority=0): check(rt.mq_send(q, data, ctypes.c_size_t(len(data)), priority))
def mq_receive(q, size=8192):
    buffer, priority = ctypes.create_string_buffer(size), ctypes.c_uint()
    count = check(rt.mq_receive(q, buffer, ctypes.c_size_t(size), ctypes.byref(priority)))
    return buffer.raw[:count], priority.value
end
}
posix() { "$py" -c "$(posix_py)
$1" "$queue"; }

# --- POSIX: Python ---

@test "POSIX: what Python sends, mq receives: priorities, NULs, newlines, no bytes, the largest size" {
    make "$queue" -N 5 -S 8192
    posix "
q = mq_open(sys.argv[1], os.O_WRONLY)
mq_send(q, b'low'); mq_send(q, b'a\0b\n\xff', 32767); mq_send(q, b'', 7); mq_send(q, bytes(range(256)) * 32, 100)"
    mq recv -j --all "$queue" >"$dir/got"
    assert_equal "$(jq -c '[.priority, .size]' "$dir/got" | paste -sd' ')" '[32767,5] [100,8192] [7,0] [0,3]'
    assert_equal "$(head -n 1 "$dir/got" | jq -r .message_base64)" "$(printf 'a\0b\n\377' | base64)"
    sed -n 2p "$dir/got" | jq -r .message_base64 | base64 -d | cmp - <("$py" -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 32)')
}

@test "POSIX: what mq sends, Python receives: priorities, NULs, newlines, no bytes, the largest size" {
    make "$queue" -N 5 -S 8192
    mq send "$queue" low
    printf 'a\0b\n\377' | mq send "$queue" -p 32767 --raw
    mq send "$queue" -p 7 ''
    head -c 8192 /dev/zero | mq send "$queue" -p 100 --raw
    run posix "
q = mq_open(sys.argv[1], os.O_RDONLY)
print(mq_receive(q)); m, p = mq_receive(q); print(len(m), p); print(mq_receive(q)); print(mq_receive(q))"
    assert_output "(b'a\\x00b\\n\\xff', 32767)
8192 100
(b'', 7)
(b'low', 0)"
}

@test "POSIX: a queue that Python made has its shape and mode in mq, and the other way round" {
    made=("$queue" "$other")
    posix "mq_open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640, 3, 77)"
    t mq stat -qj "$queue"
    json '.capacity == 3 and .size == 77 and .mode == "0640" and .messages == 0'
    mq rm "$queue"
    mq create "$queue" -N 4 -S 55 -m 0660
    run posix "
q = mq_open(sys.argv[1], os.O_RDWR)
attr = (ctypes.c_long * 8)(); check(rt.mq_getattr(q, attr))
print(attr[1], attr[2], attr[3], oct(os.fstat(q).st_mode & 0o777))"
    assert_output '4 55 0 0o660'
}

@test "POSIX: a blocked Python receiver gets what mq sends; a blocked mq gets what Python sends" {
    make "$queue"
    bg peer "$py" -c "$(posix_py)
print(mq_receive(mq_open('$queue', os.O_RDONLY)))"
    wait_until blocked_in peer mq_timedreceive
    mq send "$queue" -p 3 hello
    bg_wait peer
    assert_output "(b'hello', 3)"
    bg receiver mq recv -j "$queue"
    wait_until waits_to_receive receiver
    posix "mq_send(mq_open(sys.argv[1], os.O_WRONLY), b'back', 9)"
    bg_wait receiver
    json '.message == "back" and .priority == 9'
}

@test "POSIX: mq_notify of Python is told of mq send's first message, and of none of the looking verbs (pitfall: only empty to non-empty)" {
    make "$queue"
    bg peer "$py" -c "$(posix_py)
class Event(ctypes.Structure): _fields_ = [('value', ctypes.c_void_p), ('signo', ctypes.c_int), ('notify', ctypes.c_int), ('pad', ctypes.c_byte * 48)]
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
q = mq_open('$queue', os.O_RDWR)
check(rt.mq_notify(q, ctypes.byref(Event(None, signal.SIGUSR2, 0))))
print('registered', flush=True)
print(signal.sigwaitinfo([signal.SIGUSR2]).si_signo == signal.SIGUSR2, mq_receive(q))"
    wait_until grep -q registered "$dir/peer.out"
    wait_until blocked_in peer rt_sigtimedwait
    t mq stat -q -o NOTIFY "$queue"
    assert_output --regexp "process $(bg_pid peer) \(python3.*\) by signal 12 \(USR2\)"
    mq ls >/dev/null
    mq wait -n "$queue" || :
    mq recv -n "$queue" || :
    wait_until blocked_in peer rt_sigtimedwait
    mq send "$queue" first
    bg_wait peer
    assert_output "registered
True (b'first', 0)"
}

@test "POSIX: a Python process that unlinks its queue can still be read by PID:FD" {
    made=("$queue")
    bg peer "$py" -c "$(posix_py)
q = mq_open('$queue', os.O_RDWR | os.O_CREAT, 0o600)
mq_send(q, b'saved', 4); rt.mq_unlink(b'$queue')
print(q, flush=True); signal.pause()"
    wait_until blocked_in peer pause
    t mq recv -j "$(bg_pid peer):$(<"$dir/peer.out")"
    json '.message == "saved" and .priority == 4'
}

@test "POSIX: lsipc and the kernel's own file agree with stat" {
    need_isolation
    make "$queue" -N 3 -S 100
    mq send "$queue" 12345
    assert_equal "$(awk '{ print $1 }' "/dev/mqueue$queue")" 'QSIZE:5'
    lsipc --help 2>/dev/null | grep -q -- --posix-mqueues || skip "needs an lsipc that knows POSIX queues"
    run lsipc --posix-mqueues
    assert_output --partial "$queue"
}

# --- System V: util-linux ---

@test "System V: ipcs sees mq's queues: key, id, owner, mode, bytes, messages, limit" {
    need ipcs
    make "$key" -m 0640 --byte-limit 1000
    mq send "$key" 12345 678
    local id
    id=$(mq stat -qj "$key" | jq .id)
    t ipcs -q
    assert_line --regexp "^${key#key:} +$id +$(id -un) +640 +8 +2 *$"
    t ipcs -q -i "$id"
    assert_output --regexp 'qbytes=1000[[:space:]]+qnum=2'
    assert_output --partial "cbytes=8"
    mq recv --all "$key"
    t ipcs -q
    assert_line --regexp "^${key#key:} +$id .* 0 +0 *$"
}

@test "System V: ipcs and stat agree on times, users and processes" {
    need ipcs
    make "$key"
    bg sender mq send "$key" x
    local sender
    sender=$(bg_pid sender)
    bg_wait sender
    t ipcs -q -p
    assert_line --regexp " +$sender +0 *$"
    local sent
    sent=$(mq stat -qj "$key" | jq .sent)
    t ipcs -q -i "$(mq stat -qj "$key" | jq .id)"
    assert_output --partial "send_time=$(TZ=UTC LC_ALL=C date -d "@$sent" '+%a %b %e %H:%M:%S')"
}

@test "System V: a queue of ipcmk is used by mq, and removed by mq" {
    need ipcmk
    local id
    id=id:$(ipcmk -Q -p 0640 | grep -o '[0-9]*$')
    made=("$id")
    t mq stat -qj "$id"
    json '.mode == "0640" and .messages == 0 and (.key | startswith("0x"))'
    mq send "$id" x
    holds "$id" x
    mq send "$(mq stat -qj "$id" | jq -r '"key:\(.key)"')" y
    holds "$id" y
    t mq rm "$id"
    assert_success
    run ipcs -q -i "${id#id:}"
    assert_output --partial 'not found'
}

@test "System V: ipcrm removes mq's queue under a waiting mq: status 8" {
    need ipcrm
    mq create "$key"
    bg receiver mq recv "$key"
    wait_until waits_to_receive receiver
    ipcrm -Q "${key#key:}"
    bg_wait receiver
    assert_failure 8
    t mq stat "$key"
    assert_failure 4
}

@test "System V: lsipc agrees with ls" {
    need lsipc
    make "$key" -m 0604
    mq send "$key" 12345
    local id
    id=$(mq stat -qj "$key" | jq .id)
    t lsipc -q -i "$id"
    assert_output --partial "${key#key:}"
    t lsipc -q --noheadings -o KEY,PERMS,USEDBYTES,MSGS --raw
    assert_line --regexp "^${key#key:} (rw----r--|-rw----r--|0604) 5B? 1$"
    run bash -c "mq limits -j | jq -r 'select(.name == \"kernel.msgmni\").value'"
    assert_output "$(lsipc --bytes --noheadings --raw -o LIMIT,RESOURCE | awk '$2 == "MSGMNI" { print $1 }')"
}

# --- System V: Python ---

@test "System V: what Python's sysv_ipc sends, mq receives: types, NULs, newlines, no bytes, the largest size" {
    sysv_ipc
    make "$key"
    "$py" -c "
import sysv_ipc
q = sysv_ipc.MessageQueue($(number))
q.send(b'a\0b\n\xff', type=9); q.send(b'', type=2**31-1); q.send(bytes(range(256)) * 8, type=1)"
    mq recv -j --all "$key" >"$dir/got"
    assert_equal "$(grep -o '"type":[0-9]*,"size":[0-9]*' "$dir/got" | paste -sd' ')" '"type":9,"size":5 "type":2147483647,"size":0 "type":1,"size":2048'
    sed -n 3p "$dir/got" | jq -r .message_base64 | base64 -d | cmp - <("$py" -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 8)')
}

@test "System V: what mq sends, Python's sysv_ipc receives, by type" {
    sysv_ipc
    make "$key"
    printf 'a\0b\n\377' | mq send "$key" --type 9 --raw
    mq send "$key" --type 4 ''
    head -c "$(</proc/sys/kernel/msgmax)" /dev/zero | mq send "$key" --type 5 --raw
    t "$py" -c "
import sysv_ipc
q = sysv_ipc.MessageQueue($(number), max_message_size=8192)
print(q.receive(type=4)); m, t = q.receive(type=-6); print(len(m), t); print(q.receive())"
    assert_output "(b'', 4)
$(</proc/sys/kernel/msgmax) 5
(b'a\\x00b\\n\\xff', 9)"
}

@test "System V: a queue of Python's sysv_ipc has its mode and owner in mq; Python sees mq's" {
    sysv_ipc
    made=("$key")
    "$py" -c "import sysv_ipc; sysv_ipc.MessageQueue($(number), sysv_ipc.IPC_CREX, mode=0o640)"
    t mq stat -qj "$key"
    json ".mode == \"0640\" and .owner == \"$(id -un)\""
    mq set "$key" -m 0604 --byte-limit 999
    t "$py" -c "
import sysv_ipc
q = sysv_ipc.MessageQueue($(number))
print(oct(q.mode), q.max_size, q.uid, q.current_messages)"
    assert_output "0o604 999 $EUID 0"
}

@test "System V: ftok of Python and of mq name the same queue" {
    sysv_ipc
    : >"$dir/file"
    make "ftok:$dir/file:Q"
    mq send "ftok:$dir/file:Q" x
    t "$py" -c "
import sysv_ipc
print(sysv_ipc.MessageQueue(sysv_ipc.ftok('$dir/file', ord('Q'), silence_warning=True)).receive())"
    assert_output "(b'x', 1)"
}

@test "System V: a blocked sysv_ipc receiver of one type gets only that from mq" {
    sysv_ipc
    make "$key"
    bg peer "$py" -c "
import sysv_ipc
print(sysv_ipc.MessageQueue($(number)).receive(type=6))"
    wait_until blocked_in peer msgrcv
    mq send "$key" --type 5 other
    wait_until blocked_in peer msgrcv
    mq send "$key" --type 6 mine
    bg_wait peer
    assert_output "(b'mine', 6)"
    holds "$key" other
}

# --- System V: Perl ---

@test "System V: Perl's IPC::Msg and mq exchange messages both ways" {
    perl_sysv
    make "$key"
    mq send "$key" --type 3 'from mq'
    t perl -MIPC::Msg -MIPC::SysV=S_IRUSR -e '
my $q = IPC::Msg->new($ARGV[0], 0600) or die; my $type = $q->rcv(my $buffer, 8192, 3); print "$type $buffer\n";
$q->snd(8, "a\0b\n") or die; $q->snd(2, "") or die' "$(number)"
    assert_output '3 from mq'
    mq recv --type 8 --raw "$key" | cmp - <(printf 'a\0b\n')
    t mq recv -j "$key"
    json '.type == 2 and .size == 0'
}

@test "System V: Perl's msgget, msgsnd and msgrcv and mq exchange messages both ways" {
    perl_sysv
    make "$key"
    local id
    id=$(mq stat -qj "$key" | jq .id)
    mq send "id:$id" --type 7 x y
    t perl -e '
msgrcv($ARGV[0], my $buffer, 100, 7, 0) or die; my ($type, $text) = unpack("l! a*", $buffer); print "$type $text\n";
msgsnd($ARGV[0], pack("l! a*", 5, "back"), 0) or die' "$id"
    assert_output '7 x'
    t mq recv --type 5 "$key"
    assert_output back
    holds "$key" y
}

@test "System V: a queue that Perl removes under mq send is status 8" {
    perl_sysv
    full "$key"
    bg sender mq send "$key" y
    wait_until waits_to_send sender
    perl -MIPC::SysV=IPC_RMID -e 'msgctl($ARGV[0], IPC_RMID, 0) or die' "$(mq stat -qj "$key" | jq .id)"
    bg_wait sender
    assert_failure 8
    assert_stderr --partial 'Identifier removed'
}

@test "owners and modes of mq's queues bind other programs, and theirs bind mq" {
    need_root
    make "$queue" -m 0600
    make "$key" -m 0600
    run "${as_nobody[@]}" "$py" -c "$(posix_py)
mq_open('$queue', os.O_RDONLY)"
    assert_failure
    assert_output --partial 'Permission denied'
    t "${as_nobody[@]}" ipcrm -Q "${key#key:}"
    assert_failure
    mq set "$queue" -m 0604
    run "${as_nobody[@]}" "$py" -c "$(posix_py)
mq_open('$queue', os.O_RDONLY); print('open')"
    assert_output open
}
