# SPDX-License-Identifier: MIT
# mq.bash: what the tests of mq share: a queue of each kind, its removal, and peers at its other end
# shellcheck shell=bash disable=SC2034,SC2154 # read and set by the tests and by lib.bash

load ../lib

py=/usr/bin/python3 # Debian's, which finds Debian's modules

setup() {
    queue=/mq-$$-$BATS_TEST_NUMBER
    other=$queue-other
    key=$(printf 'key:0x6d%04x%02x' $(($$ & 0xffff)) "$BATS_TEST_NUMBER")
    key2=$(printf 'key:0x6e%04x%02x' $(($$ & 0xffff)) "$BATS_TEST_NUMBER")
    dir=$BATS_TEST_TMPDIR
    made=() raw=()
}

teardown() {
    end_test
    ((${#made[@]} == 0)) || mq rm -f "${made[@]}"
    ((${#raw[@]} == 0)) || "$py" -c '
import ctypes, os, sys
for name in sys.argv[1:]: ctypes.CDLL(None).mq_unlink(os.fsencode(name))' "${raw[@]}"
}

# make NAME [OPTION...]: a queue that goes away with the test. POSIX queues are small unless -S is given, because
# RLIMIT_MSGQUEUE counts those of a user in all namespaces, and other tests run beside this one.
make() {
    local small=()
    [[ $1 == *:* && $1 != /* || " $* " =~ ' '(-S|--size) ]] || small=(-S 1K)
    mq create "$@" "${small[@]}" && made+=("$1")
}

# private [OPTION...]: a System V queue without a key; sets $id to id:N
private() {
    id=$(mq create private "$@") && made+=("$id")
}

# make_raw NAME...: POSIX queues of any bytes, made by somebody else
make_raw() {
    raw+=("$@")
    "$py" -c '
import ctypes, os, sys
for name in sys.argv[1:]: assert ctypes.CDLL(None).mq_open(os.fsencode(name), os.O_RDWR | os.O_CREAT, 0o600, None) >= 0' "$@"
}

# holds NAME MESSAGE...: these messages are in the queue, in this order; takes them
holds() {
    local name=$1
    shift
    assert_equal "$(mq recv "$name" --all)" "$(printf '%s\n' "$@")"
}

# depth NAME: how many messages it holds
depth() { mq stat -qj "$1" | jq .messages; }
depth_is() { [[ $(depth "$1") == "$2" ]]; }

# full NAME: a POSIX queue of one place, or a System V queue of 64 bytes, filled by the message x (64 times x)
full() {
    if [[ $1 == /* ]]; then
        make "$1" -N 1 -S 64
        mq send "$1" x
    else
        make "$1" --byte-limit 64
        mq send "$1" "$(printf 'x%.0s' {1..64})"
    fi
}

# waits NAME: the background process NAME is blocked in a queue's call, or in poll on it
waits_to_receive() { blocked_in "$1" mq_timedreceive msgrcv ppoll; }
waits_to_send() { blocked_in "$1" mq_timedsend msgsnd ppoll; }
