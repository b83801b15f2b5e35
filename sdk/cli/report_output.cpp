#include "sdk/cli/report_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<inspect::Fact>>;

constexpr std::size_t label_width = 16;

std::string label(const std::string& name) {
    std::string text = name;
    std::ranges::replace(text, '_', ' ');
    return text;
}

char type_letter(archive::FileType type) {
    switch (type) {
        case archive::FileType::directory:
            return 'd';
        case archive::FileType::symlink:
            return 'l';
        case archive::FileType::character_device:
            return 'c';
        case archive::FileType::block_device:
            return 'b';
        case archive::FileType::fifo:
            return 'p';
        case archive::FileType::regular:
            break;
    }
    return '-';
}

std::string_view type_name(archive::FileType type) {
    switch (type) {
        case archive::FileType::directory:
            return "directory";
        case archive::FileType::symlink:
            return "symlink";
        case archive::FileType::character_device:
            return "character device";
        case archive::FileType::block_device:
            return "block device";
        case archive::FileType::fifo:
            return "fifo";
        case archive::FileType::regular:
            break;
    }
    return "file";
}

std::string permissions(std::uint32_t mode) {
    std::string text;
    for (int shift = 8; shift >= 0; --shift)
        text += (mode >> shift & 1U) != 0 ? "xwr"[shift % 3] : '-';
    return text;
}

std::string line(const std::string& name, const std::string& value) {
    std::string text;
    for (const auto part : split(value, '\n'))
        text += fmt::format("{:<{}} {}\n", text.empty() ? name : "", label_width, printable(part));
    return text;
}

std::string number_text(const std::string& name, std::uint64_t value) {
    const bool is_size = name == "size" || name.ends_with("_size") || name.ends_with("_length");
    return is_size ? fmt::format("{} ({})", value, format_size(value)) : fmt::format("{}", value);
}

std::string fact_text(const inspect::Fact& fact);

std::string rows_text(const inspect::Fact& fact, const Rows& rows) {
    std::string text;
    for (const auto& row : rows) {
        text += fmt::format("\n{}:\n", label(fact.name));
        for (const auto& cell : row)
            text += "  " + fact_text(cell);
    }
    return text;
}

std::string fact_text(const inspect::Fact& fact) {
    if (const auto* text = std::get_if<std::string>(&fact.value)) return line(label(fact.name), *text);
    if (const auto* number = std::get_if<std::uint64_t>(&fact.value)) {
        return line(label(fact.name), number_text(fact.name, *number));
    }
    if (const auto* rows = std::get_if<Rows>(&fact.value)) return rows_text(fact, *rows);
    std::string text;
    for (const auto& item : std::get<std::vector<std::string>>(fact.value))
        text += line(text.empty() ? label(fact.name) : "", item);
    return text;
}

ordered_json facts_json(const std::vector<inspect::Fact>& facts) {
    ordered_json object = ordered_json::object();
    for (const auto& fact : facts) {
        if (const auto* rows = std::get_if<Rows>(&fact.value)) {
            object[fact.name] = ordered_json::array();
            for (const auto& row : *rows)
                object[fact.name].push_back(facts_json(row));
        } else if (const auto* text = std::get_if<std::string>(&fact.value)) {
            object[fact.name] = *text;
        } else if (const auto* number = std::get_if<std::uint64_t>(&fact.value)) {
            object[fact.name] = *number;
        } else {
            object[fact.name] = std::get<std::vector<std::string>>(fact.value);
        }
    }
    return object;
}

ordered_json member_json(const archive::Member& member) {
    ordered_json object = {{"path", member.path},
                           {"type", type_name(member.type)},
                           {"mode", fmt::format("{:04o}", member.mode)},
                           {"size", member.size}};
    if (!member.target.empty()) object["target"] = member.target;
    if (!member.hard_link.empty()) object["hard_link"] = member.hard_link;
    return object;
}

}  // namespace

std::string member_line(const archive::Member& member) {
    const bool is_device =
        member.type == archive::FileType::character_device || member.type == archive::FileType::block_device;
    const auto size = is_device ? fmt::format("{}, {}", member.device_major, member.device_minor)
                                : fmt::format("{}", member.size);
    std::string link;
    if (!member.target.empty()) link = " -> " + printable(member.target);
    if (!member.hard_link.empty()) link = " = " + printable(member.hard_link);
    return fmt::format("{}{} {:>10} {}{}\n", type_letter(member.type), permissions(member.mode), size,
                       printable(member.path), link);
}

std::string report_text(const inspect::Report& report) {
    std::string text = line("kind", report.kind);
    for (const auto& fact : report.facts)
        text += fact_text(fact);
    for (const auto& list : report.files) {
        text += fmt::format("\n{}:\n", list.place);
        for (const auto& member : list.members)
            text += member_line(member);
    }
    return text;
}

std::string report_json(const std::string& file, const inspect::Report& report) {
    ordered_json document = {{"file", file}, {"kind", report.kind}};
    document.update(facts_json(report.facts));
    if (!report.files.empty()) document["files"] = ordered_json::array();
    for (const auto& list : report.files) {
        ordered_json entries = ordered_json::array();
        for (const auto& member : list.members)
            entries.push_back(member_json(member));
        document["files"].push_back({{"place", list.place}, {"entries", std::move(entries)}});
    }
    return json_text(document);
}

}  // namespace rpikit::cli
