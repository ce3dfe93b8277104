// SPDX-License-Identifier: MIT
#include "ipc/name.hpp"

#include <fmt/core.h>
#include <sys/ipc.h>

#include <limits>
#include <optional>

#include "sys/error.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace ipc {
namespace {

constexpr std::size_t longest = 255;  // NAME_MAX of mqueue and tmpfs
constexpr auto largest_int = static_cast<std::uint64_t>(std::numeric_limits<int>::max());

text::Parsed<Name> posix_name(std::string_view text) {
    auto raw = text::unescape(text);
    if (!raw) return std::unexpected(raw.error());
    if (raw->starts_with('/')) raw->erase(0, 1);
    const auto rule = [&](std::string_view why) { return std::unexpected(fmt::format("'{}': {}; a name is /NAME", text::escape(text), why)); };
    if (raw->empty()) return rule("the name is empty");
    if (*raw == "." || *raw == "..") return rule(". and .. are not names");
    if (raw->find('/') != std::string::npos) return rule("only the first character may be a slash");
    if (raw->find('\0') != std::string::npos) return rule("a name holds no NUL");
    if (raw->size() > longest) return rule(fmt::format("{} bytes are over the limit of {}", raw->size(), longest));
    Name name;
    name.posix = "/" + *raw;
    return name;
}

text::Parsed<Name> key_name(std::string_view text) {
    const auto key = text::number_or_hex(text, std::numeric_limits<std::uint32_t>::max());
    if (!key) return std::unexpected("key: " + key.error());
    if (*key == 0) return std::unexpected("key 0 means a queue without a key: write private");
    Name name{.kind = Name::Kind::key};
    name.key = static_cast<std::uint32_t>(*key);
    return name;
}

text::Parsed<Name> id_name(std::string_view text) {
    const auto id = text::whole_number(text, 0, largest_int);
    if (!id) return std::unexpected("id: " + id.error());
    Name name{.kind = Name::Kind::id};
    name.id = static_cast<int>(*id);
    return name;
}

/// Splits PATH:c. The project is one byte, perhaps escaped, behind a colon at the end; a path with such an end needs one
/// written out. Nothing: all of it is the path.
std::optional<unsigned char> split_project(std::string_view& text) {
    for (const std::size_t length : {1U, 2U, 4U}) {  // c, \\, \xHH
        if (text.size() < length + 2 || text[text.size() - length - 1] != ':') continue;
        const auto byte = text::unescape(text.substr(text.size() - length));
        if (!byte || byte->size() != 1) continue;
        text.remove_suffix(length + 1);
        return static_cast<unsigned char>(byte->front());
    }
    return std::nullopt;
}

bool ends_in_project(std::string_view text) { return split_project(text).has_value(); }

text::Parsed<Name> file_name(std::string_view text) {
    Name name{.kind = Name::Kind::file};
    if (const auto project = split_project(text)) name.project = *project;
    auto path = text::unescape(text);
    if (!path) return std::unexpected(path.error());
    if (path->empty() || path->find('\0') != std::string::npos) return std::unexpected("ftok: needs a path, as in ftok:/etc/hostname:a");
    name.path = *path;
    return name;
}

}  // namespace

text::Parsed<Name> Name::parse(std::string_view text) {
    if (text.starts_with("key:")) return key_name(text.substr(4));
    if (text.starts_with("id:")) return id_name(text.substr(3));
    if (text.starts_with("ftok:")) return file_name(text.substr(5));
    if (text == "private") return Name{.kind = Kind::anonymous};
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        const auto pid = text::whole_number(text.substr(0, colon), 1, largest_int);
        const auto fd = text::whole_number(text.substr(colon + 1), 0, largest_int);
        if (pid && fd) {
            Name name{.kind = Kind::descriptor};
            name.pid = static_cast<pid_t>(*pid);
            name.descriptor = static_cast<int>(*fd);
            return name;
        }
    }
    return posix_name(text);
}

std::string Name::spell_posix(std::string_view raw) {
    auto spelled = text::escape(raw);
    return spelled.starts_with('/') ? spelled : "/" + spelled;
}

std::string Name::spelled() const {
    switch (kind) {
        case Kind::posix: return spell_posix(posix);
        case Kind::key: return fmt::format("key:{:#x}", key);
        case Kind::id: return fmt::format("id:{}", id);
        case Kind::file:
            return project == default_project && !ends_in_project(text::escape(path))
                       ? fmt::format("ftok:{}", text::escape(path))
                       : fmt::format("ftok:{}:{}", text::escape(path), text::escape(std::string(1, static_cast<char>(project))));
        case Kind::anonymous: return "private";
        case Kind::descriptor: return fmt::format("{}:{}", pid, descriptor);
    }
    return {};
}

std::uint32_t key_of(const Name& name) {
    if (name.kind == Name::Kind::key) return name.key;
    if (name.kind == Name::Kind::anonymous) return IPC_PRIVATE;
    const auto key = ::ftok(name.path.c_str(), name.project);
    if (key == -1) throw sys::Error(errno, fmt::format("{}: cannot look at the file", name.spelled()));
    return static_cast<std::uint32_t>(key);
}

}  // namespace ipc
