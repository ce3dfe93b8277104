// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cmath>

#include "ipc/tcp_info.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "text/escape.hpp"

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

sys::Fd create_file(const std::string& path, int how) {
    if (path == "-") return sys::duplicate(STDOUT_FILENO, "standard output");
    return sys::open(path.c_str(), O_WRONLY | O_CREAT | how, 0666);
}

Report::Report(const std::optional<text::Path>& path) : path_(path), file_(path ? create_file(path->path) : sys::Fd{}) {}

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
    object.emplace_back("closed_by", moved.closed_by ? cli::Value{moved.closed_by} : cli::Value{nullptr});
    object.emplace_back("error", moved.error != 0 ? cli::Value{sys::error_text(moved.error)} : cli::Value{nullptr});
    object.emplace_back("status", status);
    object.emplace_back("tcp", tcp(socket));
    const auto written = sys::write_all(file_.get(), cli::to_json(object) + "\n");
    if (written.error != 0) throw sys::Error(written.error, text::escape(path_->path) + ": cannot write");
}

}  // namespace tools::sock
