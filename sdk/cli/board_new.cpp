#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sdk/board/board_schema.hpp"
#include "sdk/board/new_board.hpp"
#include "sdk/boot/hardware.hpp"
#include "sdk/cli/board_commands.hpp"
#include "sdk/cli/chosen_board.hpp"
#include "sdk/cli/json_schema.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/host/file.hpp"
#include "sdk/kernel/device_trees.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace fs = std::filesystem;

namespace {

/// Its place below arch/ARCH/boot/dts when the file lies in a kernel tree.
std::optional<std::string> place_in_kernel(const fs::path& file) {
    const auto path = fs::absolute(file).lexically_normal().string();
    constexpr std::string_view folder = "/dts/";
    const auto at = path.rfind(folder);
    if (at == std::string::npos) return std::nullopt;
    return path.substr(at + folder.size());
}

/// What a device tree from elsewhere would be called there. That of a running machine is
/// /sys/firmware/fdt.
std::string name_for_kernel(const fs::path& file, const std::string& board) {
    return file.extension() == ".dtb" ? file.filename().string() : board + ".dtb";
}

/// Trees for 32-bit kernels may describe 64-bit processors: the kernel tree's folder decides.
void take_arch_of_folder(board::Hardware& hardware, const fs::path& file) {
    const auto path = fs::absolute(file).lexically_normal().string();
    for (const auto* arch : {"arm", "arm64", "riscv"}) {
        if (path.contains(fmt::format("/arch/{}/boot/dts/", arch))) hardware.arch = arch;
    }
}

Result<board::Hardware> read_device_tree(const fs::path& file, const std::string& blob) {
    auto hardware = boot::read_hardware(blob);
    if (!hardware) {
        hardware.error().hint =
            "--dtb wants a compiled device tree (.dtb), as `make dtbs` of the kernel makes it";
        return fail(hardware.error(), fmt::format("{} cannot be used", file.string()));
    }
    take_arch_of_folder(*hardware, file);
    return hardware;
}

/// What the device tree tells, and where it is taken from when the board is built.
Result<> add_device_tree(board::NewBoardRequest& request, const fs::path& file) {
    TRY_ASSIGN(auto blob, host::read_file(file, kernel::largest_device_tree));
    TRY_ASSIGN(request.hardware, read_device_tree(file, blob));
    if (auto place = place_in_kernel(file)) {
        request.dtb = *std::move(place);
        return {};
    }
    request.dtb = name_for_kernel(file, request.name);
    request.blob = std::move(blob);
    return {};
}

/// The schema that the board's first line names; another file of that name stays.
Result<> write_schema(const fs::path& folder) {
    const auto file = folder / board::schema_file_name;
    if (const auto there = host::read_file(file); there && !there->contains(schema_mark)) return {};
    return host::write_file(file, json_schema(board::board_schema()));
}

int report(const Context& context, const NewBoardArguments& arguments, const board::NewBoard& planned) {
    if (context.json) {
        auto files = nlohmann::ordered_json::array({planned.file.string()});
        if (!planned.dtb_file.empty()) files.push_back(planned.dtb_file.string());
        nlohmann::ordered_json document = {{"name", arguments.name}, {"files", files}};
        if (arguments.dry_run) document["text"] = planned.text;
        context.out(json_text(document));
        return 0;
    }
    if (arguments.dry_run) {
        context.out(planned.text);
        return 0;
    }
    context.out(fmt::format("{}\n", planned.file.string()));
    if (!planned.dtb_file.empty()) context.out(fmt::format("{}\n", planned.dtb_file.string()));
    context.host.note(fmt::format("Next: rpi-kit build {}", arguments.name));
    return 0;
}

}  // namespace

Result<int> new_board(const Context& context, const NewBoardArguments& arguments) {
    if (arguments.user && context.user_boards.empty()) {
        return fail({.message = "no folder for the user's boards: neither XDG_CONFIG_HOME nor HOME is set",
                     .kind = ErrorKind::usage});
    }
    board::NewBoardRequest request{.name = arguments.name,
                                   .folder = arguments.user ? context.user_boards : context.work / "boards",
                                   .from = arguments.from,
                                   .soc = arguments.soc};
    if (!arguments.dtb.empty()) TRY(add_device_tree(request, arguments.dtb));
    TRY_ASSIGN(const auto planned, board::plan_new_board(request, context.boards));
    if (!arguments.dry_run) {
        TRY(board::write_new_board(planned, context.boards));
        TRY(write_schema(planned.file.parent_path()));
        note_hidden(context, planned.file, {planned.file});
    }
    return report(context, arguments, planned);
}

}  // namespace rpikit::cli
