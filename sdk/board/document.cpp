#include "sdk/board/document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

auto position(std::vector<Member>& members, std::string_view key) {
    return std::ranges::lower_bound(members, key, {}, &Member::key);
}

}  // namespace

Table::Table() = default;
Table::Table(const Table&) = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(const Table&) = default;
Table& Table::operator=(Table&&) noexcept = default;
Table::~Table() = default;

const Member* Table::find(std::string_view key) const {
    const auto found = std::ranges::lower_bound(members, key, {}, &Member::key);
    return found != members.end() && found->key == key ? &*found : nullptr;
}

Member* Table::find(std::string_view key) {
    const auto found = position(members, key);
    return found != members.end() && found->key == key ? &*found : nullptr;
}

void Table::set(Member member) {
    const auto place = position(members, member.key);
    if (place != members.end() && place->key == member.key) {
        *place = std::move(member);
    } else {
        members.insert(place, std::move(member));
    }
}

const Value* Value::find(std::string_view path) const {
    const Value* value = this;
    for (const auto key : split(path, '.')) {
        const auto* members = value->table();
        const auto* member = members != nullptr ? members->find(key) : nullptr;
        if (member == nullptr) return nullptr;
        value = &member->value;
    }
    return value;
}

std::string Value::text_at(std::string_view path) const {
    const auto* value = find(path);
    return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

std::vector<std::string> Value::texts_at(std::string_view path) const {
    std::vector<std::string> texts;
    for (const auto& item : array_at(path)) {
        if (item.string() != nullptr) texts.push_back(*item.string());
    }
    return texts;
}

std::int64_t Value::integer_at(std::string_view path) const {
    const auto* value = find(path);
    return value != nullptr && value->integer() != nullptr ? *value->integer() : 0;
}

bool Value::boolean_at(std::string_view path) const {
    const auto* value = find(path);
    return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

const Array& Value::array_at(std::string_view path) const {
    static const Array none;
    const auto* value = find(path);
    return value != nullptr && value->array() != nullptr ? *value->array() : none;
}

std::string kind_name(const Value& value) {
    struct Namer {
        std::string operator()(const Table&) const { return "a table"; }
        std::string operator()(const Array&) const { return "an array"; }
        std::string operator()(const std::string&) const { return "a string"; }
        std::string operator()(std::int64_t) const { return "an integer"; }
        std::string operator()(bool) const { return "a boolean"; }
        std::string operator()(const OtherKind& other) const { return fmt::format("a {}", other.name); }
    };
    return std::visit(Namer{}, value.data);
}

Result<Value> load_document(const std::filesystem::path& file) {
    constexpr std::size_t limit = std::size_t{1} << 20;
    TRY_ASSIGN(const auto text, host::read_file(file, limit));
    return parse_document(text, file);
}

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(byte));
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

}  // namespace rpikit::board
