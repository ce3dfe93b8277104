// SPDX-License-Identifier: MIT
// pipe status: runs a pipeline and tells how each command of it ended, what it took and how much it handed on.
#include <fmt/format.h>
#include <unistd.h>

#include "members.hpp"
#include "report.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

struct Options : MemberOptions, ReportOptions {
    std::vector<std::string> words;
};

/// Between two commands: one writes into `near`, we move it, the other reads from `far`.
struct Joint {
    sys::Pipe near = sys::Pipe::create();
    sys::Pipe far = sys::Pipe::create();
    std::optional<sys::Flow> flow;
};

void start(Members& members, std::vector<Command> commands, std::vector<Joint>& joints) {
    for (std::size_t at = 0; at < commands.size(); ++at) {
        std::vector<sys::Inherited> descriptors;
        if (at > 0) descriptors.push_back({joints[at - 1].far.read_end.get(), STDIN_FILENO});
        if (at < joints.size()) descriptors.push_back({joints[at].near.write_end.get(), STDOUT_FILENO});
        members.start(std::move(commands[at]), std::move(descriptors));
    }
    for (auto& joint : joints) {
        joint.near.write_end = {};
        joint.far.read_end = {};
        joint.flow.emplace(joint.near.read_end.get(), joint.far.write_end.get());
    }
}

cli::Exit run(const Options& opt) {
    auto commands = split(opt.words, ":::");
    sys::Signals signals{SIGCHLD, SIGUSR1, SIGUSR2};
    Members members{signals, opt, commands.size()};
    const Report report{opt};
    std::vector<Joint> joints(commands.size() - 1);
    start(members, std::move(commands), joints);

    std::vector<sys::Flow*> flows;
    flows.reserve(joints.size());
    for (auto& joint : joints) flows.push_back(&*joint.flow);
    std::vector<std::uint64_t> moved(joints.size());
    members.run(flows, [&](sys::Flow& over) {
        // The reader sees the end, and a writer whose reader is gone sees that: SIGPIPE, as without us between them.
        for (std::size_t at = 0; at < joints.size(); ++at) {
            if (!joints[at].flow || &*joints[at].flow != &over) continue;
            joints[at].near = {};
            joints[at].far = {};
        }
    });
    for (std::size_t at = 0; at < joints.size(); ++at) moved[at] = joints[at].flow->bytes_written();
    report.write(members.all(), moved);
    for (std::size_t at = 0; at < joints.size(); ++at) {
        const auto& flow = *joints[at].flow;
        if (flow.state() == sys::Flow::State::failed && flow.error() != EPIPE)
            throw sys::Error(flow.error(), fmt::format("from command {} to {}: bytes behind the first {} were lost", at + 1, at + 2, flow.bytes_written()));
    }
    return members.finish();
}

void declare(cli::Form<Options>& form) {
    form.leading_command(&Options::words, "commands with ::: between them; two or more");
    member_options(form);
    report_options(form);
    form.example("pipe status sort words ::: uniq -c", "the table goes to standard error");
    form.example("pipe status --report how -j sort words ::: gzip >words.gz", "JSON Lines in a file");
    form.example("pipe status --exit-from 1 sh -c 'exit 3' ::: cat", "the status of the first, as mispipe has it");
}

}  // namespace

const cli::Verb status = cli::verb<Options, declare, run>("status", "run a pipeline, and report on each command");

}  // namespace tools::pipe
