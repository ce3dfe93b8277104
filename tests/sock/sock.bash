# SPDX-License-Identifier: MIT
# sock.bash: what the tests of sock share: servers in the background, and who tells that they listen
# shellcheck shell=bash disable=SC2034,SC2154 # read and set by the tests and by lib.bash

load ../lib

setup() {
    need_isolation
    dir=$BATS_TEST_TMPDIR
    cd "$dir" || return
    s=$dir/s
}

# serve NAME VERB WORD...: sock VERB WORD... in the background, with its input from the file NAME.in if there is one; when it
# listens, $address is where.
serve() {
    local name=$1 verb=$2
    shift 2
    rm -f "$name.address"
    if [[ -e $name.in ]]; then
        # shellcheck disable=SC2217 # bg hands its input on
        bg "$name" sock "$verb" --address-file "$name.address" "$@" <"$name.in"
    else
        bg "$name" sock "$verb" --address-file "$name.address" "$@"
    fi
    wait_until test -s "$name.address"
    address=$(head -n 1 "$name.address")
}

# python NAME PROGRAM [WORD...]: a peer in the background; it prints a line when it is ready, and $address is that line.
python() {
    need python3
    local name=$1
    bg "$name" python3 -uc "import socket, sys, os, time, struct
def tcp():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(16); print('tcp://127.0.0.1:%d' % s.getsockname()[1]); return s
def unix(path):
    s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(16); print('unix:' + path); return s
def whole(c):
    all = bytearray()
    while True:
        piece = c.recv(65536)
        if not piece: return bytes(all)
        all += piece
def came(file):
    while not os.path.getsize(file): time.sleep(0.01)
def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()
$2" "${@:3}"
    wait_until test -s "$name.out"
    address=$(head -n 1 "$name.out")
}

# listens WHERE: until a program that cannot tell so itself listens there: 127.0.0.1:7100, or the path of a socket
listens() { wait_until sh -c 'ss -Hlntx | grep -qF -- "$1 "' - "$1"; }

# descriptors NAME: how many the process has open
descriptors() { find "/proc/$(bg_pid "$1")/fd" -mindepth 1 | wc -l; }
