#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sdk/host/environment.hpp"
#include "sdk/kconfig/check_memory.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::kconfig {

/// Runs the command of a $(shell,...) and gives what it wrote to its standard output.
using Shell = std::function<Result<std::string>(const std::string& command)>;

/// The commands of $(shell,...), run only when somebody needs what they say: loading a kernel's Kconfig must
/// not start a hundred compilers. Until then a call stands in the text as a marker.
class ShellCalls {
  public:
    ShellCalls(Shell shell, CheckMemory memory) : shell_(std::move(shell)), memory_(std::move(memory)) {}

    /// The marker that stands for the output of `command`, which may hold markers itself.
    std::string defer(std::string command);
    static bool deferred(std::string_view text) { return text.find(begin) != std::string_view::npos; }
    /// `text` with all markers replaced by what their commands wrote; each command runs once.
    Result<std::string> resolve(std::string_view text);
    /// `text` with the commands themselves in place of the markers, for people.
    std::string show(std::string_view text) const;
    /// Keeps what compilers said, for the next tree.
    void save();
    /// Bytes that no Kconfig file may hold, because they are ours.
    static constexpr std::string_view reserved = "\1\2";

  private:
    static constexpr char begin = '\1';
    static constexpr char end = '\2';
    struct Call {
        std::string command;
        bool done = false;
        std::string output = {};
    };
    Result<std::string> output(std::size_t index);

    Shell shell_;
    CheckMemory memory_;
    std::vector<Call> calls_;
    std::unordered_map<std::string, std::size_t> known_;
};

/// The macro language (Documentation/kbuild/kconfig-macro-language.rst): variables of both kinds, functions
/// with arguments, the built-in functions, and the environment.
class Macros {
  public:
    Macros(const host::Environment& environment, ShellCalls& shell)
        : environment_(environment), shell_(shell) {}

    /// An $(error-if,...) whose condition needs a command.
    struct Check {
        std::string condition;
        std::string message;
        Location where;
    };
    const std::vector<Check>& checks() const { return checks_; }

    enum class Assignment { recursive, simple, append };
    Result<> assign(const std::string& name, Assignment kind, std::string_view value, const Location& where);

    /// Expands the reference whose "(" is at text[at], the "$" before it already taken; `at` is moved behind
    /// its ")". A "$" that no "(" follows stands for itself.
    Result<std::string> expand_reference(std::string_view text, std::size_t& at, const Location& where);

  private:
    struct Variable {
        std::string value;
        bool simple = false;
        int active = 0;  ///< how many expansions of it are under way
    };
    using Arguments = std::vector<std::string>;

    Result<std::string> expand(std::string_view text, const Arguments& arguments);
    Result<std::string> reference(std::string_view text, std::size_t& at, const Arguments& arguments);
    Result<std::string> call(std::string_view clause, const Arguments& arguments);
    Result<std::string> variable(Variable& variable, const std::string& name, const Arguments& arguments);
    Result<std::string> builtin(const std::string& name, const Arguments& arguments);
    std::unexpected<Error> failure(std::string message) const;

    const host::Environment& environment_;
    ShellCalls& shell_;
    std::map<std::string, Variable> variables_;
    std::vector<Check> checks_;
    Location where_;
    int depth_ = 0;
    std::size_t work_ = 0;  ///< bytes produced and clauses expanded for the current reference
};

}  // namespace rpikit::kconfig
