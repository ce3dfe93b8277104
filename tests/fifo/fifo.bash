# SPDX-License-Identifier: MIT
# fifo.bash: what the tests of fifo share: a FIFO in a directory of the test's own, and peers at its other end
# shellcheck shell=bash disable=SC2034,SC2154 # read and set by the tests and by lib.bash

load ../lib

setup() {
    dir=$BATS_TEST_TMPDIR
    cd "$dir" || return
    f=$dir/f
}

teardown() { end_test; }

# is FILTER [FIFO]: jq's answer about fifo stat -j is neither false nor null
is() { fifo stat -qj "${2-$f}" | jq -e "$1"; }

# hold [FIFO]: it stays open in the background, under the name "holder"
hold() {
    bg holder fifo hold "${1-$f}"
    wait_until is '.readers != []' "${1-$f}"
}

# queued [FIFO]: bytes in it
queued() { fifo stat -qj "${1-$f}" | jq .queued; }
queued_is() { [[ $(queued "$2") == "$1" ]]; }

# waits_for WHAT [FIFO]: somebody is blocked in it, or in open(2) of it
waits_for() { is "any(.blocked[]; .waits_for == \"$1\")" "${2-$f}"; }
