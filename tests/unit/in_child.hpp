// SPDX-License-Identifier: MIT
// in_child: a part of a test in a process of its own: closed descriptors, signal masks and limits end with it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

constexpr int child_failed = 99;

/// What waitpid(2) says of a child that ran body(); a failed expectation inside it, or an exception, is status 99.
template <class Body>
int in_child(Body body) {
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
        int status = child_failed;
        try {
            body();
            status = ::testing::Test::HasFailure() ? child_failed : 0;
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "in the child: %s\n", failure.what());
        }
        std::fflush(nullptr);
        std::_Exit(status);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
}

/// Runs the body in a child and fails the test when it failed there.
template <class Body>
void expect_in_child(Body body) {
    const int status = in_child(body);
    EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}
