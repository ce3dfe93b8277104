// SPDX-License-Identifier: MIT
// fifo ls: the FIFOs of a directory, or all that are open, with who has them open and who waits.
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
    {"PATH", "path", Kind::name, "path, below the directory as it was given"},
    {"MODE", "mode", Kind::text, "permissions, octal"},
    {"OWNER", "owner", Kind::name, "user, or uid"},
    {"QUEUED", "queued", Kind::size, "bytes in it"},
    {"CAPACITY", "capacity", Kind::size, "bytes it can hold now; null: nobody has it open", false},
    {"READERS", "readers", Kind::list, "descriptors open for reading"},
    {"WRITERS", "writers", Kind::list, "descriptors open for writing"},
    {"BLOCKED", "blocked", Kind::list, "threads that wait: for data, for room, in open(2) for the other end"},
    {"INODE", "inode", Kind::number, "inode number", false},
};

struct Options : cli::ListOptions {
    std::vector<text::Path> directories;
    bool all = false;
};

void add_row(cli::Table& table, const std::string& path, const struct stat* facts, const ipc::PipeInfo& info, bool all_seen) {
    table.add({
        path,
        facts ? cli::Value{fmt::format("{:04o}", facts->st_mode & 07777)} : cli::Value{nullptr},
        facts ? cli::Value{sys::user_name(facts->st_uid)} : cli::Value{nullptr},
        queued_cell(info, all_seen),
        cli::known(info.capacity),
        reader_cells(info),
        writer_cells(info),
        blocked_cells(info),
        info.identity.inode,
    });
}

cli::Exit run(const Options& opt) {
    if (opt.all && !opt.directories.empty()) throw cli::Usage("--all shows what is open anywhere; give no DIRECTORY with it");
    cli::Table table{columns, opt};
    const bool wants_users =
        opt.all || table.wants("queued") || table.wants("capacity") || table.wants("readers") || table.wants("writers") || table.wants("blocked");
    const auto list = wants_users ? ipc::list_pipes(table.wants("queued") || table.wants("capacity")) : ipc::PipeList{};
    const bool all_seen = list.unreadable == 0;

    if (opt.all) {
        for (const auto& info : list.pipes) {
            if (info.path.empty()) continue;
            struct stat facts {};
            const bool same = ::lstat(info.path.c_str(), &facts) == 0 && ipc::PipeIdentity{facts.st_dev, facts.st_ino} == info.identity;
            add_row(table, info.path, same ? &facts : nullptr, info, all_seen);
        }
    }
    auto directories = opt.directories;
    if (!opt.all && directories.empty()) directories.push_back({"."});
    for (const auto& directory : directories) {
        for (const auto& entry : fifos_in(directory.path)) {
            add_row(table, entry.path, &entry.facts, info_of(list, {entry.facts.st_dev, entry.facts.st_ino}), all_seen);
        }
    }
    table.print();
    cli::note_unreadable(list.unreadable, list.processes);
    return cli::Exit::ok;
}

void declare(cli::Form<Options>& form) {
    form.operands("DIRECTORY", &Options::directories, 0, "where to look (default: the current directory)");
    form.option("--all", &Options::all, "those that processes have open or are opening, wherever they are");
    cli::list_options(form);
    form.columns(columns);
    form.example("fifo ls", "the FIFOs here");
    form.example("fifo ls --all -o PATH,BLOCKED", "all that are in use");
    form.example("fifo ls -j | jq -r 'select(.queued > 0).path'", "those that hold data");
}

}  // namespace

const cli::Verb ls = cli::verb<Options, declare, run>("ls", "list FIFOs, with readers, writers and who is blocked");

}  // namespace tools::fifo
