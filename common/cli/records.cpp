// SPDX-License-Identifier: MIT
#include "cli/records.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "cli/json.hpp"
#include "cli/rescue.hpp"
#include "cli/talk.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "text/base64.hpp"
#include "text/escape.hpp"

namespace cli {
namespace {

constexpr std::size_t block = 256 * 1024;
constexpr std::size_t frame_head = 4;

std::size_t frame_length(std::string_view head) {
    std::size_t length = 0;
    for (std::size_t at = 0; at < frame_head; ++at) length = length << 8 | static_cast<unsigned char>(head[at]);
    return length;
}

}  // namespace

Records::Records(std::span<const std::string> arguments, Framing framing, std::size_t longest)
    : arguments_(arguments), from_input_(arguments.empty()), framing_(framing), longest_(longest) {
    if (!from_input_ && framing == Framing::json) throw Usage("--json reads standard input; give no MESSAGE with it");
    if (!from_input_ && framing != Framing::lines) throw Usage("arguments are whole messages; --null, --raw and --framed are for standard input");
    if (from_input_ && ::isatty(STDIN_FILENO) == 1) note("reading from the terminal; end with Ctrl-D");
}

bool Records::more_at_hand() const {
    if (!from_input_) return next_argument_ < arguments_.size();
    if (framing_ == Framing::framed) return held().size() >= frame_head && held().size() - frame_head >= frame_length(held());
    return framing_ != Framing::raw && held().find(framing_ == Framing::nul ? '\0' : '\n') != std::string_view::npos;
}

sys::Wait Records::fill(const sys::Deadline& deadline, sys::Signals* signals) {
    if (signals || !deadline.never()) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        const std::span entries{&input, 1};
        if (const auto wait = sys::poll(entries, deadline, signals); wait != sys::Wait::done) return wait;
    }
    if (at_ > 0) {
        buffer_.erase(0, at_);
        search_ -= at_;
        at_ = 0;
        last_ = 0;
    }
    const auto before = buffer_.size();
    if (before > longest_) throw sys::Error(EMSGSIZE, fmt::format("standard input: record {} has over {} bytes", line_ + 1, longest_));
    buffer_.resize(before + block);
    std::size_t count = 0;
    try {
        count = sys::read_some(STDIN_FILENO, std::span{buffer_}.subspan(before), "standard input");
    } catch (const sys::Error&) {
        buffer_.resize(before);
        throw;
    }
    buffer_.resize(before + count);
    read_ += count;
    ended_ = count == 0;
    return sys::Wait::done;
}

/// Cuts the next record off the buffer, if a whole one is there.
bool Records::cut(Record& into) {
    if (framing_ == Framing::raw) {
        if (!ended_ || line_ > 0) return false;
        into.bytes = held();
        last_ = at_;
        at_ = search_ = buffer_.size();
        ++line_;
        return true;
    }
    if (framing_ == Framing::framed) {
        if (held().empty()) return false;
        const bool head = held().size() >= frame_head;
        const auto length = head ? frame_length(held()) : 0;
        if (length > longest_) throw sys::Error(EMSGSIZE, fmt::format("standard input: record {}: its length says {} bytes", line_ + 1, length));
        if (!head || held().size() - frame_head < length) {
            if (ended_) throw sys::Error(EBADMSG, fmt::format("standard input: record {} is cut short", line_ + 1));
            return false;
        }
        into.bytes = held().substr(frame_head, length);
        last_ = at_;
        at_ = search_ = at_ + frame_head + length;
        ++line_;
        return true;
    }
    const char separator = framing_ == Framing::nul ? '\0' : '\n';
    auto end = buffer_.find(separator, search_);
    if (end == std::string::npos) {
        search_ = buffer_.size();
        if (!ended_ || held().empty()) return false;
        end = buffer_.size();  // the last record may lack its separator
    }
    into.bytes = std::string_view{buffer_}.substr(at_, end - at_);
    last_ = at_;
    at_ = search_ = std::min(end + 1, buffer_.size());
    ++line_;
    return true;
}

void Records::read_json(std::string_view line, Record& into) {
    const auto fail = [&](std::string_view why) -> sys::Error {
        return {EBADMSG, fmt::format("standard input: line {}: {}", line_, why),
                "each line is an object such as {\"message\":\"text\",\"priority\":0}; jq -c writes one a line"};
    };
    const auto value = from_json(line);
    if (!value) throw fail(value.error());
    const auto* object = std::get_if<Object>(&*value);
    if (!object) throw fail("not an object");

    const auto* base64 = member(*object, "message_base64");
    const auto* message = member(*object, "message");
    if (base64 && base64->text()) {
        auto bytes = text::from_base64(*base64->text());
        if (!bytes) throw fail("\"message_base64\" is " + bytes.error());
        decoded_ = std::move(*bytes);
    } else if (message && message->text()) {
        decoded_ = *message->text();
    } else {
        throw fail("no text in \"message\" or \"message_base64\"");
    }
    const auto number = [&](const char* key) -> std::optional<std::int64_t> {
        const auto* found = member(*object, key);
        if (!found || found->is_null()) return std::nullopt;
        if (!found->number()) throw fail(fmt::format("\"{}\" is not a whole number", key));
        return *found->number();
    };
    into.priority = number("priority");
    into.type = number("type");
    into.bytes = decoded_;
}

sys::Wait Records::next(Record& into, const sys::Deadline& deadline, sys::Signals* signals) {
    into = {};
    if (!from_input_) {
        if (next_argument_ == arguments_.size()) return sys::Wait::would_block;
        into.bytes = arguments_[next_argument_++];
        return sys::Wait::done;
    }
    last_ = at_;
    while (!cut(into)) {
        if (ended_) return sys::Wait::would_block;
        if (const auto wait = fill(deadline, signals); wait != sys::Wait::done) return wait;
    }
    if (framing_ == Framing::json) read_json(into.bytes, into);
    return sys::Wait::done;
}

std::size_t Records::give_back() {
    if (!from_input_) return 0;
    const auto unused = buffer_.size() - last_;
    if (unused == 0) return 0;
    // Fails on pipes, sockets and terminals with ESPIPE: what was read from them cannot be put back.
    return ::lseek(STDIN_FILENO, -static_cast<off_t>(unused), SEEK_CUR) < 0 ? unused : 0;
}

std::uint64_t Records::keep_rest(const std::string& path, const Object& extra) {
    const auto file = open_rescue(path);
    std::uint64_t kept = 0;
    const auto keep = [&](std::string_view bytes) {
        const auto written = sys::write_all(file.get(), bytes);
        kept += written.bytes;
        if (from_input_) last_ += written.bytes;
        if (written.error != 0) throw sys::Error(written.error, fmt::format("{}: cannot write", text::escape(path)));
    };
    if (from_input_) {
        for (;;) {
            keep(unused());
            if (ended_) break;
            buffer_.resize(block);
            last_ = block;
            const auto count = sys::read_some(STDIN_FILENO, buffer_, "standard input");
            ended_ = count == 0;
            buffer_.resize(count);
            last_ = 0;
        }
    } else {
        for (auto at = next_argument_ == 0 ? 0 : next_argument_ - 1; at < arguments_.size(); ++at) {
            // An argument may hold any separator: JSON Lines tell where one ends.
            auto object = extra;
            add_bytes(object, "message", arguments_[at]);
            keep(to_json(object) + "\n");
        }
    }
    if (::fsync(file.get()) < 0 && errno != EINVAL) throw sys::Error(errno, fmt::format("{}: cannot sync", text::escape(path)));
    return kept;
}

}  // namespace cli
