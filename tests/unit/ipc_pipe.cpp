// SPDX-License-Identifier: MIT
// ipc/pipe: pipes and FIFOs found through /proc, with fill, holders and who is blocked.
#include "ipc/pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "sys/child.hpp"
#include "sys/error.hpp"

namespace {

using ipc::PipeInfo;

const PipeInfo* find(const ipc::PipeList& list, const ipc::PipeIdentity& identity) {
    const auto found = std::ranges::find(list.pipes, identity, &PipeInfo::identity);
    return found == list.pipes.end() ? nullptr : &*found;
}

/// Looks until it is so, or fails after ten seconds.
template <class Condition>
PipeInfo until(const ipc::PipeIdentity& identity, Condition condition) {
    for (int tries = 0; tries < 1000; ++tries) {
        const auto list = ipc::list_pipes();
        if (const auto* pipe = find(list, identity); pipe && condition(*pipe)) return *pipe;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "not within ten seconds";
    return {};
}

sys::Child shell(const std::string& line, std::vector<sys::Inherited> descriptors = {}) {
    sys::Spawn spawn;
    spawn.words = {"sh", "-c", line};
    spawn.descriptors = std::move(descriptors);
    return sys::Child::start(spawn);
}

void end(sys::Child& child) {
    child.signal(SIGKILL);
    EXPECT_EQ(child.wait().signal, SIGKILL);
}

TEST(Pipe, ShowsWhoIsBlockedReadingIt) {
    auto pipe = sys::Pipe::create();
    const auto identity = ipc::pipe_identity(pipe.read_end.get(), "it");
    auto reader = shell("exec cat <&9", {{pipe.read_end.get(), 9}});
    const auto info = until(identity, [](const PipeInfo& it) { return !it.blocked_readers.empty(); });
    EXPECT_EQ(info.blocked_readers.at(0).pid, reader.pid());
    EXPECT_EQ(info.blocked_readers.at(0).command, "cat");
    EXPECT_EQ(info.queued, 0U);
    EXPECT_EQ(info.capacity, 65536U);
    EXPECT_TRUE(info.path.empty());
    EXPECT_EQ(std::ranges::count_if(info.holders, [](const auto& user) { return user.reads && !user.writes; }), 2) << "0 and 9 of cat";
    end(reader);
}

TEST(Pipe, ShowsWhoIsBlockedWritingIt) {
    auto pipe = sys::Pipe::create();
    const auto identity = ipc::pipe_identity(pipe.read_end.get(), "it");
    auto writer = shell("exec cat /dev/zero >&9", {{pipe.write_end.get(), 9}});
    const auto info = until(identity, [](const PipeInfo& it) { return !it.blocked_writers.empty(); });
    EXPECT_EQ(info.blocked_writers.at(0).pid, writer.pid());
    EXPECT_EQ(info.queued, 65536U);
    end(writer);
}

TEST(Pipe, ShowsWhoIsBlockedOpeningAFifo) {
    std::string directory = "/tmp/pipe.XXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    const auto path = directory + "/a fifo";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    auto relative = shell("cd '" + directory + "' && echo hi >'a fifo'");
    auto absolute = shell("echo hi >'" + path + "'");
    const auto info = until({status.st_dev, status.st_ino}, [](const PipeInfo& it) { return it.opening.size() == 2; });
    EXPECT_EQ(info.path, path);
    EXPECT_TRUE(info.holders.empty());
    for (const auto& user : info.opening) EXPECT_TRUE(user.writes && !user.reads && user.descriptor == -1);
    // Nobody was let in by our looking.
    EXPECT_EQ(::kill(relative.pid(), 0), 0);
    end(relative);
    end(absolute);
    std::filesystem::remove_all(directory);
}

TEST(Pipe, TakesOnlyPipes) {
    const sys::Fd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    EXPECT_THROW((void)ipc::pipe_identity(null.get(), "/dev/null"), sys::Error);
    EXPECT_EQ(ipc::pipe_capacity(null.get()), std::nullopt);
    try {
        (void)ipc::borrow(::getpid(), 999);
        FAIL();
    } catch (const sys::Error& failure) {
        EXPECT_EQ(failure.number(), EBADF);
    }
}

}  // namespace
