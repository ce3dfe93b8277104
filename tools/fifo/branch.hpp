// SPDX-License-Identifier: MIT
// branch: one output of tee, and what is done with what its reader has not fetched yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/fifo.hpp"
#include "text/word.hpp"

namespace tools::fifo {

struct Policy {
    enum class Kind { block, drop, spill };
    Kind kind = Kind::block;
    static std::vector<text::Candidate> candidates(std::string_view begin);
    static constexpr text::Word word{"POLICY", candidates};
    static text::Parsed<Policy> parse(std::string_view text);
};

struct BranchOptions {
    Policy policy;
    char separator = '\n';  ///< of the records that are dropped whole
    std::uint64_t spill_limit = 0;
    std::string spill_directory;
};

class Branch {
public:
    /// into: both ends (Fifo::End::both).
    Branch(sys::Fd into, const ipc::Fifo& fifo, const BranchOptions& how);

    [[nodiscard]] int fd() const { return into_.get(); }
    [[nodiscard]] const std::string& path() const { return fifo_.path(); }
    [[nodiscard]] std::string name() const { return fifo_.name(); }

    /// Whether more may be added now.
    [[nodiscard]] bool takes() const;
    void add(std::string_view bytes);
    /// Bytes wait for room in the FIFO.
    [[nodiscard]] bool holds() const { return into_ && (!held_.empty() || !overflow_.empty() || spilled() > 0); }
    /// As many of them into the FIFO as there is room for.
    void pump();
    /// The input has ended: an unfinished record is one.
    void end_record();

    /// Nothing is held, and nothing is in the FIFO any more.
    [[nodiscard]] bool all_read() const { return closed() || (!holds() && ipc::pipe_queued(fd()).value_or(0) == 0); }
    [[nodiscard]] bool closed() const { return !into_; }

    struct Lost {
        std::uint64_t dropped = 0;  ///< records
        std::uint64_t dropped_bytes = 0;
        std::uint64_t unread = 0;  ///< bytes that no reader will get
    };
    /// Closes the FIFO: what a reader that has it open has not fetched is still there for it.
    Lost close();

private:
    void add_records(std::string_view bytes);
    void add_record(std::string_view record);
    void spill(std::string_view bytes);
    void unspill();
    [[nodiscard]] std::uint64_t spilled() const { return spill_end_ - spill_start_; }

    sys::Fd into_;
    ipc::Fifo fifo_;
    const BranchOptions how_;
    std::string held_;
    std::string unfinished_;  ///< of a record, with Kind::drop
    sys::Fd file_;
    std::uint64_t spill_start_ = 0;
    std::uint64_t spill_end_ = 0;
    std::string overflow_;  ///< what the disk did not take, behind what it did
    bool disk_full_ = false;
    Lost lost_;
};

}  // namespace tools::fifo
