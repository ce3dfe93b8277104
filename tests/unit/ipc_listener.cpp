// SPDX-License-Identifier: MIT
// ipc/listener and ipc/connection: two ends in one process; what may be replaced, and what was taken.
#include "ipc/listener.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "ipc/connection.hpp"
#include "ipc/tcp_info.hpp"
#include "sys/error.hpp"
#include "sys/private_directory.hpp"

namespace {

class Listening : public testing::Test {
protected:
    ~Listening() override { signals.release(); }
    ipc::Address at(const std::string& name) { return *ipc::Address::parse("unix:" + directory.add(name)); }
    ipc::Listener listen(const ipc::Address& address) {
        ipc::Listener listener;
        EXPECT_EQ(ipc::Listener::open(address, {}, {}, signals, listener), sys::Wait::done);
        return listener;
    }
    int refusal(const ipc::Address& address) {
        try {
            (void)listen(address);
        } catch (const sys::Error& failure) {
            return failure.number();
        }
        return 0;
    }

    sys::Signals signals;
    sys::PrivateDirectory directory{"/tmp", "moreipc-unit"};
};

TEST_F(Listening, ThePathIsPrivateAndGoesAway) {
    const auto address = at("s");
    {
        const auto listener = listen(address);
        struct stat made {};
        ASSERT_EQ(::stat(address.path.c_str(), &made), 0);
        EXPECT_EQ(made.st_mode & 0777, 0600U);
        EXPECT_EQ(listener.names(), std::vector<std::string>{address.spelled()});
    }
    EXPECT_FALSE(std::filesystem::exists(address.path));
}

TEST_F(Listening, OnlyADeadSocketOfOursIsReplaced) {
    const auto address = at("s");
    {
        const auto listener = listen(address);
        EXPECT_EQ(refusal(address), EADDRINUSE);
        EXPECT_EQ(refusal(*ipc::Address::parse("unix-seqpacket:" + address.path)), EADDRINUSE);
        std::filesystem::rename(address.path, address.path + ".dead");
        directory.add("s.dead");
    }
    EXPECT_EQ(refusal(*ipc::Address::parse("unix:" + address.path + ".dead")), 0);
    std::ofstream{address.path} << "words";
    EXPECT_EQ(refusal(address), EEXIST);
    EXPECT_EQ(std::filesystem::file_size(address.path), 5U);
}

TEST_F(Listening, WhatIsSomebodyElsesByNowStays) {
    const auto address = at("s");
    auto listener = listen(address);
    std::filesystem::remove(address.path);
    std::ofstream{address.path} << "words";
    EXPECT_EQ(listener.close(), 0);
    EXPECT_TRUE(std::filesystem::exists(address.path));
}

TEST_F(Listening, LoopbackHasOnePortForBothFamilies) {
    const auto listener = listen(*ipc::Address::parse("0"));
    ASSERT_EQ(listener.sockets().size(), 2U);
    EXPECT_EQ(ipc::local_end(listener.sockets()[0].get()).port(), ipc::local_end(listener.sockets()[1].get()).port());
    EXPECT_FALSE(ipc::Listener::accept(listener.sockets()[0].get()));
}

TEST_F(Listening, WhatIsNotReadIsNotTaken) {
    const auto address = at("s");
    const auto listener = listen(address);
    ipc::Connection connection;
    ASSERT_EQ(ipc::connect(address, {}, signals, connection), sys::Wait::done);
    const auto guest = ipc::Listener::accept(listener.sockets().front().get());
    ASSERT_TRUE(guest);
    EXPECT_EQ(connection.peer, address.spelled());
    ASSERT_EQ(::write(connection.socket.get(), "12345", 5), 5);
    EXPECT_GT(ipc::unsent(connection.socket.get()), 0U);
    int error = 0;
    EXPECT_EQ(ipc::until_taken(connection.socket.get(), sys::Deadline::after({}), signals, error), sys::Wait::gave_up);
    std::array<char, 9> bytes{};
    ASSERT_EQ(::read(guest.get(), bytes.data(), bytes.size()), 5);
    EXPECT_EQ(ipc::until_taken(connection.socket.get(), {}, signals, error), sys::Wait::done);
    EXPECT_EQ(error, 0);
    EXPECT_FALSE(ipc::tcp_info(guest.get()));
}

TEST_F(Listening, NobodyThereIsRefusedAndAFullQueueIsWaitedFor) {
    ipc::Connection connection;
    EXPECT_THROW((void)ipc::connect(at("nobody"), {}, signals, connection), sys::Error);
    EXPECT_THROW((void)ipc::connect(*ipc::Address::parse("127.0.0.1:1"), {}, signals, connection), sys::Error);
    auto address = at("s");
    address.set("backlog", "1");
    const auto listener = listen(address);
    std::array<ipc::Connection, 2> waiting;
    for (auto& one : waiting) ASSERT_EQ(ipc::connect(address, {}, signals, one), sys::Wait::done);
    EXPECT_EQ(ipc::connect(address, sys::Deadline::after(std::chrono::milliseconds{20}), signals, connection), sys::Wait::gave_up);
}

TEST_F(Listening, TcpCountsWhatWasAcknowledged) {
    const auto listener = listen(*ipc::Address::parse("127.0.0.1:0"));
    ipc::Connection connection;
    ASSERT_EQ(ipc::connect(*ipc::Address::parse(listener.names().front()), {}, signals, connection), sys::Wait::done);
    ASSERT_EQ(::write(connection.socket.get(), "12345", 5), 5);
    int error = 0;
    ASSERT_EQ(ipc::until_taken(connection.socket.get(), {}, signals, error), sys::Wait::done);
    const auto info = ipc::tcp_info(connection.socket.get());
    ASSERT_TRUE(info);
    EXPECT_EQ(info->bytes_acknowledged, 6U);  // and the SYN
}

}  // namespace
