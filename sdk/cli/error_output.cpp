#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/cli/app.hpp"
#include "sdk/cli/exit_codes.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

std::string_view kind_name(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
            return "usage";
        case ErrorKind::interrupted:
            return "interrupted";
        case ErrorKind::failed:
            break;
    }
    return "failed";
}

}  // namespace

std::string called_as(const host::Environment& environment) {
    const auto name = environment.get("RPI_KIT_COMMAND").value_or("");
    return name.empty() ? "rpi-kit" : shell_quote(name);
}

Error for_this_user(Error error, std::string_view called, bool root) {
    constexpr std::string_view own_name = "rpi-kit ";
    constexpr std::string_view sudo = "sudo ";
    auto& hint = error.hint;
    // Behind words, too: "if it is the right one: rpi-kit ...".
    for (auto at = hint.find(own_name); at != std::string::npos;
         at = hint.find(own_name, at + called.size())) {
        const auto before = std::string_view(hint).substr(0, at);
        if (!before.empty() && !before.ends_with(": ") && !before.ends_with(sudo)) break;
        hint.replace(at, own_name.size() - 1, called);
    }
    if (root && hint.starts_with(sudo)) hint.erase(0, sudo.size());
    return error;
}

namespace {

nlohmann::ordered_json json_of(const Error& error) {
    nlohmann::ordered_json body = {{"message", error.message}, {"kind", kind_name(error.kind)}};
    if (error.where) {
        body["file"] = error.where->file.string();
        body["line"] = error.where->line;
        body["column"] = error.where->column;
    }
    if (!error.causes.empty()) body["causes"] = error.causes;
    if (!error.detail.empty()) body["detail"] = error.detail;
    if (!error.hint.empty()) body["hint"] = error.hint;
    return body;
}

}  // namespace

std::string to_json(const Error& error, const std::string& answer) {
    auto document = nlohmann::ordered_json::parse(answer, nullptr, false);
    if (!document.is_object()) document = nlohmann::ordered_json::object();
    document["error"] = json_of(error);
    return json_text(document);
}

std::string error_event(const Error& error) {
    return json_text(nlohmann::ordered_json{{"event", "error"}, {"error", json_of(error)}}, -1);
}

int exit_code(const Error& error) {
    return std::ranges::find(exit_codes(), kind_name(error.kind), &ExitCode::name)->code;
}

}  // namespace rpikit::cli
