// SPDX-License-Identifier: MIT
// ipc_sock_diag: netlink answers read within their bounds, and real sockets found with both their ends
#include "ipc/sock_diag.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "sys/error.hpp"

namespace {

using ipc::SocketKind;

/// Netlink messages, put together as the kernel does.
class Messages {
public:
    template <class T>
    Messages& begin(std::uint16_t type, const T& payload) {
        end();
        start_ = bytes_.size();
        nlmsghdr head{};
        head.nlmsg_type = type;
        append(head);
        append(payload);
        return *this;
    }
    Messages& attribute(std::uint16_t type, std::string_view value) {
        const nlattr head{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type};
        append(head);
        bytes_.insert(bytes_.end(), reinterpret_cast<const std::byte*>(value.data()), reinterpret_cast<const std::byte*>(value.data()) + value.size());
        bytes_.resize((bytes_.size() + 3) / 4 * 4);
        return *this;
    }
    std::vector<std::byte> take() {
        end();
        return bytes_;
    }

private:
    template <class T>
    void append(const T& value) {
        const auto* from = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), from, from + sizeof value);
    }
    void end() {
        if (bytes_.empty()) return;
        const auto length = static_cast<std::uint32_t>(bytes_.size() - start_);
        std::memcpy(bytes_.data() + start_, &length, sizeof length);
    }

    std::vector<std::byte> bytes_;
    std::size_t start_ = 0;
};

unix_diag_msg unix_message(std::uint8_t type) {
    unix_diag_msg message{};
    message.udiag_family = AF_UNIX;
    message.udiag_type = type;
    message.udiag_state = 10;
    message.udiag_ino = 77;
    return message;
}

TEST(SockDiag, ReadsUnixSocketsWithTheirAttributes) {
    const auto bytes = Messages{}
                           .begin(SOCK_DIAG_BY_FAMILY, unix_message(SOCK_DGRAM))
                           .attribute(UNIX_DIAG_NAME, std::string_view{"/run/x\0", 7})
                           .attribute(UNIX_DIAG_PEER, std::string_view{"\x4e\0\0\0", 4})
                           .attribute(UNIX_DIAG_ICONS, std::string_view{"\1\0\0\0\2\0\0\0", 8})
                           .begin(NLMSG_DONE, 0)
                           .take();
    std::vector<ipc::SocketInfo> found;
    const auto read = ipc::read_diag(bytes, SocketKind::unix_stream, found);
    EXPECT_TRUE(read.done);
    EXPECT_EQ(read.error, 0);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, SocketKind::unix_dgram);
    EXPECT_EQ(found[0].local.name, "/run/x");
    EXPECT_EQ(found[0].peer_inode, 78U);
    EXPECT_EQ(found[0].waiting, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_STREQ(ipc::name_of(found[0].state), "LISTEN");
}

TEST(SockDiag, AnAbstractNameKeepsItsNuls) {
    const auto bytes = Messages{}.begin(SOCK_DIAG_BY_FAMILY, unix_message(SOCK_STREAM)).attribute(UNIX_DIAG_NAME, std::string_view{"\0a\0b", 4}).take();
    std::vector<ipc::SocketInfo> found;
    EXPECT_FALSE(ipc::read_diag(bytes, SocketKind::unix_stream, found).done);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(ipc::spell(found[0].local), (std::string{"@a\0b", 4}));
}

TEST(SockDiag, ErrorsAreAnsweredAndNonsenseIsLeftOut) {
    std::vector<ipc::SocketInfo> found;
    EXPECT_EQ(ipc::read_diag(Messages{}.begin(NLMSG_ERROR, -EPERM).take(), SocketKind::tcp, found).error, EPERM);
    EXPECT_EQ(ipc::read_diag(Messages{}.begin(NLMSG_DONE, -ENOENT).take(), SocketKind::tcp, found).error, ENOENT);
    EXPECT_EQ(ipc::read_diag(Messages{}.begin(NLMSG_ERROR, 5).take(), SocketKind::tcp, found).error, EBADMSG);
    auto bytes = Messages{}.begin(SOCK_DIAG_BY_FAMILY, unix_message(SOCK_STREAM)).attribute(UNIX_DIAG_NAME, "abcdefgh").take();
    // Cut anywhere, or with a length that lies: nothing is read beyond the end.
    for (std::size_t length = 0; length < bytes.size(); ++length) (void)ipc::read_diag(std::span{bytes}.first(length), SocketKind::unix_stream, found);
    EXPECT_TRUE(found.empty());
    bytes[sizeof(nlmsghdr) + sizeof(unix_diag_msg)] = std::byte{200};
    (void)ipc::read_diag(bytes, SocketKind::unix_stream, found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].local.name, "");
}

TEST(SockDiag, LinesOfProcNetRaw) {
    const auto socket = ipc::parse_raw_line("  26: 0100007F:0001 00000000:0000 07 00000010:00000020 00:00000000 00000000  1000        0 12291188 2 0000 0");
    ASSERT_TRUE(socket);
    EXPECT_EQ(ipc::spell(socket->local), "127.0.0.1:1");
    EXPECT_EQ(socket->send_queue, 16U);
    EXPECT_EQ(socket->receive_queue, 32U);
    EXPECT_EQ(socket->uid, 1000U);
    EXPECT_EQ(socket->inode, 12291188U);
    for (const char* line :
         {"", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops",
          "26: 0100007F:0001 00000000:0000 07 00000010:00000020 00:00000000 00000000 1000 0 x", "26: 0100007F 00000000:0000 07 1:2 0:0 0 0 0 1",
          "26: 0100007:0001 00000000:0000 07 1:2 0:0 0 0 0 1", "26: 0100007F:10001 00000000:0000 07 1:2 0:0 0 0 0 1"})
        EXPECT_FALSE(ipc::parse_raw_line(line)) << line;
}

TEST(SockDiag, AddressesAreSpelledAsSsDoes) {
    const auto end = [](int family, const char* address, std::uint16_t port) {
        ipc::SocketEnd result{.family = family, .port = port};
        EXPECT_EQ(::inet_pton(family, address, result.address.data()), 1);
        return result;
    };
    EXPECT_EQ(ipc::spell(end(AF_INET, "127.0.0.1", 80)), "127.0.0.1:80");
    EXPECT_EQ(ipc::spell(end(AF_INET, "0.0.0.0", 80)), "0.0.0.0:80");
    EXPECT_EQ(ipc::spell(end(AF_INET6, "::", 80)), "*:80");
    EXPECT_EQ(ipc::spell(end(AF_INET6, "::1", 0)), "[::1]:*");
    EXPECT_EQ(ipc::plain(end(AF_INET6, "::ffff:10.0.0.1", 80)).family, AF_INET);
    EXPECT_TRUE(end(AF_INET6, "::ffff:127.0.0.9", 80).loopback());
    EXPECT_FALSE(end(AF_INET6, "::2", 80).loopback());
}

TEST(SockDiag, FindsARealConnectionWithBothEnds) {
    const sys::Fd listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in name{.sin_family = AF_INET};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof name;
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    ASSERT_EQ(::listen(listener.get(), 5), 0);
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &length), 0);
    const sys::Fd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    const auto find = [&](int socket) {
        constexpr SocketKind kinds[] = {SocketKind::tcp, SocketKind::unix_stream};
        const auto list = ipc::list_sockets(kinds);
        const auto found = std::ranges::find(list.sockets, ipc::socket_inode(socket, "test"), &ipc::SocketInfo::inode);
        EXPECT_NE(found, list.sockets.end());
        return found == list.sockets.end() ? ipc::SocketInfo{} : *found;
    };
    // Not accepted yet: the other end is the listener's.
    EXPECT_EQ(find(client.get()).peer_inode, ipc::socket_inode(listener.get(), "test"));
    EXPECT_EQ(find(listener.get()).receive_queue, 1U);
    EXPECT_EQ(find(listener.get()).send_queue, 5U);
    const sys::Fd server{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    ASSERT_EQ(::write(client.get(), "12345", 5), 5);
    EXPECT_EQ(find(client.get()).peer_inode, ipc::socket_inode(server.get(), "test"));
    EXPECT_EQ(find(server.get()).receive_queue, 5U);
    ASSERT_TRUE(find(client.get()).tcp);
    EXPECT_GE(find(client.get()).tcp->sent.value_or(5), 5U);

    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const sys::Fd one{pair[0]};
    const sys::Fd other{pair[1]};
    EXPECT_EQ(find(one.get()).peer_inode, ipc::socket_inode(other.get(), "test"));
    EXPECT_THROW((void)ipc::socket_inode(STDERR_FILENO + 1000, "none"), sys::Error);
}

}  // namespace
