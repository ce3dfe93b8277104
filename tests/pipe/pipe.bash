# SPDX-License-Identifier: MIT
# pipe.bash: what the tests of pipe share
# shellcheck shell=bash disable=SC2154 # variables of bats

load ../lib

dir=$BATS_TEST_TMPDIR

setup() { cd "$dir" || return; }

# random SIZE >FILE: bytes that no compressor or lucky guess gives back
random() { head -c "$1" /dev/urandom; }

# same FILE FILE: equal to the byte
same() { cmp "$1" "$2" || { wc -c "$1" "$2"; return 1; }; }
