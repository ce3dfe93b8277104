#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hold.bats: fifo hold

load fifo

@test "hold keeps readers from an end, writers from waiting, and what was written" {
    fifo create f g
    bg holder fifo hold f g
    wait_until is '.readers != []' g
    t bash -c 'echo one >f; echo two >f'
    assert_success
    assert_equal "$(queued)" 8
    bg reader fifo read f
    wait_until grep -q two reader.out
    echo three >f
    wait_until grep -q three reader.out
    kill "$(bg_pid holder)"
    bg_wait holder
    assert_failure 143
    refute_output
    bg_wait reader
    assert_success
    assert_output $'one\ntwo\nthree'
}

@test "hold --writer waits for a reader, and writers still see when it goes" {
    fifo create f
    t fifo hold f --writer -n
    assert_failure 1
    t fifo hold f --writer -t 200ms
    assert_failure 124
    bg holder fifo hold f --writer
    wait_until waits_for 'a reader'
    exec 9<f
    wait_until is '(.writers | length) == 1'
    echo x >f
    exec 9<&-
    t fifo write f -n y
    assert_failure 1
    kill "$(bg_pid holder)"
    bg_wait holder
}

@test "hold -t lets go after this long, hold -n at once" {
    fifo create f
    local begin=$EPOCHREALTIME
    t fifo hold f -t 300ms
    assert_failure 124
    local took=$((${EPOCHREALTIME/./} - ${begin/./}))
    ((took >= 300000 && took < 3000000)) || fail "took $took us"
    t fifo hold f -n
    assert_failure 1
}

@test "hold --ready-fd gets a newline when all are held, and NOTIFY_SOCKET is told" {
    need python3
    fifo create f g
    t bash -c 'fifo hold f g --ready-fd 3 -t 200ms 3>ready; od -An -c ready'
    assert_output '  \n'
    t fifo hold f --ready-fd 77
    assert_failure 2
    assert_stderr --partial 'descriptor 77 is not open'
    t python3 -c '
import os, socket, subprocess
for name in "notify", "\0moreipc-fifo":
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(name)
    subprocess.run(["fifo", "hold", "f", "-t", "100ms"], env={**os.environ, "NOTIFY_SOCKET": name.replace("\0", "@")})
    print(s.recv(100).decode())'
    assert_output $'READY=1\nREADY=1'
}

@test "hold -- COMMAND holds while it runs, has its status, and hands it no descriptor" {
    fifo create f
    t fifo hold f -- sh -c 'echo kept >f; ls -l /proc/$$/fd | grep -c "/f$"; fifo read f -n; exit 7'
    assert_failure 7
    assert_output $'0\nkept'
    t bash -c 'fifo hold f -- /no/such/command; echo $?'
    assert_output 127
    bg holder fifo hold f -- sh -c 'trap "exit 9" TERM; echo on; while :; do read -r x <>f; done'
    wait_until grep -q on holder.out
    kill "$(bg_pid holder)"
    bg_wait holder
    assert_failure 9
}

@test "hold -S sets what the FIFO can hold, and refuses less than is in it" {
    fifo create f
    t fifo hold f -S 128K -- fifo stat -q --bytes --no-header -o CAPACITY f
    assert_output 131072
    hold
    head -c 9000 /dev/zero >f
    t fifo hold f -S 4K -t 0
    assert_failure 3
    assert_stderr --partial 'cannot hold only 4096 bytes: more are in it'
}

@test "FIFO-10: more than an ordinary user may have is status 5 at once, with the limit and its figure" {
    need_user
    fifo create f
    t fifo hold f -S 64M
    assert_failure 5
    assert_stderr --partial 'cannot hold 67108864 bytes: Operation not permitted'
    assert_stderr --regexp 'fs.pipe-max-size = [0-9]+ bounds one, and fs.pipe-user-pages-soft = [0-9]+ pages all of a user'
}

@test "FIFO-10: many large ones beyond pipe-user-pages-soft are refused, and nothing hangs" {
    need_user
    local n soft
    soft=$(</proc/sys/fs/pipe-user-pages-soft)
    ((soft > 0 && soft <= 16384)) || skip "the limit is $soft pages"
    local names=()
    for n in {1..80}; do names+=("f$n"); done
    fifo create "${names[@]}"
    t 10 fifo hold "${names[@]}" -S 1M -t 5s
    assert_failure 5
    assert_stderr --partial fs.pipe-user-pages-soft
}

@test "FIFO-8: hold takes nothing but FIFOs" {
    : >file
    t fifo hold file
    assert_failure 2
    t fifo hold nowhere
    assert_failure 4
    t fifo hold
    assert_failure 2
    fifo create f
    t fifo hold f --
    assert_failure 2
}

@test "hold of a FIFO that may not be written is status 5" {
    need_root
    chmod 755 .
    fifo create -m 0644 f
    t "${as_nobody[@]}" "$(command -v fifo)" hold f
    assert_failure 5
}
