#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "flasher/card/read_card.hpp"
#include "flasher/device/open_disk.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

struct ReadArguments {
    std::string device;
    std::filesystem::path file;
    bool shrink = false;
    bool force = false;
};

/// A name that promises a compression which is not made would deceive whoever gets the file.
Result<> check_ending(const std::filesystem::path& file) {
    const auto ending = file.extension();
    for (const std::string_view other : {".bz2", ".zip", ".lz4", ".lzma", ".lzo", ".7z", ".rar"}) {
        if (ending != other) continue;
        return fail({.message = fmt::format("a card is not read into a {} file", other),
                     .causes = {"what is compressed here are .xz, .zst and .gz"},
                     .hint = "name it " + std::filesystem::path(file).replace_extension(".zst").string(),
                     .kind = ErrorKind::usage});
    }
    return {};
}

Result<> check_file(const ReadArguments& arguments) {
    TRY(check_ending(arguments.file));
    std::error_code ignored;
    const auto status = std::filesystem::symlink_status(arguments.file, ignored);
    if (!std::filesystem::exists(status)) return {};
    if (!std::filesystem::is_regular_file(status)) {
        return fail({.message = fmt::format("{} is there, and is no regular file", arguments.file.string()),
                     .hint = "name a new file",
                     .kind = ErrorKind::usage});
    }
    if (arguments.force) return {};
    return fail({.message = fmt::format("{} is there already", arguments.file.string()),
                 .hint = "name a new file, or add --force to replace it",
                 .kind = ErrorKind::usage});
}

Result<int> read(const Context& context, const ReadArguments& arguments) {
    TRY(check_file(arguments));
    TRY_ASSIGN(const auto machine, device::survey({}));
    const auto target = device::examine_for_reading(machine, arguments.device, arguments.file);
    TRY_ASSIGN(const auto card, device::open_for_reading({}, target, context.again));
    context.display.begin(1, 1, fmt::format("read {}", card->name()));
    const card::ReadOptions options{
        .shrink = arguments.shrink,
        .progress = [&](std::uint64_t done, std::uint64_t total) { context.display.progress(done, total); }};
    const auto summary = card::read_card(*card, arguments.file, options, context.host.stop);
    if (!summary) {
        context.display.fail();
        return fail(summary.error());
    }
    context.display.end(fmt::format("{} in {}", format_size(summary->size), format_size(summary->stored)));
    const nlohmann::ordered_json document = {{"device", card->name()},
                                             {"file", arguments.file.string()},
                                             {"size", summary->size},
                                             {"stored", summary->stored}};
    context.out(context.json ? json_text(document)
                             : fmt::format("{}: {} of {}\n", arguments.file.string(),
                                           format_size(summary->size), card->name()));
    TRY(card->close());
    return 0;
}

}  // namespace

Command read_command() {
    return {.name = "read",
            .summary = "Read a card into an image file",
            .examples =
                "  rpi-kit read /dev/sdb card.img\n"
                "  rpi-kit read /dev/sdb card.img.zst --shrink",
            .setup = [](CLI::App& app) -> Runner {
                auto arguments = std::make_shared<ReadArguments>();
                app.add_option("DEVICE", arguments->device, "The card, as /dev/sdb (rpi-kit devices)")
                    ->required();
                app.add_option("FILE", arguments->file,
                               "Image to be made: sparse, or compressed by its ending (.xz, .zst, .gz)")
                    ->required();
                app.add_flag("--shrink", arguments->shrink, "Leave out what lies behind the last partition");
                app.add_flag("--force", arguments->force, "Replace the file if it is there");
                return [arguments](const Context& context) { return read(context, *arguments); };
            }};
}

}  // namespace rpikit::cli
