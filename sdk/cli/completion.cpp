#include "sdk/cli/completion.hpp"

#include <algorithm>
#include <ranges>

namespace rpikit::cli {

namespace {

/// Where the words before the cursor lead: a command, and what of its arguments is there already.
struct Position {
    std::vector<const CommandPage*> path;  ///< the program first
    std::size_t arguments = 0;
    const OptionText* waiting = nullptr;  ///< an option whose value comes next
    bool options_end = false;             ///< after "--"
    std::string board = {};

    const CommandPage& command() const { return *path.back(); }
    /// The argument that comes next; a repeated one stays.
    const OptionText* next_argument() const {
        const auto& all = command().arguments;
        if (arguments < all.size()) return &all[arguments];
        return !all.empty() && all.back().repeated ? &all.back() : nullptr;
    }
};

const OptionText* find_option(const Position& position, std::string_view name) {
    for (const auto* page : std::views::reverse(position.path)) {
        for (const auto& option : page->options) {
            if (std::ranges::find(option.names, name) != option.names.end()) return &option;
        }
    }
    return nullptr;
}

bool is_board(const OptionText& text) {
    return text.names.front() == "BOARD" || text.value.contains("BOARD");
}

void step(Position& position, const std::string& word) {
    if (position.waiting != nullptr) {
        position.waiting = nullptr;
    } else if (word == "--" && !position.options_end) {
        position.options_end = true;
    } else if (word.starts_with('-') && word.size() > 1 && !position.options_end) {
        const auto* option = find_option(position, word);
        if (option != nullptr && !option->value.empty()) position.waiting = option;
    } else if (const auto* command = position.command().find(word)) {
        position.path.push_back(command);
        position.arguments = 0;
    } else {
        if (const auto* argument = position.next_argument(); argument != nullptr && is_board(*argument))
            position.board = word;
        ++position.arguments;
    }
}

void add(Completion& completion, std::vector<Candidate> more) {
    std::ranges::move(more, std::back_inserter(completion.candidates));
}

/// What may stand for a value: by the check that is on it, then by its name.
Completion values(const OptionText& text, const Position& position, const KnownNames& names) {
    Completion completion;
    const auto& name = text.names.back();
    const bool argument = !name.starts_with('-');
    for (const auto& choice : text.choices)
        completion.candidates.push_back({choice});
    if (!text.choices.empty()) return completion;
    const auto is = [&](auto... words) { return ((name == words || text.value == words) || ...); };
    if (is("FOLDER", "DIR")) {
        completion.folders = true;
    } else if (name == "--profile") {
        add(completion, names.profiles(position.board));
    } else if (name == "--source") {
        add(completion, names.sources(position.board));
    } else if (argument && position.command().title.starts_with("rpi-kit toolchain") && is("NAME")) {
        add(completion, names.toolchains());
    } else if (argument && is("COMMAND")) {
        for (const auto& command : position.path.front()->commands) {
            if (!command.hidden) completion.candidates.push_back({command.name, command.summary});
        }
    } else if (argument) {
        if (is_board(text) || text.description.contains("board that was built"))
            add(completion, names.boards());
        completion.files = !is("SYMBOL", "SETTING", "NAME");
    } else {
        completion.files = is("FILE", "PATH", "CERTIFICATE");
    }
    return completion;
}

Completion option_names(const Position& position) {
    Completion completion;
    for (const auto* page : std::views::reverse(position.path)) {
        for (const auto& option : page->options) {
            const auto known =
                std::ranges::find(completion.candidates, option.names.back(), &Candidate::word);
            if (known == completion.candidates.end())
                completion.candidates.push_back({option.names.back(), option.description});
        }
    }
    return completion;
}

/// Commands come once the arguments in front of them are there: "config BOARD show".
Completion words_here(const Position& position, const KnownNames& names) {
    Completion completion;
    const auto* argument = position.next_argument();
    if (argument != nullptr) completion = values(*argument, position, names);
    if (argument != nullptr && argument->required) return completion;
    for (const auto& command : position.command().commands) {
        if (!command.hidden) completion.candidates.push_back({command.name, command.summary});
    }
    return completion;
}

Completion with_prefix(Completion completion, std::string_view prefix) {
    std::erase_if(completion.candidates, [&](const auto& c) { return !c.word.starts_with(prefix); });
    return completion;
}

}  // namespace

Completion complete(const CommandPage& program, std::span<const std::string> words, const KnownNames& names) {
    Position position{.path = {&program}};
    if (words.empty()) return words_here(position, names);
    for (const auto& word : words.first(words.size() - 1))
        step(position, word);
    const auto& current = words.back();
    if (position.waiting != nullptr) return with_prefix(values(*position.waiting, position, names), current);
    if (!current.starts_with('-') || position.options_end)
        return with_prefix(words_here(position, names), current);
    const auto equals = current.find('=');
    if (equals == std::string::npos) return with_prefix(option_names(position), current);
    const auto* option = find_option(position, current.substr(0, equals));
    if (option == nullptr || option->value.empty()) return {};
    auto completion = values(*option, position, names);
    for (auto& candidate : completion.candidates)
        candidate.word.insert(0, current.substr(0, equals + 1));
    return with_prefix(std::move(completion), current);
}

}  // namespace rpikit::cli
