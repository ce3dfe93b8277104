// SPDX-License-Identifier: MIT
// popen stat: all that is known of one coprocess.
#include <fmt/format.h>

#include <algorithm>

#include "status.hpp"
#include "sys/error.hpp"
#include "text/suggest.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : cli::ListOptions {
    Name name;
};

cli::Exit run_verb(const Options& opt) {
    const auto registry = Registry::open(false);
    const auto names = registry.names();
    if (std::ranges::find(names, opt.name.name) == names.end()) {
        const auto near = text::nearest(opt.name.name, names);
        throw sys::Error(ENOENT, fmt::format("{}: no coprocess of this name", opt.name.name),
                         near.empty() ? "popen ls lists them" : fmt::format("did you mean {}?", near));
    }
    cli::print_one(status_columns, opt, status_row(registry, opt.name.name));
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("NAME", &Options::name, "the coprocess");
    cli::list_options(form);
    form.columns(status_columns);
    form.example("popen stat calc", "everything, a line each");
    form.example("popen stat -j calc | jq .pid", "one fact");
    form.example("popen stat -o STATE --no-header calc", "idle, busy or ended");
}

}  // namespace

const cli::Verb stat = cli::verb<Options, declare, run_verb>("stat", "show one coprocess in full");

}  // namespace tools::popen
