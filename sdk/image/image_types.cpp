#include "sdk/image/image_types.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

template <class Type>
Result<const Type*> find_type(const std::vector<const Type*>& types, std::string_view name,
                              std::string_view what) {
    const auto found = std::ranges::find(types, name, &Type::name);
    if (found != types.end()) return *found;
    std::vector<std::string> known;
    known.reserve(types.size());
    for (const Type* type : types)
        known.emplace_back(type->name);
    const auto near = near_match(name, known);
    return fail({.message = fmt::format("there is no {} type '{}'", what, name),
                 .hint = near ? fmt::format("did you mean '{}'?", *near)
                              : fmt::format("known types: {}", join(known, ", "))});
}

}  // namespace

Result<const FilesystemType*> ImageTypes::filesystem(const board::Partition& partition) const {
    auto type = find_type(filesystems, partition.filesystem, "file system");
    if (!type) type.error().where = partition.where;
    return type;
}

Result<const PartitionTableType*> ImageTypes::table(std::string_view name) const {
    return find_type(tables, name, "partition table");
}

}  // namespace rpikit::image
