// SPDX-License-Identifier: MIT
// sock_diag: whatever netlink answers, nothing is read beyond it, and what is read can be told
#include "ipc/sock_diag.hpp"

#include <memory>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // A copy of exactly this size, so that one byte too far is seen.
    const auto copy = std::make_unique<std::byte[]>(size - 1);
    for (std::size_t at = 1; at < size; ++at) copy[at - 1] = static_cast<std::byte>(data[at]);
    constexpr ipc::SocketKind kinds[] = {ipc::SocketKind::tcp, ipc::SocketKind::udp, ipc::SocketKind::raw, ipc::SocketKind::unix_stream};
    std::vector<ipc::SocketInfo> found;
    const auto read = ipc::read_diag({copy.get(), size - 1}, kinds[data[0] % 4], found);
    must(read.error >= 0 && read.error < 4096, "an errno");
    must(read.error == 0 || read.done, "an error is an end");
    must(found.size() <= size / 16, "a socket takes a message");
    for (const auto& socket : found) {
        must(socket.is_unix() == (data[0] % 4 == 3), "what was asked for");
        must(*ipc::name_of(socket.kind) != '\0' && *ipc::name_of(socket.state) != '\0', "it has a name");
        must(socket.local.name.size() < size && socket.waiting.size() <= size / 4, "nothing is made up");
        (void)ipc::spell(socket.local);
        (void)ipc::spell(socket.peer);
    }
    if (const auto socket = ipc::parse_raw_line(text_of(data, size))) must(socket->kind == ipc::SocketKind::raw, "a raw socket");
    return 0;
}
