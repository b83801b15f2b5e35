#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sdk/source/provider.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

std::span<const Provider* const> providers() {
    static constexpr std::array all = {&git_provider, &distro_provider, &archive_provider, &dir_provider};
    return all;
}

Result<const Provider*> find_provider(std::string_view name) {
    const auto found = std::ranges::find(providers(), name, &Provider::name);
    if (found != providers().end()) return *found;
    std::vector<std::string> names;
    for (const auto* provider : providers())
        names.emplace_back(provider->name);
    return fail({.message = fmt::format("there is no source provider '{}'", name),
                 .hint = fmt::format("one of: {}", join(names, ", "))});
}

}  // namespace rpikit::source
