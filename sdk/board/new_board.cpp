#include "sdk/board/new_board.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/document.hpp"
#include "sdk/board/formats.hpp"
#include "sdk/board/inherit.hpp"
#include "sdk/board/new_board_text.hpp"
#include "sdk/board/resolve.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {

namespace fs = std::filesystem;

namespace {

Result<> check_free(const fs::path& file) {
    std::error_code ignored;
    if (fs::symlink_status(file, ignored).type() == fs::file_type::not_found) return {};
    return fail({.message = fmt::format("{} exists already and stays as it is", file.string()),
                 .hint = "choose another name, or change it: rpi-kit board edit " + file.stem().string()});
}

Result<> check_soc(const std::string& soc, const SearchPath& search) {
    if (const auto complaint = format::name(soc)) {
        return fail({.message = fmt::format("--soc: {}", *complaint), .kind = ErrorKind::usage});
    }
    if (find_file("soc/" + soc, search)) return {};
    std::vector<std::string> known;
    for (const auto& name : names_below(search, "soc"))
        known.push_back(name.substr(4));
    const auto near = near_match(soc, known);
    return fail({.message = fmt::format("there is no SoC \"{}\"{}", soc,
                                        near ? fmt::format("; did you mean \"{}\"?", *near) : ""),
                 .detail = fmt::format("SoCs: {}\n", join(known, ", ")),
                 .kind = ErrorKind::usage});
}

/// A device tree to start with: that of a board of the same SoC.
std::string device_tree_of_sibling(const std::string& soc, const SearchPath& search) {
    for (const auto& found : find_boards(search)) {
        const auto document = load_document(found.file);
        if (!document || document->text_at("extends") != "soc/" + soc) continue;
        const auto dtbs = document->texts_at("kernel.dtbs");
        if (!dtbs.empty()) return dtbs.front();
    }
    return {};
}

/// The profile that follows the device tree, where the SoC's file has one.
std::string derived_profile(const std::string& soc, const SearchPath& search) {
    const auto file = find_file(soc, search);
    const auto inherited = file ? load_inherited(*file, search) : fail({});
    constexpr std::string_view name = "board";
    if (!inherited) return {};
    return inherited->document.find(fmt::format("kernel.profile.{}", name)) ? std::string(name) : "";
}

Result<NewBoard> from_hardware(const NewBoardRequest& request, NewBoard board, const SearchPath& search) {
    const auto& hardware = *request.hardware;
    auto dtb = place_device_tree(hardware, request.dtb);
    if (const auto complaint = format::dtb(dtb.path)) return fail({.message = "--dtb: " + *complaint});
    if (!request.blob.empty()) {
        dtb.file = request.name + ".dtb";
        board.dtb_file = request.folder / dtb.file;
        board.blob = request.blob;
    }
    if (const auto soc = find_soc(hardware.compatible, search); !soc.empty()) {
        board.text = text_of_known_soc(request.name, "soc/" + soc, hardware.model, dtb,
                                       derived_profile("soc/" + soc, search));
        return board;
    }
    const auto base = "soc/generic-" + hardware.arch;
    if (hardware.arch.empty() || !find_file(base, search)) {
        return fail({.message = hardware.arch.empty()
                                    ? "the device tree does not tell the processor's architecture"
                                    : fmt::format("there is no file {}.toml for boards with {} processors",
                                                  base, hardware.arch),
                     .hint = fmt::format("rpi-kit board new {} --soc NAME", request.name)});
    }
    board.text = text_of_new_soc(request.name, base, hardware, dtb);
    return board;
}

}  // namespace

std::string find_soc(const std::vector<std::string>& compatible, const SearchPath& search) {
    std::vector<std::pair<std::string, std::vector<std::string>>> known;
    for (const auto& name : names_below(search, "soc")) {
        const auto file = find_file(name, search);
        const auto document = file ? load_document(*file) : fail({});
        if (document) known.emplace_back(name.substr(4), document->texts_at("compatible"));
    }
    for (const auto& wanted : compatible) {
        for (const auto& [name, has] : known)
            if (std::ranges::count(has, wanted) > 0) return name;
    }
    return {};
}

Result<NewBoard> plan_new_board(const NewBoardRequest& request, const SearchPath& search) {
    if (const auto complaint = format::board_name(request.name)) {
        return fail({.message = *complaint, .kind = ErrorKind::usage});
    }
    NewBoard board{.file = request.folder / (request.name + ".toml"), .text = {}};
    if (request.hardware) return from_hardware(request, std::move(board), search);
    if (!request.soc.empty()) {
        TRY(check_soc(request.soc, search));
        board.text =
            text_of_known_soc(request.name, "soc/" + request.soc, "",
                              {.path = device_tree_of_sibling(request.soc, search), .guessed = true}, "");
        return board;
    }
    if (const auto complaint = format::name(request.from)) {
        return fail({.message = fmt::format("--from: {}", *complaint), .kind = ErrorKind::usage});
    }
    TRY_ASSIGN(const auto base, load_board(request.from, search));
    board.text = text_of_derived(request.name, request.from, base.description);
    return board;
}

Result<> write_new_board(const NewBoard& board, const SearchPath& search) {
    TRY(check_free(board.file));
    TRY(host::make_directories(board.file.parent_path()));
    if (!board.dtb_file.empty()) {
        TRY(check_free(board.dtb_file));
        TRY(host::write_file(board.dtb_file, board.blob));
    }
    TRY(host::write_file(board.file, board.text));
    const auto loaded = load_board(board.file.string(), search);
    if (loaded) return {};
    TRY(host::remove_tree(board.file));
    if (!board.dtb_file.empty()) TRY(host::remove_tree(board.dtb_file));
    return fail(loaded.error(), fmt::format("{} would not be a board that can be built; it was taken away",
                                            board.file.string()));
}

}  // namespace rpikit::board
