#include <CLI/CLI.hpp>
#include <array>
#include <memory>

#include "sdk/cli/command.hpp"
#include "sdk/cli/completion.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::cli {

namespace {

// The scripts know nothing of commands: they ask `rpi-kit __complete`, which reads the command table. A line
// of its answer is "WORD<tab>DESCRIPTION", ":files" or ":folders". RPI_KIT_DATA and the like reach it as they
// reach any run.

// Words are cut at blanks alone, not at COMP_WORDBREAKS: "--profile=ti" and "dir:../linux" are one word each.
// What bash has already of the last word is taken off the answers.
constexpr std::string_view bash_script = R"(# bash completion of rpi-kit: rpi-kit completion bash > FILE
_rpi_kit() {
    local line words current kept IFS=$' \t\n'
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && words+=("")
    current=${words[${#words[@]}-1]}
    kept=${current%"${COMP_WORDS[COMP_CWORD]:0:${#current}}"}
    [[ ${COMP_WORDS[COMP_CWORD]} == [=:] ]] && kept=$current
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :files | :folders)
            compopt -o filenames 2>/dev/null
            local kind=-f
            [[ $line == :folders ]] && kind=-d
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen $kind -- "${current#"$kept"}")
            ;;
        *)
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$kept"}")
            ;;
        esac
    done < <("${words[0]/#\~/$HOME}" __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _rpi_kit rpi-kit
)";

constexpr std::string_view zsh_script = R"(#compdef rpi-kit
# zsh completion of rpi-kit: rpi-kit completion zsh > FOLDER-OF-fpath/_rpi-kit
_rpi-kit() {
    local line
    local -a known
    for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
        :files) _files ;;
        :folders) _files -/ ;;
        ?*) known+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
        esac
    done
    if (( $#known )); then _describe -V rpi-kit known; fi
}
if [ "$funcstack[1]" = "_rpi-kit" ]; then
    _rpi-kit "$@"
else
    compdef _rpi-kit rpi-kit
fi
)";

constexpr std::string_view fish_script =
    R"(# fish completion of rpi-kit: rpi-kit completion fish > rpi-kit.fish
function __rpi_kit_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c rpi-kit -f -a '(__rpi_kit_complete)'
)";

struct Shell {
    std::string_view name;
    std::string_view script;
};
constexpr std::array shells{Shell{"bash", bash_script}, Shell{"fish", fish_script}, Shell{"zsh", zsh_script}};

std::vector<std::string> shell_names() {
    std::vector<std::string> names;
    for (const auto& shell : shells)
        names.emplace_back(shell.name);
    return names;
}

std::vector<Candidate> board_names(const Context& context) {
    std::vector<Candidate> found;
    for (const auto& name : board::list_boards(context.boards))
        found.push_back({name});
    return found;
}

std::vector<Candidate> toolchain_names(const Context& context) {
    std::vector<Candidate> found;
    if (const auto all = toolchain::load_all(context.toolchains)) {
        for (const auto& toolchain : *all)
            found.push_back({toolchain.name, toolchain.description});
    }
    return found;
}

std::vector<Candidate> profile_names(const Context& context, const std::string& name) {
    const auto board = board::load_board(name, context.boards);
    if (!board) return {};
    std::vector<Candidate> found;
    for (const auto& profile : board->kernel.profiles)
        found.push_back({profile.first});
    return found;
}

std::vector<Candidate> source_names(const Context& context, const std::string& name) {
    std::vector<Candidate> found{{"auto"}, {"dir:"}, {"archive:"}};
    if (const auto board = board::load_board(name, context.boards)) {
        for (const auto& source : board->kernel.sources)
            found.push_back({source.name});
    }
    return found;
}

Result<int> answer(const Context& context, const std::vector<std::string>& words) {
    const KnownNames names{
        .boards = [&] { return board_names(context); },
        .toolchains = [&] { return toolchain_names(context); },
        .profiles = [&](const std::string& board) { return profile_names(context, board); },
        .sources = [&](const std::string& board) { return source_names(context, board); }};
    const auto completion = complete(program_page(), words, names);
    std::string text;
    for (const auto& candidate : completion.candidates)
        text += candidate.word + '\t' + candidate.description + '\n';
    if (completion.files) text += ":files\n";
    if (completion.folders) text += ":folders\n";
    context.out(text);
    return 0;
}

}  // namespace

Command completion_command() {
    return {.name = "completion",
            .summary = "Print what completes commands, options and names in a shell",
            .examples =
                "  rpi-kit completion bash > ~/.local/share/bash-completion/completions/rpi-kit\n"
                "  rpi-kit completion zsh > ~/.zfunc/_rpi-kit\n"
                "  rpi-kit completion fish > ~/.config/fish/completions/rpi-kit.fish",
            .setup = [](CLI::App& app) -> Runner {
                auto name = std::make_shared<std::string>();
                app.add_option("SHELL", *name, "Whose")->required()->check(CLI::IsMember(shell_names()));
                return [name](const Context& context) -> Result<int> {
                    context.out(std::ranges::find(shells, *name, &Shell::name)->script);
                    return 0;
                };
            }};
}

Command complete_command() {
    return {.name = "__complete",
            .summary = "Answer a shell's completion script",
            .examples = "  rpi-kit __complete -- build rp",
            .setup = [](CLI::App& app) -> Runner {
                auto words = std::make_shared<std::vector<std::string>>();
                app.add_option("WORD", *words,
                               "The words behind the program's name, the last one to be completed");
                return [words](const Context& context) { return answer(context, *words); };
            },
            .hidden = true};
}

}  // namespace rpikit::cli
