// SPDX-License-Identifier: MIT
// fifo rm: removes FIFOs and nothing else; goes on after one that cannot be removed.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

struct Options {
    std::vector<FifoPath> paths;
    bool force = false;
    bool dry_run = false;
};

/// The directory that create --temp made goes with the last FIFO in it. rmdir(2) takes none that is not empty.
void remove_private(const std::string& directory) {
    const auto slash = directory.rfind('/');
    if (!directory.substr(slash == std::string::npos ? 0 : slash + 1).starts_with(std::string{private_prefix} + ".")) return;
    if (::rmdir(directory.c_str()) == 0) sys::trace("removed the empty directory {} (rmdir)", text::escape(directory));
}

/// Throws Usage when it is something else: a link is not followed, since it is the name that goes.
void remove(const std::string& path, bool dry_run) {
    const auto name = text::escape(path);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) < 0) {
        if (errno == ENOENT) (void)find({path});  // says what was probably meant
        throw sys::Error(errno, name + ": cannot look at it");
    }
    if (!S_ISFIFO(facts.st_mode)) throw cli::Usage(fmt::format("{}: {}, not a FIFO", name, ipc::kind_of_file(facts.st_mode)));
    if (dry_run) return cli::print(name + "\n");
    if (::unlink(path.c_str()) < 0) throw sys::Error(errno, name + ": cannot remove");
    sys::trace("removed {} (unlink)", name);
    remove_private(directory_of(path));
}

cli::Exit run(const Options& opt) {
    auto worst = cli::Exit::ok;
    const auto failed = [&](cli::Exit status, std::string_view words, const std::string& hint) {
        cli::complain(words);
        if (!hint.empty()) cli::hint(hint);
        if (worst == cli::Exit::ok) worst = status;
    };
    for (const auto& path : opt.paths) {
        try {
            remove(path.path, opt.dry_run);
        } catch (const cli::Usage& wrong) {
            failed(cli::Exit::usage, wrong.what(), wrong.hint());
        } catch (const sys::Error& failure) {
            if (failure.number() == ENOENT && opt.force) continue;
            failed(cli::exit_for(failure.number()), failure.what(), failure.hint());
        }
    }
    return worst;
}

void declare(cli::Form<Options>& form) {
    form.operands("FIFO", &Options::paths, 1, "FIFOs to remove; who has one open may use it on");
    form.option("-f,--force", &Options::force, "one that is not there is no error");
    form.option("--dry-run", &Options::dry_run, "print what would be removed, remove nothing");
    form.example("fifo rm jobs", "never a file, a directory or a link");
    form.example("fifo rm -f jobs replies", "none of them need be there");
    form.example("fifo rm \"$path\"", "one of create --temp goes with its directory");
}

}  // namespace

const cli::Verb rm = cli::verb<Options, declare, run>("rm", "remove FIFOs");

}  // namespace tools::fifo
