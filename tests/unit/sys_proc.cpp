// SPDX-License-Identifier: MIT
// sys/proc: what /proc tells, and what a hostile line of it cannot do.
#include "sys/proc.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <limits>

#include "byte_strings.hpp"
#include "in_child.hpp"

namespace {

using sys::parse_blocked_call;

/// A process that blocks in read(2) of an empty pipe; ended at the end of the scope.
class Sleeper {
public:
    template <class Prepare>
    explicit Sleeper(Prepare prepare) {
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            prepare();
            char byte = 0;
            (void)!::read(pipe_.read_end.get(), &byte, 1);
            std::_Exit(0);
        }
    }
    Sleeper() : Sleeper([] {}) {}
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() { end(); }
    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int descriptor() const { return pipe_.read_end.get(); }

private:
    sys::Pipe pipe_ = sys::Pipe::create();
    pid_t pid_ = -1;
};

TEST(BlockedCall, IsReadFromRealLines) {
    const auto call = parse_blocked_call("243 0x3 0x7ffd5a3c1f10 0x2000 0x7ffd5a3c1f0c 0x0 0x0 0x7ffd5a3c1e98 0x7f6a1c2d3e4f\n");
    ASSERT_TRUE(call);
    EXPECT_EQ(call->number, 243);
    EXPECT_EQ(call->arguments[0], 3U);
    EXPECT_EQ(call->arguments[1], 0x7ffd5a3c1f10U);
    EXPECT_EQ(call->arguments[2], 0x2000U);
    EXPECT_EQ(call->arguments[5], 0U);
    const auto zero = parse_blocked_call("0 0x0 0xffffffffffffffff 0x1 0x2 0x3 0x4 0x5 0x6\n");
    ASSERT_TRUE(zero);
    EXPECT_EQ(zero->number, 0);
    EXPECT_EQ(zero->arguments[1], std::numeric_limits<std::uint64_t>::max());
}

TEST(BlockedCall, IsNothingForOtherLines) {
    for (const char* line : {"",
                             "\n",
                             "running\n",
                             "-1 0x7ffd5a3c1e98 0x7f6a1c2d3e4f\n",
                             "-1",
                             "243",
                             "243 ",
                             "243 0x3",
                             "243 0x3 0x1 0x2 0x3 0x4",
                             "243 0x3 0x1 0x2 0x3 0x4 ",
                             "243 0x3 0x1 0x2 0x3 0x4 0x",
                             "243 3 1 2 3 4 5",
                             "243  0x3 0x1 0x2 0x3 0x4 0x5",
                             "243\t0x3 0x1 0x2 0x3 0x4 0x5",
                             "243 0x10000000000000000 0x1 0x2 0x3 0x4 0x5",
                             "99999999999999999999 0x3 0x1 0x2 0x3 0x4 0x5",
                             "243 0x-3 0x1 0x2 0x3 0x4 0x5",
                             " 243 0x3 0x1 0x2 0x3 0x4 0x5",
                             "+243 0x3 0x1 0x2 0x3 0x4 0x5",
                             "0x10 0x3 0x1 0x2 0x3 0x4 0x5"}) {
        EXPECT_FALSE(parse_blocked_call(line)) << line;
    }
}

TEST(BlockedCall, NeverReadsPastTheEndOfItsLine) {
    const std::string line = "243 0x3 0x7ffd5a3c1f10 0x2000 0x7ffd5a3c1f0c 0xa 0xb0 0x7 0x8\n";
    const auto whole = line.find(" 0x7 ");
    for (std::size_t length = 0; length < line.size(); ++length) {
        const std::vector<char> exact{line.begin(), line.begin() + static_cast<long>(length)};  // no byte behind it, for the sanitizer
        EXPECT_EQ(parse_blocked_call({exact.data(), exact.size()}).has_value(), length >= whole - 1) << length;
    }
    for_random_strings(100'000, 60, "0123456789abx -\n", [](const std::string& text) { (void)parse_blocked_call(text); });
    for_random_strings(20'000, 60, "", [](const std::string& text) { (void)parse_blocked_call(text); });
}

TEST(BlockedCall, IsSeenOfARealProcess) {
    const Sleeper sleeper;
    const sys::Process process{sleeper.pid()};
    ASSERT_TRUE(process);
    std::optional<sys::BlockedCall> call;
    for (int round = 0; round < 100'000 && (!call || call->number != SYS_read); ++round) call = sys::blocked_call(process.directory(), sleeper.pid());
    if (!call && ::access("/proc/self/syscall", R_OK) != 0) GTEST_SKIP() << "needs /proc/PID/syscall";
    ASSERT_TRUE(call);
    EXPECT_EQ(call->number, SYS_read);
    EXPECT_EQ(call->arguments[0], static_cast<std::uint64_t>(sleeper.descriptor()));
    EXPECT_EQ(call->arguments[2], 1U);
    EXPECT_FALSE(sys::blocked_call(process.directory(), ::getpid() == 1 ? 0 : 1)) << "not a thread of it";
}

TEST(Process, GivesItsNameWhateverBytesItHas) {
    for (const char* name : {"plain", "a) S 1", "new\nline", "\x1b[31m\xff", "123456789012345", " "}) {
        const Sleeper sleeper{[name] { ::prctl(PR_SET_NAME, name); }};
        const sys::Process process{sleeper.pid()};
        std::string seen;
        for (int round = 0; round < 100'000 && seen != name; ++round) seen = process.command();
        EXPECT_EQ(seen, name);
    }
}

TEST(Process, ThatIsGoneIsEmptyAndStaysSo) {
    EXPECT_FALSE(sys::Process{-5});
    EXPECT_FALSE(sys::Process{std::numeric_limits<pid_t>::max()});
    Sleeper sleeper;
    const sys::Process process{sleeper.pid()};
    ASSERT_TRUE(process);
    sleeper.end();
    EXPECT_EQ(process.command(), "");
    EXPECT_FALSE(process.namespace_inode("ipc"));
    EXPECT_FALSE(sys::numbers_in(process.directory(), "fd"));
}

TEST(Process, KnowsItsNamespaces) {
    struct stat status {};
    ASSERT_EQ(::stat("/proc/self/ns/ipc", &status), 0);
    EXPECT_EQ(sys::Process{::getpid()}.namespace_inode("ipc"), status.st_ino);
    EXPECT_FALSE(sys::Process{::getpid()}.namespace_inode("nonsense"));
}

TEST(Proc, ListsProcessesAndDescriptors) {
    const Sleeper sleeper;
    std::vector<pid_t> seen;
    sys::for_each_process([&](const sys::Process& process) { seen.push_back(process.pid()); });
    for (const pid_t pid : {::getpid(), sleeper.pid()}) EXPECT_EQ(std::count(seen.begin(), seen.end(), pid), 1);

    const auto null = sys::open("/dev/null", O_RDONLY);
    const auto numbers = sys::numbers_in(sys::Process{::getpid()}.directory(), "fd");
    ASSERT_TRUE(numbers);
    EXPECT_EQ(std::count(numbers->begin(), numbers->end(), null.get()), 1);
    EXPECT_FALSE(sys::numbers_in(AT_FDCWD, "/proc/no such directory"));
}

TEST(Proc, NumbersAreOnlyNames0ToTheLargestInt) {
    std::string directory = ::testing::TempDir() + "numbersXXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    const std::array names{"0", "7", "2147483647", "2147483648", "-1", "+2", "8x", "x8", "99999999999999999999", " 9"};
    for (const std::string name : names) ASSERT_EQ(::mkdir((directory + "/" + name).c_str(), 0700), 0);
    auto numbers = sys::numbers_in(AT_FDCWD, directory.c_str());
    ASSERT_TRUE(numbers);
    std::sort(numbers->begin(), numbers->end());
    EXPECT_EQ(*numbers, (std::vector{0, 7, 2147483647}));
    for (const std::string name : names) ::rmdir((directory + "/" + name).c_str());
    ::rmdir(directory.c_str());
}

}  // namespace
