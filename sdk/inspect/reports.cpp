#include "sdk/inspect/reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/initramfs.hpp"
#include "sdk/boot/device_tree.hpp"
#include "sdk/inspect/disk.hpp"
#include "sdk/inspect/module.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

using Facts = std::vector<Fact>;

/// Leaves out what is not known.
void add(Facts& facts, std::string name, std::string value) {
    if (!value.empty()) facts.push_back({std::move(name), std::move(value)});
}

std::string describe_config(std::string_view text) {
    const auto assignments = kconfig::DotConfig::parse(text, {});
    if (!assignments) return "embedded, but not readable: " + assignments.error().message;
    const auto set = std::ranges::count_if(*assignments, [](const auto& row) { return row.value != "n"; });
    return fmt::format("embedded, {} symbols set", set);
}

void add_kernel_facts(Facts& facts, const Kernel& kernel) {
    add(facts, "format", kernel.format);
    add(facts, "release", kernel.release);
    add(facts, "architecture", kernel.architecture);
    add(facts, "compression", kernel.compression);
    facts.push_back({"unpacked_size", kernel.size});
    add(facts, "banner", kernel.banner);
    add(facts, "build_id", kernel.build_id);
    add(facts, "config",
        kernel.config ? describe_config(*kernel.config) : "not embedded (built without CONFIG_IKCONFIG)");
    if (!kernel.setup) return;
    add(facts, "boot_protocol", kernel.setup->protocol);
    add(facts, "version_string", kernel.setup->version);
    facts.push_back({"payload_offset", kernel.setup->payload_offset});
    facts.push_back({"payload_length", kernel.setup->payload_length});
}

Result<Report> kernel_report(const Opened& opened, const Options& options) {
    TRY_ASSIGN(auto kernel, read_kernel(opened.content(), options.limits.bytes));
    if (opened.packing) kernel.compression = archive::to_string(*opened.packing);
    Report report{.kind = "kernel", .facts = {}, .files = {}};
    add_kernel_facts(report.facts, kernel);
    return report;
}

Result<Report> module_report(const Opened& opened) {
    TRY_ASSIGN(const auto module, read_module(opened.content()));
    Report report{.kind = "module", .facts = {}, .files = {}};
    auto& facts = report.facts;
    for (const auto* key : {"name", "vermagic", "version", "description", "license"}) {
        for (auto& value : module.values(key))
            add(facts, key, std::move(value));
    }
    add(facts, "architecture", module.architecture);
    add(facts, "compression", opened.packing ? std::string(archive::to_string(*opened.packing)) : "none");
    std::vector<std::string> depends;
    for (const auto& value : module.values("depends")) {
        for (const auto name : split(value, ','))
            if (!name.empty()) depends.emplace_back(name);
    }
    facts.push_back({"depends", depends});
    facts.push_back({"aliases", module.values("alias")});
    facts.push_back({"authors", module.values("author")});
    facts.push_back({"parameters", module.values("parm")});
    facts.push_back({"firmware", module.values("firmware")});
    add(facts, "build_id", module.build_id);
    add(facts, "signature", module.signature ? module.signature->type : "none");
    if (!module.signature) return report;
    add(facts, "signer", module.signature->signer);
    add(facts, "signing_key", module.signature->key_id);
    add(facts, "signature_hash", module.signature->hash);
    add(facts, "signature_unreadable", module.signature->unreadable);
    return report;
}

Result<Report> initramfs_report(const Opened& opened, const Options& options) {
    TRY_ASSIGN(auto parts, archive::list_initramfs(opened.bytes, options.limits));
    Report report{.kind = "initramfs", .facts = {}, .files = {}};
    std::vector<Facts> rows;
    for (auto& part : parts) {
        std::uint64_t bytes = 0;
        for (const auto& member : part.members)
            bytes += member.size;
        rows.push_back({{"offset", part.offset},
                        {"compression", part.compression},
                        {"entries", std::uint64_t{part.members.size()}},
                        {"size", bytes}});
        if (options.list) {
            report.files.push_back(
                {.place = fmt::format("cpio at byte {} ({})", part.offset, part.compression),
                 .members = std::move(part.members)});
        }
    }
    report.facts.push_back({"archives", std::move(rows)});
    return report;
}

Result<Report> device_tree_report(const Opened& opened) {
    TRY(boot::check_device_tree(opened.content()));
    Report report{.kind = "device tree", .facts = {}, .files = {}};
    TRY_ASSIGN(auto model, boot::read_model(opened.content()));
    add(report.facts, "model", std::move(model));
    // An overlay need not say what it is compatible with.
    const auto compatible = boot::read_compatible(opened.content());
    report.facts.push_back({"compatible", compatible.value_or(std::vector<std::string>{})});
    return report;
}

Facts volume_facts(const Volume& volume) {
    Facts facts{{"number", static_cast<std::uint64_t>(volume.partition.number)},
                {"offset", volume.partition.offset},
                {"size", volume.partition.size}};
    add(facts, "type", volume.partition.type);
    add(facts, "name", volume.partition.name);
    add(facts, "filesystem", volume.filesystem);
    add(facts, "partuuid", volume.partition.partuuid);
    return facts;
}

Result<Report> disk_report(const Opened& opened, const Options& options) {
    Report report{.kind = "disk image", .facts = {{"size", opened.size}}, .files = {}};
    TRY_ASSIGN(const auto volumes, read_volumes(opened.path));
    std::vector<Facts> rows;
    for (const auto& volume : volumes) {
        rows.push_back(volume_facts(volume));
        if (!options.list || !volume.readable()) continue;
        TRY_ASSIGN(auto members, list_volume(opened.path, volume, options.limits));
        report.files.push_back(
            {.place = fmt::format("partition {} ({})", volume.partition.number, volume.filesystem),
             .members = std::move(members)});
    }
    report.facts.push_back({"partitions", std::move(rows)});
    TRY_ASSIGN(const auto candidates, find_kernels(opened.path, options.limits));
    std::vector<Facts> kernels;
    for (const auto& candidate : candidates) {
        const auto kernel = read_kernel_file(candidate.bytes, options.limits.bytes);
        if (!kernel) continue;
        kernels.push_back({{"path", candidate.path}});
        add_kernel_facts(kernels.back(), *kernel);
    }
    report.facts.push_back({"kernels", std::move(kernels)});
    return report;
}

Result<Report> package_report(const Opened& opened, const Options& options) {
    TRY_ASSIGN(auto fields, archive::read_deb_control(opened.path));
    Report report{.kind = "package", .facts = {}, .files = {}};
    for (auto& [name, value] : fields)
        add(report.facts, std::move(name), std::move(value));
    TRY_ASSIGN(auto members, archive::list_deb(opened.path, options.limits));
    report.facts.push_back({"entries", std::uint64_t{members.size()}});
    if (options.list) report.files.push_back({.place = "data archive", .members = std::move(members)});
    return report;
}

Result<Report> configuration_report(const Opened& opened) {
    TRY_ASSIGN(const auto assignments, kconfig::DotConfig::parse(opened.content(), opened.path));
    Report report{.kind = "configuration", .facts = {}, .files = {}};
    // "# Linux/arm64 6.12.117 Kernel Configuration"
    for (const auto line : lines(opened.content())) {
        if (!line.starts_with("# Linux/")) continue;
        add(report.facts, "title", std::string(line.substr(2)));
        break;
    }
    for (const auto& [value, name] : {std::pair{"y", "built_in"}, {"m", "modules"}, {"n", "not_set"}}) {
        const auto count = std::ranges::count(assignments, value, &kconfig::Assignment::value);
        report.facts.push_back({name, static_cast<std::uint64_t>(count)});
    }
    report.facts.push_back({"symbols", std::uint64_t{assignments.size()}});
    return report;
}

}  // namespace

Result<Report> make_report(const Opened& opened, const Options& options) {
    switch (opened.kind) {
        case Kind::kernel:
            return kernel_report(opened, options);
        case Kind::module:
            return module_report(opened);
        case Kind::initramfs:
            return initramfs_report(opened, options);
        case Kind::device_tree:
            return device_tree_report(opened);
        case Kind::disk_image:
            return disk_report(opened, options);
        case Kind::package:
            return package_report(opened, options);
        case Kind::configuration:
            return configuration_report(opened);
    }
    return fail({.message = "no kind"});
}

Result<Kernel> read_kernel_file(std::string_view bytes, std::uint64_t limit) {
    const auto packing = is_kernel(bytes) ? std::nullopt : archive::packing_of(bytes);
    if (!packing) {
        if (!is_kernel(bytes)) return fail({.message = "it is no kernel"});
        return read_kernel(bytes, limit);
    }
    TRY_ASSIGN(const auto content, archive::inflate_whole(bytes, *packing, limit));
    TRY_ASSIGN(auto kernel, read_kernel(content, limit));
    kernel.compression = archive::to_string(*packing);
    return kernel;
}

}  // namespace rpikit::inspect
