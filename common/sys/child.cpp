// SPDX-License-Identifier: MIT
#include "sys/child.hpp"

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"

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
    if (spawn.standard_input >= 0) ::posix_spawn_file_actions_adddup2(&setup.actions, spawn.standard_input, STDIN_FILENO);
    if (spawn.mask) {
        ::posix_spawnattr_setsigmask(&setup.attributes, spawn.mask);
        ::posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK);
    }
    Child child;
    const int error = ::posix_spawnp(&child.pid_, words.front(), &setup.actions, &setup.attributes, words.data(), environment.data());
    if (error != 0) throw Error(error, text::escape(spawn.words.front()) + ": cannot run");
    trace("started {} as process {} (posix_spawn)", text::escape(spawn.words.front()), child.pid_);
    // The child is ours and not yet waited for, so its number cannot have gone to another process.
    child.pidfd_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0))};
    if (!child.pidfd_) {
        const int failed = errno;
        ::kill(child.pid_, SIGKILL);
        child.wait();
        throw Error(failed, "cannot watch process " + std::to_string(child.pid_));
    }
    return child;
}

int Child::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno != EINTR) throw Error(errno, "cannot wait for process " + std::to_string(pid_));
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::signal(int number) const { (void)::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0); }

}  // namespace sys
