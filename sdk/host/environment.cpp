#include "sdk/host/environment.hpp"

#include <unistd.h>

#include <string_view>

namespace rpikit::host {

Environment Environment::of_this_process() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return Environment(std::move(variables));
}

std::optional<std::string> Environment::get(const std::string& name) const {
    const auto found = variables_.find(name);
    if (found == variables_.end()) return std::nullopt;
    return found->second;
}

Environment Environment::only(const std::vector<std::string>& names) const {
    Environment chosen;
    for (const auto& name : names) {
        if (auto value = get(name)) chosen.set(name, *std::move(value));
    }
    return chosen;
}

std::vector<std::string> Environment::entries() const {
    std::vector<std::string> entries;
    entries.reserve(variables_.size());
    for (const auto& [name, value] : variables_)
        entries.push_back(name + '=' + value);
    return entries;
}

}  // namespace rpikit::host
