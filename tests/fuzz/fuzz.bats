#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# fuzz.bats: a short run of every fuzz harness: its corpus, and what comes of it within 3 s
# timeout: 400
# labels: slow
# as: user

load ../lib

setup_file() {
    need clang++
    local status=0
    "$root/tests/fuzz/run" "$BATS_FILE_TMPDIR" build >"$BATS_FILE_TMPDIR/build.log" 2>&1 || status=$?
    ((status != 77)) || skip "$(sed -n 's/^skip: //p' "$BATS_FILE_TMPDIR/build.log")"
    if ((status)); then
        cat "$BATS_FILE_TMPDIR/build.log"
        return 1
    fi
}

# finds_nothing HARNESS: no crash, no sanitizer report and no broken promise; and it did run
finds_nothing() {
    t 60 "$root/tests/fuzz/run" "$BATS_FILE_TMPDIR" replay "$1"
    assert_success
    assert_output --regexp "^$1: nothing found in [1-9][0-9]+ runs\$"
}

@test "a number is what its digits say, within its range" { finds_nothing number; }
@test "a size is what its digits and its suffix say" { finds_nothing size; }
@test "a duration is exact and spelled so that it reads back" { finds_nothing duration; }
@test "a mode changes permission bits only" { finds_nothing mode; }
@test "what is escaped is harmless and read back by unescape" { finds_nothing escape; }
@test "base64 has one text for one string of bytes" { finds_nothing base64; }
@test "a signal is one of the kernel, and spelled so that it reads back" { finds_nothing signal; }
@test "a suggestion is a known word" { finds_nothing suggest; }
@test "a name is within its limits and spells itself" { finds_nothing name; }
@test "an address is spelled so that it reads back" { finds_nothing address; }
@test "JSON that is read is written so that it reads back" { finds_nothing json; }
@test "records are read back in every framing" { finds_nothing records; }
@test "a line about a blocked call is read as the kernel means it" { finds_nothing blocked_call; }
@test "what stands in the FIFO of a server is a request or rubbish" { finds_nothing request; }
@test "what the kernel answers about sockets is read within its bounds" { finds_nothing sock_diag; }
@test "an expression about packets is a program that the kernel takes" { finds_nothing packet_filter; }
@test "a command line means the same in both ways to parse it" { finds_nothing argv; }

@test "every harness is run here and has a corpus" {
    local harness
    for harness in "$root"/tests/fuzz/*.cpp; do
        harness=$(basename "$harness" .cpp)
        grep -q "finds_nothing $harness;" "$BATS_TEST_FILENAME"
        [[ -n $(ls "$root/tests/fuzz/corpus/$harness") ]]
    done
}

@test "a broken promise is found and its input kept" {
    local dir=$BATS_TEST_TMPDIR/tree
    mkdir -p "$dir/tests/fuzz/corpus/broken" "$dir/common"
    cp "$root/tests/fuzz/run" "$root/tests/fuzz/fuzz.hpp" "$dir/tests/fuzz"
    cp -R "$root/tests/fuzz/clang14" "$dir/tests/fuzz"
    ln -s "$root"/common/* "$dir/common"
    echo 'seed' >"$dir/tests/fuzz/corpus/broken/seed"
    cat >"$dir/tests/fuzz/broken.cpp" <<'end'
#include "fuzz.hpp"
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    must(size < 4 || data[0] != 's', "nothing begins with an s");
    return 0;
}
end
    cp "$BATS_FILE_TMPDIR"/*.o "$BATS_TEST_TMPDIR"
    t 60 "$dir/tests/fuzz/run" "$BATS_TEST_TMPDIR" replay broken
    assert_failure 1
    assert_line --index 0 'broken: FOUND: line 3: broken: nothing begins with an s'
    assert_line --index 1 --regexp "input: $BATS_TEST_TMPDIR/broken-crash-"
}
@test "what comes over the socket of a coprocess is frames, or is said to be wrong" { finds_nothing wire; }
