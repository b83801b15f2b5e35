#include "sdk/support/fingerprint.hpp"

#include <algorithm>

#include "sdk/support/sha256.hpp"

namespace rpikit {

namespace {

bool contains(const Fingerprint& fingerprint, const std::pair<std::string, std::string>& input) {
    return std::ranges::find(fingerprint.inputs(), input) != fingerprint.inputs().end();
}

}  // namespace

void Fingerprint::add(std::string name, std::string value) {
    inputs_.emplace_back(std::move(name), std::move(value));
}

std::string Fingerprint::digest() const {
    Sha256 hash;
    for (const auto& [name, value] : inputs_) {
        hash.update(std::to_string(name.size()) + ':' + name + std::to_string(value.size()) + ':' + value);
    }
    return hash.finish();
}

std::vector<std::string> Fingerprint::changed_since(const Fingerprint& before) const {
    std::vector<std::string> names;
    const auto note = [&](const std::string& name) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    };
    for (const auto& input : inputs_) {
        if (!contains(before, input)) note(input.first);
    }
    for (const auto& input : before.inputs_) {
        if (!contains(*this, input)) note(input.first);
    }
    return names;
}

}  // namespace rpikit
