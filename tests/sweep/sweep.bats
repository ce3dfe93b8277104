#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sweep.bats: a random part of the Nth-system-call sweep, chosen by SEED; make sweep plays all of it
# labels: slow
# timeout: 300
load ../lib

sweep() { t 240 "$root/tests/sweep/run" "$build" "$@"; }

setup() {
    [[ -n ${SEED-} ]] || skip "needs SEED=N: send and limits still break a rule under some injected errors"
    need strace
    need_isolation
    [[ -x /usr/bin/python3 ]] || skip "needs /usr/bin/python3"
}

@test "no verb breaks a rule when any of its system calls fails or a signal hits it: a random 1 %" {
    sweep 1 "${SEED:-4}"
    assert_success
    assert_output --regexp 'sweep: [0-9]+ cases, 1 % \(seed [0-9]+\): [1-9][0-9]* runs in [0-9]+ s, 0 violations'
}
