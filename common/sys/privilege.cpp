// SPDX-License-Identifier: MIT
#include "sys/privilege.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "text/number.hpp"

namespace sys {
namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

/// The first entry of a passwd-like file that fits, read with fgetpwent(3) or fgetgrent(3), or null.
template <class Entry, class Next, class Fits>
Entry* find_entry(const File& file, Next next, Fits fits) {
    while (file) {
        Entry* entry = next(file.get());
        if (!entry || fits(*entry)) return entry;
    }
    return nullptr;
}

File open_passwd() { return {std::fopen("/etc/passwd", "re"), std::fclose}; }
File open_group() { return {std::fopen("/etc/group", "re"), std::fclose}; }

constexpr std::uint64_t largest_id = 0xffff'fffe;  // (uid_t)-1 means "unchanged" in chown(2)

}  // namespace

bool has_capability(int capability) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) < 0) return false;
    const auto number = static_cast<unsigned>(capability);
    return (data[number / 32].effective >> (number % 32) & 1U) != 0;
}

std::string user_name(uid_t uid) {
    const auto file = open_passwd();
    const auto* entry = find_entry<passwd>(file, ::fgetpwent, [uid](const passwd& user) { return user.pw_uid == uid; });
    return entry ? entry->pw_name : std::to_string(uid);
}

std::string group_name(gid_t gid) {
    const auto file = open_group();
    const auto* entry = find_entry<group>(file, ::fgetgrent, [gid](const group& found) { return found.gr_gid == gid; });
    return entry ? entry->gr_name : std::to_string(gid);
}

std::optional<uid_t> user_id(std::string_view name) {
    const auto file = open_passwd();
    if (const auto* entry = find_entry<passwd>(file, ::fgetpwent, [name](const passwd& user) { return user.pw_name == name; })) return entry->pw_uid;
    const auto number = text::whole_number(name, 0, largest_id);
    return number ? std::optional{static_cast<uid_t>(*number)} : std::nullopt;
}

std::optional<gid_t> group_id(std::string_view name) {
    const auto file = open_group();
    if (const auto* entry = find_entry<group>(file, ::fgetgrent, [name](const group& found) { return found.gr_name == name; })) return entry->gr_gid;
    const auto number = text::whole_number(name, 0, largest_id);
    return number ? std::optional{static_cast<gid_t>(*number)} : std::nullopt;
}

}  // namespace sys
