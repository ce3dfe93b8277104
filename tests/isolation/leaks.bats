#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# leaks.bats: a test file that leaves something behind has failed, and one that hangs is ended with all it started

load ../lib

# An ordinary user in a chroot may not make namespaces.
need_nesting() {
    [[ $("$root/tests/isolate" printenv MOREIPC_ISOLATION) == namespaces ]] || skip "needs nested namespaces"
}

setup() {
    need_isolation
    need_nesting
    cd "$BATS_TEST_TMPDIR"
}

# Bats within Bats must not meet the variables and the PATH of the outer one.
clean=(env -i PATH="${PATH//$BATS_LIBEXEC:/}" TMPDIR="$TMPDIR")

# inner COMMANDS: run a Bats file of one passing test with these commands, isolated
inner() {
    printf '@test "passes" {\n%s\n}\n' "$1" >inner.bats
    t 30 "${clean[@]}" "$root/tests/isolate" bats --tap inner.bats
}

@test "a file that leaves nothing behind passes" {
    inner 'touch /dev/shm/x; rm /dev/shm/x'
    assert_success
    assert_stderr ''
}

@test "shared memory left behind fails the file" {
    inner 'touch "/dev/shm/left here"'
    assert_failure 70
    assert_output --partial 'ok 1 passes'
    assert_stderr $'leaked objects:\n  /dev/shm/left here'
}

@test "a hidden name left behind fails the file" {
    inner 'touch /dev/shm/.hidden'
    assert_failure 70
    assert_stderr $'leaked objects:\n  /dev/shm/.hidden'
}

@test "a message queue left behind fails the file" {
    inner 'touch /dev/mqueue/jobs'
    assert_failure 70
    assert_stderr $'leaked objects:\n  /dev/mqueue/jobs'
}

@test "System V objects left behind fail the file" {
    need ipcmk
    inner 'ipcmk -M 4096; ipcmk -Q; ipcmk -S 1'
    assert_failure 70
    assert_stderr --partial 'System V shm key 0x'
    assert_stderr --partial 'System V msg key 0x'
    assert_stderr --partial 'System V sem key 0x'
}

@test "a process left behind fails the file" {
    inner 'setsid sleep 300 >/dev/null 2>&1 3>&- 4>&- &'
    assert_failure 70
    assert_stderr --partial 'leaked processes:'
    assert_stderr --partial 'sleep 300'
}

@test "a process that is just ending is not a leak" {
    inner 'setsid sleep 0.3 >/dev/null 2>&1 3>&- 4>&- &'
    assert_success
}

@test "ending the harness ends everything inside" {
    bg harness "$root/tests/isolate" sh -c 'setsid sleep 321 & touch started; exec sleep 321'
    wait_until test -e started
    kill -KILL "$(bg_pid harness)"
    bg_wait harness
    assert_equal "$status" 137
    wait_until no_sleeper
}

no_sleeper() { ! grep -qas 'sleep.321' /proc/[0-9]*/cmdline; }

@test "a hung file is killed by its time limit, with what it started, and counts as failed" {
    need ctest
    hung_project
    t 60 "${clean[@]}" "$root/tests/check" build
    assert_failure
    assert_equal "${lines[-1]}" 'check: 1 passed, 1 failed, 0 skipped'
    assert_line '  bats.a.hung.user: killed in its case 2 of 2'
    wait_until no_sleeper
}

# A project whose only test hangs in its second case.
hung_project() {
    mkdir -p tests/a build
    printf '%s\n' '# timeout: 3' '# as: user' '@test "passes" { :; }' '@test "hangs" { setsid sleep 321 & sleep 321; }' \
        >tests/a/hung.bats
    cp "$root"/tests/{CMakeLists.txt,isolate,run-bats} tests/
    printf '%s\n' 'cmake_minimum_required(VERSION 3.21)' 'project(hung NONE)' 'enable_testing()' \
        'set(CMAKE_DISABLE_FIND_PACKAGE_GTest TRUE)' 'add_subdirectory(tests)' >CMakeLists.txt
    cmake -S . -B build >cmake.log
}
