#include "sdk/boot/boot_files.hpp"

#include <fmt/format.h>

#include "sdk/boot/boot_method.hpp"
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

Result<archive::FileTree> make_boot_files(const BootInputs& inputs) {
    const auto method = find_boot_method(inputs.board.boot.method);
    if (!method) {
        Error error = method.error();
        error.where = Location{.file = inputs.board.file};
        return fail(std::move(error));
    }
    return (*method)->make(inputs);
}

}  // namespace rpikit::boot
