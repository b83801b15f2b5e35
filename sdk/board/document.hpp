#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::board {

struct Member;
struct Value;

using Array = std::vector<Value>;

/// Keys with their values, sorted by key.
struct Table {
    // Defined where Member is complete.
    Table();
    Table(const Table&);
    Table(Table&&) noexcept;
    Table& operator=(const Table&);
    Table& operator=(Table&&) noexcept;
    ~Table();

    std::vector<Member> members;

    const Member* find(std::string_view key) const;
    Member* find(std::string_view key);
    /// Adds the member, or puts it in the place of the one that has its key.
    void set(Member member);
};

/// What TOML has beyond the kinds below (floats, dates); no description uses it.
struct OtherKind {
    std::string name;  ///< "floating-point", "date"
};

/// One value of a TOML document that knows where it was written.
struct Value {
    std::variant<Table, Array, std::string, std::int64_t, bool, OtherKind> data = {};
    Location where = {};

    const Table* table() const { return std::get_if<Table>(&data); }
    Table* table() { return std::get_if<Table>(&data); }
    const Array* array() const { return std::get_if<Array>(&data); }
    Array* array() { return std::get_if<Array>(&data); }
    const std::string* string() const { return std::get_if<std::string>(&data); }
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data); }
    const bool* boolean() const { return std::get_if<bool>(&data); }

    /// The value below this table, by key or dotted path ("kernel.arch"); null when it is not there.
    const Value* find(std::string_view path) const;

    /// Reading a document that `validate` (schema.hpp) passed: a missing value reads as empty, 0 or false.
    std::string text_at(std::string_view path) const;
    std::vector<std::string> texts_at(std::string_view path) const;
    std::int64_t integer_at(std::string_view path) const;
    bool boolean_at(std::string_view path) const;
    const Array& array_at(std::string_view path) const;
};

struct Member {
    std::string key;
    Location where = {};  ///< of the key
    Value value = {};
};

/// What the value is, for people: "a table", "a string".
std::string kind_name(const Value& value);

/// Parses a TOML document; the result is its root table. \param file named in locations and errors
Result<Value> parse_document(std::string_view text, const std::filesystem::path& file);

/// Reads and parses a file of at most 1 MiB.
Result<Value> load_document(const std::filesystem::path& file);

/// Text as a TOML basic string, with its quotes: for writing files that parse_document reads.
std::string quote(std::string_view text);

}  // namespace rpikit::board
