#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sweep.bats: a random part of the Nth-system-call sweep; SEED=N plays another part, make sweep all of it
# labels: slow
# timeout: 300
load ../lib

sweep() { t 240 "$root/tests/sweep/run" "$build" "$@"; }

setup() {
    need strace
    need_isolation
    [[ -x /usr/bin/python3 ]] || skip "needs /usr/bin/python3"
}

@test "no verb breaks a rule when any of its system calls fails or a signal hits it: a random 1 %" {
    sweep 1 "${SEED:-4}"
    assert_success
    assert_output --regexp 'sweep: [0-9]+ cases, 1 % \(seed [0-9]+\): [1-9][0-9]* runs in [0-9]+ s, 0 violations'
}

@test "the sweep sees a message that is lost because a write failed" {
    # A tool of that name that takes a message first, and looks later whether it can write it.
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    printf '%s\n' '#!/bin/sh' 'mq=$1 real/bin/mq' >"$BATS_TEST_TMPDIR/bin/mq"
    cat >"$BATS_TEST_TMPDIR/bin/mq" <<end
#!/bin/sh
[ "\$*" = "recv /sweep" ] || exec "$build/bin/mq" "\$@"
message=\$("$build/bin/mq" recv /sweep)
echo "\$message"
end
    chmod +x "$BATS_TEST_TMPDIR/bin/mq"
    t 60 "$root/tests/sweep/run" "$BATS_TEST_TMPDIR" mq:recv-one-posix error=EIO write
    assert_failure 1
    assert_line 'violation of rule 2: lost: m1 (status 1)'
}
