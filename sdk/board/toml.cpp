// The only file that names toml++.
#include <toml++/toml.h>

#include "sdk/board/document.hpp"

namespace rpikit::board {
namespace {

Location location(const toml::source_region& region, const std::filesystem::path& file) {
    return {.file = file,
            .line = static_cast<int>(region.begin.line),
            .column = static_cast<int>(region.begin.column)};
}

Value convert(const toml::node& node, const std::filesystem::path& file);

Table convert_table(const toml::table& source, const std::filesystem::path& file) {
    Table table;
    for (const auto& [key, node] : source) {
        table.set({.key = std::string(key.str()),
                   .where = location(key.source(), file),
                   .value = convert(node, file)});
    }
    return table;
}

Array convert_array(const toml::array& source, const std::filesystem::path& file) {
    Array array;
    for (const auto& node : source)
        array.push_back(convert(node, file));
    return array;
}

Value convert(const toml::node& node, const std::filesystem::path& file) {
    Value value{.where = location(node.source(), file)};
    if (const auto* table = node.as_table()) {
        value.data = convert_table(*table, file);
    } else if (const auto* array = node.as_array()) {
        value.data = convert_array(*array, file);
    } else if (const auto* text = node.as_string()) {
        value.data = text->get();
    } else if (const auto* number = node.as_integer()) {
        value.data = number->get();
    } else if (const auto* flag = node.as_boolean()) {
        value.data = flag->get();
    } else {
        value.data = OtherKind{node.is_floating_point() ? "floating-point number" : "date or time"};
    }
    return value;
}

}  // namespace

Result<Value> parse_document(std::string_view text, const std::filesystem::path& file) {
    try {
        const toml::table root = toml::parse(text);
        return Value{.data = convert_table(root, file), .where = {.file = file, .line = 1, .column = 1}};
    } catch (const toml::parse_error& error) {
        return fail({.message = "not valid TOML: " + std::string(error.description()),
                     .where = location(error.source(), file)});
    }
}

}  // namespace rpikit::board
