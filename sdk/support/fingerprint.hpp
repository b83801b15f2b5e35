#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rpikit {

/// What a stage's result depends on, as named values in the order they were added. Two equal fingerprints
/// mean equal results; a difference can be named ("the configuration changed").
class Fingerprint {
  public:
    void add(std::string name, std::string value);
    const std::vector<std::pair<std::string, std::string>>& inputs() const { return inputs_; }

    /// SHA-256 over all names and values, each with its length so that no two lists run together.
    std::string digest() const;

    /// The names of the inputs that differ from `before`, in order; new and vanished ones included.
    std::vector<std::string> changed_since(const Fingerprint& before) const;

  private:
    std::vector<std::pair<std::string, std::string>> inputs_;
};

}  // namespace rpikit
