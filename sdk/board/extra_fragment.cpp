// Putting a fragment into a board file as a person would: one line is added, the others stay as they are.

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

/// The document as it shall be; false when it cannot have such a key.
bool add_to_document(Value& document, const std::string& profile, const std::string& fragment) {
    Value* at = &document;
    for (const auto& key : {std::string("kernel"), std::string("profile"), profile}) {
        at = child_table(*at, key);
        if (at == nullptr) return false;
    }
    auto* table = at->table();
    if (table == nullptr) return false;
    if (table->find("extra_fragments") == nullptr) {
        table->set({.key = "extra_fragments", .value = Value{.data = Array{}}});
    }
    auto* paths = table->find("extra_fragments")->value.array();
    if (paths == nullptr) return false;
    paths->push_back(Value{.data = fragment});
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

/// Whether a line is the header [kernel.profile.PROFILE].
bool is_header(std::string_view line, const std::string& profile) {
    std::string plain;
    for (const char c : line.substr(0, line.find('#'))) {
        if (c != ' ' && c != '\t' && c != '\r') plain += c;
    }
    return plain == "[kernel.profile." + profile + "]" || plain == "[kernel.profile." + quote(profile) + "]";
}

std::string insert_key(const std::string& text, const std::string& profile, const std::string& key_line) {
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (is_header(std::string_view(text).substr(at, end - at), profile)) {
            auto edited = text.substr(0, end) + "\n" + key_line;
            return end < text.size() ? edited + text.substr(end) : edited + "\n";
        }
        at = end + 1;
    }
    const bool plain = profile.find('.') == std::string::npos;
    return fmt::format("{}{}\n[kernel.profile.{}]\n{}\n", text,
                       text.empty() || text.back() == '\n' ? "" : "\n", plain ? profile : quote(profile),
                       key_line);
}

}  // namespace

Result<std::string> with_extra_fragment(const std::string& text, const std::filesystem::path& file,
                                        const std::string& profile, const std::string& fragment) {
    TRY_ASSIGN(auto document, parse_document(text, file));
    const Value* table = document.find("kernel.profile");
    const Member* member =
        table != nullptr && table->table() != nullptr ? table->table()->find(profile) : nullptr;
    const Value* paths = member != nullptr ? member->value.find("extra_fragments") : nullptr;
    const auto names_it = [&](const Value& value) { return value.string() && *value.string() == fragment; };
    if (paths != nullptr && paths->array() != nullptr && std::ranges::any_of(*paths->array(), names_it))
        return text;
    const auto line = fmt::format("extra_fragments = [{}]", quote(fragment));
    const bool appends = paths != nullptr && paths->array() != nullptr;
    const auto edited =
        appends ? append_to_array(text, *paths, quote(fragment)) : insert_key(text, profile, line);
    const auto parsed = parse_document(edited, file);
    const bool wanted = add_to_document(document, profile, fragment);
    if (wanted && parsed && same(document, *parsed)) return edited;
    return fail({.message = fmt::format("{} is written in a way that cannot be added to", file.string()),
                 .where = Location{.file = file},
                 .hint = fmt::format("add to the profile {} by hand: {}", profile, line)});
}

}  // namespace rpikit::board
