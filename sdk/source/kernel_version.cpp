#include "sdk/source/kernel_version.hpp"

#include <fmt/format.h>

#include <map>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

Result<std::string> kernel_version(const std::filesystem::path& tree) {
    auto makefile = host::read_file(tree / "Makefile");
    if (!makefile) {
        return fail(std::move(makefile).error(), fmt::format("{} holds no kernel tree", tree.string()));
    }
    std::map<std::string_view, std::string_view> variables;
    for (const auto line : lines(*makefile)) {
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) continue;
        const auto name = trim(line.substr(0, equals));
        variables.try_emplace(name, trim(line.substr(equals + 1)));
        if (name == "EXTRAVERSION") break;  // the last of the four
    }
    for (const auto* name : {"VERSION", "PATCHLEVEL", "SUBLEVEL"}) {
        if (parse_number(variables[name])) continue;
        return fail({.message = fmt::format("{} holds no kernel tree", tree.string()),
                     .where = Location{.file = tree / "Makefile"},
                     .causes = {fmt::format("its Makefile gives no {}", name)}});
    }
    return fmt::format("{}.{}.{}{}", variables["VERSION"], variables["PATCHLEVEL"], variables["SUBLEVEL"],
                       variables["EXTRAVERSION"]);
}

}  // namespace rpikit::source
