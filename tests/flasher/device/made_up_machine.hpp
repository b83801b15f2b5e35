#pragma once

#include <map>
#include <string>

#include "flasher/device/machine.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// A machine whose sysfs, procfs, device folder and udev database are files of ours. Its disks have numbers
/// that no real device has.
class MadeUpMachine {
  public:
    MadeUpMachine();

    using Attributes = std::map<std::string, std::string>;

    /// A whole disk. \param bus the folder in sysfs above its "block" folder: "pci0/usb1/1-1/host6/6:0:0:0"
    /// \param attributes by path relative to the disk's folder: "removable", "device/model"
    void disk(const std::string& name, const std::string& number, const std::string& bus,
              const Attributes& attributes);
    /// A partition "sdb1" of a disk that is there; its size is in the attributes, like all of it.
    void partition(const std::string& disk, int partition, const std::string& number,
                   const Attributes& attributes = {});
    /// `upper` lies on `lower`, which may be a partition.
    void stack(const std::string& upper, const std::string& lower);

    /// \param line "8:17 / /media/card rw - vfat /dev/sdb1 rw": what follows the ids in mountinfo
    void mount(const std::string& line);
    void swap(const std::string& path);
    void udev(const std::string& number, const std::string& properties);

    const device::Roots& roots() const { return roots_; }
    device::Machine survey() const;

    const TempDir& directory() const { return directory_; }

  private:
    std::filesystem::path folder_of(const std::string& name) const;
    void volume(const std::filesystem::path& folder, const std::string& name, const std::string& number,
                const Attributes& attributes);

    TempDir directory_;
    device::Roots roots_;
    std::string mounts_;
    std::string swaps_ = "Filename\t\t\t\tType\t\tSize\n";
};

/// A USB stick "sdb" of 8 GB with a FAT partition "sdb1" labelled "CARD": nothing speaks against writing it.
void add_usb_stick(MadeUpMachine& machine);

/// A fixed SATA disk "sda" with the system on its second partition.
void add_system_disk(MadeUpMachine& machine);

}  // namespace rpikit::test
