// SPDX-License-Identifier: MIT
#include "request.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cli/json.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "text/base64.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace tools::fifo {
namespace {

constexpr std::size_t id_digits = 32;

bool is_id(std::string_view text) {
    return text.size() == id_digits && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

text::Parsed<std::string> directory_in(const cli::Object& object) {
    const auto* base64 = cli::member(object, "directory_base64");
    if (base64 && base64->text()) return text::from_base64(*base64->text());
    const auto* plain = cli::member(object, "directory");
    if (!plain || !plain->text()) return std::unexpected("no directory");
    return *plain->text();
}

/// The caller's FIFO, which its directory's owner made.
sys::Fd open_in(int directory, const struct stat& above, const std::string& name, int flags) {
    struct stat facts {};
    if (::fstatat(directory, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) < 0) return {};
    if (!S_ISFIFO(facts.st_mode) || facts.st_uid != above.st_uid) throw sys::Error(EPERM, text::escape(name) + ": not the caller's FIFO");
    return sys::Fd{::openat(directory, name.c_str(), flags | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)};
}

}  // namespace

std::string new_id() {
    std::array<unsigned char, id_digits / 2> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) throw sys::Error(errno, "cannot get random bytes");
    std::string id;
    for (const auto byte : bytes) id += fmt::format("{:02x}", byte);
    return id;
}

std::string header_of(const Request& request) {
    cli::Object object{{"request", request.id}, {"size", request.size}, {"attached", request.attached}};
    cli::add_bytes(object, "directory", request.directory);
    return cli::to_json(object) + "\n";
}

text::Parsed<Found> find_request(std::string_view seen) {
    const auto end = seen.find('\n');
    if (end == std::string_view::npos) return std::unexpected("no newline");
    const auto value = cli::from_json(seen.substr(0, end));
    const auto* object = value ? std::get_if<cli::Object>(&*value) : nullptr;
    if (!object) return std::unexpected("no JSON object");
    const auto* id = cli::member(*object, "request");
    const auto* size = cli::member(*object, "size");
    const auto* attached = cli::member(*object, "attached");
    if (!id || !id->text() || !is_id(*id->text())) return std::unexpected("no id");
    if (!size || !size->number() || *size->number() < 0 || static_cast<std::uint64_t>(*size->number()) > largest_request) return std::unexpected("no size");
    if (!attached || !std::get_if<bool>(attached)) return std::unexpected("no word on where its data are");
    auto directory = directory_in(*object);
    if (!directory) return std::unexpected(directory.error());
    if (!directory->starts_with('/') || directory->find('\0') != std::string::npos) return std::unexpected("no directory");
    Found found{{*id->text(), *directory, static_cast<std::uint64_t>(*size->number()), std::get<bool>(*attached)}, end + 1};
    if (found.whole() > seen.size()) return std::unexpected("its data are not whole");
    return found;
}

std::size_t length_of_rubbish(std::string_view seen) {
    const auto next = seen.find("{\"request\":", 1);
    const auto end = seen.find('\n');
    return std::min({next, end == std::string_view::npos ? end : end + 1, seen.size()});
}

std::string status_line(const Request& request, int status) { return fmt::format("{} {}\n", request.id, status); }

std::optional<int> parse_status(std::string_view line, const Request& request) {
    if (!line.starts_with(request.id + " ") || !line.ends_with('\n')) return std::nullopt;
    line.remove_prefix(request.id.size() + 1);
    line.remove_suffix(1);
    const auto number = text::whole_number(line, 0, 255);
    return number ? std::optional{static_cast<int>(*number)} : std::nullopt;
}

std::optional<WayBack> open_way_back(const Request& request) {
    const sys::Fd directory{::open(request.directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!directory && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat above {};
    const auto name = text::escape(request.directory);
    if (!directory || ::fstat(directory.get(), &above) < 0) throw sys::Error(errno, name + ": cannot reach the caller");
    const auto last = request.directory.substr(request.directory.rfind('/') + 1);
    if (!last.starts_with(std::string{private_prefix} + ".") || (above.st_mode & 022) != 0) throw sys::Error(EPERM, name + ": no directory that call makes");
    WayBack way;
    way.reply = open_in(directory.get(), above, request.reply(), O_WRONLY);
    way.status = open_in(directory.get(), above, request.status(), O_WRONLY);
    if (!request.attached) way.data = open_in(directory.get(), above, request.data(), O_RDONLY);
    if (!way.reply || !way.status || (!request.attached && !way.data)) return std::nullopt;
    ::fcntl(way.reply.get(), F_SETFL, 0);
    return way;
}

}  // namespace tools::fifo
