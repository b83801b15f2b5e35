#include <fmt/format.h>
#include <unistd.h>

#include "sdk/board/new_board.hpp"
#include "sdk/board/resolve.hpp"
#include "sdk/cli/ask.hpp"
#include "sdk/cli/board_commands.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

/// What is edited: a copy that takes the board's place when it is right.
struct Draft {
    fs::path board;      ///< the file that it becomes
    fs::path file;       ///< .drafts/NAME.toml beside it: no board of `board list`
    fs::path base;       ///< beside it: what `before` was when the draft was begun
    std::string before;  ///< the board's text; for one that is new the text to start with
    bool exists = true;  ///< whether the board's file is there already
};

/// The setting, else $VISUAL or $EDITOR: with its options, as git and crontab take them.
Result<std::vector<std::string>> editor(const Settings& settings, const host::Environment& environment) {
    auto text = settings.given("editor").value_or("");
    if (text.empty()) text = environment.get("VISUAL").value_or("");
    if (text.empty()) text = environment.get("EDITOR").value_or("");
    std::vector<std::string> argv;
    for (const auto word : split(text, ' '))
        if (!word.empty()) argv.emplace_back(word);
    if (!argv.empty()) return argv;
    return fail({.message = "no editor is set: neither VISUAL nor EDITOR, nor the setting 'editor'",
                 .hint = "EDITOR=nano rpi-kit board edit ...",
                 .kind = ErrorKind::usage});
}

bool is_installed(const Context& context, const fs::path& file) {
    std::error_code ignored;
    return fs::equivalent(file.parent_path(), context.boards.folders.back(), ignored);
}

/// The user's own file of a board: the file itself, or one that extends it.
Result<Draft> plan_draft(const Context& context, const board::ResolvedBoard& found) {
    const auto file = fs::absolute(found.file).lexically_normal();
    const auto own = context.work / "boards";
    std::error_code ignored;
    if (!is_installed(context, file) || fs::equivalent(own, file.parent_path(), ignored)) {
        TRY_ASSIGN(auto text, host::read_file(file));
        return Draft{.board = file, .file = {}, .base = {}, .before = std::move(text)};
    }
    const auto name = file.stem().string();
    TRY_ASSIGN(auto planned,
               board::plan_new_board({.name = name, .folder = own, .from = name}, context.boards));
    context.host.note(fmt::format("{} is rpi-kit's own and stays as it is; yours is {}", file.string(),
                                  planned.file.string()));
    return Draft{
        .board = planned.file, .file = {}, .base = {}, .before = std::move(planned.text), .exists = false};
}

/// That the board's file is what the draft was begun with: what was typed since does not know of a change.
Result<> check_unchanged(const Draft& draft) {
    const auto now = host::read_file(draft.board);
    std::error_code ignored;
    const bool changed = draft.exists ? !now || *now != draft.before : fs::exists(draft.board, ignored);
    if (!changed) return {};
    return fail({.message = fmt::format("{} was changed meanwhile", draft.board.string()),
                 .causes = {"it stays as it is", fmt::format("what was typed is in {}", draft.file.string())},
                 .hint = fmt::format("take over what was typed by hand, then: rm {}",
                                     shell_quote(draft.file.string()))});
}

/// What an earlier edit left there is what the user typed: it is gone on with.
Result<> go_on_with(const Context& context, Draft& draft) {
    std::error_code ignored;
    if (fs::exists(draft.base, ignored)) {
        TRY_ASSIGN(draft.before, host::read_file(draft.base));
        TRY(check_unchanged(draft));
    }
    context.host.note(fmt::format("going on with {}", draft.file.string()));
    return {};
}

Result<Draft> make_draft(const Context& context, const board::ResolvedBoard& found) {
    TRY_ASSIGN(auto draft, plan_draft(context, found));
    const auto folder = draft.board.parent_path() / ".drafts";
    draft.file = folder / draft.board.filename();
    draft.base = folder / (draft.board.filename().string() + ".base");
    std::error_code ignored;
    if (fs::exists(draft.file, ignored)) {
        TRY(go_on_with(context, draft));
        return draft;
    }
    TRY(host::make_directories(folder));
    TRY(host::write_file(draft.base, draft.before));
    TRY(host::write_file(draft.file, draft.before));
    return draft;
}

Result<> remove_draft(const Draft& draft) {
    TRY(host::remove_tree(draft.file));
    TRY(host::remove_tree(draft.base));
    std::error_code ignored;
    fs::remove(draft.file.parent_path(), ignored);  // when it is empty
    return {};
}

Result<> run_editor(const Context& context, const std::vector<std::string>& argv, const fs::path& file) {
    host::Command command{.argv = argv, .environment = context.host.environment};
    command.argv.push_back(file.string());
    TRY_ASSIGN(const auto exit,
               context.host.processes.run(command, {.interactive = true, .stop = context.host.stop}));
    if (!exit.success()) return fail(host::command_error(command, exit, {}));
    return {};
}

/// Its mistakes, with the draft as the file that they are in.
std::vector<Error> mistakes_of(const Context& context, const Draft& draft, const std::string& text) {
    auto mistakes = board::resolve_text(draft.board, text, context.boards).mistakes;
    for (auto& mistake : mistakes) {
        if (mistake.where && mistake.where->file == draft.board) mistake.where->file = draft.file;
    }
    return mistakes;
}

Result<bool> wants_to_go_on(const Context& context) {
    if (!can_ask(false)) return false;
    TRY_ASSIGN(const auto answer, ask(context, "Edit again? [Y/n] ", Echo::on, false));
    return answer.empty() || answer.starts_with('y') || answer.starts_with('Y');
}

Error kept(const Draft& draft, std::string why) {
    return {.message = std::move(why),
            .causes = {fmt::format("{} stays as it was", draft.board.string()),
                       fmt::format("what was typed is in {}", draft.file.string())},
            .hint = "rpi-kit board edit " + shell_quote(draft.board.stem().string())};
}

/// Puts the draft in the board's place.
Result<> publish(const Draft& draft, const std::string& text) {
    TRY(check_unchanged(draft));
    TRY(host::write_file(draft.board, text));
    return remove_draft(draft);
}

}  // namespace

Result<int> edit_board(const Context& context, const std::string& name) {
    TRY_ASSIGN(const auto argv, editor(context.settings, context.host.environment));
    TRY_ASSIGN(const auto found, board::resolve_board(name, context.boards));
    TRY_ASSIGN(const auto draft, make_draft(context, found));
    while (true) {
        TRY(run_editor(context, argv, draft.file));
        TRY_ASSIGN(const auto text, host::read_file(draft.file));
        if (text == draft.before) {
            TRY(remove_draft(draft));
            context.host.note("nothing was changed");
            return 0;
        }
        const auto mistakes = mistakes_of(context, draft, text);
        if (mistakes.empty()) {
            TRY(publish(draft, text));
            context.out(draft.board.string() + '\n');
            return 0;
        }
        context.screen.write(mistakes_text(mistakes, context.screen.colour()));
        TRY_ASSIGN(const bool again, wants_to_go_on(context));
        if (!again) return fail(kept(draft, "the edited board has mistakes"));
    }
}

}  // namespace rpikit::cli
