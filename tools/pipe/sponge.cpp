// SPDX-License-Identifier: MIT
// pipe sponge: takes all of its input before it writes any output, so that a pipeline may write the file that it reads.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "cli/place.hpp"
#include "sys/error.hpp"
#include "sys/flow.hpp"
#include "sys/io.hpp"
#include "text/escape.hpp"
#include "verbs.hpp"

namespace tools::pipe {
namespace {

struct Options {
    std::vector<text::Path> file;
    bool append = false;
    bool if_any = false;
};

/// false: there is nothing of that name.
bool look_at(const std::string& path, struct stat& status) {
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno != ENOENT) throw sys::Error(errno, text::escape(path) + ": cannot look at it");
    return false;
}

/// A file beside the one it is to replace, with its mode and owner; gone again unless it was kept.
class Beside {
public:
    explicit Beside(const std::string& target) : target_(target), name_(target.substr(0, target.rfind('/') + 1) + ".sponge.XXXXXX") {
        file_ = sys::Fd{::mkostemp(name_.data(), O_CLOEXEC)};
        if (!file_) throw sys::Error(errno, text::escape(target) + ": cannot create a file beside it");
    }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    ~Beside() {
        if (!kept_) ::unlink(name_.c_str());
    }

    [[nodiscard]] int get() const { return file_.get(); }

    void replace() {
        struct stat old {};
        const bool there = look_at(target_, old);
        const auto mask = ::umask(0);
        ::umask(mask);
        // Owner first: chown(2) clears the set-id bits.
        if (there && (old.st_uid != ::geteuid() || old.st_gid != ::getegid()) && ::fchown(file_.get(), old.st_uid, old.st_gid) < 0)
            throw sys::Error(errno, text::escape(target_) + ": cannot give its new content the same owner");
        if (::fchmod(file_.get(), there ? old.st_mode & 07777 : 0666 & ~mask) < 0) throw sys::Error(errno, text::escape(target_) + ": cannot set the mode");
        if (::fsync(file_.get()) < 0 && errno != EINVAL) throw sys::Error(errno, text::escape(target_) + ": cannot write");
        if (::rename(name_.c_str(), target_.c_str()) < 0) throw sys::Error(errno, text::escape(target_) + ": cannot replace");
        kept_ = true;
    }

private:
    std::string target_;
    std::string name_;
    sys::Fd file_;
    bool kept_ = false;
};

/// Moves all of it. false: a signal came.
bool move(int from, int to, const std::string& what, sys::Signals& signals) {
    sys::Flow flow{from, to};
    sys::Flow* const one[] = {&flow};
    if (sys::move_all(one, {}, signals) == sys::Wait::interrupted) return false;
    if (flow.state() == sys::Flow::State::failed)
        throw sys::Error(flow.error(), flow.failed_writing() ? what + ": cannot write" : "standard input: cannot read");
    return true;
}

/// The input in a file without a name, rewound; nothing: a signal came.
std::optional<sys::Fd> soak(sys::Signals& signals) {
    const auto place = cli::temporary_directory();
    auto file = sys::unnamed_file(place, "TMPDIR names another directory");
    if (!move(STDIN_FILENO, file.get(), text::escape(place), signals)) return std::nullopt;
    if (::lseek(file.get(), 0, SEEK_SET) < 0) throw sys::Error(errno, "cannot rewind the input");
    return file;
}

bool is_empty(int file) {
    struct stat status {};
    if (::fstat(file, &status) < 0) throw sys::Error(errno, "cannot look at the input");
    return status.st_size == 0;
}

/// The file that a path leads to through symbolic links; it need not be there.
std::string followed(const std::string& path) {
    char* const real = ::realpath(path.c_str(), nullptr);
    std::string result = real ? real : path;
    ::free(real);  // NOLINT(cppcoreguidelines-no-malloc): realpath(3) allocates
    return result;
}

/// What can only be written as it stands: soaked up first, so that nothing of it is touched before the input is at its end.
bool write_in_place(const Options& opt, const std::string& path, int flags, sys::Signals& signals) {
    const auto input = soak(signals);
    if (!input) return false;
    if (opt.if_any && is_empty(input->get())) return true;
    if (path.empty()) return move(input->get(), STDOUT_FILENO, "standard output", signals);
    const auto file = sys::open(path.c_str(), O_WRONLY | O_CREAT | flags, 0666);
    return move(input->get(), file.get(), text::escape(path), signals);
}

/// false: a signal came.
bool soak_up(const Options& opt, sys::Signals& signals) {
    if (opt.file.empty()) return write_in_place(opt, {}, 0, signals);
    const auto target = followed(opt.file.front().path);
    struct stat old {};
    const bool there = look_at(target, old);
    if (there && S_ISDIR(old.st_mode)) throw sys::Error(EISDIR, text::escape(target) + ": cannot write");
    if (opt.append) return write_in_place(opt, target, O_APPEND, signals);
    // Devices and FIFOs cannot be replaced; a file with several names must stay one file, and one that may not be written, as it is.
    if (there && (!S_ISREG(old.st_mode) || old.st_nlink > 1 || !sys::Fd{::open(target.c_str(), O_WRONLY | O_CLOEXEC)}))
        return write_in_place(opt, target, O_TRUNC, signals);
    Beside beside{target};
    if (!move(STDIN_FILENO, beside.get(), text::escape(target), signals) || signals.caught() != 0) return false;
    if (!opt.if_any || !is_empty(beside.get())) beside.replace();
    return true;
}

cli::Exit run(const Options& opt) {
    if (opt.file.size() > 1) throw cli::Usage("one FILE at most");
    if (opt.append && opt.file.empty()) throw cli::Usage("--append needs a FILE");
    sys::Signals signals;
    if (!soak_up(opt, signals)) sys::end_by(sys::Signals::taken());
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("FILE", &Options::file, 0, "written when the input is at its end; none: standard output");
    form.option("--append", &Options::append, "add to it instead of replacing it");
    form.option("--if-any", &Options::if_any, "leave FILE as it is when the input is empty");
    form.example("sort words | uniq | pipe sponge words", "a file is read and written by one pipeline");
    form.example("jq .a config | pipe sponge --if-any config", "it is not emptied when jq fails");
    form.example("ls | pipe sponge | xargs touch", "all names are known before the first is used");
}

}  // namespace

const cli::Verb sponge = cli::verb<Options, declare, run>("sponge", "take all input before writing any output");

}  // namespace tools::pipe
