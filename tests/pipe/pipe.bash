# SPDX-License-Identifier: MIT
# pipe.bash: what the tests of pipe share
# shellcheck shell=bash disable=SC2154 # variables of bats

load ../lib

dir=$BATS_TEST_TMPDIR

setup() { cd "$dir" || return; }
