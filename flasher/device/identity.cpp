#include "flasher/device/identity.hpp"

#include <algorithm>
#include <limits>

#include "flasher/device/attribute.hpp"
#include "flasher/device/stack.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::device {

namespace fs = std::filesystem;

namespace {

/// "usb" and a number, as the parts of a device's path in sysfs are called.
bool is_numbered(std::string_view part, std::string_view prefix) {
    return part.size() > prefix.size() && part.starts_with(prefix) &&
           part.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

Bus bus_of(const fs::path& folder, std::string_view name) {
    auto bus = Bus::other;
    for (const auto& part : folder) {
        const auto text = part.string();
        if (text == "virtual") bus = name.starts_with("loop") ? Bus::loop : Bus::virtual_device;
        if (is_numbered(text, "usb")) return Bus::usb;
        if (text == "mmc_host") return Bus::mmc;
        if (is_numbered(text, "ata")) return Bus::sata;
        if (text == "nvme" || is_numbered(text, "nvme")) bus = Bus::nvme;
        if (is_numbered(text, "virtio")) bus = Bus::virtio;
        if (is_numbered(text, "host") && bus == Bus::other) bus = Bus::scsi;
    }
    return bus;
}

/// Vital product data page 80 of a SCSI device: a head of 4 bytes, then the serial number (SPC-4, 7.8.19).
std::string scsi_serial(const fs::path& device) {
    constexpr std::size_t head = 4;
    const auto page = host::read_file(device / "vpd_pg80", 4096);
    return page && page->size() > head ? clean_text(std::string_view(*page).substr(head)) : std::string();
}

/// The USB device that a disk belongs to: the nearest folder above with the numbers of one.
fs::path usb_device(fs::path folder) {
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
        std::error_code ignored;
        if (fs::exists(folder / "idVendor", ignored)) return folder;
    }
    return {};
}

std::string first_of(std::initializer_list<fs::path> files) {
    for (const auto& file : files) {
        if (auto text = attribute(file); !text.empty()) return text;
    }
    return {};
}

std::uint32_t block_bytes(const fs::path& file) {
    constexpr std::uint64_t smallest = 512;
    constexpr std::uint64_t largest = std::uint64_t{1} << 20;
    return static_cast<std::uint32_t>(std::clamp(number_attribute(file), smallest, largest));
}

}  // namespace

void read_identity(const fs::path& folder, Disk& disk) {
    const auto device = folder / "device";
    disk.bus = bus_of(folder, disk.whole.name);
    disk.vendor = attribute(device / "vendor");
    // The vendor of a virtio or PCI device is a number.
    if (disk.vendor.starts_with("0x") || disk.vendor == "ATA") disk.vendor.clear();
    disk.model = first_of({device / "model", device / "name"});
    disk.serial = first_of({folder / "serial", device / "serial"});
    if (disk.serial.empty()) disk.serial = scsi_serial(device);
    if (disk.bus == Bus::usb) {
        const auto usb = usb_device(folder);
        // A reader's slots have the reader's number, which still tells one reader from the other.
        if (const auto serial = attribute(usb / "serial"); !serial.empty()) disk.serial = serial;
        if (disk.model.empty()) disk.model = attribute(usb / "product");
    }
    constexpr std::uint64_t optical_drive = 5;  // SCSI's peripheral device type: the kernel shows it writable
    disk.removable = number_attribute(folder / "removable") != 0;
    disk.read_only = number_attribute(folder / "ro") != 0 ||
                     (disk.bus != Bus::mmc && number_attribute(device / "type") == optical_drive);
    disk.logical_block = block_bytes(folder / "queue" / "logical_block_size");
    disk.physical_block = block_bytes(folder / "queue" / "physical_block_size");
    disk.preferred_erase_size = number_attribute(device / "preferred_erase_size");
    disk.sequence = number_attribute(folder / "diskseq");
    disk.backing_file = backing_path(folder);
}

}  // namespace rpikit::device
