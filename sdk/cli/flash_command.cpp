#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "flasher/card/flash.hpp"
#include "flasher/card/image_source.hpp"
#include "flasher/card/settings_source.hpp"
#include "sdk/cli/ask.hpp"
#include "sdk/cli/card_display.hpp"
#include "sdk/cli/card_report.hpp"
#include "sdk/cli/command.hpp"
#include "sdk/cli/device_output.hpp"
#include "sdk/cli/erase_confirmation.hpp"
#include "sdk/cli/first_boot_options.hpp"
#include "sdk/cli/flash_devices.hpp"
#include "sdk/cli/flash_image.hpp"
#include "sdk/cli/usb_disk.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

struct FlashArguments {
    std::string what;
    std::vector<std::string> devices;
    std::filesystem::path block_map;
    std::filesystem::path gadget;
    FirstBootOptions first_boot;
    bool yes = false;
    bool allow_fixed = false;
    bool unmount = false;
    bool no_verify = false;
    bool delta = false;
    bool whole = false;
    bool skip_holes = false;
    bool dry_run = false;
};

/// Before anything is opened: whether the user can agree at all.
Result<> check_consent(const FlashArguments& arguments) {
    if (arguments.dry_run) return {};
    if (!arguments.yes) {
        if (can_ask(arguments.what == "-")) return {};
        return fail({.message = "nobody can be asked whether the devices may be erased: there is no terminal",
                     .hint = "name the exact devices (/dev/...) and add --yes",
                     .kind = ErrorKind::usage});
    }
    for (const auto& name : arguments.devices) {
        if (name.starts_with("/dev/") || is_usb_disk(name)) continue;
        return fail({.message = fmt::format("--yes wants exact devices, and '{}' is none", name),
                     .hint = "name the devices by their path: rpi-kit devices",
                     .kind = ErrorKind::usage});
    }
    return {};
}

std::string image_line(const card::ImageSource& image) {
    auto text = image.name();
    const auto size = image.size_bytes();
    const auto least = image.least_bytes();
    text += size ? fmt::format(", {}", format_size(*size))
            : least > 0
                ? fmt::format(", {} or more", format_size(least))
                : std::string(", of a size that is known at its end only: a card may prove too small");
    if (const auto mapped = image.mapped_bytes(); mapped && mapped != image.size_bytes()) {
        text += fmt::format(" ({} of it to be written)", format_size(*mapped));
    }
    return text;
}

std::vector<device::Disk> disks_of(const std::vector<device::Target>& targets) {
    std::vector<device::Disk> disks;
    for (const auto& target : targets)
        disks.push_back(*target.disk);
    return disks;
}

void show(const Context& context, const FlashArguments& arguments, const card::ImageSource& image,
          const std::vector<device::Disk>& disks) {
    if (context.json) {
        context.out(start_event({.image = image.name(),
                                 .size = image.size_bytes(),
                                 .mapped = image.mapped_bytes(),
                                 .verify = !arguments.no_verify,
                                 .delta = arguments.delta,
                                 .dry_run = arguments.dry_run},
                                disks));
    }
    std::string text = fmt::format("To be written: {}\nAll data will be erased on:\n", image_line(image));
    for (const auto& disk : disks)
        text += disk_description(disk);
    if (arguments.no_verify) text += "What is written will not be verified.\n";
    context.screen.write(text);
}

/// With root's rights; where others write, udev sees to it.
void reread_partitions(const Context& context, const std::vector<device::Target>& targets,
                       const std::vector<card::CardResult>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].failure) continue;
        const auto& whole = targets[i].disk->whole;
        const auto reread = device::reread_partition_table(whole.path.string(), whole.number);
        if (!reread) context.host.note(fmt::format("{}: {}", reread.error().message, reread.error().hint));
    }
}

Result<int> write_cards(const Context& context, const FlashArguments& arguments, card::ImageSource& image,
                        const std::vector<device::Target>& targets, const device::Purpose& purpose) {
    TRY_ASSIGN(const auto devices, open_devices(targets, purpose));
    std::vector<device::BlockDevice*> cards;
    std::vector<std::string> names;
    for (const auto& device : devices) {
        cards.push_back(device.get());
        names.push_back(device->name());
    }
    CardDisplay display(context, std::move(names));
    const card::FlashOptions options{
        .verify = !arguments.no_verify,
        .delta = arguments.delta,
        .progress = [&](const card::CardProgress& progress) { display.update(progress); }};
    auto results = card::flash(image, cards, options, context.host.stop);
    display.finish();
    if (!results) {
        auto error = std::move(results).error();
        error.causes.emplace_back("no card has its first block: nothing takes one for a finished card");
        return fail(std::move(error));
    }
    note_gone(devices, *results);
    for (const auto& result : *results)
        context.out(context.json ? result_event(result) : result_line(result, !arguments.no_verify));
    reread_partitions(context, targets, *results);
    TRY(judge_cards(*results));
    return 0;
}

/// Puts the disk's path in the place of each USB port.
Result<> find_usb_disks(const Context& context, FlashArguments& arguments) {
    for (auto& name : arguments.devices) {
        if (!is_usb_disk(name)) continue;
        TRY_ASSIGN(const auto disk, usb_disk(context, name, arguments.gadget));
        name = disk.string();
    }
    return {};
}

Result<int> flash(const Context& context, FlashArguments arguments) {
    TRY(check_consent(arguments));
    TRY_ASSIGN(const auto chosen, choose_image(context, arguments.what));
    TRY(find_usb_disks(context, arguments));
    device::Purpose purpose{.work = context.work,
                            .image = chosen.file,
                            .allow_fixed = arguments.allow_fixed,
                            .unmount = arguments.unmount,
                            .again = context.again};
    // Before a download begins, and again when the image's size is known.
    TRY(examine_devices(arguments.devices, purpose));
    const card::ImageOptions image_options{
        .block_map = arguments.block_map, .whole = arguments.whole, .skip_holes = arguments.skip_holes};
    TRY_ASSIGN(auto image, card::open_image(context.host, chosen.what, image_options));
    std::error_code ignored;
    if (arguments.first_boot.any() && arguments.what != "-" &&
        std::filesystem::is_regular_file(chosen.file, ignored)) {
        TRY(card::check_settings_place(*image, context.host.stop));
        TRY_ASSIGN(image, card::open_image(context.host, chosen.what, image_options));
    }
    purpose.image_bytes = image->least_bytes();
    TRY_ASSIGN(const auto targets, examine_devices(arguments.devices, purpose));
    const auto disks = disks_of(targets);
    show(context, arguments, *image, disks);
    if (arguments.dry_run) return 0;
    TRY_ASSIGN(auto settings, ask_first_boot(context, arguments.first_boot, arguments.what == "-"));
    if (settings) image = card::with_settings(std::move(image), std::move(*settings));
    if (!arguments.yes) TRY(confirm_erase(context, disks, arguments.what == "-"));
    return write_cards(context, arguments, *image, targets, purpose);
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<FlashArguments>();
    app.add_option("WHAT", arguments->what,
                   "A board that was built, an image (.img, .xz, .zst, .gz, .bz2, .zip), a URL, or - for "
                   "the standard input")
        ->required();
    app.add_option("DEVICE", arguments->devices,
                   "Whole disks to write, as /dev/sdb (rpi-kit devices); usb:PORT is the disk of a board "
                   "at a USB port")
        ->required()
        ->type_name("PATH");
    app.add_option("--bmap", arguments->block_map, "Block map of the image (default: found beside it)")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    app.add_option("--gadget", arguments->gadget,
                   "What the board at usb:PORT boots to become a disk: bootcode4.bin and its files")
        ->type_name("DIR")
        ->check(CLI::ExistingDirectory);
    app.add_flag("--whole", arguments->whole, "Write every byte, also what a block map leaves out")
        ->excludes("--bmap");
    app.add_flag("--skip-holes", arguments->skip_holes,
                 "Without a block map: leave holes of a sparse file as they are on the card, not as zeros");
    add_first_boot_options(app, arguments->first_boot);
    app.add_flag("--delta", arguments->delta, "Read what is there, and write only what differs");
    app.add_flag("--no-verify", arguments->no_verify, "Do not read back what was written");
    app.add_flag("--unmount", arguments->unmount, "Unmount the devices' file systems first");
    app.add_flag("--allow-fixed", arguments->allow_fixed,
                 "Allow disks that are neither removable nor USB nor an SD card");
    app.add_flag("--yes", arguments->yes, "Do not ask; the devices must be named as /dev/...");
    app.add_flag("--dry-run", arguments->dry_run, "Say what would be written and erased; write nothing");
    return [arguments](const Context& context) { return flash(context, *arguments); };
}

}  // namespace

Command flash_command() {
    return {.name = "flash",
            .summary = "Write an image to SD cards and USB sticks, and verify it",
            .examples =
                "  rpi-kit flash rpi4 /dev/sdb\n"
                "  rpi-kit flash image.img.xz /dev/sdb /dev/sdc --yes\n"
                "  curl -L https://example.org/image.img.zst | rpi-kit flash - /dev/mmcblk0",
            .setup = setup,
            .json_lines = true};
}

}  // namespace rpikit::cli
