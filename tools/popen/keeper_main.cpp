// SPDX-License-Identifier: MIT
#include "keeper_main.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <optional>
#include <string_view>

#include "cli/exit.hpp"
#include "cli/talk.hpp"
#include "keeper.hpp"
#include "running.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "text/number.hpp"

namespace tools::popen {

std::vector<std::string> KeeperSetup::words() const {
    std::vector<std::string> all{"/proc/self/exe", keeper_word, name, std::string(merge ? "m" : "") + (pty ? "p" : "") + "-", std::to_string(lives_with)};
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

int keep(int argc, char** argv) {
    cli::speak_as("popen", "start");
    if (argc < 6) return static_cast<int>(cli::Exit::usage);
    KeeperSetup setup;
    setup.name = argv[2];
    setup.merge = std::string_view{argv[3]}.contains('m');
    setup.pty = std::string_view{argv[3]}.contains('p');
    setup.lives_with = static_cast<pid_t>(text::whole_number(argv[4], 0, 1U << 30).value_or(0));
    setup.command.assign(argv + 5, argv + argc);
    ::prctl(PR_SET_NAME, "popen-keeper");
    for (int fd = KeeperSetup::listen_fd; fd <= KeeperSetup::life_fd; ++fd) (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
    // Descriptors of the script that started us are none of our business: held here, their ends would never come.
    (void)::close_range(setup.lives_with != 0 ? KeeperSetup::life_fd + 1 : KeeperSetup::life_fd, ~0U, 0);
    sys::Fd ready{KeeperSetup::ready_fd};
    std::optional<Keeper> keeper;
    try {
        keeper.emplace(setup);
        (void)sys::write_all(ready.get(), fmt::format("0 {}\n", keeper->pid()));
    } catch (const StartFailure& failure) {
        (void)sys::write_all(ready.get(), fmt::format("{} {}\n", failure.why.number(), failure.why.what()));
        return static_cast<int>(cli::exit_for_start(failure.why.number()));
    } catch (const sys::Error& failure) {
        (void)sys::write_all(ready.get(), fmt::format("-1 {}\n", failure.what()));
        return static_cast<int>(cli::Exit::own_trouble);
    }
    ready = {};
    keeper->run();
    return 0;
}

}  // namespace tools::popen
