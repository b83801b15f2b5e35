#include "sdk/kernel/diagnosis.hpp"

#include <regex>
#include <vector>

#include "sdk/kernel/failure.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace {

/// Of a line no more is looked at: std::regex needs stack for every character.
constexpr std::size_t longest_line = 2048;

struct CompiledRow {
    const KnownFailure* row;
    std::regex pattern;
};

const std::vector<CompiledRow>& compiled_rows() {
    static const std::vector<CompiledRow> rows = [] {
        std::vector<CompiledRow> made;
        for (const KnownFailure& row : known_failures()) {
            made.push_back({&row, std::regex(row.pattern.begin(), row.pattern.end(),
                                             std::regex::ECMAScript | std::regex::optimize)});
        }
        return made;
    }();
    return rows;
}

/// Kbuild's short commands ("  CC      init/main.o") and the source excerpts of compiler warnings are
/// indented; neither is ever a cause, and an excerpt may hold any text.
bool is_noise(std::string_view line) {
    return line.empty() || line.starts_with("  ");
}

std::optional<Diagnosis> match_line(std::string_view line) {
    const std::string text(line.substr(0, longest_line));
    for (const auto& [row, pattern] : compiled_rows()) {
        std::smatch match;
        if (!std::regex_search(text, match, pattern)) continue;
        return Diagnosis{.name = std::string(row->name),
                         .line = std::string(trim(text)),
                         .meaning = match.format(std::string(row->meaning)),
                         .remedy = match.format(std::string(row->remedy))};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Diagnosis> diagnose(std::string_view log) {
    for (const std::string_view line : lines(log)) {
        if (is_noise(line)) continue;
        if (auto found = match_line(line)) return found;
    }
    return std::nullopt;
}

std::string fill_in(std::string hint, const BuildContext& context) {
    const auto replace = [&](std::string_view word, const std::string& text) {
        const std::size_t at = hint.find(word);
        if (at != std::string::npos) hint.replace(at, word.size(), shell_quote(text));
    };
    replace("BOARD", context.board);
    replace("SOURCE", context.source.root.string());
    return hint;
}

Error make_error(const BuildContext& context, const host::Command& command, const host::Exit& exit) {
    Error error = host::command_error(command, exit, context.log);
    if (error.kind == ErrorKind::interrupted) return error;
    auto found = diagnose(exit.output);
    if (!found) return error;
    error.message = std::move(found->meaning);
    error.causes = {std::move(found->line)};
    error.hint = fill_in(std::move(found->remedy), context);
    return error;
}

}  // namespace rpikit::kernel
