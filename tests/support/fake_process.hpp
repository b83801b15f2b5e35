#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sdk/host/process.hpp"

namespace rpikit::test {

/// The process seam's fake: records every command and answers by the first rule whose word is in the argument
/// vector.
class FakeProcessRunner final : public host::ProcessRunner {
  public:
    using Answer = std::function<host::Exit(const host::Command&)>;

    /// \param word an argument, or the file name of argv[0], that a command must have for this answer
    void answer(std::string word, Answer answer) { rules_.emplace_back(std::move(word), std::move(answer)); }
    void answer(std::string word, host::Exit exit);
    void add_program(std::string name, std::filesystem::path path) {
        programs_[std::move(name)] = std::move(path);
    }

    Result<host::Exit> run(const host::Command& command, const host::RunOptions& options) override;
    std::optional<std::filesystem::path> find_program(const std::string& name,
                                                      const host::Environment& environment) override;

    std::vector<host::Command> commands;

  private:
    std::vector<std::pair<std::string, Answer>> rules_;
    std::map<std::string, std::filesystem::path> programs_;
};

}  // namespace rpikit::test
