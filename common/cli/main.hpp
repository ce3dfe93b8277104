// SPDX-License-Identifier: MIT
// main: from argv to an exit status; the one place where errors are printed.
#pragma once

#include "cli/verb.hpp"

namespace cli {

/// Runs one verb of the tool. Never throws; the answer is for return from ::main.
int main(const Tool& tool, int argc, char** argv);

}  // namespace cli
