#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/boot/config_txt.hpp"
#include "sdk/boot/config_txt_keys.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view extension(std::string_view path) {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(dot);
}

class Checker {
  public:
    Checker(const ConfigTxt& config, const BootPartition& partition)
        : config_(config), partition_(partition) {
        // A FAT compares names without case.
        for (const auto& file : partition.files)
            files_.push_back(lower(file));
        std::ranges::sort(files_);
    }

    std::vector<Mistake> check() {
        mistakes_ = config_.mistakes;
        check_prefix();
        for (const auto& setting : config_.settings)
            check_named_files(setting);
        check_kernel();
        check_processor_mode();
        check_device_tree();
        check_firmware();
        return std::move(mistakes_);
    }

  private:
    bool exists(std::string_view path) const { return std::ranges::binary_search(files_, lower(path)); }

    /// Where an operating system file is looked for: a leading '/' goes round the prefix.
    std::string os_path(const std::string& name) const {
        return name.starts_with('/') ? name.substr(1) : prefix_ + name;
    }

    /// The firmware drops os_prefix when the kernel is not there.
    void check_prefix() {
        prefix_ = config_.value("os_prefix");
        if (prefix_.starts_with('/')) prefix_.erase(0, 1);
        auto kernel = config_.value("kernel");
        if (kernel.empty()) kernel = default_kernel_name(partition_.arch);
        if (prefix_.empty() || kernel.starts_with('/') || exists(prefix_ + kernel)) return;
        add(line_of("os_prefix"),
            fmt::format("os_prefix={0} would be ignored: there is no {0}{1}", prefix_, kernel),
            "a folder's prefix ends with '/'");
        prefix_.clear();
    }

    void check_named_files(const Setting& setting) {
        switch (find_config_key(setting.key)->kind) {
            case ValueKind::file:
            case ValueKind::include:
                require(setting, setting.value, setting.value);
                break;
            case ValueKind::os_file:
                // "device_tree=" means none.
                if (!setting.value.empty() || setting.key != "device_tree") {
                    require(setting, setting.value, os_path(setting.value));
                }
                break;
            case ValueKind::initramfs:
                for (const auto& name : initramfs_names(setting.value))
                    require(setting, name, os_path(name));
                break;
            case ValueKind::overlay:
                check_overlay(setting);
                break;
            case ValueKind::number:
            case ValueKind::text:
                break;
        }
    }

    void check_overlay(const Setting& setting) {
        // "NAME,parameter" and the older "NAME:parameter"; an empty one ends the parameters of the last.
        const std::string name = setting.value.substr(0, setting.value.find_first_of(",:"));
        if (name.empty() ||
            std::ranges::find(partition_.mapped_overlays, name) != partition_.mapped_overlays.end()) {
            return;
        }
        std::string folder = config_.has("overlay_prefix") ? config_.value("overlay_prefix") : "overlays/";
        if (exists(prefix_ + folder + "README")) folder = prefix_ + folder;
        require(setting, name, folder + name + ".dtbo");
    }

    void require(const Setting& setting, const std::string& name, const std::string& path) {
        if (name.empty()) {
            add(setting.line, fmt::format("'{}' names no file", setting.key), "");
        } else if (!exists(path)) {
            add(setting.line,
                fmt::format("'{}' names {}, which is not on the boot partition", setting.key, path),
                what_is_there(path));
        }
    }

    /// The near match, or the files of the same kind.
    std::string what_is_there(std::string_view path) const {
        if (const auto near = near_match(path, partition_.files))
            return fmt::format("did you mean {}?", *near);
        std::vector<std::string> same_kind;
        for (const auto& file : partition_.files) {
            if (extension(file) == extension(path) && same_kind.size() < 8) same_kind.push_back(file);
        }
        if (same_kind.empty()) {
            return fmt::format("there is no file *{} on the boot partition", extension(path));
        }
        return fmt::format("there is: {}", join(same_kind, ", "));
    }

    void check_kernel() {
        if (config_.has("kernel")) return;
        const std::string kernel = os_path(default_kernel_name(partition_.arch));
        if (!exists(kernel)) {
            add(0, fmt::format("no kernel= line, and no {} on the boot partition (7 short blinks)", kernel),
                "name the kernel: kernel=Image.gz");
        }
    }

    void check_processor_mode() {
        const std::string wide = config_.value("arm_64bit");
        if (partition_.arch == "arm64" && wide == "0") {
            add(line_of("arm_64bit"), "arm_64bit=0 with a 64-bit kernel", "write: arm_64bit=1");
        }
        const std::string kernel = config_.value("kernel");
        const bool known_name = kernel.empty() || kernel.starts_with("kernel7");
        if (partition_.arch == "arm" && wide != "0" && !known_name) {
            add(line_of("arm_64bit"), "a 32-bit kernel, and the firmware's default is 64-bit mode",
                "add the line: arm_64bit=0");
        }
    }

    /// Without device_tree= the firmware takes the file of the machine it runs on.
    void check_device_tree() {
        if (config_.has("device_tree")) return;
        const bool any = std::ranges::any_of(partition_.files, [&](const std::string& file) {
            const std::string_view name = file;
            return name.starts_with(prefix_) && name.substr(prefix_.size()).starts_with("bcm2") &&
                   name.ends_with(".dtb");
        });
        if (!any) {
            add(0, "no device tree on the boot partition (bcm2*.dtb)",
                "list the board's device trees in kernel.dtbs of its descriptor");
        }
    }

    /// start*.elf and fixup*.dat come in pairs of one release.
    void check_firmware() {
        check_custom_firmware();
        bool any = false;
        for (const auto& file : files_) {
            if (!file.starts_with("start") || !file.ends_with(".elf") || file.contains('/')) continue;
            any = true;
            const std::string partner = "fixup" + file.substr(5, file.size() - 9) + ".dat";
            if (!exists(partner))
                add(0, fmt::format("{} has no {} beside it", file, partner),
                    "take both from one release of the firmware");
        }
        if (!any && !partition_.firmware_in_eeprom && !config_.has("start_file")) {
            add(0, "no start*.elf on the boot partition (4 short blinks)",
                "list start4.elf and fixup4.dat in boot.firmware of the board's descriptor");
        }
        check_variant("start_x", "x");
        check_variant("start_debug", "db");
    }

    void check_custom_firmware() {
        if (config_.has("start_file") == config_.has("fixup_file")) return;
        const char* given = config_.has("start_file") ? "start_file" : "fixup_file";
        add(line_of(given),
            fmt::format("'{}' alone: start_file and fixup_file are a pair of one release", given), "");
    }

    /// \param suffix of the files that a switch selects: start4x.elf, or start_x.elf on older machines
    void check_variant(const char* key, std::string_view suffix) {
        const std::string on = config_.value(key);
        if (on.empty() || on == "0") return;
        const std::string newer = fmt::format("start4{}.elf", suffix);
        const std::string older = fmt::format("start_{}.elf", suffix);
        if (!exists(newer) && !exists(older)) {
            add(line_of(key), fmt::format("{}=1 needs {}, which is not on the boot partition", key, newer),
                fmt::format("add {} and fixup4{}.dat to boot.firmware of the board's descriptor", newer,
                            suffix));
        }
    }

    int line_of(std::string_view key) const {
        const auto setting = std::ranges::find(config_.settings, key, &Setting::key);
        return setting == config_.settings.end() ? 0 : setting->line;
    }

    /// Keeps them in the order of their lines.
    void add(int line, std::string message, std::string hint) {
        const auto place = std::ranges::upper_bound(mistakes_, line, {}, &Mistake::line);
        mistakes_.insert(place, {line, std::move(message), std::move(hint)});
    }

    const ConfigTxt& config_;
    const BootPartition& partition_;
    std::vector<std::string> files_;  ///< lower case, sorted
    std::string prefix_;              ///< os_prefix as far as the firmware uses it
    std::vector<Mistake> mistakes_;
};

}  // namespace

std::string default_kernel_name(std::string_view arch) {
    return arch == "arm64" ? "kernel8.img" : "kernel7l.img";
}

std::vector<Mistake> check_config_txt(std::string_view text, const BootPartition& partition) {
    const ConfigTxt config = parse_config_txt(text);
    return Checker(config, partition).check();
}

}  // namespace rpikit::boot
