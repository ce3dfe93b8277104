// SPDX-License-Identifier: MIT
#include "branch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "sys/error.hpp"
#include "text/escape.hpp"

namespace tools::fifo {
namespace {

constexpr std::size_t block = 64 * 1024;
/// What has no separator for so long is passed on in pieces.
constexpr std::size_t longest_record = 1 << 20;

constexpr std::array policies{"block", "drop", "spill"};

}  // namespace

std::vector<text::Candidate> Policy::candidates(std::string_view begin) {
    std::vector<text::Candidate> found;
    for (const std::string_view word : policies) {
        if (word.starts_with(begin)) found.push_back({std::string{word}, ""});
    }
    return found;
}

text::Parsed<Policy> Policy::parse(std::string_view text) {
    const auto found = std::ranges::find(policies, text);
    if (found == policies.end()) return std::unexpected(fmt::format("'{}' is none of block, drop and spill", text::escape(text)));
    return Policy{static_cast<Kind>(found - policies.begin())};
}

Branch::Branch(sys::Fd into, const ipc::Fifo& fifo, const BranchOptions& how) : into_(std::move(into)), fifo_(fifo), how_(how) {
    if (how.policy.kind != Policy::Kind::spill) return;
    file_ = sys::unnamed_file(how.spill_directory, "--directory names another place");
}

bool Branch::takes() const {
    switch (how_.policy.kind) {
        case Policy::Kind::block: return held_.size() < block;
        case Policy::Kind::drop: return true;
        case Policy::Kind::spill: return !disk_full_ && spilled() < how_.spill_limit;
    }
    return true;
}

void Branch::add(std::string_view bytes) {
    if (how_.policy.kind == Policy::Kind::drop) return add_records(bytes);
    if (how_.policy.kind == Policy::Kind::spill && (spilled() > 0 || held_.size() >= block)) return spill(bytes);
    held_ += bytes;
}

void Branch::add_records(std::string_view bytes) {
    for (auto end = bytes.find(how_.separator); end != std::string_view::npos; end = bytes.find(how_.separator)) {
        unfinished_ += bytes.substr(0, end + 1);
        add_record(unfinished_);
        unfinished_.clear();
        bytes.remove_prefix(end + 1);
    }
    unfinished_ += bytes;
    if (unfinished_.size() >= longest_record) end_record();
}

/// One that has been begun is finished; while that waits for room the others are dropped.
void Branch::add_record(std::string_view record) {
    pump();
    if (held_.empty()) {
        held_ = record;
        pump();
        if (held_.size() < record.size() || record.empty()) return;
        held_.clear();  // nothing of it went in
    }
    ++lost_.dropped;
    lost_.dropped_bytes += record.size();
}

void Branch::end_record() {
    if (unfinished_.empty()) return;
    add_record(unfinished_);
    unfinished_.clear();
}

/// A full disk is not the end: it makes all wait for this reader, as --policy block does.
void Branch::spill(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(spill_end_));
        if (count > 0) {
            spill_end_ += static_cast<std::uint64_t>(count);
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            disk_full_ = true;
            overflow_ += bytes;
            return;
        }
    }
}

void Branch::unspill() {
    held_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block, spilled())));
    const auto count = ::pread(file_.get(), held_.data(), held_.size(), static_cast<off_t>(spill_start_));
    if (count <= 0) throw sys::Error(count < 0 ? errno : EIO, name() + ": cannot read what was spilled for it");
    held_.resize(static_cast<std::size_t>(count));
    // Room is given back as it is read; where the file system cannot, only when all of it was.
    (void)::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(spill_start_), count);
    spill_start_ += static_cast<std::uint64_t>(count);
    if (spilled() > 0) return;
    (void)!::ftruncate(file_.get(), 0);
    spill_start_ = spill_end_ = 0;
}

void Branch::pump() {
    while (into_) {
        if (held_.empty() && spilled() > 0) unspill();
        if (held_.empty()) held_ = std::exchange(overflow_, {});
        if (held_.empty()) {
            disk_full_ = false;
            return;
        }
        const auto count = ::write(into_.get(), held_.data(), held_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) throw sys::Error(errno, name() + ": cannot write");
        held_.erase(0, static_cast<std::size_t>(count));
    }
}

Branch::Lost Branch::close() {
    if (!into_) return lost_;
    lost_.unread = held_.size() + spilled() + overflow_.size();
    // Ourselves out of the way as a reader: then the kernel says whether there is another.
    sys::Fd writer;
    const bool opened = fifo_.open(ipc::Fifo::End::writing, writer) == sys::Wait::done;
    into_ = {};
    pollfd readers{writer.get(), 0, 0};
    if (opened && ::poll(&readers, 1, 0) == 1) lost_.unread += ipc::pipe_queued(writer.get()).value_or(0);
    return lost_;
}

}  // namespace tools::fifo
