// SPDX-License-Identifier: MIT
#include "cli/place.hpp"

#include <cstdlib>

namespace cli {

std::string temporary_directory() {
    const char* const place = ::secure_getenv("TMPDIR");
    return place && *place != '\0' ? place : "/tmp";
}

}  // namespace cli
