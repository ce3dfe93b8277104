# SPDX-License-Identifier: MIT
# datagrams.bash: what the tests of datagrams, packets and the looking verbs have in common, by `load datagrams`
# shellcheck shell=bash disable=SC2034 # bats and the tests read the variables that are set here

load ../lib

setup() { cd "$BATS_TEST_TMPDIR"; }

# A port that nobody has: each test has its own network only together with its file.
new_port() { port=$((20000 + BATS_TEST_NUMBER * 17 + ${1:-0})); }

# ready NAME CMD...: start CMD in the background as NAME and wait until it says that it is bound.
ready() {
    local name=$1
    shift
    rm -f "$name.ready"
    # shellcheck disable=SC2016 # for the inner shell
    bg "$name" bash -c 'word=$1 verb=$2; shift 2; exec "$word" "$verb" --ready-fd 9 "$@" 9>"$0"' "$name.ready" "$@"
    wait_until test -s "$name.ready"
}

# python_peer NAME: standard input is a program that prints "ready" when it is so.
python_peer() {
    local name=$1
    need python3
    cat >"$name.py"
    bg "$name" python3 -u "$name.py"
    wait_until grep -q ready "$name.out"
}

# What a command of root begins with, to be run as somebody without any privilege.
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all --)
