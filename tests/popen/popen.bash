# SPDX-License-Identifier: MIT
# popen.bash: what the tests of popen share: a runtime directory of their own, and the end of every coprocess in it
# shellcheck shell=bash disable=SC2034,SC2154 # read and set by the tests and by lib.bash

load ../lib

py=/usr/bin/python3 # Debian's, which is where it is on every machine of ours

setup() {
    dir=$BATS_TEST_TMPDIR
    export XDG_RUNTIME_DIR=$dir/runtime
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    # A directory in PATH that may not be searched would be the reason why a command is not found.
    export PATH="$build/bin:/usr/local/bin:/usr/bin:/bin"
    cd "$dir"
}

teardown() {
    end_test
    local name keeper
    while read -r name keeper; do
        [[ $keeper == - ]] || kill -KILL "$(coprocess "$name" .pid)" 2>/dev/null || :
        timeout 2 popen close -t 1 --signal KILL "$name" >/dev/null 2>&1 || :
    done < <(popen ls --no-header -o NAME,KEEPER 2>/dev/null)
}

# coprocess NAME FILTER: jq's answer about it
coprocess() { popen stat -j "$1" | jq -r "$2"; }
state_is() { [[ $(coprocess "$1" .state) == "$2" ]]; }
gone() { [[ ! -e /proc/$1 ]] || _ended "$1"; }
sockets() { find "$XDG_RUNTIME_DIR" -type s | wc -l; }

none_run() { ! pgrep -x "$1"; }

# child_of PID: the first process it started
child_of() { ps -o pid= --ppid "$1" | head -n 1 | tr -d ' '; }
has_child() { [[ -n $(child_of "$1") ]]; }
# sig_ignored PID: the mask of signals that it ignores
sig_ignored() { sed -n 's/^SigIgn:\t//p' "/proc/$1/status"; }
