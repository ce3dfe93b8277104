// SPDX-License-Identifier: MIT
// mq limits: every limit on queues, what is used of it, and how it is raised.
#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "ipc/mq.hpp"
#include "text/size.hpp"
#include "verbs.hpp"

namespace tools::mq {
namespace {

using cli::Kind;

constexpr cli::Column columns[] = {
    {"NAME", "name", Kind::text, "the limit"},
    {"VALUE", "value", Kind::number, "its value; none: unlimited"},
    {"USED", "used", Kind::number, "what is used of it now"},
    {"BOUNDS", "bounds", Kind::text, "what it bounds"},
    {"RAISE", "raise", Kind::text, "how it is raised"},
};

struct Options : cli::ListOptions {};

cli::Exit run(const Options& opt) {
    cli::Table table{columns, opt};
    for (const auto& limit : ipc::mq_limits()) table.add({limit.name, cli::known(limit.limit), cli::known(limit.used), limit.meaning, limit.knob});
    table.print();
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    cli::list_options(form);
    form.columns(columns);
    form.example("mq limits", "all of them");
    form.example("mq limits -o NAME,VALUE,USED", "figures only");
    form.example("mq limits -j | jq 'select(.value != null and .used >= .value)'", "limits that are reached");
}

}  // namespace

const cli::Verb limits = cli::verb<Options, declare, run>("limits", "show limits, their use and how to raise them");

}  // namespace tools::mq
