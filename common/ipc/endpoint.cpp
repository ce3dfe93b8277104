// SPDX-License-Identifier: MIT
#include "ipc/endpoint.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <linux/vm_sockets.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sys/child.hpp"
#include "sys/error.hpp"
#include "sys/io.hpp"
#include "sys/poll.hpp"
#include "sys/trace.hpp"
#include "text/duration.hpp"
#include "text/escape.hpp"
#include "text/number.hpp"
#include "text/size.hpp"

namespace ipc {
namespace {

using Kind = Address::Kind;

template <class T>
T& as(Endpoint& endpoint) {
    return reinterpret_cast<T&>(endpoint.storage);
}
template <class T>
const T& as(const Endpoint& endpoint) {
    return reinterpret_cast<const T&>(endpoint.storage);
}

int type_of(Kind kind) {
    switch (kind) {
        case Kind::udp:
        case Kind::unix_datagram:
        case Kind::ping: return SOCK_DGRAM;
        case Kind::unix_seqpacket: return SOCK_SEQPACKET;
        case Kind::ip:
        case Kind::packet: return SOCK_RAW;
        default: return SOCK_STREAM;
    }
}

int protocol_of(Kind kind) { return kind == Kind::mptcp ? IPPROTO_MPTCP : kind == Kind::sctp ? IPPROTO_SCTP : 0; }

bool inside_v4(const in6_addr& address) { return IN6_IS_ADDR_V4MAPPED(&address); }

/// A numeric address; nothing: it is a name. Throws Error (an interface that is not there).
std::optional<Endpoint> numeric(const std::string& host, int family) {
    Endpoint endpoint;
    auto& v4 = as<sockaddr_in>(endpoint);
    if (family != AF_INET6 && ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        endpoint.length = sizeof v4;
        return endpoint;
    }
    const auto percent = host.find('%');
    auto& v6 = as<sockaddr_in6>(endpoint);
    if (family == AF_INET || ::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &v6.sin6_addr) != 1) return {};
    v6.sin6_family = AF_INET6;
    endpoint.length = sizeof v6;
    if (percent != std::string::npos) {
        const auto scope = host.substr(percent + 1);
        v6.sin6_scope_id = ::if_nametoindex(scope.c_str());
        if (v6.sin6_scope_id == 0) {
            const auto number = text::whole_number(scope, 1, 0xffff'ffff);
            if (!number) throw sys::Error(ENXIO, fmt::format("{}: there is no interface {}", text::escape(host), text::escape(scope)));
            v6.sin6_scope_id = static_cast<std::uint32_t>(*number);
        }
    }
    return endpoint;
}

/// What getent(1) prints; empty: it knows nothing of that.
sys::Wait ask(std::vector<std::string> words, const sys::Deadline& deadline, sys::Signals& signals, std::string& answer) {
    auto pipe = sys::Pipe::create();
    sys::Spawn spawn;
    spawn.words = std::move(words);
    spawn.words.insert(spawn.words.begin(), "getent");
    spawn.mask = &signals.outside();
    spawn.descriptors = {{pipe.write_end.get(), 1}};
    std::optional<sys::Child> child;
    try {
        child = sys::Child::start(spawn);
    } catch (const sys::Error& failure) {
        throw sys::Error(failure.number(), "getent: cannot run, and so no name can be looked up", "numeric addresses need no getent");
    }
    pipe.write_end = {};
    std::array<char, 4096> block{};
    for (;;) {
        std::array<pollfd, 1> entry{{{pipe.read_end.get(), POLLIN, 0}}};
        if (const auto wait = sys::poll(entry, deadline, &signals); wait != sys::Wait::done) {
            child->signal(SIGKILL);
            (void)child->wait();
            return wait;
        }
        const auto count = sys::read_some(pipe.read_end.get(), block, "getent");
        if (count == 0) break;
        answer.append(block.data(), count);
    }
    (void)child->wait();
    return sys::Wait::done;
}

sys::Wait find_port(const Address& address, const sys::Deadline& deadline, sys::Signals& signals, std::uint16_t& port) {
    if (const auto number = text::whole_number(address.port, 0, 65535)) {
        port = static_cast<std::uint16_t>(*number);
        return sys::Wait::done;
    }
    std::string answer;
    if (const auto wait = ask({"services", fmt::format("{}/{}", address.port, address.kind == Kind::udp ? "udp" : "tcp")}, deadline, signals, answer);
        wait != sys::Wait::done)
        return wait;
    // http                  80/tcp www
    const auto begin = answer.find_first_of("0123456789", std::min(answer.find(' '), answer.size()));
    const auto number = begin == std::string::npos ? text::Parsed<std::uint64_t>{std::unexpected("")}
                                                   : text::whole_number(std::string_view{answer}.substr(begin, answer.find('/', begin) - begin), 0, 65535);
    if (!number) throw sys::Error(ENXIO, fmt::format("{}: there is no service {}", address.spelled(), address.port));
    port = static_cast<std::uint16_t>(*number);
    return sys::Wait::done;
}

sys::Wait find_hosts(const Address& address, const sys::Deadline& deadline, sys::Signals& signals, std::vector<Endpoint>& into) {
    if (auto endpoint = numeric(address.host, address.family)) return into.push_back(*endpoint), sys::Wait::done;
    // RFC 6761: localhost is loopback, whatever a name server says; and getent hides ::1 where no other IPv6 is in use.
    if (address.host == "localhost") {
        for (const char* host : {"127.0.0.1", "::1"}) {
            if (auto endpoint = numeric(host, address.family)) into.push_back(*endpoint);
        }
        return sys::Wait::done;
    }
    std::string answer;
    sys::trace("asking getent for {}", address.host);
    if (const auto wait = ask({"ahosts", address.host}, deadline, signals, answer); wait != sys::Wait::done) return wait;
    for (std::string_view rest = answer; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        // 127.0.0.1       STREAM localhost
        if (!line.contains(" STREAM")) continue;
        if (auto endpoint = numeric(std::string{line.substr(0, line.find(' '))}, address.family)) into.push_back(*endpoint);
    }
    if (into.empty())
        throw sys::Error(ENXIO, fmt::format("{}: there is no host {}{}", address.spelled(), text::escape(address.host),
                                            address.family == AF_INET    ? " with an IPv4 address"
                                            : address.family == AF_INET6 ? " with an IPv6 address"
                                                                         : ""));
    return sys::Wait::done;
}

bool has_ipv6() { return static_cast<bool>(sys::Fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)}); }

/// IPv6 and IPv4 by turns: when one of them leads nowhere, the other is not far (RFC 8305).
void by_turns(std::vector<Endpoint>& endpoints) {
    std::vector<Endpoint> first;
    std::vector<Endpoint> second;
    for (const auto& endpoint : endpoints) (endpoint.family() == endpoints.front().family() ? first : second).push_back(endpoint);
    endpoints.clear();
    for (std::size_t at = 0; at < std::max(first.size(), second.size()); ++at) {
        if (at < first.size()) endpoints.push_back(first[at]);
        if (at < second.size()) endpoints.push_back(second[at]);
    }
}

sys::Wait resolve_inet(const Address& address, Purpose purpose, const sys::Deadline& deadline, sys::Signals& signals, std::vector<Endpoint>& into) {
    std::uint16_t port = 0;
    if (!address.port.empty() && address.kind != Kind::ip) {
        if (const auto wait = find_port(address, deadline, signals, port); wait != sys::Wait::done) return wait;
    }
    if (address.host.empty()) {
        if (purpose == Purpose::to_connect && address.kind != Kind::ip)
            throw sys::Error(EDESTADDRREQ, fmt::format("{}: that is every address: only listening has them all", address.spelled()),
                             "name a host, such as localhost");
        into.push_back(*numeric(address.family == AF_INET || (address.family == 0 && !has_ipv6()) ? "0.0.0.0" : "::", 0));
    } else if (const auto wait = find_hosts(address, deadline, signals, into); wait != sys::Wait::done) {
        return wait;
    }
    by_turns(into);
    for (auto& endpoint : into) endpoint.set_port(port);
    return sys::Wait::done;
}

Endpoint vsock_endpoint(const Address& address) {
    Endpoint endpoint;
    auto& name = as<sockaddr_vm>(endpoint);
    name.svm_family = AF_VSOCK;
    name.svm_cid = address.cid;
    name.svm_port = address.vsock_port == 0 ? VMADDR_PORT_ANY : address.vsock_port;
    endpoint.length = sizeof name;
    return endpoint;
}

void set(int socket, int level, int option, int value, const Address& address, const char* key) {
    if (::setsockopt(socket, level, option, &value, sizeof value) < 0) throw sys::Error(errno, fmt::format("{}: cannot set {}", address.spelled(), key));
}

void set_text(int socket, int level, int option, const std::string& value, const Address& address, const char* key) {
    if (::setsockopt(socket, level, option, value.data(), static_cast<socklen_t>(value.size())) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot set {} to {}", address.spelled(), key, text::escape(value)));
}

int number(const std::string& value) { return static_cast<int>(text::whole_number(value, 0, 0xffff'ffff).value_or(0)); }
int seconds(const std::string& value) {
    const auto duration = text::Duration::parse(value);
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(duration ? duration->length : std::chrono::nanoseconds{}).count());
}
int bytes(const std::string& value) {
    const auto size = text::Size::parse(value);
    return static_cast<int>(size ? size->bytes : 0);
}

void apply_keys(int socket, const Address& address, int family) {
    for (const auto& [key, value] : address.keys) {
        const auto* name = key.c_str();
        if (key == "sndbuf") set(socket, SOL_SOCKET, SO_SNDBUF, bytes(value), address, name);
        if (key == "rcvbuf") set(socket, SOL_SOCKET, SO_RCVBUF, bytes(value), address, name);
        if (key == "broadcast") set(socket, SOL_SOCKET, SO_BROADCAST, 1, address, name);
        if (key == "mark") set(socket, SOL_SOCKET, SO_MARK, number(value), address, name);
        if (key == "interface") set_text(socket, SOL_SOCKET, SO_BINDTODEVICE, value, address, name);
        if (key == "reuseport") set(socket, SOL_SOCKET, SO_REUSEPORT, 1, address, name);
        if (key == "freebind") set(socket, SOL_IP, IP_FREEBIND, 1, address, name);
        if (key == "nodelay") set(socket, SOL_TCP, TCP_NODELAY, 1, address, name);
        if (key == "congestion") set_text(socket, SOL_TCP, TCP_CONGESTION, value, address, name);
        if (key == "user-timeout") set(socket, SOL_TCP, TCP_USER_TIMEOUT, seconds(value) * 1000, address, name);
        if (key == "keepalive") {
            set(socket, SOL_SOCKET, SO_KEEPALIVE, 1, address, name);
            set(socket, SOL_TCP, TCP_KEEPIDLE, seconds(value), address, name);
            set(socket, SOL_TCP, TCP_KEEPINTVL, seconds(value), address, name);
        }
        const bool v6 = family == AF_INET6;
        if (key == "tos") set(socket, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_TCLASS : IP_TOS, number(value), address, name);
        if (key == "ttl") set(socket, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL, number(value), address, name);
    }
}

/// HOST, HOST:PORT, [V6]:PORT or :PORT, in numbers, of the family of the other end; nothing: it is of the other family.
std::optional<Endpoint> source(const Address& address, const std::string& text, int family) {
    const bool brackets = text.starts_with('[');
    const auto colon = brackets ? text.find("]:") : std::ranges::count(text, ':') == 1 ? text.find(':') : std::string::npos;
    auto host = text.substr(0, colon);
    if (brackets) host = host.substr(1, host.find(']') - 1);
    const auto port = colon == std::string::npos ? std::string{"0"} : text.substr(colon + (brackets ? 2 : 1));
    const auto number = text::whole_number(port, 0, 65535);
    auto endpoint = numeric(host.empty() ? family == AF_INET6 ? "::" : "0.0.0.0" : host, 0);
    if (!endpoint || !number)
        throw sys::Error(EINVAL, fmt::format("{}: '{}' is no address in numbers, such as 127.0.0.1 or :1024", address.spelled(), text::escape(text)));
    endpoint->set_port(static_cast<std::uint16_t>(*number));
    return endpoint->family() == family ? endpoint : std::nullopt;
}

void bind_source(int socket, const Address& address, const Endpoint& endpoint) {
    const auto* text = address.key("bind");
    if (!text || address.is_unix()) return;
    const auto from = source(address, *text, endpoint.family());
    if (!from) throw sys::Error(EAFNOSUPPORT, fmt::format("{}: cannot be reached from {}", endpoint.spelled(), text::escape(*text)));
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1, address, "bind");
    if (::bind(socket, from->name(), from->length) < 0)
        throw sys::Error(errno, fmt::format("{}: cannot come from {}", endpoint.spelled(), text::escape(*text)));
}

}  // namespace

std::uint16_t Endpoint::port() const {
    if (family() == AF_INET) return ntohs(as<sockaddr_in>(*this).sin_port);
    return family() == AF_INET6 ? ntohs(as<sockaddr_in6>(*this).sin6_port) : std::uint16_t{0};
}

void Endpoint::set_port(std::uint16_t port) {
    if (family() == AF_INET) as<sockaddr_in>(*this).sin_port = htons(port);
    if (family() == AF_INET6) as<sockaddr_in6>(*this).sin6_port = htons(port);
}

std::string Endpoint::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET) return ::inet_ntop(AF_INET, &as<sockaddr_in>(*this).sin_addr, text.data(), text.size());
    if (family() != AF_INET6) return {};
    const auto& v6 = as<sockaddr_in6>(*this);
    if (inside_v4(v6.sin6_addr)) return ::inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text.data(), text.size());
    std::string host = ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    if (v6.sin6_scope_id == 0) return host;
    std::array<char, IF_NAMESIZE> interface {};
    const char* name = ::if_indextoname(v6.sin6_scope_id, interface.data());
    return host + "%" + (name ? name : std::to_string(v6.sin6_scope_id));
}

std::string Endpoint::spelled() const {
    Address address;
    switch (family()) {
        case AF_INET:
        case AF_INET6:
            address.kind = type == SOCK_DGRAM          ? Kind::udp
                           : type == SOCK_RAW          ? Kind::ip
                           : protocol == IPPROTO_MPTCP ? Kind::mptcp
                           : protocol == IPPROTO_SCTP  ? Kind::sctp
                                                       : Kind::tcp;
            address.host = host();
            address.port = std::to_string(port());
            break;
        case AF_UNIX: {
            address.kind = type == SOCK_DGRAM ? Kind::unix_datagram : type == SOCK_SEQPACKET ? Kind::unix_seqpacket : Kind::unix_stream;
            const auto& name = as<sockaddr_un>(*this);
            const std::string_view raw{name.sun_path, length > offsetof(sockaddr_un, sun_path) ? length - offsetof(sockaddr_un, sun_path) : 0};
            address.abstract = raw.starts_with('\0');
            address.path = address.abstract ? raw.substr(1) : raw.substr(0, raw.find('\0'));
            break;
        }
        case AF_VSOCK:
            address.kind = Kind::vsock;
            address.cid = as<sockaddr_vm>(*this).svm_cid;
            address.vsock_port = as<sockaddr_vm>(*this).svm_port;
            break;
        default: return fmt::format("family {}", family());
    }
    return address.spelled();
}

namespace {

Endpoint end_of(int socket, int (*ask_kernel)(int, sockaddr*, socklen_t*), const char* what) {
    Endpoint endpoint;
    endpoint.length = sizeof endpoint.storage;
    if (ask_kernel(socket, endpoint.name(), &endpoint.length) < 0) throw sys::Error(errno, fmt::format("cannot ask for the {} of the socket", what));
    socklen_t size = sizeof endpoint.type;
    (void)::getsockopt(socket, SOL_SOCKET, SO_TYPE, &endpoint.type, &size);
    size = sizeof endpoint.protocol;
    (void)::getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &endpoint.protocol, &size);
    return endpoint;
}

}  // namespace

Endpoint local_end(int socket) {
    return end_of(
        socket, [](int fd, sockaddr* name, socklen_t* length) { return ::getsockname(fd, name, length); }, "address");
}
Endpoint peer_end(int socket) {
    return end_of(
        socket, [](int fd, sockaddr* name, socklen_t* length) { return ::getpeername(fd, name, length); }, "other end");
}

Endpoint unix_endpoint(const Address& address, sys::Fd& directory) {
    Endpoint endpoint;
    endpoint.type = type_of(address.kind);
    auto& name = as<sockaddr_un>(endpoint);
    name.sun_family = AF_UNIX;
    std::string raw = address.abstract ? std::string(1, '\0') + address.path : address.path;
    if (!address.abstract && raw.size() >= sizeof name.sun_path) {
        // Reached through the directory: a name may have 255 bytes, and a path 4095.
        const auto slash = raw.rfind('/');
        const auto above = slash == std::string::npos ? std::string{"."} : raw.substr(0, slash + 1);
        directory = sys::open(above.c_str(), O_PATH | O_DIRECTORY);
        raw = fmt::format("/proc/self/fd/{}/{}", directory.get(), raw.substr(slash + 1));
    }
    if (raw.size() > sizeof name.sun_path - (address.abstract ? 0 : 1))
        throw sys::Error(ENAMETOOLONG, fmt::format("{}: the last part of the path is over the limit of {} bytes", address.spelled(),
                                                   sizeof name.sun_path - 1 - fmt::formatted_size("/proc/self/fd/{}/", directory.get())));
    std::memcpy(name.sun_path, raw.data(), raw.size());
    endpoint.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + raw.size() + (address.abstract ? 0 : 1));
    return endpoint;
}

sys::Wait resolve(const Address& address, Purpose purpose, const sys::Deadline& deadline, sys::Signals& signals, std::vector<Endpoint>& into) {
    if (address.kind == Kind::vsock) {
        into.push_back(vsock_endpoint(address));
    } else if (const auto wait = resolve_inet(address, purpose, deadline, signals, into); wait != sys::Wait::done) {
        return wait;
    }
    for (auto& endpoint : into) {
        endpoint.type = type_of(address.kind);
        endpoint.protocol = protocol_of(address.kind);
    }
    return sys::Wait::done;
}

sys::Fd open_socket(const Address& address, const Endpoint& endpoint, Purpose purpose) {
    sys::Fd socket{::socket(endpoint.family(), endpoint.type | SOCK_CLOEXEC | SOCK_NONBLOCK, endpoint.protocol)};
    if (!socket) throw sys::Error(errno, fmt::format("{}: cannot make such a socket", address.spelled()));
    apply_keys(socket.get(), address, endpoint.family());
    if (purpose == Purpose::to_connect) {
        bind_source(socket.get(), address, endpoint);
    } else {
        // One who has just ended must not keep the port from us for a minute. Not of UDP, where two would share it.
        if (endpoint.type == SOCK_STREAM && address.is_inet()) set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1, address, "the reuse of its port");
        if (endpoint.family() == AF_INET6) {
            const bool all = IN6_IS_ADDR_UNSPECIFIED(&as<sockaddr_in6>(endpoint).sin6_addr);
            set(socket.get(), SOL_IPV6, IPV6_V6ONLY, !all || address.family == AF_INET6 || address.key("v6only") ? 1 : 0, address, "v6only");
        }
    }
    return socket;
}

}  // namespace ipc
