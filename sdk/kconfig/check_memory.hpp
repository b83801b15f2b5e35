#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "sdk/host/host.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::kconfig {

/// What compilers answered to the checks of Kconfig files (does it know this option?), kept in the cache: a
/// kernel asks 50 such questions, each the start of a compiler. Only questions whose answer is the
/// compiler's, assembler's or linker's alone are kept, and only as long as these programs are the same files.
class CheckMemory {
  public:
    /// What was kept for the tools that `environment` names (CC, LD, AR). A file that cannot be read is as
    /// good as none: the questions are asked again.
    static CheckMemory open(const host::Host& host, const host::Environment& environment);

    /// Whether the answer to this command may be kept.
    bool covers(const std::string& command) const;
    std::optional<std::string> recall(const std::string& command) const;
    void remember(const std::string& command, const std::string& output);

    bool changed() const { return changed_; }
    /// A check that every compiler passes and that prints "y". When it does not, the answers may be those of
    /// a full disk and are not worth keeping.
    std::string control() const;
    /// Writes the file. What cannot be written is asked again next time.
    void save();

  private:
    std::filesystem::path file_;  ///< empty: nothing is kept
    std::string compiler_;
    std::string linker_;
    std::map<std::string, std::string> answers_;  ///< by the hash of the command
    bool changed_ = false;
};

}  // namespace rpikit::kconfig
