#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# source.bats: the quick parts of the lint: no call that is banned, and programs that are hardened

load ../lib

setup() {
    need python3
    cd "$BATS_TEST_TMPDIR"
}

release() {
    [[ -r $build/CMakeCache.txt && -r $build/compile_commands.json ]] || skip "needs the build directory"
    [[ $(grep -cxE 'CMAKE_BUILD_TYPE:.*=Release|MOREIPC_SANITIZE:.*=' "$build/CMakeCache.txt") == 2 ]] || skip "needs a release build"
}

# banned_line LINE: a tree of one file with this line is refused.
banned_line() {
    mkdir -p common/text tools
    printf '%s\n' 'int f() {' "    $1" '}' >common/text/a.cpp
    run "$root/tests/banned" .
    assert_failure 1
    assert_line --index 0 --partial 'common/text/a.cpp:2: '
}

allowed_line() {
    mkdir -p common/text tools
    printf '%s\n' 'int f() {' "    $1" '}' >common/text/a.cpp
    run "$root/tests/banned" .
    assert_success
    refute_output
}

@test "the source makes no banned call" {
    run "$root/tests/banned" "$root"
    assert_success
    refute_output
}

@test "banned calls are caught" {
    banned_line 'std::strcpy(a, b);'
    banned_line '::sprintf (a, "%d", 1);'
    banned_line 'return atoi(word);'
    banned_line 'if (std::stoul(word) == 1) return;'
    banned_line 'const int status = std::system("ls");'
    banned_line '::signal(SIGINT, SIG_IGN);'
    banned_line 'if (::access(path, R_OK) == 0) return;'
    banned_line '::chmod(path, 0600);'
    banned_line 'char* p = static_cast<char*>(alloca(9));'
    banned_line 'static volatile int flag = 0;'
    banned_line 'auto* home = ::getenv("HOME");'
    banned_line 'std::cout << 1;'
    banned_line 'exit(1);'
    banned_line 'const auto child = ::fork();'
    banned_line 'std::this_thread::sleep_for(1ms);'
    banned_line 'event.sigev_notify = SIGEV_THREAD;'
}

@test "descriptors that commands would inherit are caught, also over several lines" {
    banned_line 'int fd = ::open(path, O_RDONLY);'
    banned_line 'int fd = ::openat(at, (path), O_RDONLY | O_NOCTTY); // not O_CLOEXEC'
    banned_line 'int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);'
    banned_line 'int fd = ::accept(fd, nullptr, nullptr);'
    banned_line 'int fd = ::pipe(ends);'
    banned_line 'int fd = ::dup(1);'
    allowed_line 'int fd = ::open(path, O_RDONLY | O_CLOEXEC);'
    allowed_line $'int fd = ::open(path, O_RDONLY |\n        O_CLOEXEC);'
}

@test "a file that is created where another may be is caught" {
    banned_line 'int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);'
    banned_line 'int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | O_NOFOLLOW, 0600);'
    banned_line 'auto queue = ::mq_open(name, O_RDWR | O_CREAT, 0600, nullptr);'
    allowed_line 'int fd = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);'
}

@test "comments, texts, declarations and members are no calls" {
    allowed_line '// system("ls") is not called'
    allowed_line 'print("use access(2) or system(3)");'
    allowed_line 'child.signal(15);'
    allowed_line 'void signal(int number);'
    allowed_line 'sys::open(path, flags);'
}

@test "an exception for a call that is gone is an error" {
    mkdir -p common/text tools/mq
    : >tools/mq/stat.cpp
    run "$root/tests/banned" .
    assert_failure 1
    assert_output 'tools/mq/stat.cpp: SIGEV_THREAD is allowed there, but is not there any more'
}

@test "every program is hardened: static PIE, full RELRO, no executable stack, stripped" {
    need readelf
    release
    run "$root/tests/lint" "$build" hardening
    assert_success
    assert_output 'lint: nothing found'
}

@test "a program that is not hardened is caught" {
    need readelf g++
    mkdir -p build/bin
    echo MOREIPC_STATIC:BOOL=ON >build/CMakeCache.txt
    echo 'int main() {}' | g++ -x c++ -g -no-pie -Wl,-z,norelro,-z,execstack,-rpath,/nowhere -o build/bin/weak -
    run "$root/tests/lint" build hardening
    assert_failure 1
    assert_line --partial 'weak: not position-independent'
    assert_line --partial 'weak: not static'
    assert_line --partial 'weak: no full RELRO'
    assert_line --partial 'weak: its stack is executable'
    assert_line --partial 'weak: RPATH or RUNPATH'
    assert_line --partial 'weak: not stripped'
}

@test "every file says its licence in its first lines and what it is" {
    local file wrong=''
    while IFS= read -r file; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || wrong+="${file#"$root"/} "
    done < <(find "$root"/{common,tools,tests,completions,man} -type f ! -name '*.input' ! -path '*/fuzz/seeds/*' ! -path '*/corpus/*' ! -path '*/__pycache__/*')
    [[ -z $wrong ]] || { echo "no SPDX line: $wrong"; return 1; }
}
