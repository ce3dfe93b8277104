#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# send-fd.bats: sock send-fd

load datagrams

@test "a descriptor and a file arrive, with the position that they had" {
    printf 'one\ntwo\n' >data
    ready got sock recv-fd "@fd.$BATS_TEST_NUMBER" -N 2 sh -c 'cat <&3; cat <&4'
    exec 7<data
    read -r line <&7
    [[ $line == one ]]
    t sock send-fd "@fd.$BATS_TEST_NUMBER" 7 ./data
    assert_success
    bg_wait got
    assert_success
    # Read by another, line by line: bash gave back what it had read too much of.
    assert_output $'two\none\ntwo'
}

@test "a file goes to one who may not open it himself" {
    need_root
    echo secret >secret
    chmod 600 secret
    chmod 711 .
    ready got sock recv-fd "@fd.$BATS_TEST_NUMBER" setpriv --reuid=65534 --clear-groups sh -c '! cat secret 2>/dev/null && cat <&3'
    sock send-fd "@fd.$BATS_TEST_NUMBER" secret
    bg_wait got
    assert_success
    assert_output secret
}

@test "--write opens for writing as well; without it a file is read-only" {
    : >out
    ready got sock recv-fd "@fd.$BATS_TEST_NUMBER" sh -c 'echo written >&3'
    sock send-fd --write "@fd.$BATS_TEST_NUMBER" out
    bg_wait got
    assert_success
    assert_equal "$(<out)" written
    ready got sock recv-fd "@fd.$BATS_TEST_NUMBER" sh -c 'echo more >&3'
    sock send-fd "@fd.$BATS_TEST_NUMBER" out
    bg_wait got
    assert_failure
    assert_equal "$(<out)" written
}

@test "--message goes along, as sd_notify's FDSTORE=1, to a datagram socket" {
    python_peer manager <<'end'
import array, os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("notify"); print("ready")
data, rights, flags, who = s.recvmsg(99, 99)
fd = array.array("i", rights[0][2])[0]
print(data, os.read(fd, 99))
end
    echo kept >file
    t sock send-fd unix-dgram:./notify --message FDSTORE=1 file
    assert_success
    bg_wait manager
    assert_output --partial "b'FDSTORE=1' b'kept\\n'"
}

@test "253 descriptors are the most of one message" {
    local i numbers=()
    for ((i = 0; i < 253; i++)); do numbers+=(1); done
    ready got sock recv-fd "@fd.$BATS_TEST_NUMBER" -N 253 true
    t sock send-fd "@fd.$BATS_TEST_NUMBER" "${numbers[@]}"
    assert_success
    bg_wait got
    assert_success
    t sock send-fd "@fd.$BATS_TEST_NUMBER" "${numbers[@]}" 1
    assert_failure 2
    assert_stderr --partial 'limit of 253'
}

@test "nobody there is 8 or 4; what is not open or not a unix socket is 2; a missing file is 4" {
    t sock send-fd "@nobody.$BATS_TEST_NUMBER" 1
    assert_failure 8
    t sock send-fd ./none 1
    assert_failure 4
    t sock send-fd @nobody 77
    assert_failure 2
    t sock send-fd tcp://localhost:1 1
    assert_failure 2
    t sock send-fd @nobody ./missing
    assert_failure 4
    t sock send-fd -n -t 1 @nobody 1
    assert_failure 2
    t sock send-fd @nobody 1 --message ''
    assert_failure 2
}

@test "a listener with a full queue: -t gives up with 124, -n with 1" {
    python_peer busy <<'end'
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("busy"); s.listen(0)
c = [socket.socket(socket.AF_UNIX)]; c[0].connect("busy"); print("ready"); time.sleep(300)
end
    t sock send-fd -t 0.2 ./busy 1
    assert_failure 124
    t sock send-fd -n ./busy 1
    assert_failure 1
}
