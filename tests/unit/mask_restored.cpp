// SPDX-License-Identifier: MIT
// mask_restored: what sys::Signals holds back in one test is let through again before the next one, when all run in one process.
#include <gtest/gtest.h>

#include <csignal>

namespace {

class MaskRestored : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo& /*test*/) override { ::sigprocmask(SIG_SETMASK, nullptr, &before_); }
    void OnTestEnd(const ::testing::TestInfo& /*test*/) override { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    sigset_t before_{};
};

[[maybe_unused]] const bool listening = [] {
    ::testing::UnitTest::GetInstance()->listeners().Append(new MaskRestored);  // which takes it
    return true;
}();

}  // namespace
