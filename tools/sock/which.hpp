// SPDX-License-Identifier: MIT
// which: the sockets that are meant: by descriptor, inode, cookie, or an address at either end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/address.hpp"
#include "ipc/sock_diag.hpp"
#include "sys/fd.hpp"
#include "text/word.hpp"

namespace tools::sock {

/// PID:FD, fd:N, inode:N, cookie:N, or an ADDRESS, which means every socket with that address at one of its ends.
struct Which {
    enum class By { address, descriptor, inode, cookie };
    By by = By::address;
    pid_t pid = 0;  ///< 0: our own descriptor
    int descriptor = -1;
    std::uint64_t number = 0;
    ipc::Address address;
    std::string spelled;
    static constexpr text::Word word{"SOCKET"};
    static text::Parsed<Which> parse(std::string_view text);
};

/// The descriptor that is meant: ours, or borrowed for as long as this lives. Throws Error as ipc::borrow does.
class Held {
public:
    explicit Held(const Which& which);
    [[nodiscard]] int get() const { return borrowed_ ? borrowed_.get() : own_; }

private:
    sys::Fd borrowed_;
    int own_;
};

/// Answers which sockets of a list are meant; what has to be asked of the kernel or of /proc is asked once.
class Matcher {
public:
    /// Throws Error when a descriptor cannot be looked at or a host has no address.
    explicit Matcher(const Which& which);
    [[nodiscard]] bool operator()(const ipc::SocketInfo& socket) const;

private:
    const Which& which_;
    std::uint64_t inode_ = 0;
    std::vector<ipc::SocketEnd> ends_;
    std::uint32_t file_inode_ = 0;
    std::uint32_t file_device_ = 0;
};

/// Those of all sockets that any of these means. Throws Error (ENOENT) naming the first that means none.
std::vector<ipc::SocketInfo> chosen(const std::vector<ipc::SocketInfo>& sockets, std::span<const Which> which);

inline constexpr ipc::SocketKind all_kinds[] = {ipc::SocketKind::tcp,         ipc::SocketKind::udp,        ipc::SocketKind::raw,
                                                ipc::SocketKind::unix_stream, ipc::SocketKind::unix_dgram, ipc::SocketKind::unix_seqpacket};

}  // namespace tools::sock
