// SPDX-License-Identifier: MIT
// fifo stat: all that is known of a FIFO, without opening it.
#include <fmt/format.h>

#include "cli/groups.hpp"
#include "cli/table.hpp"
#include "cli/talk.hpp"
#include "path.hpp"
#include "sys/privilege.hpp"
#include "users.hpp"
#include "verbs.hpp"

namespace tools::fifo {
namespace {

using cli::Kind;

constexpr cli::Column columns[] = {
    {"PATH", "path", Kind::name, "as it was given"},
    {"MODE", "mode", Kind::text, "permissions, octal"},
    {"OWNER", "owner", Kind::name, "user, or uid"},
    {"GROUP", "group", Kind::name, "group, or gid"},
    {"INODE", "inode", Kind::number, "inode number"},
    {"CHANGED", "changed", Kind::time, "last change of its name, mode or owner"},
    {"QUEUED", "queued", Kind::size, "bytes in it"},
    {"CAPACITY", "capacity", Kind::size, "bytes it can hold now; null: nobody has it open"},
    {"READERS", "readers", Kind::list, "descriptors open for reading: pid, command, fd"},
    {"WRITERS", "writers", Kind::list, "descriptors open for writing"},
    {"BLOCKED", "blocked", Kind::list, "threads that wait: pid, command, tid, waits_for"},
};

struct Options : cli::ListOptions {
    FifoPath path;
};

cli::Exit run(const Options& opt) {
    const auto fifo = find(opt.path);
    const auto& facts = fifo.facts();
    const auto list = ipc::list_pipes();
    const auto info = info_of(list, fifo.identity());
    cli::print_one(columns, opt,
                   {
                       fifo.path(),
                       fmt::format("{:04o}", facts.st_mode & 07777),
                       sys::user_name(facts.st_uid),
                       sys::group_name(facts.st_gid),
                       facts.st_ino,
                       facts.st_ctim.tv_sec,
                       queued_cell(info, list.unreadable == 0),
                       cli::known(info.capacity),
                       reader_cells(info),
                       writer_cells(info),
                       blocked_cells(info),
                   });
    cli::note_unreadable(list.unreadable, list.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operand("FIFO", &Options::path, "the FIFO to look at; neither end of it is opened");
    cli::list_options(form);
    form.columns(columns);
    form.example("fifo stat jobs", "everything, a line each");
    form.example("fifo stat -j jobs | jq .queued", "one fact");
    form.example("fifo stat jobs -o BLOCKED --no-header", "who hangs here, and why");
}

}  // namespace

const cli::Verb stat = cli::verb<Options, declare, run>("stat", "show one FIFO in full, without opening it");

}  // namespace tools::fifo
