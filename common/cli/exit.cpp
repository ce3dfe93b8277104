// SPDX-License-Identifier: MIT
#include "cli/exit.hpp"

#include <array>
#include <cerrno>
#include <utility>

namespace cli {

std::span<const ExitRow> exit_table() {
    static constexpr std::array rows{
        ExitRow{Exit::ok, "done, or yes", false},
        ExitRow{Exit::no, "no: would block with -n, nothing there, condition false", false},
        ExitRow{Exit::usage, "wrong command line; nothing was touched", false},
        ExitRow{Exit::refused, "the system refused: a limit, an I/O error, output that could not be written", false},
        ExitRow{Exit::missing, "no such object", false},
        ExitRow{Exit::denied, "permission denied", false},
        ExitRow{Exit::exists, "exists already", false},
        ExitRow{Exit::lost, "state lost: owner died, not recoverable, corrupt", false},
        ExitRow{Exit::gone, "the other side is gone: removed, closed, refused, reset", false},
        ExitRow{Exit::unsupported, "not supported by this kernel, file system or kind of object", false},
        ExitRow{Exit::gave_up, "gave up: the time of -t is over", false},
        ExitRow{Exit::own_trouble, "our own trouble before or beside the command", true},
        ExitRow{Exit::cannot_run, "the command cannot be run", true},
        ExitRow{Exit::not_found, "the command was not found", true},
    };
    return rows;
}

Exit exit_for(int error) {
    switch (error) {
        case ENOENT:
        case ESRCH:
        case ENXIO:
        case ENODEV: return Exit::missing;
        case EACCES:
        case EPERM: return Exit::denied;
        case EEXIST:
        case EADDRINUSE: return Exit::exists;
        case EOWNERDEAD:
        case ENOTRECOVERABLE:
        case EUCLEAN: return Exit::lost;
        case EIDRM:
        case EPIPE:
        case ECONNREFUSED:
        case ECONNRESET:
        case ECONNABORTED:
        case EHOSTUNREACH:
        case ENETUNREACH: return Exit::gone;
        case ENOSYS:
        case EOPNOTSUPP:
        case EPROTONOSUPPORT:
        case ESOCKTNOSUPPORT: return Exit::unsupported;
        case ETIMEDOUT: return Exit::gave_up;
        default: return Exit::refused;
    }
}

Exit exit_for_start(int error) {
    switch (error) {
        case ENOENT: return Exit::not_found;
        case E2BIG:
        case EAGAIN:
        case ENOMEM:
        case EMFILE:
        case ENFILE: return Exit::own_trouble;
        default: return Exit::cannot_run;
    }
}

Usage::Usage(std::string what, std::string hint) : what_(std::move(what)), hint_(std::move(hint)) {}

}  // namespace cli
