#include "sdk/boot/boot_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/boot/boot_method.hpp"
#include "sdk/boot/host_files.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

Result<const BootMethod*> find_boot_method(std::string_view name) {
    std::vector<std::string> names;
    for (const auto* method : boot_methods()) {
        if (method->name == name) return method;
        names.emplace_back(method->name);
    }
    const auto near = near_match(name, names);
    return fail({.message = fmt::format("unknown boot method '{}'", name),
                 .hint = near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("boot.method is one of: {}", join(names, ", "))});
}

namespace {

Result<const BootMethod*> method_of(const board::Board& board) {
    auto method = find_boot_method(board.boot.method);
    if (!method) method.error().where = Location{.file = board.file};
    return method;
}

}  // namespace

Result<archive::FileTree> make_boot_files(const BootInputs& inputs) {
    TRY_ASSIGN(const auto* method, method_of(inputs.board));
    if (!inputs.board.boot.overlay_files.empty() && !method->takes_overlays) {
        return fail(
            {.message = fmt::format("the boot method {} applies no device tree overlays", method->name),
             .where = Location{.file = inputs.board.file},
             .hint = "leave boot.overlay_files out"});
    }
    return method->make(inputs);
}

namespace {

Result<RawFile> raw_file(const BootInputs& inputs, const board::RawLoader& loader) {
    const auto file = loader.path.empty() ? inputs.firmware / loader.file : loader.path;
    archive::FileTree tree;
    constexpr const char* name = "loader";
    if (auto added = add_host_file(tree, name, file); !added) {
        added.error().where = loader.where;
        return fail(added.error());
    }
    return RawFile{.name = file.filename().string(),
                   .offset = loader.offset,
                   .entry = *tree.find(name),
                   .where = loader.where};
}

Result<std::vector<RawFile>> raw_files(const BootInputs& inputs, const BootMethod& method) {
    std::vector<RawFile> files;
    for (const auto& loader : inputs.board.boot.loaders) {
        if (!method.takes_raw_loaders) {
            return fail({.message = fmt::format("the boot method {} has no loader outside the partitions",
                                                method.name),
                         .where = loader.where,
                         .hint = "write boot.method = \"u-boot\", or leave [[boot.loader]] out"});
        }
        TRY_ASSIGN(auto file, raw_file(inputs, loader));
        files.push_back(std::move(file));
    }
    return files;
}

}  // namespace

Result<Loader> make_loader(const BootInputs& inputs) {
    TRY_ASSIGN(const auto* method, method_of(inputs.board));
    TRY_ASSIGN(auto raw, raw_files(inputs, *method));
    const auto& partitions = inputs.board.image.partitions;
    const auto place = std::ranges::find(partitions, "loader", &board::Partition::content);
    if (place == partitions.end()) return Loader{.boot_code = {}, .tree = {}, .raw = std::move(raw)};
    if (method->make_loader != nullptr) return method->make_loader(inputs);
    return fail({.message = fmt::format("the boot method {} has nothing for the partition '{}'", method->name,
                                        place->name),
                 .where = place->where,
                 .hint = "leave the partition with content = \"loader\" out"});
}

}  // namespace rpikit::boot
