// SPDX-License-Identifier: MIT
#include "ipc/mq.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <mqueue.h>

#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/privilege.hpp"
#include "sys/trace.hpp"
#include "text/number.hpp"
#include "text/suggest.hpp"

namespace ipc {
namespace {

/// "did you mean /jobs?" for a name that is not there; the guess is never used. A number that is near another is no misspelling,
/// and neither is a name of a letter or two.
std::string nearest_queue(const Name& name) {
    if (name.kind != Name::Kind::posix) return {};
    const auto bare = name.posix.substr(1);
    const bool digits = bare.find_first_not_of("0123456789") == std::string::npos;
    std::vector<std::string> known;
    for (const auto& queue : list_queues(false).queues) {
        if (digits && queue.sysv && queue.id && std::to_string(*queue.id) == bare) return fmt::format("did you mean id:{}?", bare);
        if (!queue.sysv) known.push_back(queue.name.spelled());
    }
    if (digits || bare.size() < 3) return {};
    const auto near = text::nearest(name.spelled(), known);
    return near.empty() ? std::string{} : fmt::format("did you mean {}?", near);
}

/// Whose it is, for somebody who is not let in; empty when that cannot be seen either.
std::string owner_of(const Name& name) {
    for (const auto& queue : list_queues(false).queues) {
        const bool same = queue.name.spelled() == name.spelled() || (name.kind == Name::Kind::key && queue.key == name.key);
        if (same && queue.uid && queue.mode) return fmt::format("it belongs to {}, mode {:04o}", sys::user_name(*queue.uid), *queue.mode);
    }
    return {};
}

}  // namespace

text::Parsed<MqName> MqName::parse(std::string_view text) {
    auto name = Name::parse(text);
    if (!name) return std::unexpected(name.error());
    if (name->kind == Name::Kind::anonymous) return std::unexpected("private: only a new queue is named so; this one by the id that was printed, such as id:7");
    return MqName{std::move(*name)};
}

text::Parsed<NewMqName> NewMqName::parse(std::string_view text) {
    auto name = Name::parse(text);
    if (!name) return std::unexpected(name.error());
    if (name->kind == Name::Kind::id || name->kind == Name::Kind::descriptor) {
        return std::unexpected(fmt::format("{}: a new queue has no id yet; it is made as /NAME, key:, ftok: or private", name->spelled()));
    }
    return NewMqName{std::move(*name)};
}

std::vector<text::Candidate> mq_candidates(std::string_view) {
    std::vector<text::Candidate> found;
    for (const auto& queue : list_queues(false).queues) {
        auto note = !queue.messages  ? std::string{}
                    : queue.capacity ? fmt::format("{} of {} messages", *queue.messages, *queue.capacity)
                                     : fmt::format("{} messages", *queue.messages);
        found.push_back({queue.name.spelled(), note});
        if (queue.sysv && queue.key && *queue.key != 0) found.push_back({fmt::format("key:{:#x}", *queue.key), note});
    }
    return found;
}

std::unique_ptr<Mq> Mq::open(const Name& name, Access access) {
    try {
        return name.is_sysv() ? detail::open_sysv(name) : detail::open_posix(name, access);
    } catch (const sys::Error& failure) {
        if (failure.number() == EACCES) throw sys::Error(EACCES, fmt::format("{}: cannot open", name.spelled()), owner_of(name));
        if (failure.number() != ENOENT || name.kind == Name::Kind::descriptor) throw;
        throw sys::Error(ENOENT, fmt::format("{}: no such queue", name.spelled()), nearest_queue(name));
    }
}

Mq::Found Mq::create(const Name& name, const Shape& shape, bool exclusive, int* id) {
    return name.is_sysv() ? detail::create_sysv(name, shape, exclusive, id) : detail::create_posix(name, shape, exclusive);
}

void Mq::remove(const Name& name) {
    try {
        if (name.is_sysv()) return detail::remove_sysv(name);
        if (::mq_unlink(name.posix.c_str()) < 0) throw sys::Error(errno, fmt::format("{}: cannot remove", name.spelled()));
        sys::trace("removed the name {} (mq_unlink)", name.spelled());
    } catch (const sys::Error& failure) {
        if (failure.number() != ENOENT) throw;
        throw sys::Error(ENOENT, fmt::format("{}: no such queue", name.spelled()), nearest_queue(name));
    }
}

std::uint64_t mq_charge(std::uint64_t messages, std::uint64_t size) {
    // struct msg_msg is 48 bytes and a node of the priority tree 48 on 64-bit kernels; at most MQ_PRIO_MAX nodes.
    constexpr std::uint64_t header = 48;
    constexpr std::uint64_t node = 48;
    const auto nodes = std::min<std::uint64_t>(messages, highest_priority + 1);
    return messages * (header + size) + nodes * node;
}

std::optional<std::uint64_t> detail::read_number(const char* path) {
    auto content = sys::read_file(AT_FDCWD, path);
    content = content.substr(0, content.find_first_of(" \t\n"));
    const auto number = text::whole_number(content, 0, static_cast<std::uint64_t>(-1));
    return number ? std::optional{*number} : std::nullopt;
}

}  // namespace ipc
