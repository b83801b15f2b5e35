#include <fmt/format.h>

#include "sdk/archive/deb.hpp"
#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/list_entries.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::archive {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint64_t control_limit = 1 << 20;  ///< bytes; the largest in Debian have some 10 KiB

/// deb822(5): "Name: value", lines that begin with a blank go on with the value.
Result<Fields> parse_control(std::string_view text) {
    Fields fields;
    for (const auto line : lines(text)) {
        if (trim(line).empty()) continue;
        if (line.front() == ' ' || line.front() == '\t') {
            if (fields.empty()) return fail({.message = "its control file begins with a continued line"});
            fields.back().second += '\n' + std::string(trim(line));
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return fail({.message = fmt::format("its control file has a line without a field: {}",
                                                line.substr(0, 80))});
        }
        fields.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return fields;
}

}  // namespace

Result<Fields> read_deb_control(const std::filesystem::path& deb) {
    const auto read = [&]() -> Result<Fields> {
        TRY_ASSIGN(auto control, open_deb_member(deb, "control.tar", {}, {}, 1));
        TRY(find_member(control, "control"));
        TRY_ASSIGN(const auto text, entry_content(control, control_limit));
        return parse_control(text);
    };
    auto fields = read();
    if (!fields) return fail(std::move(fields).error(), fmt::format("cannot read {}", deb.string()));
    return fields;
}

Result<std::vector<Member>> list_deb(const std::filesystem::path& deb, const Limits& limits, bool hashed) {
    std::vector<Member> members;
    const auto list = [&]() -> Result<> {
        TRY_ASSIGN(auto package, open_deb(deb, {}, {}, decoder_threads()));
        return list_entries(package, limits, hashed, members);
    };
    if (auto listed = list(); !listed) {
        return fail(std::move(listed).error(), fmt::format("cannot list {}", deb.string()));
    }
    return members;
}

}  // namespace rpikit::archive
