#include "sdk/board/own_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

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

/// Nothing for a file that is not there.
Result<std::optional<std::string>> content_of(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::nullopt;
    return host::read_file(file);
}

Result<> put_back(const fs::path& file, const std::optional<std::string>& before) {
    return before ? host::write_file(file, *before) : host::remove_tree(file);
}

Result<> check_free(const fs::path& overlay, std::string_view content) {
    TRY_ASSIGN(const auto there, content_of(overlay));
    if (!there || *there == content) return {};
    return fail({.message = fmt::format("there is another overlay {} already", overlay.string()),
                 .hint = "give the file another name, or let it take that one's place: --replace",
                 .kind = ErrorKind::usage});
}

/// A list takes the place of the one that the file inherits, so that it begins with what stands there.
Result<> name_inherited_overlays(OwnBoard& plan, const Board& board) {
    TRY_ASSIGN(const auto document, parse_document(plan.text, plan.file));
    if (document.find("boot.overlay_files") != nullptr) return {};
    const auto folder = fs::absolute(plan.file).parent_path().lexically_normal();
    for (const auto& inherited : board.boot.overlay_files) {
        const auto path = fs::absolute(inherited).lexically_normal().lexically_proximate(folder);
        TRY_ASSIGN(plan.text, with_overlay_file(plan.text, plan.file, path.string()));
    }
    return {};
}

}  // namespace

Result<OwnBoard> plan_own_board(const Board& board, const std::string& profile, const fs::path& own,
                                const fs::path& shipped, const std::string& name) {
    TRY_ASSIGN(auto plan, open_own(board, own, shipped, name));
    const auto fragment = fmt::format("fragments/{}-{}.config", name.empty() ? board.name : name, profile);
    plan.addition = plan.file.parent_path() / fragment;
    TRY_ASSIGN(plan.text, with_extra_fragment(plan.text, plan.file, profile, fragment));
    return plan;
}

Result<OwnBoard> plan_own_overlay(const Board& board, const OverlayFile& overlay, const fs::path& own,
                                  const fs::path& shipped, const std::string& name) {
    TRY_ASSIGN(auto plan, open_own(board, own, shipped, name));
    const auto path = "overlays/" + overlay.name;
    plan.addition = plan.file.parent_path() / path;
    if (!overlay.replaces) TRY(check_free(plan.addition, overlay.content));
    TRY(name_inherited_overlays(plan, board));
    TRY_ASSIGN(plan.text, with_overlay_file(plan.text, plan.file, path));
    return plan;
}

Result<> write_own_board(const OwnBoard& own, std::string_view addition, const SearchPath& search) {
    TRY_ASSIGN(const auto addition_before, content_of(own.addition));
    TRY_ASSIGN(const auto before, content_of(own.file));
    const auto write = [&]() -> Result<> {
        TRY(host::make_directories(own.addition.parent_path()));
        TRY(host::write_file(own.addition, addition));
        TRY(host::write_file(own.file, own.text));
        TRY(load_board(own.file.string(), search));
        return {};
    };
    const auto written = write();
    if (written) return {};
    TRY(put_back(own.file, before));
    TRY(put_back(own.addition, addition_before));
    return fail(written.error(), fmt::format("{} was put back as it was", own.file.string()));
}

}  // namespace rpikit::board
