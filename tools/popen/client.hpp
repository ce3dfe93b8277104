// SPDX-License-Identifier: MIT
// client: a caller's side of a coprocess: one request to its keeper, with what goes in and what comes out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/groups.hpp"
#include "registry.hpp"
#include "text/duration.hpp"
#include "text/number.hpp"
#include "wire.hpp"

namespace tools::popen {

struct CallOptions : cli::WaitOptions {
    /// With -n it is the keeper who says at once that there would be something to wait for; its answer is waited for.
    [[nodiscard]] sys::Deadline patience() const {
        const auto limit = deadline();
        return nonblock ? sys::Deadline{} : limit;
    }
};

/// Where a reply ends: for ask and read.
struct ReplyOptions : CallOptions {
    std::optional<text::Number<1, 1'000'000'000>> lines;
    std::optional<std::string> until;
    std::optional<std::string> prompt;
    std::optional<text::Duration> quiet;
    bool idle = false;
    bool null = false;
};

template <class T>
void reply_options(cli::Form<T>& form) {
    form.option("--lines", &ReplyOptions::lines, "the reply is this many lines (default: 1)");
    form.option("--until", &ReplyOptions::until, "it ends before a line that is exactly this");
    form.option("--prompt", &ReplyOptions::prompt, "it ends before this text, wherever that comes");
    form.option("--quiet-time", &ReplyOptions::quiet, "it ends when nothing has come for this long");
    form.option("--idle", &ReplyOptions::idle, "it ends when the command waits for input again, in read(2)");
    form.option("-0,--null", &ReplyOptions::null, "lines end in NUL, in and out");
    cli::wait_options(form);
}

/// The request that these options make; throws Usage. The marker of --until or --prompt goes to `marker`.
Request reply_request(Request::Act act, const ReplyOptions& opt, std::string& marker);

/// What the command is to be given.
struct Input {
    std::vector<std::string> lines;  ///< each with the separator behind it
    bool from_stdin = false;         ///< as it is
};

/// Carries out one request; output goes to standard output as it comes, the command's standard error to ours. Throws Error:
/// ENOENT no such coprocess, EOWNERDEAD its keeper died. A signal ends us once the keeper knows that we leave.
Answer call(const Name& name, const Request& request, const std::string& marker, const Input& input, const sys::Deadline& deadline);

/// The exit status for it; says what there is to say.
cli::Exit told(const Name& name, const Answer& answer, const cli::WaitOptions& opt);

/// The keeper's own description, as JSON; nothing when it does not answer within a second.
std::optional<std::string> describe(const sys::Fd& keeper);

}  // namespace tools::popen
