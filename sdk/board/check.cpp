#include "sdk/board/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>

#include "sdk/board/emulator_arguments.hpp"
#include "sdk/board/inherit.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

constexpr std::size_t mbr_primary_partitions = 4;
constexpr std::size_t fat_label_limit = 11;   // Microsoft FAT specification, BS_VolLab
constexpr std::size_t ext4_label_limit = 16;  // s_volume_name, Documentation/filesystems/ext4/super.rst
constexpr std::size_t gpt_name_limit = 36;    // UEFI specification 5.3.3, PartitionName
constexpr std::uint64_t sector = 512;

std::string with_near_match(std::string message, const std::string& name,
                            const std::vector<std::string>& candidates) {
    if (const auto near = near_match(name, candidates))
        message += fmt::format("; did you mean \"{}\"?", *near);
    return message;
}

std::uint64_t size_of(const Value& value) {
    if (value.integer() != nullptr) return static_cast<std::uint64_t>(*value.integer());
    return parse_size(*value.string()).value_or(0);
}

std::vector<std::string> names_of(const Array& tables) {
    std::vector<std::string> names;
    for (const auto& item : tables)
        names.push_back(item.text_at("name"));
    return names;
}

class Checker {
  public:
    Checker(const Value& document, const SearchPath& search) : document_(document), search_(search) {}

    std::vector<Error> run() {
        check_names();
        check_sources();
        check_placeholders();
        check_device_tree_file();
        check_menu();
        check_loaders();
        check_partitions();
        check_emulator();
        std::ranges::move(check_files(document_), std::back_inserter(errors_));
        return std::move(errors_);
    }

  private:
    void report(const Value& value, std::string message, std::string hint = {}) {
        errors_.push_back({.message = std::move(message), .where = value.where, .hint = std::move(hint)});
    }
    const Value& at(std::string_view path) const { return *document_.find(path); }

    void check_known(const Value& value, std::string_view what, const std::vector<std::string>& known,
                     std::string hint = {}) {
        const auto& name = *value.string();
        if (std::ranges::count(known, name) > 0) return;
        auto message = with_near_match(fmt::format("there is no {} \"{}\"", what, name), name, known);
        report(value, std::move(message), std::move(hint));
    }

    void check_names() {
        if (!search_.toolchains.empty()) {
            const auto known = names_below({.folders = {search_.toolchains}}, "");
            check_known(at("kernel.toolchain"), "toolchain", known, "rpi-kit toolchain list");
        }
        if (!search_.boot_methods.empty())
            check_known(at("boot.method"), "boot method", search_.boot_methods);
    }

    void check_unique(const Array& tables, std::string_view what) {
        std::set<std::string> seen;
        for (const auto& item : tables) {
            const auto name = item.text_at("name");
            if (!seen.insert(name).second)
                report(*item.find("name"), fmt::format("two {} are named \"{}\"", what, name));
        }
    }

    void check_sources() {
        const auto& sources = document_.array_at("kernel.source");
        if (sources.empty()) report(at("kernel.source"), "'source' must have at least one element");
        check_unique(sources, "sources");
        for (const auto& source : sources)
            check_source(source);
        if (const auto* profile = document_.find("kernel.default_profile")) find_profile(*profile);
        const auto names = names_of(sources);
        for (const auto& item : document_.array_at("kernel.source_order")) {
            if (std::ranges::count(names, *item.string()) > 0) continue;
            report(item, with_near_match(
                             fmt::format("'source_order' names \"{}\", which is no source", *item.string()),
                             *item.string(), names));
        }
    }

    void check_source(const Value& source) {
        const auto provider = source.text_at("provider");
        const bool url = source.find("url") != nullptr;
        const bool path = source.find("path") != nullptr;
        if (provider == "git" && !url)
            report(source, "'url' is missing in [[kernel.source]]: where the repository is");
        if (provider == "dir" && !path)
            report(source, "'path' is missing in [[kernel.source]]: where the tree is");
        if (provider == "archive" && url == path)
            report(source, "an archive is named by either 'url' or 'path'");
        const auto* chosen = find_profile(*source.find("profile"));
        if (chosen == nullptr) return;
        if (chosen->value.text_at("base").empty() && source.text_at("defconfig").empty()) {
            report(source, fmt::format("profile \"{}\" has no 'base', so this source needs a 'defconfig'",
                                       chosen->key));
        }
    }

    /// The profile that a value names; null, and a mistake, when there is none.
    const Member* find_profile(const Value& name) {
        const auto& profiles = *at("kernel.profile").table();
        const auto* chosen = profiles.find(*name.string());
        if (chosen != nullptr) return chosen;
        std::vector<std::string> known;
        for (const auto& member : profiles.members)
            known.push_back(member.key);
        report(name, with_near_match(fmt::format("there is no [kernel.profile.{}]", *name.string()),
                                     *name.string(), known));
        return nullptr;
    }

    void check_placeholders() {
        for (const auto& line : document_.array_at("boot.config_txt")) {
            if (line.string()->contains("{dtb}") && document_.array_at("kernel.dtbs").empty()) {
                report(line, "{dtb} stands for the first of kernel.dtbs, but there is none");
            }
        }
    }

    void check_device_tree_file() {
        const auto* file = document_.find("kernel.dtb_file");
        if (file == nullptr || !document_.array_at("kernel.dtbs").empty()) return;
        report(*file, "'dtb_file' stands in for the first of kernel.dtbs, but there is none",
               "dtbs = [\"vendor/board.dtb\"]   (the name that it would have in the kernel)");
    }

    void check_menu() {
        const auto& menu = at("boot.menu");
        const auto* wanted = menu.find("default");
        std::vector<std::string> titles;
        for (const auto& entry : menu.array_at("entry"))
            titles.push_back(entry.text_at("title"));
        if (wanted == nullptr || std::ranges::count(titles, *wanted->string()) > 0) return;
        report(*wanted,
               with_near_match(fmt::format("no entry of the menu has the title \"{}\"", *wanted->string()),
                               *wanted->string(), titles),
               titles.empty() ? "write a [[boot.menu.entry]] with this title, or leave 'default' out" : "");
    }

    void check_partitions();
    void check_content(const Array& partitions);
    void check_partition(const Value& partition, bool gpt);
    void check_label(const Value& partition, bool gpt);
    void check_loaders();
    void check_emulator();

    const Value& document_;
    const SearchPath& search_;
    std::vector<Error> errors_;
};

void Checker::check_partitions() {
    const auto& partitions = document_.array_at("image.partition");
    const bool gpt = document_.text_at("image.table") == "gpt";
    const auto alignment = size_of(at("image.alignment"));
    if (alignment < sector || !std::has_single_bit(alignment)) {
        report(at("image.alignment"), "'alignment' must be a power of two of at least 512 bytes");
    }
    check_unique(partitions, "partitions");
    if (!gpt && partitions.size() > mbr_primary_partitions) {
        report(partitions[mbr_primary_partitions],
               fmt::format("an MBR holds {} partitions, this is number {}", mbr_primary_partitions,
                           mbr_primary_partitions + 1),
               "write table = \"gpt\" where the board's firmware reads GPT");
    }
    check_content(partitions);
    for (const auto& partition : partitions)
        check_partition(partition, gpt);
}

void Checker::check_content(const Array& partitions) {
    std::size_t boot = 0;
    std::size_t root = 0;
    for (const auto& partition : partitions) {
        const auto content = partition.text_at("content");
        if (content == "loader" && &partition != &partitions.front()) {
            report(partition, "the partition with content = \"loader\" must be the first",
                   "its place is written into the disk's first sector before sizes are known");
        }
        if (content == "boot" && ++boot == 2) report(partition, "a second partition has content = \"boot\"");
        if (content == "rootfs" && ++root == 2)
            report(partition, "a second partition has content = \"rootfs\"");
    }
    if (root == 0) report(at("image"), "no partition has content = \"rootfs\"");
    if (boot == 0) {
        report(at("image"), fmt::format("no partition has content = \"boot\", from where {} starts",
                                        document_.text_at("boot.method")));
    }
}

void Checker::check_partition(const Value& partition, bool gpt) {
    const auto content = partition.text_at("content");
    const auto filesystem = partition.text_at("filesystem");
    if (content == "boot" && filesystem != "vfat") {
        report(*partition.find("filesystem"), "the boot partition must be vfat: firmware reads nothing else");
    }
    if (content == "rootfs" && filesystem != "ext4" && filesystem != "f2fs") {
        report(*partition.find("filesystem"), "the root file system must be ext4 or f2fs");
    }
    if (content == "loader" && filesystem != "none") {
        report(*partition.find("filesystem"), "what the BIOS starts lies in no file system: write \"none\"");
    }
    const auto* size = partition.find("size");
    if (content == "empty" && size == nullptr) report(partition, "an empty partition needs a 'size'");
    if (size != nullptr && (size_of(*size) == 0 || size_of(*size) % sector != 0)) {
        report(*size, "'size' must be a multiple of 512 bytes, and not 0");
    }
    const auto* type = partition.find("type");
    if (type != nullptr && type->string()->starts_with("0x") == gpt) {
        report(*type, gpt ? "GPT wants a type GUID" : "an MBR wants a type byte such as \"0x83\"");
    }
    check_label(partition, gpt);
}

void Checker::check_label(const Value& partition, bool gpt) {
    const auto& name = *partition.find("name");
    if (gpt && name.string()->size() > gpt_name_limit) {
        report(name, fmt::format("a GPT name has at most {} characters", gpt_name_limit));
    }
    const auto filesystem = partition.text_at("filesystem");
    if (filesystem == "none" || filesystem == "f2fs") return;  // f2fs takes 512 characters
    const auto* label = partition.find("label");
    const auto& used = label != nullptr ? *label : name;
    const auto limit = filesystem == "vfat" ? fat_label_limit : ext4_label_limit;
    if (used.string()->size() > limit) {
        report(used, fmt::format("a label of {} has at most {} characters", filesystem, limit));
    }
}

/// Each comes from one place, and only where there is something that it comes from.
void Checker::check_loaders() {
    for (const auto& loader : document_.array_at("boot.loader")) {
        const auto* file = loader.find("file");
        const auto* path = loader.find("path");
        if ((file == nullptr) == (path == nullptr))
            report(loader, "a [[boot.loader]] has either `file` (of boot.package) or `path`");
    }
}

void Checker::check_emulator() {
    const auto& emulator = at("emulator");
    for (const auto& refused : refused_arguments(emulator.texts_at("arguments")))
        report(emulator.array_at("arguments")[refused.index], refused.why);
    if (emulator.find("machine") == nullptr) {
        for (const auto* key : {"system", "memory", "console"}) {
            if (const auto* value = emulator.find(key))
                report(*value, "'machine' is missing in [emulator]: without it nothing is emulated");
        }
        return;
    }
    for (const auto* key : {"system", "memory", "console"}) {
        if (emulator.find(key) == nullptr)
            report(*emulator.find("machine"), fmt::format("'{}' is missing in [emulator]", key));
    }
    const auto& machine = *emulator.find("machine");
    if (const auto bad = machine_complaint(*machine.string())) report(machine, *bad);
}

}  // namespace

std::vector<Error> check_consistency(const Value& document, const SearchPath& search) {
    return Checker(document, search).run();
}

std::filesystem::path resolve_path(const Value& value) {
    // operator/ keeps an absolute right-hand side.
    return std::filesystem::absolute(value.where.file.parent_path() / *value.string()).lexically_normal();
}

}  // namespace rpikit::board
