// SPDX-License-Identifier: MIT
#include "sys/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "text/signal.hpp"

namespace sys {
namespace {

/// Owns the attribute objects of posix_spawn(3).
struct Attributes {
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_t actions{};
    Attributes() {
        ::posix_spawnattr_init(&attributes);
        ::posix_spawn_file_actions_init(&actions);
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
};

bool names_same_variable(std::string_view entry, std::string_view setting) { return entry.starts_with(setting.substr(0, setting.find('=') + 1)); }

/// One that stands where another is to go is raised above them all first; what is returned lives until the spawn.
std::vector<Fd> add_descriptors(posix_spawn_file_actions_t& actions, std::span<const Inherited> descriptors) {
    std::vector<Fd> raised;
    int above = 3;
    for (const auto& pair : descriptors) above = std::max(above, pair.theirs + 1);
    for (const auto& pair : descriptors) {
        const bool in_the_way = std::ranges::any_of(descriptors, [&](const Inherited& other) { return other.theirs == pair.ours; });
        int from = pair.ours;
        if (in_the_way && pair.ours != pair.theirs) {
            raised.emplace_back(::fcntl(pair.ours, F_DUPFD_CLOEXEC, above));
            if (!raised.back()) throw Error(errno, "cannot hand on descriptor " + std::to_string(pair.ours));
            from = raised.back().get();
        }
        ::posix_spawn_file_actions_adddup2(&actions, from, pair.theirs);  // of itself: clears FD_CLOEXEC (glibc 2.29)
    }
    return raised;
}

/// PATH as execvp(3) has it.
std::string_view search_path() {
    for (char** entry = ::environ; entry && *entry; ++entry) {
        if (const std::string_view setting = *entry; setting.starts_with("PATH=")) return setting.substr(5);
    }
    return "/bin:/usr/bin";
}

/// A line where words are wanted is a usual mistake.
Error cannot_run(int error, std::string_view word) {
    return {error, text::escape(word) + (error == ENOENT && word.contains(' ') ? ": cannot run as one word" : ": cannot run")};
}

std::chrono::microseconds length(const timeval& time) { return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec}; }

}  // namespace

Child Child::start(const Spawn& spawn) {
    std::vector<char*> words;
    for (const auto& word : spawn.words) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);

    std::vector<char*> environment;
    for (const auto& setting : spawn.environment) environment.push_back(const_cast<char*>(setting.c_str()));
    for (char** entry = ::environ; entry && *entry; ++entry) {
        bool replaced = false;
        for (const auto& setting : spawn.environment) replaced = replaced || names_same_variable(*entry, setting);
        if (!replaced) environment.push_back(*entry);
    }
    environment.push_back(nullptr);

    Attributes setup;
    if (!spawn.terminal.empty()) {
        // The first terminal that the leader of a session opens controls it: tty_ioctl(4), TIOCSCTTY.
        ::posix_spawn_file_actions_addopen(&setup.actions, 0, spawn.terminal.c_str(), O_RDWR, 0);
        for (const int number : {1, 2}) ::posix_spawn_file_actions_adddup2(&setup.actions, 0, number);
    }
    const auto raised = add_descriptors(setup.actions, spawn.descriptors);
    int flags = 0;
    if (spawn.mask) flags |= POSIX_SPAWN_SETSIGMASK;
    if (spawn.own_session) flags |= POSIX_SPAWN_SETSID;
    if (spawn.own_group && !spawn.own_session) flags |= POSIX_SPAWN_SETPGROUP;
    if (spawn.mask) ::posix_spawnattr_setsigmask(&setup.attributes, spawn.mask);
    ::posix_spawnattr_setflags(&setup.attributes, static_cast<short>(flags));
    Child child;
    const int error = ::posix_spawnp(&child.pid_, words.front(), &setup.actions, &setup.attributes, words.data(), environment.data());
    if (error != 0) throw cannot_run(error, spawn.words.front());
    trace("started {} as process {} (posix_spawn)", text::escape(spawn.words.front()), child.pid_);
    // The child is ours and not yet waited for, so its number cannot have gone to another process.
    child.pidfd_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0))};
    if (!child.pidfd_) {
        const int failed = errno;
        ::kill(child.pid_, SIGKILL);
        (void)child.wait();
        throw Error(failed, "cannot watch process " + std::to_string(child.pid_));
    }
    return child;
}

int Child::stopped() const {
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG);
    return result == 0 && info.si_pid == pid_ ? info.si_status : 0;
}

Ended Child::wait() {
    int status = 0;
    rusage usage{};
    while (::wait4(pid_, &status, 0, &usage) < 0) {
        if (errno != EINTR) throw Error(errno, "cannot wait for process " + std::to_string(pid_));
    }
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return {signal != 0 ? 128 + signal : WEXITSTATUS(status), signal, length(usage.ru_utime), length(usage.ru_stime),
            static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

void Child::signal(int number) const {
    (void)::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
    trace("sent {} to process {} (pidfd_send_signal)", text::spell(text::Signal{number}), pid_);
}

void Child::signal_group(int number) const {
    (void)::kill(-pid_, number);
    trace("sent {} to process group {} (kill)", text::spell(text::Signal{number}), pid_);
}

Fd as_input(std::string_view bytes) {
    Fd file{::memfd_create("input", MFD_CLOEXEC)};
    if (!file) throw Error(errno, "cannot create the command's input");
    if (const auto written = write_all(file.get(), bytes); written.error != 0) throw Error(written.error, "cannot write the command's input");
    if (::lseek(file.get(), 0, SEEK_SET) < 0) throw Error(errno, "cannot rewind the command's input");
    return file;
}

void become(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::string_view program = words.front();
    if (program.contains('/')) {
        ::execve(words.front().c_str(), arguments.data(), ::environ);
        throw cannot_run(errno, program);
    }
    std::string_view path = search_path();
    int error = program.empty() ? ENOENT : 0;
    for (bool more = error == 0; more;) {
        const auto colon = path.find(':');
        const auto directory = path.substr(0, colon);
        const auto file = directory.empty() ? std::string{program} : std::string{directory}.append("/").append(program);  // empty: here
        more = colon != std::string_view::npos;
        if (more) path.remove_prefix(colon + 1);
        ::execve(file.c_str(), arguments.data(), ::environ);
        // One that may not be run is the reason only if no other directory has one: execvp(3).
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) throw cannot_run(errno, program);
        if (error != EACCES) error = errno == ENOTDIR ? ENOENT : errno;
    }
    throw cannot_run(error, program);
}

}  // namespace sys
