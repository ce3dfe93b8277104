// SPDX-License-Identifier: MIT
// shape: the sizes of a queue as words on the command line; shared by create and set.
#pragma once

#include "text/number.hpp"
#include "text/size.hpp"

namespace tools::mq {

using Count = text::Number<1, 0x7fff'ffff'ffff'ffff>;        // mq_attr holds a long
using MessageSize = text::SizeIn<1, 0x7fff'ffff'ffff'ffff>;  // the same
using ByteLimit = text::SizeIn<1, 0x7fff'ffff>;              // msgctl(2) hands an int on

}  // namespace tools::mq
