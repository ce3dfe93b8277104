#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# storm.bats: senders and receivers are ended at random while messages flow; make storm is the long form
# labels: slow
# timeout: 300
load ../lib

# storm KIND MODE: a few thousand messages; nothing may be lost or doubled but what the mode allows
storm() {
    t 60 "$root/tests/storm/run" -m 3000 -k "$1" -w "$2" "$build"
    assert_success
    assert_output --regexp "$1 $2: [1-9][0-9]{3,} messages in "
    assert_output --regexp 'storm: [1-9][0-9]{3,} messages, [0-9]+ processes ended, 0 violations \(seed [0-9]+\)'
}

setup() {
    need_isolation
    [[ -x /usr/bin/python3 ]] || skip "needs /usr/bin/python3"
}

@test "POSIX: all messages of eight senders are received once by four receivers" { storm posix none; }
@test "System V: all messages of eight senders are received once by four receivers" { storm sysv none; }
@test "POSIX: one receiver gets each sender's messages in order" { storm posix order; }
@test "System V: one receiver gets each sender's messages in order" { storm sysv order; }
@test "POSIX: SIGTERM and SIGINT lose and double nothing" { storm posix term; }
@test "System V: SIGTERM and SIGINT lose and double nothing" { storm sysv term; }
@test "POSIX: a receiver killed with --each had at most one message in hand" { storm posix each; }
@test "System V: a receiver killed with --each had at most one message in hand" { storm sysv each; }
@test "POSIX: a killed receiver had at most one batch in hand" { storm posix batch; }
@test "System V: a killed receiver had at most one batch in hand" { storm sysv batch; }
@test "System V: receivers killed with --peek-first lose nothing" { storm sysv peek; }
@test "POSIX: commands get each message once when receivers are ended by SIGTERM" { storm posix jobs; }
@test "System V: commands get each message once when receivers are ended by SIGTERM" { storm sysv jobs; }

@test "the storm sees messages that were reported as sent and are not there" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/bin/mq" <<end
#!/bin/sh
case "\$*" in "send "*--raw*) exit 0 ;; esac
exec "$build/bin/mq" "\$@"
end
    chmod +x "$BATS_TEST_TMPDIR/bin/mq"
    t 60 "$root/tests/storm/run" -m 3000 -k posix -w none "$BATS_TEST_TMPDIR"
    assert_failure 1
    assert_output --regexp 'posix none: [0-9]+ lost: \[\('
}
