// SPDX-License-Identifier: MIT
#include "sys/mapping.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>

#include "sys/error.hpp"

namespace sys {
namespace {

// The region that is being copied, for the handler; null when a SIGBUS is not ours.
thread_local std::atomic<std::byte*> guarded_base{nullptr};
thread_local std::atomic<std::size_t> guarded_size{0};
thread_local std::atomic<bool> faulted{false};

/// Puts a page of zeros where the file has none any more, so that the interrupted copy can end; the copy is then refused.
/// (The same way out as in systemd's journal reader.) mmap(2) is a bare system call here and safe in a handler.
void fill_page(int signal, siginfo_t* info, void*) {
    auto* const address = static_cast<std::byte*>(info->si_addr);
    auto* const base = guarded_base.load();
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    auto* const start = reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(address) & ~(page - 1));
    const bool ours = base && address >= base && address < base + guarded_size.load();
    if (!ours || ::mmap(start, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
        struct sigaction action {};
        action.sa_handler = SIG_DFL;
        ::sigaction(signal, &action, nullptr);  // returning repeats the access, which now ends the process
        return;
    }
    faulted.store(true);
}

void install_handler() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action {};
        action.sa_sigaction = fill_page;
        action.sa_flags = SA_SIGINFO;
        ::sigemptyset(&action.sa_mask);
        ::sigaction(SIGBUS, &action, nullptr);
    });
}

/// While it lives, a SIGBUS inside the region is caught.
class Guard {
public:
    Guard(std::byte* base, std::size_t size) {
        guarded_size.store(size);
        faulted.store(false);
        guarded_base.store(base);
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
        std::atomic_signal_fence(std::memory_order_seq_cst);
        guarded_base.store(nullptr);
    }
};

}  // namespace

Mapping::Mapping(int fd, std::size_t size, Access access, std::uint64_t offset) : size_(size) {
    install_handler();
    const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* const address = ::mmap(nullptr, size, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (address == MAP_FAILED) throw Error(errno, "cannot map " + std::to_string(size) + " bytes");
    base_ = static_cast<std::byte*>(address);
}

Mapping::~Mapping() { ::munmap(base_, size_); }

void Mapping::check_range(std::size_t offset, std::size_t length) const {
    if (offset <= size_ && length <= size_ - offset) return;
    throw Error(ERANGE, std::to_string(length) + " bytes at offset " + std::to_string(offset) + " are outside the mapped " + std::to_string(size_));
}

void Mapping::check_faults() const {
    broken_ = broken_ || faulted.load();
    if (broken_) throw Error(EIO, "the object shrank, or its file system is full, under a mapping of " + std::to_string(size_) + " bytes");
}

void Mapping::read(std::size_t offset, std::span<std::byte> into) const {
    check_range(offset, into.size());
    if (into.empty()) return;
    const Guard guard{base_, size_};
    std::memcpy(into.data(), base_ + offset, into.size());
    check_faults();
}

void Mapping::write(std::size_t offset, std::span<const std::byte> from) {
    check_range(offset, from.size());
    if (from.empty()) return;
    const Guard guard{base_, size_};
    std::memcpy(base_ + offset, from.data(), from.size());
    check_faults();
}

}  // namespace sys
