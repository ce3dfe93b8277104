#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# examples.bats: what the manual pages and the README show is what comes out
# timeout: 300

load ../lib

setup() {
    need_isolation
    need python3
    cd "$BATS_TEST_TMPDIR"
}

# shown FILE...: their examples come out as shown.
shown() {
    need jq
    run timeout -s KILL 120 "$root/tests/examples" "$@" 3>&-
    assert_success
}

page() {
    printf '%s\n' '.Sh EXAMPLES' '.Bd -literal' "$@" .Ed >page.1
    run "$root/tests/examples" page.1
}

@test "every example of every manual page prints what the page shows" {
    local page
    for page in "$root"/man/*.[1-9]; do
        shown "$page"
    done
}

@test "every console block of the README prints what it shows" {
    shown "$root/README.md"
}

@test "a page with other output than it shows is caught" {
    page '$ echo one' two
    assert_failure 1
    assert_line '    -two'
    assert_line '    +one'
}

@test "output that a page does not show is caught" {
    page '$ echo oops >&2'
    assert_failure 1
    assert_line '    +oops'
}

@test "output that is shown but does not come is caught" {
    page '$ :' never
    assert_failure 1
    assert_line '    -never'
}

@test "three dots stand for any lines, and <...> for any text" {
    page '$ seq 9' 1 '\&...' 9 '$ echo pid $$.' 'pid <...>.'
    assert_success
    page '$ seq 9' 1 '\&...' 8
    assert_failure 1
    page '$ echo pid $$.' 'pid <...>;'
    assert_failure 1
}

@test "commands go on over lines, keep the shell's state and pass on the status" {
    page '$ for n in 1 2; do' '>   echo "$n"' '> done' 1 2 '$ n=7; false' '$ echo $? $n' '1 7'
    assert_success
}

@test "a line without an end is not given one" {
    page '$ printf "%s\en" one; printf two' one two '$ echo three' three
    assert_success
}

@test "a command that hangs is ended and named" {
    sed 's/^SECONDS = .*/SECONDS = 0.3/' "$root/tests/examples" >examples
    printf '%s\n' .Bd '.Sh EXAMPLES' '.Bd -literal' '$ tail -f /dev/null' .Ed >page.1
    run python3 examples page.1
    assert_failure 1
    assert_line --partial 'page.1:4: $ tail -f /dev/null'
    assert_line --partial 'did not end within 0.3 s'
}

@test "a command that ends the shell is named" {
    page '$ exit 0' '$ echo never' never
    assert_failure 1
    assert_line --partial 'ended the shell'
}

@test "a file without examples is an error" {
    page
    assert_failure 2
    : >empty.md
    run "$root/tests/examples" empty.md
    assert_failure 2
}

@test "of Markdown only console blocks are run" {
    printf '%s\n' '```sh' 'exit 9' '```' '```console' '$ echo yes' yes '```' >page.md
    run "$root/tests/examples" page.md
    assert_success
    assert_output 'page.md: 1 commands, all as shown'
}
