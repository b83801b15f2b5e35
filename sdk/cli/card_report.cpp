#include "sdk/cli/card_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

constexpr std::string_view unmistakable =
    "its first block was not written: nothing takes it for a finished card";

/// The first few places that read back wrong.
std::string bad_places(const card::CardResult& result) {
    constexpr std::size_t shown = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, result.bad.size()); ++i)
        text +=
            fmt::format("    wrong at byte {}, {} bytes long\n", result.bad[i].offset, result.bad[i].length);
    if (result.bad.size() > shown) text += fmt::format("    and {} places more\n", result.bad.size() - shown);
    return text;
}

std::string success(const card::CardResult& result, bool verify) {
    auto text = fmt::format("{}  written", result.name);
    text += result.verified ? " and verified" : verify ? "" : ", NOT verified";
    text += fmt::format(": {}", format_size(result.written));
    if (result.unchanged != 0) text += fmt::format(", {} was there already", format_size(result.unchanged));
    if (result.rewritten != 0) text += fmt::format(", {} written again", format_size(result.rewritten));
    if (result.time.count() > 0) text += fmt::format(", in {}", format_duration(result.time.count()));
    return text + '\n';
}

/// Its old content is gone, and the new one not there: nothing boots from it or mounts it.
bool cannot_be_mistaken(const card::CardResult& result) {
    return result.marked && !result.first_block_written;
}

}  // namespace

std::string result_line(const card::CardResult& result, bool verify) {
    std::string text;
    if (!result.failure) {
        text = success(result, verify);
    } else {
        text = fmt::format("{}  {}: {}\n", result.name,
                           result.failure->kind == ErrorKind::interrupted ? "INTERRUPTED" : "FAILED",
                           result.failure->message);
        for (const auto& cause : result.failure->causes)
            text += fmt::format("    caused by: {}\n", cause);
        text += bad_places(result);
        if (cannot_be_mistaken(result)) text += fmt::format("    {}\n", unmistakable);
    }
    if (result.advice) text += fmt::format("    advice: {}\n", *result.advice);
    return text;
}

std::string result_event(const card::CardResult& result) {
    nlohmann::ordered_json bad = nlohmann::ordered_json::array();
    for (const auto& range : result.bad)
        bad.push_back({{"offset", range.offset}, {"length", range.length}});
    nlohmann::ordered_json event = {{"event", "result"},
                                    {"device", result.name},
                                    {"ok", !result.failure},
                                    {"verified", result.verified},
                                    {"first_block_written", result.first_block_written},
                                    {"written", result.written},
                                    {"unchanged", result.unchanged},
                                    {"rewritten", result.rewritten},
                                    {"seconds", result.time.count()},
                                    {"bad", bad}};
    if (result.advice) event["advice"] = *result.advice;
    if (result.failure)
        event["error"] = {{"message", result.failure->message}, {"causes", result.failure->causes}};
    return json_text(event, -1);
}

Result<> judge_cards(std::span<const card::CardResult> results) {
    std::vector<std::string> failed;
    Error error{.kind = ErrorKind::interrupted};
    bool all_unfinished = true;
    for (const auto& result : results) {
        if (!result.failure) continue;
        failed.push_back(result.name);
        error.causes.push_back(fmt::format("{}: {}", result.name, result.failure->message));
        if (result.failure->kind != ErrorKind::interrupted) error.kind = ErrorKind::failed;
        if (error.hint.empty()) error.hint = result.failure->hint;
        all_unfinished = all_unfinished && cannot_be_mistaken(result);
    }
    if (failed.empty()) return {};
    error.message = fmt::format("{} {} not written: {}", failed.size(),
                                failed.size() == 1 ? "card was" : "cards were", join(failed, ", "));
    if (error.kind == ErrorKind::interrupted) {
        error.message = fmt::format("interrupted: {} not finished", join(failed, ", "));
    }
    if (all_unfinished)
        error.causes.emplace_back(
            failed.size() == 1
                ? unmistakable
                : "the first block of none was written: nothing takes them for finished cards");
    return fail(std::move(error));
}

}  // namespace rpikit::cli
