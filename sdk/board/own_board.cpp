#include "sdk/board/own_board.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/document.hpp"
#include "sdk/board/formats.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::board {

namespace fs = std::filesystem;

namespace {

bool same_folder(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return fs::equivalent(a, b, ignored);
}

/// A file among the shipped ones is the user's when it names fragments or overlays of its own: no shipped
/// board has any.
bool is_own(const Board& board, const fs::path& shipped) {
    if (!same_folder(board.file.parent_path(), shipped)) return true;
    const auto document = load_document(board.file);
    if (document && document->find("boot.overlay_files") != nullptr) return true;
    const auto* profiles = document ? document->find("kernel.profile") : nullptr;
    if (profiles == nullptr || profiles->table() == nullptr) return false;
    return std::ranges::any_of(profiles->table()->members, [](const Member& member) {
        return member.value.find("extra_fragments") != nullptr;
    });
}

std::string new_board(const Board& board) {
    return fmt::format(
        "# The user's own {0}: what rpi-kit was told lies in fragments/ and overlays/.\nextends = {1}\n"
        "description = {2}\n",
        board.name, quote(board.name), quote(board.description));
}

Result<> check_new_file(const Board& board, const fs::path& file, const fs::path& shipped,
                        const std::string& name) {
    if (const auto complaint = format::name(name)) {
        return fail(
            {.message = fmt::format("a board cannot be named so: {}", *complaint), .kind = ErrorKind::usage});
    }
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {};
    if (!same_folder(file.parent_path(), shipped)) {
        return fail({.message = fmt::format("there is a board {} already", file.string()),
                     .hint = fmt::format("rpi-kit config {} ..., or another name", name),
                     .kind = ErrorKind::usage});
    }
    return fail({.message = fmt::format("{} is one of rpi-kit's own files and stays as it is", file.string()),
                 .hint = fmt::format("--as my-{}, or another work folder: rpi-kit -C FOLDER", board.name),
                 .kind = ErrorKind::usage});
}

/// The user's file for a board, not yet changed.
Result<OwnBoard> open_own(const Board& board, const fs::path& own, const fs::path& shipped,
                          const std::string& name) {
    const bool edits = name.empty() && is_own(board, shipped);
    const auto own_name = name.empty() ? board.name : name;
    OwnBoard plan{.file = edits ? fs::absolute(board.file).lexically_normal() : own / (own_name + ".toml")};
    plan.exists = edits;
    if (edits) {
        TRY_ASSIGN(plan.text, host::read_file(plan.file));
    } else {
        TRY(check_new_file(board, plan.file, shipped, own_name));
        plan.text = new_board(board);
    }
    return plan;
}

}  // namespace

Result<OwnBoard> plan_own_board(const Board& board, const std::string& profile, const fs::path& own,
                                const fs::path& shipped, const std::string& name) {
    TRY_ASSIGN(auto plan, open_own(board, own, shipped, name));
    const auto fragment = fmt::format("fragments/{}-{}.config", name.empty() ? board.name : name, profile);
    plan.fragment = plan.file.parent_path() / fragment;
    TRY_ASSIGN(plan.text, with_extra_fragment(plan.text, plan.file, profile, fragment));
    return plan;
}

Result<OwnBoard> plan_own_overlay(const Board& board, const std::string& overlay, const fs::path& own,
                                  const fs::path& shipped, const std::string& name) {
    TRY_ASSIGN(auto plan, open_own(board, own, shipped, name));
    const auto path = "overlays/" + overlay;
    plan.fragment = plan.file.parent_path() / path;
    TRY_ASSIGN(plan.text, with_overlay_file(plan.text, plan.file, path));
    return plan;
}

Result<> write_own_board(const OwnBoard& own, std::string_view fragment, const SearchPath& search) {
    std::string before;
    if (own.exists) {
        TRY_ASSIGN(before, host::read_file(own.file));
    }
    TRY(host::make_directories(own.fragment.parent_path()));
    TRY(host::write_file(own.fragment, fragment));
    TRY(host::write_file(own.file, own.text));
    auto loaded = load_board(own.file.string(), search);
    if (loaded) return {};
    TRY(own.exists ? host::write_file(own.file, before) : host::remove_tree(own.file));
    return fail(loaded.error(), fmt::format("{} was put back as it was", own.file.string()));
}

}  // namespace rpikit::board
