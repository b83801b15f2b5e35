#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rpikit::device {

/// How a disk is attached, as far as rules and people care.
enum class Bus { usb, mmc, sata, scsi, nvme, virtio, loop, virtual_device, other };

std::string_view to_string(Bus bus);

/// What builds on a volume and so keeps it in use.
struct Holder {
    enum class Kind { md, lvm, device_mapper, other };
    Kind kind = Kind::other;
    std::string name;  ///< "md0", "dm-3"
};

/// A whole disk or one of its partitions: what can hold a file system.
struct Volume {
    std::string name;  ///< the kernel's: "sdb1"
    std::filesystem::path path;
    dev_t number = 0;
    std::uint64_t size_bytes = 0;
    std::string type;            ///< "vfat", "LVM2_member", as libblkid names it; empty: not known
    std::string label;           ///< of the file system
    std::string partition_name;  ///< in a GPT
    /// Mount points of its file system or of one that lies on it by md, LVM and the like.
    std::vector<std::filesystem::path> mounts;
    bool swap = false;  ///< itself, or what lies on it
    std::vector<Holder> holders;
};

/// A whole block device. Texts come from the device, cleaned for a terminal.
struct Disk {
    Volume whole;
    std::vector<Volume> partitions;  ///< by number
    std::string vendor;
    std::string model;
    std::string serial;
    Bus bus = Bus::other;
    bool removable = false;
    bool read_only = false;
    std::uint32_t logical_block = 512;       ///< bytes
    std::uint32_t physical_block = 512;      ///< bytes
    std::uint64_t preferred_erase_size = 0;  ///< bytes, MMC's allocation unit; 0: not told
    std::uint64_t sequence = 0;              ///< another one each time a medium appears; 0: an old kernel
    std::filesystem::path backing_file;      ///< of a loop device

    /// The whole disk and its partitions.
    std::vector<const Volume*> volumes() const;
    /// "SanDisk Ultra", or what else names it for people.
    std::string title() const;
};

}  // namespace rpikit::device
