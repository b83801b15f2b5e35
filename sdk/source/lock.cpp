#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/document.hpp"
#include "sdk/host/file.hpp"
#include "sdk/source/source.hpp"

namespace rpikit::source {

namespace {

std::unexpected<Error> malformed(const Location& where, std::string message) {
    return fail({.message = std::move(message),
                 .where = where,
                 .hint = "take rpi-kit.lock from version control again, or remove it and build anew"});
}

Result<std::string> text(const board::Value& table, std::string_view key) {
    const auto* value = table.find(key);
    if (value == nullptr) return std::string{};
    if (const auto* found = value->string()) return *found;
    return malformed(value->where, fmt::format("'{}' must be a string", key));
}

/// The tables of [[name]].
Result<std::vector<const board::Value*>> tables(const board::Value& document, std::string_view name) {
    std::vector<const board::Value*> found;
    const auto* value = document.find(name);
    if (value == nullptr) return found;
    if (value->array() == nullptr) return malformed(value->where, fmt::format("'{}' must be tables", name));
    for (const auto& item : *value->array()) {
        if (item.table() == nullptr) return malformed(item.where, fmt::format("'{}' must be tables", name));
        found.push_back(&item);
    }
    return found;
}

bool order(const Pin& left, const Pin& right) {
    return std::tie(left.board, left.source) < std::tie(right.board, right.source);
}

void add_line(std::string& to, std::string_view key, const std::string& value) {
    if (!value.empty()) to += fmt::format("{} = {}\n", key, board::quote(value));
}

}  // namespace

Result<Lock> Lock::load(const std::filesystem::path& file) {
    Lock lock;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return lock;
    TRY_ASSIGN(const auto document, board::load_document(file));
    TRY_ASSIGN(const auto pins, tables(document, "pin"));
    for (const auto* table : pins) {
        Pin pin;
        TRY_ASSIGN(pin.board, text(*table, "board"));
        TRY_ASSIGN(pin.source, text(*table, "source"));
        TRY_ASSIGN(pin.value, text(*table, "value"));
        TRY_ASSIGN(pin.sha256, text(*table, "sha256"));
        if (pin.board.empty() || pin.source.empty()) {
            return malformed(table->where, "a pin needs 'board' and 'source'");
        }
        lock.set(std::move(pin), false);
    }
    TRY_ASSIGN(const auto chosen, tables(document, "chosen"));
    for (const auto* table : chosen) {
        TRY_ASSIGN(auto board, text(*table, "board"));
        TRY_ASSIGN(auto source, text(*table, "source"));
        lock.chosen_.emplace_back(std::move(board), std::move(source));
    }
    return lock;
}

Result<> Lock::save(const std::filesystem::path& file) const {
    std::string content =
        "# Which kernel each board is built from; written by rpi-kit, renewed with --update.\n"
        "# Keep it in version control: the same lock gives the same source.\n";
    auto chosen = chosen_;
    std::ranges::sort(chosen);
    for (const auto& [board, source] : chosen) {
        content += "\n[[chosen]]\n";
        add_line(content, "board", board);
        add_line(content, "source", source);
    }
    auto pins = pins_;
    std::ranges::sort(pins, order);
    for (const auto& pin : pins) {
        content += "\n[[pin]]\n";
        add_line(content, "board", pin.board);
        add_line(content, "source", pin.source);
        add_line(content, "value", pin.value);
        add_line(content, "sha256", pin.sha256);
    }
    return host::write_file(file, content);
}

std::optional<Pin> Lock::find(const std::string& board, const std::string& source) const {
    const auto found = std::ranges::find_if(
        pins_, [&](const Pin& pin) { return pin.board == board && pin.source == source; });
    if (found == pins_.end()) return std::nullopt;
    return *found;
}

std::optional<std::string> Lock::chosen_source(const std::string& board) const {
    const auto found = std::ranges::find(chosen_, board, [](const auto& pair) { return pair.first; });
    if (found == chosen_.end()) return std::nullopt;
    return found->second;
}

void Lock::choose(const std::string& board, const std::string& source) {
    std::erase_if(chosen_, [&](const auto& pair) { return pair.first == board; });
    chosen_.emplace_back(board, source);
}

void Lock::set(Pin pin, bool chosen) {
    if (chosen) choose(pin.board, pin.source);
    std::erase_if(pins_, [&](const Pin& old) { return old.board == pin.board && old.source == pin.source; });
    pins_.push_back(std::move(pin));
}

}  // namespace rpikit::source
