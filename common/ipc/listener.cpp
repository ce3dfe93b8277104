// SPDX-License-Identifier: MIT
#include "ipc/listener.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ipc/fifo.hpp"
#include "sys/error.hpp"
#include "sys/trace.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"

namespace ipc {
namespace {

using Kind = Address::Kind;

constexpr int default_backlog = 4096;  // as many as the kernel allows: net.core.somaxconn bounds it
constexpr std::chrono::seconds lock_limit{2};

int backlog_of(const Address& address) {
    const auto* given = address.key("backlog");
    return given ? static_cast<int>(text::whole_number(*given, 1, 1'000'000).value_or(default_backlog)) : default_backlog;
}

/// Sets the umask for one call: bind(2) knows no other way to say a mode, and takes it from what the socket has (sockfs) and this.
class Umask {
public:
    explicit Umask(mode_t mask) : before_(::umask(mask)) {}
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;
    ~Umask() { (void)::umask(before_); }

private:
    mode_t before_;
};

/// Whether a socket that is alive stands behind the path. To connect with one of its own type would put us into its queue, and
/// one that waits for a single connection would take us for it; one of another type is told EPROTOTYPE instead, and
/// a datagram socket is not told of those who connect. Throws Error where that cannot be found out.
bool is_alive(const Address& address, const Endpoint& endpoint) {
    const sys::Fd probe{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!probe) throw sys::Error(errno, fmt::format("{}: cannot find out whether somebody listens", address.spelled()));
    if (::connect(probe.get(), endpoint.name(), endpoint.length) == 0 || errno == EPROTOTYPE || errno == EAGAIN) return true;
    if (errno == ECONNREFUSED) return false;
    throw sys::Error(errno, fmt::format("{}: cannot find out whether somebody listens", address.spelled()));
}

/// Throws Error unless what stands at the path may be replaced. `held`: nobody of us does the same at this moment.
void check_replaceable(const Address& address, const Endpoint& endpoint, int directory, const std::string& name, bool held) {
    struct stat there {};
    if (::fstatat(directory, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) < 0)
        throw sys::Error(errno == ENOENT ? EADDRINUSE : errno, fmt::format("{}: cannot listen", address.spelled()));
    if (!S_ISSOCK(there.st_mode)) throw sys::Error(EEXIST, fmt::format("{}: {} is there", address.spelled(), kind_of_file(there.st_mode)));
    if (there.st_uid != ::geteuid())
        throw sys::Error(EEXIST, fmt::format("{}: a socket of uid {} is there", address.spelled(), there.st_uid),
                         "only our own is replaced, and only when nobody listens on it");
    if (is_alive(address, endpoint)) throw sys::Error(EADDRINUSE, fmt::format("{}: somebody listens there", address.spelled()));
    if (!held)
        throw sys::Error(EADDRINUSE,
                         fmt::format("{}: a socket that nobody listens on is there, and its directory cannot be locked to replace it", address.spelled()));
}

}  // namespace

BoundUnix::BoundUnix(const Address& address, const ListenSettings& settings, std::optional<int> backlog, sys::Signals& signals) {
    if (!address.abstract) {
        bind_path(address, settings, backlog, signals);
        return;
    }
    const auto endpoint = unix_endpoint(address, directory_);
    socket_ = open_socket(address, endpoint, Purpose::to_bind);
    if (::bind(socket_.get(), endpoint.name(), endpoint.length) < 0 || (backlog && ::listen(socket_.get(), *backlog) < 0))
        throw sys::Error(errno, fmt::format("{}: cannot listen", address.spelled()));
}

void BoundUnix::bind_path(const Address& address, const ListenSettings& settings, std::optional<int> backlog, sys::Signals& signals) {
    const auto slash = address.path.rfind('/');
    const auto above = slash == std::string::npos ? std::string{"."} : address.path.substr(0, slash + 1);
    name_ = address.path.substr(slash + 1);
    if (name_.empty()) throw sys::Error(EISDIR, fmt::format("{}: cannot listen", address.spelled()));
    // Held while we look, replace, bind and listen. Those who do as we do keep it for a moment; in /tmp anybody may for ever.
    const sys::Fd lock{::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    int failed = 0;
    const bool held = lock &&
                      signals.run(sys::Deadline::after(lock_limit), failed, [&] { return ::flock(lock.get(), LOCK_EX) == 0 ? 0 : errno; }) == sys::Wait::done &&
                      failed == 0;
    directory_ = sys::open(above.c_str(), O_PATH | O_DIRECTORY);
    sys::Fd far;
    const auto endpoint = unix_endpoint(address, far);
    socket_ = open_socket(address, endpoint, Purpose::to_bind);
    // The path gets the mode of the socket itself, so that nobody ever sees another.
    if (::fchmod(socket_.get(), settings.mode) < 0) throw sys::Error(errno, fmt::format("{}: cannot set its mode", address.spelled()));
    const auto bind = [&] {
        const Umask none{0};
        return ::bind(socket_.get(), endpoint.name(), endpoint.length) == 0;
    };
    if (!bind()) {
        if (errno != EADDRINUSE) throw sys::Error(errno, fmt::format("{}: cannot listen", address.spelled()));
        check_replaceable(address, endpoint, directory_.get(), name_, held);
        sys::trace("{}: replacing a socket that nobody listens on (unlink)", address.spelled());
        if (::unlinkat(directory_.get(), name_.c_str(), 0) < 0 && errno != ENOENT)
            throw sys::Error(errno, fmt::format("{}: cannot replace it", address.spelled()));
        if (!bind()) throw sys::Error(errno, fmt::format("{}: cannot listen", address.spelled()));
    }
    struct stat made {};
    if (::fstatat(directory_.get(), name_.c_str(), &made, AT_SYMLINK_NOFOLLOW) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot look at it", address.spelled()));
    device_ = made.st_dev;
    inode_ = made.st_ino;
    int error = 0;
    const bool given = settings.owner != static_cast<uid_t>(-1) || settings.group != static_cast<gid_t>(-1);
    if (given && ::fchownat(directory_.get(), name_.c_str(), settings.owner, settings.group, AT_SYMLINK_NOFOLLOW) < 0) error = errno;
    if (error == 0 && backlog && ::listen(socket_.get(), *backlog) < 0) error = errno;
    if (error == 0) return;
    (void)remove();
    throw sys::Error(error, fmt::format("{}: cannot give it to that owner, or listen", address.spelled()));
}

BoundUnix& BoundUnix::operator=(BoundUnix&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(directory_, other.directory_);
    std::swap(name_, other.name_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    return *this;
}

int BoundUnix::remove() {
    int error = 0;
    struct stat there {};
    if (!name_.empty() && ::fstatat(directory_.get(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_dev == device_ && there.st_ino == inode_)
        error = ::unlinkat(directory_.get(), name_.c_str(), 0) < 0 && errno != ENOENT ? errno : 0;
    name_.clear();
    return error;
}

void Listener::bind_inet(const Address& address, std::vector<Endpoint>& endpoints) {
    // IPv4 first: its port is chosen from the same numbers, and there is always IPv4.
    std::ranges::stable_sort(endpoints, {}, &Endpoint::family);
    std::uint16_t port = 0;
    int unusable = 0;
    for (auto& endpoint : endpoints) {
        if (endpoint.port() == 0) endpoint.set_port(port);
        try {
            auto socket = open_socket(address, endpoint, Purpose::to_bind);
            if (::bind(socket.get(), endpoint.name(), endpoint.length) < 0 || ::listen(socket.get(), backlog_of(address)) < 0)
                throw sys::Error(errno, fmt::format("{}: cannot listen", endpoint.spelled()));
            if (port == 0) port = local_end(socket.get()).port();
            sockets_.push_back(std::move(socket));
        } catch (const sys::Error& failure) {
            // A machine without IPv6 has one of the two loopbacks only.
            if ((failure.number() != EAFNOSUPPORT && failure.number() != EADDRNOTAVAIL) || endpoints.size() == 1) throw;
            sys::trace("{}: left out: {}", endpoint.spelled(), sys::error_text(failure.number()));
            unusable = failure.number();
        }
    }
    if (sockets_.empty()) throw sys::Error(unusable, fmt::format("{}: cannot listen", address.spelled()));
}

sys::Wait Listener::open(const Address& address, const ListenSettings& settings, const sys::Deadline& deadline, sys::Signals& signals, Listener& into) {
    if (address.is_unix()) {
        into.bound_ = BoundUnix{address, settings, backlog_of(address), signals};
        into.sockets_.push_back(sys::duplicate(into.bound_.socket().get()));
        return sys::Wait::done;
    }
    if (address.kind == Kind::descriptor) {
        int listens = 0;
        socklen_t length = sizeof listens;
        if (::getsockopt(address.descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) < 0 || listens == 0)
            throw sys::Error(errno == EBADF ? EBADF : EINVAL, fmt::format("{}: is no socket that listens", address.spelled()));
        into.sockets_.push_back(sys::duplicate(address.descriptor));
        return sys::Wait::done;
    }
    std::vector<Endpoint> endpoints;
    if (const auto wait = resolve(address, Purpose::to_bind, deadline, signals, endpoints); wait != sys::Wait::done) return wait;
    into.bind_inet(address, endpoints);
    return sys::Wait::done;
}

std::vector<std::string> Listener::names() const {
    std::vector<std::string> names;
    for (const auto& socket : sockets_) names.push_back(local_end(socket.get()).spelled());
    return names;
}

sys::Fd Listener::accept(int socket) {
    for (;;) {
        sys::Fd accepted{::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (accepted) return accepted;
        // One who has left again, or whose packet was refused: accept(2) says to go on as after EAGAIN.
        switch (errno) {
            case EINTR:
            case ECONNABORTED:
            case ENETDOWN:
            case EPROTO:
            case ENOPROTOOPT:
            case EHOSTDOWN:
            case ENONET:
            case EHOSTUNREACH:
            case EOPNOTSUPP:
            case ENETUNREACH: continue;
            case EAGAIN: return {};
            default: throw sys::Error(errno, "cannot let a connection in");
        }
    }
}

int Listener::close() {
    sockets_.clear();
    return bound_.remove();
}

}  // namespace ipc
