// SPDX-License-Identifier: MIT
// name: names of kernel objects are within their limits and spell themselves
#include "ipc/name.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using Kind = ipc::Name::Kind;
    const auto name = ipc::Name::parse(text_of(data, size));
    if (!name) {
        must(harmless(name.error()), "the message");
        return 0;
    }
    switch (name->kind) {
        case Kind::posix:
            must(name->posix.size() >= 2 && name->posix.size() <= 256 && name->posix.front() == '/', "a POSIX name is 1 to 255 bytes behind a slash");
            must(name->posix.find('/', 1) == std::string::npos && name->posix.find('\0') == std::string::npos, "no other slash, no NUL");
            must(name->posix != "/." && name->posix != "/..", "not the directory");
            break;
        case Kind::key: must(name->key != 0, "key 0 is private"); break;
        case Kind::id: must(name->id >= 0, "an id is not negative"); break;
        case Kind::file: must(!name->path.empty() && name->path.find('\0') == std::string::npos, "a path that the kernel takes"); break;
        case Kind::descriptor: must(name->pid > 0 && name->descriptor >= 0, "a process and a descriptor"); break;
        case Kind::anonymous: break;
    }
    const auto spelled = name->spelled();
    must(harmless(spelled), "the spelling has no control character");
    const auto again = ipc::Name::parse(spelled);
    must(again.has_value(), "the spelling is a name");
    must(again->kind == name->kind && again->posix == name->posix && again->key == name->key && again->id == name->id && again->path == name->path &&
             again->project == name->project && again->pid == name->pid && again->descriptor == name->descriptor,
         "the spelling means the same name");
    return 0;
}
