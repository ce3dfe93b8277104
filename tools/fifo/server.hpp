// SPDX-License-Identifier: MIT
// server: what both kinds of serve share: the FIFO that they made, the runs, and an orderly end.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "cli/groups.hpp"
#include "cli/ready.hpp"
#include "jobs.hpp"
#include "path.hpp"
#include "sys/signals.hpp"
#include "text/mode.hpp"
#include "text/number.hpp"

namespace tools::fifo {

struct ServeOptions : cli::WaitOptions, cli::ReadyOptions {
    FifoPath path;
    std::vector<std::string> command;
    bool request = false;
    std::optional<text::Mode> mode;
    text::Number<1, 4096> jobs;
    std::optional<text::Number<1, std::numeric_limits<std::uint64_t>::max()>> count;
};

class Server {
public:
    explicit Server(const ServeOptions& opt);
    virtual ~Server() = default;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Until --count is reached, or, with -n, nothing waits, or a signal comes: runs that were begun are finished. The
    /// second signal goes on to them.
    cli::Exit run();

protected:
    /// The FIFO is ready to be found.
    virtual void begin() {}
    /// Waits for whoever comes next, a run's end or a deadline; starts a run. would_block: nobody is there (-n).
    virtual sys::Wait serve_next() = 0;
    /// Work besides runs, which is to be finished at the end.
    [[nodiscard]] virtual bool busy() const { return false; }
    /// Lets those go who wait for us, before the FIFO is removed.
    virtual void release_waiters() {}

    [[nodiscard]] bool may_begin() const { return !stopping_ && begun_ < count_ && jobs_.size() < opt_.jobs.value; }
    [[nodiscard]] sys::Spawn spawn() const;
    [[nodiscard]] unsigned mode() const { return fifo_->facts().st_mode & 07777; }
    /// Waits for a run's end, a deadline or a signal.
    sys::Wait wait_for_jobs(std::vector<pollfd> entries);
    void remove_fifo();

    const ServeOptions& opt_;
    std::optional<ipc::Fifo> fifo_;  ///< the one that the path leads to now
    sys::Signals signals_;
    Jobs jobs_;
    bool made_ = false;  ///< it was not there before us
    bool stopping_ = false;
    std::uint64_t begun_ = 0;

private:
    std::uint64_t count_;
};

cli::Exit serve_readers(const ServeOptions& opt);
cli::Exit serve_requests(const ServeOptions& opt);

}  // namespace tools::fifo
