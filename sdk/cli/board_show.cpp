#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sdk/board/document.hpp"
#include "sdk/board/resolve.hpp"
#include "sdk/board/schema.hpp"
#include "sdk/cli/board_commands.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using board::Value;
using nlohmann::ordered_json;

struct Placed {
    std::string key;  ///< "kernel.source[0].name"
    const Value* value;
};

/// Every value that is no table, in the order of the keys.
void collect(const Value& value, const std::string& key, std::vector<Placed>& settings) {
    if (const auto* table = value.table()) {
        for (const auto& member : table->members)
            collect(member.value, key.empty() ? member.key : key + '.' + member.key, settings);
    } else if (const auto* array = value.array(); array != nullptr && !array->empty()) {
        for (std::size_t i = 0; i < array->size(); ++i)
            collect((*array)[i], fmt::format("{}[{}]", key, i), settings);
    } else {
        settings.push_back({.key = key, .value = &value});
    }
}

std::string value_text(const Value& value) {
    if (value.string() != nullptr) return board::quote(*value.string());
    if (value.integer() != nullptr) return std::to_string(*value.integer());
    if (value.boolean() != nullptr) return *value.boolean() ? "true" : "false";
    return "[]";
}

ordered_json value_json(const Value& value) {
    if (value.string() != nullptr) return *value.string();
    if (value.integer() != nullptr) return *value.integer();
    if (value.boolean() != nullptr) return *value.boolean();
    return ordered_json::array();
}

/// What the schema put in has no place.
bool is_default(const Value& value) {
    return value.where.file.empty();
}

std::string resolved_text(const std::vector<Placed>& settings) {
    std::string text;
    for (const auto& setting : settings) {
        text += fmt::format(
            "{} = {}  # {}\n", printable(setting.key), value_text(*setting.value),
            is_default(*setting.value)
                ? "default"
                : fmt::format("{}:{}", setting.value->where.file.string(), setting.value->where.line));
    }
    return text;
}

std::string resolved_json(const std::string& name, const std::vector<Placed>& settings) {
    auto values = ordered_json::array();
    for (const auto& setting : settings) {
        ordered_json row = {{"key", setting.key}, {"value", value_json(*setting.value)}};
        if (is_default(*setting.value)) {
            row["default"] = true;
        } else {
            row["file"] = setting.value->where.file.string();
            row["line"] = setting.value->where.line;
        }
        values.push_back(std::move(row));
    }
    return json_text(ordered_json{{"name", name}, {"values", values}});
}

std::vector<std::string> source_texts(const board::Kernel& kernel) {
    std::vector<std::string> texts;
    for (const auto& source : kernel.sources) {
        const auto what = !source.package.empty() ? source.package
                          : !source.url.empty()   ? source.url
                                                  : source.path.string();
        texts.push_back(fmt::format("{} ({} {}{}{}), profile {}", source.name, source.provider, what,
                                    source.branch.empty() ? "" : " ", source.branch, source.profile));
    }
    return texts;
}

std::vector<std::string> partition_texts(const board::Image& image) {
    std::vector<std::string> texts;
    for (const auto& partition : image.partitions)
        texts.push_back(fmt::format("{} ({}, {})", partition.name, partition.filesystem, partition.content));
    return texts;
}

/// A board's facts by their titles; a title with several values has a line each.
std::vector<std::pair<std::string, std::vector<std::string>>> facts(const board::Board& board) {
    std::vector<std::string> files;
    for (const auto& file : board.files)
        files.push_back(file.string());
    std::vector<std::string> profiles;
    for (const auto& [name, profile] : board.kernel.profiles)
        profiles.push_back(name);
    const auto& emulator = board.emulator;
    return {{"name", {board.name}},
            {"description", {board.description}},
            {"tested", {board.tested}},
            {"files", files},
            {"arch", {board.kernel.arch}},
            {"toolchain", {board.kernel.toolchain}},
            {"image", {board.kernel.image}},
            {"dtbs", board.kernel.dtbs},
            {"sources", source_texts(board.kernel)},
            {"profiles", profiles},
            {"boot", {board.boot.method}},
            {"cmdline", {board.boot.cmdline}},
            {"table", {board.image.table}},
            {"partitions", partition_texts(board.image)},
            {"emulator", {emulator.machine.empty() ? "none" : emulator.machine}}};
}

int show_facts(const Context& context, const board::Board& board) {
    ordered_json document;
    std::string text;
    for (const auto& [title, values] : facts(board)) {
        if (values.empty() || (values.size() == 1 && values[0].empty())) continue;
        if (values.size() == 1)
            document[title] = values[0];
        else
            document[title] = values;
        for (std::size_t i = 0; i < values.size(); ++i)
            text += fmt::format("{:<12} {}\n", i == 0 ? title : "", printable(values[i]));
    }
    for (const auto* list : {"files", "dtbs", "sources", "profiles", "partitions"}) {
        if (document.contains(list) && document[list].is_string())
            document[list] = ordered_json::array({document[list]});
    }
    context.out(context.json ? json_text(document) : text);
    return 0;
}

}  // namespace

Result<int> show_board(const Context& context, const std::string& name, bool resolved) {
    if (!resolved) {
        TRY_ASSIGN(const auto board, load_chosen_board(context, name));
        return show_facts(context, board);
    }
    TRY_ASSIGN(auto board, board::resolve_board(name, context.boards));
    if (!board.mistakes.empty()) return fail(board::combine(std::move(board.mistakes), board.files));
    note_hidden(context, board.file, board.files);
    std::vector<Placed> settings;
    collect(board.document, "", settings);
    context.out(context.json ? resolved_json(board.file.stem().string(), settings) : resolved_text(settings));
    return 0;
}

}  // namespace rpikit::cli
