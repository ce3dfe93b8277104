// SPDX-License-Identifier: MIT
// sys/child: commands started, watched, signalled and waited for.
#include "sys/child.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "in_child.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace {

using sys::Child;
using sys::Spawn;

int status_of(std::vector<std::string> words) {
    return Child::start({.words = std::move(words), .environment = {}, .descriptors = {}, .terminal = {}}).wait().status;
}

/// What a shell prints for these lines.
std::string output_of(const std::string& lines, Spawn spawn = {}) {
    const auto pipe = sys::Pipe::create();
    spawn.words = {"sh", "-c", "exec >&" + std::to_string(pipe.write_end.get()) + "\n" + lines};
    ::fcntl(pipe.write_end.get(), F_SETFD, 0);
    auto child = Child::start(spawn);
    EXPECT_EQ(child.wait().status, 0);
    std::string text(4096, '\0');
    ::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK);
    const auto count = ::read(pipe.read_end.get(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

int refusal_of(std::vector<std::string> words) {
    try {
        return -Child::start({.words = std::move(words), .environment = {}, .descriptors = {}, .terminal = {}}).wait().status;
    } catch (const sys::Error& failure) {
        return failure.number();
    }
}

TEST(Child, GivesTheStatusAsAShellDoes) {
    EXPECT_EQ(status_of({"true"}), 0);
    EXPECT_EQ(status_of({"false"}), 1);
    EXPECT_EQ(status_of({"sh", "-c", "exit 255"}), 255);
    EXPECT_EQ(status_of({"sh", "-c", "kill -TERM $$"}), 128 + SIGTERM);
    EXPECT_EQ(status_of({"sh", "-c", "kill -KILL $$"}), 128 + SIGKILL);
    EXPECT_EQ(status_of({"sh", "-c", "no-such-command-here 2>/dev/null"}), 127);
}

TEST(Child, SaysWhyACommandCannotBeStarted) {
    ::setenv("PATH", "/usr/bin:/bin", 1);  // a directory in it that may not be searched would be the reason
    EXPECT_EQ(refusal_of({"no-such-command-here"}), ENOENT);
    EXPECT_EQ(refusal_of({"/no/such/command"}), ENOENT);
    EXPECT_EQ(refusal_of({"/"}), EACCES);
    EXPECT_EQ(refusal_of({"/etc/passwd"}), EACCES);
    EXPECT_EQ(refusal_of({""}), ENOENT);
    std::string script = ::testing::TempDir() + "scriptXXXXXX";
    const sys::Fd file{::mkstemp(script.data())};
    ASSERT_EQ(::write(file.get(), "echo\n", 5), 5);
    ASSERT_EQ(::fchmod(file.get(), 0755), 0);
    // Without #! it is no program: only a shell would guess that it is one for sh.
    const int refusal = refusal_of({script});
    EXPECT_TRUE(refusal == ENOEXEC || refusal == ETXTBSY) << refusal;
    ::unlink(script.c_str());
    try {
        (void)Child::start({.words = {"no\nsuch"}, .environment = {}, .descriptors = {}, .terminal = {}});
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_STREQ(failure.what(), "no\\x0asuch: cannot run: No such file or directory");
    }
}

TEST(Child, LeavesNoZombieWhenItCannotBeStarted) {
    (void)refusal_of({"no-such-command-here"});
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST(Child, GetsItsWordsUnchanged) {
    EXPECT_EQ(status_of({"sh", "-c", "test $# = 3 && test \"$1\" = '' && test \"$2\" = 'a  b' && test \"$3\" = \"$(printf '\\377\\n.')\"", "sh", "", "a  b",
                         "\xff\n."}),
              0);
}

TEST(Child, GetsItsEnvironmentAddedAndReplaced) {
    ::setenv("MOREIPC_TEST_A", "old", 1);
    ::setenv("MOREIPC_TEST_AB", "kept", 1);
    Spawn spawn;
    spawn.environment = {"MOREIPC_TEST_A=new", "MOREIPC_TEST_C=a=b c"};
    EXPECT_EQ(output_of("echo \"$MOREIPC_TEST_A,$MOREIPC_TEST_AB,$MOREIPC_TEST_C\"; env | grep -c ^MOREIPC_TEST_A=", spawn), "new,kept,a=b c\n1\n");
    EXPECT_STREQ(::getenv("MOREIPC_TEST_A"), "old");
    ::unsetenv("MOREIPC_TEST_A");
    ::unsetenv("MOREIPC_TEST_AB");
}

TEST(Child, ReadsTheInputItIsGiven) {
    auto pipe = sys::Pipe::create();
    ASSERT_EQ(::write(pipe.write_end.get(), "given\n", 6), 6);
    pipe.write_end = sys::Fd{};
    Spawn spawn;
    spawn.descriptors = {{pipe.read_end.get(), STDIN_FILENO}};
    EXPECT_EQ(output_of("read -r line; echo \"$line\"", spawn), "given\n");
}

TEST(Child, DoesNotInheritOurDescriptors) {
    const auto null = sys::open("/dev/null", O_RDONLY);
    EXPECT_EQ(status_of({"sh", "-c", "test ! -e /proc/self/fd/" + std::to_string(null.get())}), 0);
    auto first = Child::start({.words = {"sleep", "100"}, .environment = {}, .descriptors = {}, .terminal = {}});
    EXPECT_EQ(status_of({"sh", "-c", "test ! -e /proc/self/fd/" + std::to_string(first.fd())}), 0);
    first.signal(SIGKILL);
    EXPECT_EQ(first.wait().status, 128 + SIGKILL);
}

TEST(Child, GetsTheMaskItIsGiven) {
    sigset_t mask;
    ::sigemptyset(&mask);
    ::sigaddset(&mask, SIGUSR2);
    Spawn spawn;
    spawn.mask = &mask;
    EXPECT_EQ(output_of("read -r _ blocked <<end\n$(grep ^SigBlk /proc/self/status)\nend\necho $((0x$blocked))", spawn),
              std::to_string(1U << (SIGUSR2 - 1)) + "\n");
}

TEST(Child, ShowsItsEndOnItsDescriptor) {
    auto child = Child::start({.words = {"sleep", "100"}, .environment = {}, .descriptors = {}, .terminal = {}});
    pollfd entry{child.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
    child.signal(SIGTERM);
    EXPECT_EQ(::poll(&entry, 1, 10'000), 1);
    EXPECT_EQ(child.wait().status, 128 + SIGTERM);
    child.signal(SIGKILL);  // reaches nobody, and nobody else
    EXPECT_THROW((void)child.wait(), sys::Error);
}

TEST(Child, IsWaitedForThroughInterruptions) {
    expect_in_child([] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &action, nullptr);
        const auto us = std::to_string(::getpid());
        auto child = Child::start({.words = {"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do kill -USR1 " + us + "; done; exit 7"},
                                   .environment = {},
                                   .descriptors = {},
                                   .terminal = {}});
        EXPECT_EQ(child.wait().status, 7);
    });
}

TEST(Child, GetsDescriptorsUnderTheNumbersThatWereAsked) {
    // Each stands where another one is to go.
    const auto first = sys::Pipe::create();
    const auto second = sys::Pipe::create();
    Spawn spawn;
    spawn.words = {"sh", "-c", "echo one >&" + std::to_string(second.write_end.get()) + "; echo two >&" + std::to_string(first.write_end.get())};
    spawn.descriptors = {{first.write_end.get(), second.write_end.get()}, {second.write_end.get(), first.write_end.get()}};
    EXPECT_EQ(Child::start(spawn).wait().status, 0);
    std::array<char, 8> text{};
    ASSERT_EQ(::read(first.read_end.get(), text.data(), text.size()), 4);
    EXPECT_STREQ(text.data(), "one\n");
    ASSERT_EQ(::read(second.read_end.get(), text.data(), text.size()), 4);
    EXPECT_STREQ(text.data(), "two\n");
}

TEST(Child, LeadsAGroupThatIsSignalledWhole) {
    Spawn spawn;
    spawn.words = {"sh", "-c", "sleep 60 & wait"};
    spawn.own_group = true;
    auto child = Child::start(spawn);
    EXPECT_EQ(::getpgid(child.pid()), child.pid());
    child.signal_group(SIGTERM);
    const auto ended = child.wait();
    EXPECT_EQ(ended.signal, SIGTERM);
    EXPECT_EQ(ended.status, 128 + SIGTERM);
    EXPECT_GT(ended.max_rss, 4096U);
}

TEST(Child, HasATerminalOfItsOwn) {
    const sys::Fd master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    ASSERT_TRUE(master);
    ASSERT_EQ(::grantpt(master.get()), 0);
    ASSERT_EQ(::unlockpt(master.get()), 0);
    Spawn spawn;
    spawn.words = {"sh", "-c", "test -t 0 && test -t 2 && echo hi >/dev/tty"};
    spawn.terminal = ::ptsname(master.get());
    spawn.own_session = true;
    auto child = Child::start(spawn);
    EXPECT_EQ(child.wait().status, 0);
    std::array<char, 8> text{};
    ASSERT_EQ(::read(master.get(), text.data(), text.size()), 4);
    EXPECT_STREQ(text.data(), "hi\r\n");
}

}  // namespace

namespace {

TEST(Child, TellsOfAStopOnce) {
    auto child = Child::start({.words = {"sh", "-c", "kill -STOP $$; exit 3"}, .environment = {}, .descriptors = {}, .terminal = {}});
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WSTOPPED | WNOWAIT), 0);
    EXPECT_EQ(child.stopped(), SIGSTOP);
    EXPECT_EQ(child.stopped(), 0);
    child.signal(SIGCONT);
    EXPECT_EQ(child.wait().status, 3);
}

TEST(Become, IsTheCommandInTheSameProcess) {
    EXPECT_EQ(WEXITSTATUS(in_child([] { sys::become({"sh", "-c", "exit 7"}); })), 7);
    EXPECT_EQ(WEXITSTATUS(in_child([] { sys::become({"/bin/sh", "-c", "exit 8"}); })), 8);
}

int not_become(const std::vector<std::string>& words) {
    try {
        sys::become(words);
    } catch (const sys::Error& failure) {
        return failure.number();
    }
}

TEST(Become, SaysWhyItCannotBe) {
    ::setenv("PATH", "/no/such/directory:/usr/bin:/bin", 1);
    EXPECT_EQ(not_become({"no-such-command-here"}), ENOENT);
    EXPECT_EQ(not_become({""}), ENOENT);
    EXPECT_EQ(not_become({"/etc/passwd"}), EACCES);
    EXPECT_EQ(not_become({"/etc/passwd/x"}), ENOTDIR);
}

TEST(AsInput, IsAllTheBytesFromTheStart) {
    const std::string bytes = std::string(100'000, 'x') + std::string("\0y", 2);
    const auto input = sys::as_input(bytes);
    std::string got(bytes.size() + 1, '-');
    EXPECT_EQ(::read(input.get(), got.data(), got.size()), static_cast<ssize_t>(bytes.size()));
    EXPECT_EQ(got.substr(0, bytes.size()), bytes);
    EXPECT_EQ(::fcntl(input.get(), F_GETFD), FD_CLOEXEC);
    char none = 0;
    EXPECT_EQ(::read(sys::as_input({}).get(), &none, 1), 0);
}

}  // namespace
