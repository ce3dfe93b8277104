// SPDX-License-Identifier: MIT
// popen ls: the coprocesses of this user.
#include "status.hpp"
#include "verbs.hpp"

namespace tools::popen {
namespace {

struct Options : cli::ListOptions {};

cli::Exit run_verb(const Options& opt) {
    cli::Table table{opt.json ? all_columns : list_columns, opt};
    const auto registry = Registry::open(false);
    for (const auto& name : registry.names()) table.add(list_row(registry, name, opt.json));
    table.print();
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    cli::list_options(form);
    form.columns(list_columns);
    form.example("popen ls", "all of them");
    form.example("popen ls -j | jq -r 'select(.state == \"ended\").name'", "those that wait for popen close");
    form.example("popen ls -o NAME,KEEPER", "who keeps them");
}

}  // namespace

const cli::Verb ls = cli::verb<Options, declare, run_verb>("ls", "list coprocesses");

}  // namespace tools::popen
