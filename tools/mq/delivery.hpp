// SPDX-License-Identifier: MIT
// delivery: messages on their way from the queue to standard output; none is lost between the two.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/batch.hpp"
#include "source.hpp"

namespace tools::mq {

/// Puts a message back on its queue, behind those of its priority or type; if the queue has no room or is gone, keeps it
/// as a JSON line that `mq send -j` reads: appended to the file, or written to standard error with a plain statement.
class Rescue {
public:
    explicit Rescue(std::optional<std::string> file) : file_(std::move(file)) {}

    void put_back(const Taken& taken);
    /// Whether a message is in no queue any more, but in the file or on standard error.
    [[nodiscard]] bool lost_its_place() const { return kept_ + shown_ > 0; }
    /// "3 put back on /jobs, 1 written to FILE", if there was anything.
    void tell() const;

private:
    void keep(const Taken& taken, std::string_view reason);

    std::optional<std::string> file_;
    std::size_t returned_ = 0;
    std::size_t kept_ = 0;
    std::size_t shown_ = 0;
    std::string queue_;
};

/// How a delivery ended.
enum class [[nodiscard]] Delivered{
    all,
    failed,       ///< standard output did not take it: error() says why
    interrupted,  ///< a signal came while standard output was full
};

class Delivery {
public:
    static constexpr std::size_t most = 64 * 1024;  ///< bytes: one write(2) of a full pipe

    Delivery(cli::Framing framing, sys::Signals& signals, Rescue& rescue) : batch_(framing), signals_(signals), rescue_(rescue) {}

    void add(Taken taken);
    [[nodiscard]] bool full() const { return batch_.bytes() >= most; }
    [[nodiscard]] int error() const { return error_; }

    /// Writes all that is held. What standard output did not take whole is put back.
    Delivered deliver();
    /// Writes all that is held, which stays in its queue as well: nothing goes back. Returns an errno, EINTR for a signal.
    int write_only();

private:
    cli::Batch batch_;
    sys::Signals& signals_;
    Rescue& rescue_;
    std::vector<Taken> held_;
    int error_ = 0;
};

}  // namespace tools::mq
