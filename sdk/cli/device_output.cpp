#include "sdk/cli/device_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

using Row = std::array<std::string, 7>;

const std::string& volume_name(const device::Volume& volume) {
    return !volume.label.empty()            ? volume.label
           : !volume.partition_name.empty() ? volume.partition_name
                                            : volume.type;
}

std::string size_text(const device::Disk& disk) {
    return disk.whole.size_bytes == 0 ? "empty" : format_size(disk.whole.size_bytes);
}

/// As a terminal shows it: a column a character.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string columns(const std::vector<Row>& rows) {
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths.at(i) = std::max(widths.at(i), width(row.at(i)));
    }
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            text += row.at(i) + std::string(widths.at(i) - width(row.at(i)) + 2, ' ');
        text += row.back() + '\n';
    }
    return text;
}

nlohmann::ordered_json volume_json(const device::Volume& volume) {
    nlohmann::ordered_json mounts = nlohmann::ordered_json::array();
    for (const auto& mount : volume.mounts)
        mounts.push_back(mount.string());
    return {{"path", volume.path.string()}, {"size", volume.size_bytes},     {"type", volume.type},
            {"label", volume.label},        {"name", volume.partition_name}, {"mounts", mounts},
            {"swap", volume.swap}};
}

nlohmann::ordered_json disk_json(const device::Disk& disk) {
    nlohmann::ordered_json partitions = nlohmann::ordered_json::array();
    for (const auto& partition : disk.partitions)
        partitions.push_back(volume_json(partition));
    auto json = volume_json(disk.whole);
    json.update({{"bus", to_string(disk.bus)},
                 {"vendor", disk.vendor},
                 {"model", disk.model},
                 {"serial", disk.serial},
                 {"removable", disk.removable},
                 {"read_only", disk.read_only},
                 {"logical_block", disk.logical_block},
                 {"physical_block", disk.physical_block},
                 {"preferred_erase_size", disk.preferred_erase_size},
                 {"partitions", partitions}});
    return json;
}

nlohmann::ordered_json refusals_json(const std::vector<device::Refusal>& refusals) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& refusal : refusals) {
        list.push_back(
            {{"kind", to_string(refusal.kind)}, {"reason", refusal.reason}, {"remedy", refusal.remedy}});
    }
    return list;
}

/// \param indent -1: one line
std::string text_of(const nlohmann::ordered_json& json, int indent) {
    return json_text(json, indent);
}

}  // namespace

std::string disk_labels(const device::Disk& disk) {
    std::vector<std::string> labels;
    for (const auto* volume : disk.volumes()) {
        if (const auto& name = volume_name(*volume); !name.empty()) labels.push_back(name);
    }
    return join(labels, ", ");
}

std::string disk_table(const std::vector<device::Disk>& disks,
                       const std::vector<std::vector<device::Refusal>>& refusals) {
    std::vector<Row> rows{{"DEVICE", "SIZE", "BUS", "MODEL", "SERIAL", "LABELS", "WRITING"}};
    for (std::size_t i = 0; i < disks.size(); ++i) {
        const auto& disk = disks.at(i);
        const auto& against = refusals.at(i);
        rows.push_back({disk.whole.path.string(), size_text(disk), std::string(to_string(disk.bus)),
                        disk.title(), disk.serial, disk_labels(disk),
                        against.empty() ? "can be written" : "no: it " + against.front().reason});
    }
    return columns(rows);
}

std::string disk_description(const device::Disk& disk) {
    auto text = fmt::format("  {}  {}, {}", disk.whole.path.string(), size_text(disk), to_string(disk.bus));
    if (const auto title = disk.title(); !title.empty()) text += ", " + title;
    if (!disk.serial.empty()) text += ", serial number " + disk.serial;
    text += '\n';
    for (const auto* volume : disk.volumes()) {
        const bool whole = volume == &disk.whole;
        if (whole && volume->type.empty()) continue;
        text += fmt::format("    {:<14} {:>10}  {:<8} {}", whole ? "(whole disk)" : volume->name,
                            format_size(volume->size_bytes), volume->type,
                            volume->label.empty() ? volume->partition_name : volume->label);
        text.erase(text.find_last_not_of(' ') + 1);
        text += '\n';
    }
    return text;
}

std::string devices_document(const std::vector<device::Disk>& disks,
                             const std::vector<std::vector<device::Refusal>>& refusals) {
    nlohmann::ordered_json devices = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < disks.size(); ++i) {
        auto json = disk_json(disks.at(i));
        json["can_be_written"] = refusals.at(i).empty();
        json["refusals"] = refusals_json(refusals.at(i));
        devices.push_back(std::move(json));
    }
    return text_of({{"devices", devices}}, 1);
}

std::string start_event(const FlashStart& start, const std::vector<device::Disk>& disks) {
    nlohmann::ordered_json devices = nlohmann::ordered_json::array();
    for (const auto& disk : disks)
        devices.push_back(disk_json(disk));
    nlohmann::ordered_json event = {{"event", "start"}, {"image", start.image}};
    if (start.size) event["size"] = *start.size;
    if (start.mapped) event["mapped"] = *start.mapped;
    event.update(
        {{"verify", start.verify}, {"delta", start.delta}, {"dry_run", start.dry_run}, {"devices", devices}});
    return text_of(event, -1);
}

}  // namespace rpikit::cli
