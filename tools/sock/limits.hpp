// SPDX-License-Identifier: MIT
// limits: what a server of thousands needs of the system.
#pragma once

namespace tools::sock {

/// As many descriptors as the hard limit allows: the soft one is what select(2) can bear, which we do not use.
void raise_descriptor_limit();

}  // namespace tools::sock
