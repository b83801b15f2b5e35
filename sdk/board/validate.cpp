#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/schema.hpp"
#include "sdk/board/schema_rows.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

/// How a table is called in messages, from the prefix of its keys.
std::string table_title(std::string_view prefix) {
    if (prefix.empty()) return "this file";
    prefix.remove_suffix(1);
    if (prefix.ends_with("[]")) return fmt::format("[[{}]]", prefix.substr(0, prefix.size() - 2));
    if (prefix.ends_with(".*")) return fmt::format("[{}.NAME]", prefix.substr(0, prefix.size() - 2));
    return fmt::format("[{}]", prefix);
}

/// The string that `only_with` looks at, when it is one of those that its own row allows.
const std::string* neighbour(const Row& row, const Table& table, std::string_view prefix,
                             std::span<const Row> rows) {
    const auto key = row.only_with.substr(0, row.only_with.find('='));
    const auto* member = table.find(key);
    const auto* other = find_row(rows, fmt::format("{}{}", prefix, key));
    const auto* text = member != nullptr ? member->value.string() : nullptr;
    if (text == nullptr || other == nullptr) return nullptr;
    return std::ranges::count(choices(other->allowed), *text) > 0 ? text : nullptr;
}

bool fits(const Row& row, const std::string& text) {
    return std::ranges::count(choices(row.only_with.substr(row.only_with.find('=') + 1)), text) > 0;
}

class Validator {
  public:
    explicit Validator(std::span<const Row> rows) : rows_(rows) {}

    void check_table(const Value& value, const std::string& prefix) {
        const auto* table = value.table();
        if (table == nullptr) return report(value, fmt::format("{} must be a table", table_title(prefix)));
        std::vector<std::string> mistyped;  // required keys that an unknown one was probably meant to be
        for (const auto& member : table->members) {
            if (find_row(rows_, prefix + member.key) != nullptr) {
                check_member(member, *table, prefix);
            } else if (auto meant = report_unknown(member, prefix)) {
                mistyped.push_back(*std::move(meant));
            }
        }
        for (const auto& row : rows_) {
            const auto name = child_name(row, prefix);
            if (!name || !row.required || table->find(*name) != nullptr) continue;
            if (std::ranges::count(mistyped, *name) > 0) continue;
            if (!row.only_with.empty()) {
                const auto* text = neighbour(row, *table, prefix, rows_);
                if (text == nullptr || !fits(row, *text)) continue;
            }
            report(value, fmt::format("'{}' is missing in {}: {}", *name, table_title(prefix), row.doc));
        }
    }

    std::vector<Error> take_errors() { return std::move(errors_); }

  private:
    void report(const Value& value, std::string message) { report(value.where, std::move(message)); }
    void report(const Location& where, std::string message) {
        errors_.push_back({.message = std::move(message), .where = where});
    }

    void check_member(const Member& member, const Table& table, const std::string& prefix) {
        const auto* row = find_row(rows_, prefix + member.key);
        if (!row->only_with.empty()) {
            const auto* text = neighbour(*row, table, prefix, rows_);
            if (text != nullptr && !fits(*row, *text)) {
                const auto key = row->only_with.substr(0, row->only_with.find('='));
                return report(member.where,
                              fmt::format("'{}' does not go with {} = \"{}\"", member.key, key, *text));
            }
        }
        check_value(*row, member);
    }

    /// Returns the key that was probably meant.
    std::optional<std::string> report_unknown(const Member& member, const std::string& prefix) {
        std::vector<std::string> siblings;
        std::optional<std::string> elsewhere;
        for (const auto& row : rows_) {
            const auto name = child_name(row, prefix);
            if (name) siblings.emplace_back(*name);
            if (row.key.ends_with("." + member.key)) elsewhere = row.key;
        }
        auto message = fmt::format("unknown key '{}' in {}", member.key, table_title(prefix));
        const auto near = near_match(member.key, siblings);
        if (near) {
            message += fmt::format("; did you mean '{}'?", *near);
        } else if (elsewhere) {
            message += fmt::format("; it belongs to '{}'", *elsewhere);
        }
        report(member.where, std::move(message));
        return near;
    }

    void wrong_type(const Row& row, const Member& member, const Value& value) {
        report(value,
               fmt::format("'{}' must be {}, not {}", member.key, type_name(row.type), kind_name(value)));
    }

    void check_value(const Row& row, const Member& member) {
        const auto& value = member.value;
        bool right = true;
        switch (row.type) {
            case Type::table:
                check_table(value, child_prefix(row));
                break;
            case Type::tables:
                right = check_tables(row, value);
                break;
            case Type::named_tables:
                right = check_named_tables(row, value);
                break;
            case Type::string:
            case Type::path:
                right = check_text(row, member, value);
                break;
            case Type::strings:
            case Type::paths:
                right = check_texts(row, member);
                break;
            case Type::integer:
                right = check_integer(member);
                break;
            case Type::boolean:
                right = value.boolean() != nullptr;
                break;
            case Type::size:
                right = check_size(member);
                break;
        }
        if (!right) wrong_type(row, member, value);
    }

    bool check_tables(const Row& row, const Value& value) {
        if (value.array() == nullptr) return false;
        for (const auto& item : *value.array())
            check_table(item, child_prefix(row));
        return true;
    }

    bool check_named_tables(const Row& row, const Value& value) {
        if (value.table() == nullptr) return false;
        for (const auto& member : value.table()->members) {
            check_format(row, member.key, member.where, member.key);
            check_table(member.value, child_prefix(row));
        }
        return true;
    }

    bool check_text(const Row& row, const Member& member, const Value& value) {
        if (value.string() == nullptr) return false;
        const auto& text = *value.string();
        const auto allowed = row.allowed.empty() ? std::vector<std::string>{} : choices(row.allowed);
        if (!allowed.empty() && std::ranges::count(allowed, text) == 0) {
            auto message = fmt::format("'{}' cannot be \"{}\"", member.key, text);
            if (const auto near = near_match(text, allowed))
                message += fmt::format("; did you mean \"{}\"?", *near);
            report(value, fmt::format("{} (one of: {})", message, join(allowed, ", ")));
        } else {
            check_format(row, text, value.where, member.key);
        }
        return true;
    }

    bool check_texts(const Row& row, const Member& member) {
        if (member.value.array() == nullptr) return false;
        for (const auto& item : *member.value.array()) {
            if (!check_text(row, member, item)) {
                report(item, fmt::format("'{}' must hold strings only, not {}", member.key, kind_name(item)));
            }
        }
        return true;
    }

    bool check_integer(const Member& member) {
        if (member.value.integer() == nullptr) return false;
        if (*member.value.integer() < 0) {
            report(member.value,
                   fmt::format("'{}' must be an integer of at least 0, not a negative one", member.key));
        }
        return true;
    }

    bool check_size(const Member& member) {
        if (member.value.integer() != nullptr) return check_integer(member);
        if (member.value.string() == nullptr) return false;
        const auto size = parse_size(*member.value.string());
        if (!size) report(member.value, fmt::format("'{}': {}", member.key, size.error().message));
        return true;
    }

    void check_format(const Row& row, std::string_view text, const Location& where, std::string_view key) {
        if (row.format == nullptr) return;
        if (const auto complaint = row.format(text)) report(where, fmt::format("'{}': {}", key, *complaint));
    }

    std::span<const Row> rows_;
    std::vector<Error> errors_;
};

}  // namespace

std::vector<Error> validate(const Value& document, std::span<const Row> rows) {
    Validator validator(rows);
    validator.check_table(document, "");
    return validator.take_errors();
}

}  // namespace rpikit::board
