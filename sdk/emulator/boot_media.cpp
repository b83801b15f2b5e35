#include "sdk/emulator/boot_media.hpp"

#include <fmt/format.h>

#include "sdk/boot/extlinux.hpp"
#include "sdk/emulator/extlinux.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::emulator {
namespace {

std::string_view without_comment(std::string_view line) {
    return trim(line.substr(0, line.find('#')));
}

bool starts_with_word(std::string_view line, std::string_view word) {
    return line.starts_with(word) && line.size() > word.size() &&
           (line[word.size()] == ' ' || line[word.size()] == '\t');
}

// The name in "NAME followkernel" or "NAME 0x02000000".
std::string_view first_word(std::string_view text) {
    text = trim(text);
    return text.substr(0, text.find_first_of(" \t"));
}

Result<std::string> read_named(const ReadFile& read, const std::string& name, std::string_view role,
                               std::string_view asked_by = "config.txt") {
    auto content = read(name);
    if (!content) {
        return fail(content.error(),
                    fmt::format("the image's boot partition lacks the {} \"{}\" that {} asks for", role, name,
                                asked_by));
    }
    return content;
}

}  // namespace

FirmwareChoice read_config_txt(std::string_view config_txt, std::string_view default_device_tree) {
    FirmwareChoice choice{.kernel = "kernel8.img",
                          .device_tree = std::string(default_device_tree),
                          .cmdline_file = "cmdline.txt"};
    std::string prefix;
    bool for_all = true;
    for (const auto raw : lines(config_txt)) {
        const auto line = without_comment(raw);
        if (line.starts_with('[')) {
            for_all = line == "[all]";
            continue;
        }
        if (!for_all) continue;
        if (starts_with_word(line, "initramfs")) {
            choice.initramfs = first_word(line.substr(std::string_view("initramfs").size()));
            continue;
        }
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const auto key = trim(line.substr(0, equals));
        const auto value = std::string(trim(line.substr(equals + 1)));
        if (key == "kernel") choice.kernel = value;
        if (key == "device_tree") choice.device_tree = value;
        if (key == "ramfsfile") choice.initramfs = value;
        if (key == "cmdline") choice.cmdline_file = value;
        if (key == "os_prefix") prefix = value;
    }
    for (auto* name : {&choice.kernel, &choice.device_tree, &choice.initramfs, &choice.cmdline_file}) {
        if (!name->empty()) *name = prefix + *name;
    }
    return choice;
}

namespace {

Result<BootMedia> read_extlinux_media(const ReadFile& read, std::string_view text) {
    TRY_ASSIGN(const auto label, read_extlinux(text));
    BootMedia media{.kernel = {}, .device_tree = {}, .cmdline = label.cmdline};
    TRY_ASSIGN(media.kernel, read_named(read, label.kernel, "kernel", boot::extlinux_path));
    if (!label.device_tree.empty()) {
        TRY_ASSIGN(media.device_tree,
                   read_named(read, label.device_tree, "device tree", boot::extlinux_path));
    }
    if (!label.initramfs.empty()) {
        TRY_ASSIGN(media.initramfs, read_named(read, label.initramfs, "initramfs", boot::extlinux_path));
    }
    return media;
}

}  // namespace

Result<BootMedia> read_boot_media(const ReadFile& read, std::string_view default_device_tree) {
    auto config = read("config.txt");
    if (!config) {
        if (const auto extlinux = read(std::string(boot::extlinux_path)))
            return read_extlinux_media(read, *extlinux);
        return fail(config.error(),
                    fmt::format("the image's boot partition has neither config.txt nor {} that can be read",
                                boot::extlinux_path));
    }
    const auto choice = read_config_txt(*config, default_device_tree);
    BootMedia media;
    TRY_ASSIGN(media.kernel, read_named(read, choice.kernel, "kernel"));
    TRY_ASSIGN(media.device_tree, read_named(read, choice.device_tree, "device tree"));
    if (!choice.initramfs.empty()) {
        TRY_ASSIGN(media.initramfs, read_named(read, choice.initramfs, "initramfs"));
    }
    TRY_ASSIGN(const std::string cmdline, read_named(read, choice.cmdline_file, "command line"));
    // The firmware reads the first line alone.
    media.cmdline = trim(std::string_view(cmdline).substr(0, cmdline.find('\n')));
    return media;
}

std::string emulator_cmdline(std::string_view cmdline, std::string_view console,
                             std::span<const std::string> append) {
    std::vector<std::string> words;
    for (const auto word : split(cmdline, ' ')) {
        const bool replaced = !console.empty() && word.starts_with("console=");
        if (!word.empty() && !replaced) words.emplace_back(word);
    }
    if (!console.empty()) words.push_back(fmt::format("console={}", console));
    words.insert(words.end(), append.begin(), append.end());
    return join(words, " ");
}

}  // namespace rpikit::emulator
