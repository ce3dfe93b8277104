// SPDX-License-Identifier: MIT
// fifo create: makes FIFOs, with the mode exactly as given.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out.hpp"
#include "cli/place.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "sys/private_directory.hpp"
#include "sys/signals.hpp"
#include "text/escape.hpp"
#include "text/mode.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

struct Options {
    std::vector<FifoPath> paths;
    std::optional<text::Mode> mode;
    bool exclusive = false;
    bool parents = false;
    bool temp = false;

    [[nodiscard]] unsigned bits() const { return mode ? mode->applied_to(text::Mode::private_bits) : text::Mode::private_bits; }
};

/// As mkdir -p does: what is missing, from the top, with the mode that the umask leaves.
void make_parents(const std::string& path) {
    const auto above = directory_of(path);
    struct stat facts {};
    if (::stat(above.c_str(), &facts) == 0) return;
    if (errno != ENOENT) throw sys::Error(errno, text::escape(above) + ": cannot look at the directory");
    make_parents(above);
    if (::mkdir(above.c_str(), 0777) < 0 && errno != EEXIST) throw sys::Error(errno, text::escape(above) + ": cannot make the directory");
}

/// Nobody could know the names if they are not printed: then all is removed again, also when a signal ends us.
cli::Exit create_temporary(const Options& opt) {
    std::vector<FifoPath> names = opt.paths;
    if (names.empty()) names.push_back({"fifo"});
    for (const auto& name : names) {
        if (name.path.find('/') != std::string::npos || name.path == "." || name.path == "..")
            throw cli::Usage(
                fmt::format("FIFO: {}: with --temp this is a name in a directory that is made for it: no slash, not . or ..", text::escape(name.path)));
    }
    sys::Signals signals;
    sys::PrivateDirectory directory{cli::runtime_directory(), std::string{private_prefix}};
    std::string lines;
    for (const auto& name : names) {
        const auto path = directory.add(name.path);
        (void)ipc::create_fifo(path, opt.bits(), true);
        lines += path + "\n";
    }
    int error = 0;
    const auto wait = signals.run({}, error, [&] { return ::write(STDOUT_FILENO, lines.data(), lines.size()) < 0 ? errno : 0; });
    if (wait == sys::Wait::done && error == 0) return directory.keep(), cli::Exit::ok;
    if (wait == sys::Wait::done) {
        signals.release();
        throw cli::OutputError{error};
    }
    (void)directory.remove();
    sys::end_by(sys::Signals::taken());
    return cli::Exit::refused;
}

cli::Exit run(const Options& opt) {
    if (opt.temp && opt.parents) throw cli::Usage("--temp makes a directory of its own; leave out --parents");
    if (opt.temp) return create_temporary(opt);
    if (opt.paths.empty()) throw cli::Usage("no FIFO given", "fifo create --temp chooses a name");
    for (const auto& path : opt.paths) {
        if (opt.parents) make_parents(path.path);
        if (ipc::create_fifo(path.path, opt.bits(), opt.exclusive) == ipc::Made::existed) {
            cli::note(fmt::format("{}: is there already, and fits", text::escape(path.path)));
        }
    }
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("FIFO", &Options::paths, 0, "paths of the FIFOs; with --temp names, or none");
    form.option("-m,--mode", &Options::mode, "permissions, exactly (default: 0600, whatever the umask is)");
    form.option("-x,--exclusive", &Options::exclusive, "fail with status 6 if something is there, even a FIFO that fits");
    form.option("--parents", &Options::parents, "make the directories above it as well");
    form.option("--temp", &Options::temp, "in a new private directory; print the path");
    form.example("fifo create jobs replies", "two FIFOs that only you can use");
    form.example("fifo create -m u=rw,g=w run/log --parents", "one that the group may write to");
    form.example("path=$(fifo create --temp)", "a name that nobody can guess");
}

}  // namespace

const cli::Verb create = cli::verb<Options, declare, run>("create", "make FIFOs");

}  // namespace tools::fifo
