#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rpikit::host {

/// The environment variables as a value. Taken once in main and handed on, so that nothing reads them midway.
class Environment {
  public:
    Environment() = default;
    explicit Environment(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {}

    static Environment of_this_process();

    /// Empty and missing are told apart.
    std::optional<std::string> get(const std::string& name) const;
    void set(const std::string& name, std::string value) { variables_[name] = std::move(value); }

    /// A copy that holds only the names listed.
    Environment only(const std::vector<std::string>& names) const;

    /// "NAME=value" for each variable, sorted by name.
    std::vector<std::string> entries() const;

  private:
    std::map<std::string, std::string> variables_;
};

}  // namespace rpikit::host
