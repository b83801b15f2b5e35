#include "tests/support/doc_page.hpp"

#include <fmt/format.h>

#include <fstream>

#include "sdk/support/text.hpp"

namespace rpikit::test {

std::map<std::string, std::string> files_in_page(const std::filesystem::path& page) {
    std::map<std::string, std::string> files;
    std::ifstream stream(page);
    std::string path;
    bool inside = false;
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with("```")) {
            inside = !inside;
            path.clear();
        } else if (inside && path.empty() && line.starts_with("# ")) {
            path = line.substr(2);
            files[path];
        } else if (inside && !path.empty()) {
            files[path] += line + '\n';
        }
    }
    return files;
}

std::string key_table(std::span<const board::Row> rows) {
    std::string table;
    for (const auto& row : rows) {
        std::string value(board::type_name(row.type));
        if (!row.allowed.empty()) value = join(board::choices(row.allowed), ", ");
        if (row.required) value += "; required";
        if (!row.only_with.empty()) {
            const auto equals = row.only_with.find('=');
            value += fmt::format(" with {} {}", row.only_with.substr(0, equals),
                                 join(board::choices(row.only_with.substr(equals + 1)), " or "));
        }
        if (!row.fallback.empty()) value += fmt::format("; default {}", row.fallback);
        table += fmt::format("| `{}` | {} | {} |\n", row.key, value, row.doc);
    }
    return table;
}

}  // namespace rpikit::test
