// SPDX-License-Identifier: MIT
#include "limits.hpp"

#include <sys/resource.h>

namespace tools::sock {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace tools::sock
