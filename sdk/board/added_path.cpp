// Putting a path into a board file as a person would: one line is added, the others stay as they are.

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/document.hpp"
#include "sdk/board/own_board.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

bool same(const Value& a, const Value& b);

bool same_tables(const Table& a, const Table& b) {
    return std::ranges::equal(a.members, b.members, [](const Member& x, const Member& y) {
        return x.key == y.key && same(x.value, y.value);
    });
}

/// Whether two values are equal wherever they are written.
bool same(const Value& a, const Value& b) {
    if (a.data.index() != b.data.index()) return false;
    if (a.table() != nullptr) return same_tables(*a.table(), *b.table());
    if (a.array() != nullptr) return std::ranges::equal(*a.array(), *b.array(), same);
    if (a.string() != nullptr) return *a.string() == *b.string();
    if (a.integer() != nullptr) return *a.integer() == *b.integer();
    if (a.boolean() != nullptr) return *a.boolean() == *b.boolean();
    return true;
}

/// The table below `value` with that key, made when it is not there; null when it is something else.
Value* child_table(Value& value, const std::string& key) {
    auto* table = value.table();
    if (table == nullptr) return nullptr;
    if (table->find(key) == nullptr) table->set({.key = key, .value = Value{.data = Table{}}});
    return &table->find(key)->value;
}

/// An array of paths in a document.
struct Place {
    std::vector<std::string> tables;  ///< "kernel", "profile", "tiny"
    std::string key;                  ///< "extra_fragments"
    std::string what;                 ///< for messages: "the profile tiny"

    /// "[kernel.profile.tiny]"
    std::string header(bool quoted) const {
        auto names = tables;
        if (quoted) names.back() = quote(names.back());
        return "[" + join(names, ".") + "]";
    }
};

/// The document as it shall be; false when it cannot have such a key.
bool add_to_document(Value& document, const Place& place, const std::string& path) {
    Value* at = &document;
    for (const auto& key : place.tables) {
        at = child_table(*at, key);
        if (at == nullptr) return false;
    }
    auto* table = at->table();
    if (table == nullptr) return false;
    if (table->find(place.key) == nullptr) {
        table->set({.key = place.key, .value = Value{.data = Array{}}});
    }
    auto* paths = table->find(place.key)->value.array();
    if (paths == nullptr) return false;
    paths->push_back(Value{.data = path});
    return true;
}

/// Where a line and column are in a text; columns count characters, as TOML's do.
std::size_t offset_of(std::string_view text, const Location& where) {
    std::size_t at = 0;
    for (int line = 1; line < where.line; ++line)
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    for (int column = 1; column < where.column && at < text.size(); ++column) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            ++at;
    }
    return at;
}

/// Behind the string that starts at `start`.
std::size_t end_of_string(std::string_view text, std::size_t start) {
    const char quote = text[start];
    std::size_t at = start + 1;
    while (at < text.size() && text[at] != quote)
        at += quote == '"' && text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size());
}

/// The text with a last element more in an array of strings.
std::string append_to_array(const std::string& text, const Value& array, const std::string& element) {
    std::string edited = text;
    if (array.array()->empty()) {
        edited.insert(offset_of(text, array.where) + 1, element);
    } else {
        edited.insert(end_of_string(text, offset_of(text, array.array()->back().where)), ", " + element);
    }
    return edited;
}

/// Whether a line is the table's header.
bool is_header(std::string_view line, const Place& place) {
    std::string plain;
    for (const char c : line.substr(0, line.find('#'))) {
        if (c != ' ' && c != '\t' && c != '\r') plain += c;
    }
    return plain == place.header(false) || plain == place.header(true);
}

std::string insert_key(const std::string& text, const Place& place, const std::string& key_line) {
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (is_header(std::string_view(text).substr(at, end - at), place)) {
            auto edited = text.substr(0, end) + "\n" + key_line;
            return end < text.size() ? edited + text.substr(end) : edited + "\n";
        }
        at = end + 1;
    }
    const bool quoted = place.tables.back().contains('.');
    return fmt::format("{}{}\n{}\n{}\n", text, text.empty() || text.back() == '\n' ? "" : "\n",
                       place.header(quoted), key_line);
}

Result<std::string> with_path(const std::string& text, const std::filesystem::path& file, const Place& place,
                              const std::string& path) {
    TRY_ASSIGN(auto document, parse_document(text, file));
    const Value* table = &document;
    for (const auto& key : place.tables) {
        const Member* member =
            table != nullptr && table->table() != nullptr ? table->table()->find(key) : nullptr;
        table = member == nullptr ? nullptr : &member->value;
    }
    const Value* paths = table != nullptr ? table->find(place.key) : nullptr;
    const auto names_it = [&](const Value& value) { return value.string() && *value.string() == path; };
    const bool appends = paths != nullptr && paths->array() != nullptr;
    if (appends && std::ranges::any_of(*paths->array(), names_it)) return text;
    const auto line = fmt::format("{} = [{}]", place.key, quote(path));
    auto edited = appends ? append_to_array(text, *paths, quote(path)) : insert_key(text, place, line);
    const auto parsed = parse_document(edited, file);
    const bool wanted = add_to_document(document, place, path);
    if (wanted && parsed && same(document, *parsed)) return edited;
    return fail({.message = fmt::format("{} is written in a way that cannot be added to", file.string()),
                 .where = Location{.file = file},
                 .hint = fmt::format("add to {} by hand: {}", place.what, line)});
}

}  // namespace

Result<std::string> with_extra_fragment(const std::string& text, const std::filesystem::path& file,
                                        const std::string& profile, const std::string& fragment) {
    return with_path(text, file,
                     {.tables = {"kernel", "profile", profile},
                      .key = "extra_fragments",
                      .what = "the profile " + profile},
                     fragment);
}

Result<std::string> with_overlay_file(const std::string& text, const std::filesystem::path& file,
                                      const std::string& overlay) {
    return with_path(text, file, {.tables = {"boot"}, .key = "overlay_files", .what = "[boot]"}, overlay);
}

}  // namespace rpikit::board
