// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cmath>

#include "ipc/tcp_info.hpp"
#include "sys/error.hpp"

namespace tools::sock {
namespace {

double seconds(std::chrono::nanoseconds length) { return std::round(std::chrono::duration<double>{length}.count() * 1e6) / 1e6; }

cli::Value tcp(int socket) {
    const auto info = ipc::tcp_info(socket);
    if (!info) return nullptr;
    return cli::Object{{"rtt", static_cast<double>(info->rtt) / 1e6},
                       {"rtt_variance", static_cast<double>(info->rtt_variance) / 1e6},
                       {"retransmits", info->retransmits},
                       {"lost", info->lost},
                       {"congestion_window", info->congestion_window},
                       {"mss", info->mss},
                       {"bytes_acknowledged", info->bytes_acknowledged},
                       {"bytes_received", info->bytes_received},
                       {"delivery_rate", info->delivery_rate}};
}

}  // namespace

Report::Report(const std::optional<text::Path>& path) {
    if (path) file_.emplace(path->path, cli::OutputFile::How::replace);
}

void Report::write(const ipc::Connection& connection, const Moved& moved, int status) const {
    if (!file_) return;
    const int socket = connection.socket.get();
    cli::Object object;
    object.emplace_back("local", connection.local);
    object.emplace_back("peer", connection.peer);
    object.emplace_back("lookup", seconds(connection.lookup));
    object.emplace_back("connect", seconds(connection.connect));
    object.emplace_back("first_byte", moved.first ? cli::Value{seconds(*moved.first)} : cli::Value{nullptr});
    object.emplace_back("bytes_sent", moved.sent);
    object.emplace_back("bytes_taken", cli::known(moved.taken));
    object.emplace_back("bytes_received", moved.received);
    object.emplace_back("messages_sent", cli::known(moved.messages_sent));
    object.emplace_back("messages_received", cli::known(moved.messages_received));
    object.emplace_back("closed_by", moved.closed_by ? cli::Value{moved.closed_by} : cli::Value{nullptr});
    object.emplace_back("error", moved.error != 0 ? cli::Value{sys::error_text(moved.error)} : cli::Value{nullptr});
    object.emplace_back("status", status);
    object.emplace_back("tcp", tcp(socket));
    file_->write(cli::to_json(object) + "\n");
}

}  // namespace tools::sock
