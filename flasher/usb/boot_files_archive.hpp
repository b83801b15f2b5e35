#pragma once

#include <map>
#include <memory>
#include <string>

#include "flasher/usb/served_folder.hpp"

namespace rpikit::usb {

/// The files of a bootfiles.bin (a plain tar) by their clean names. Links, devices and unclean names in it
/// are left out: nothing that it says leads to the disk.
/// \returns an error for a damaged archive and for one that holds more than 512 MiB
Result<std::map<std::string, std::shared_ptr<const std::string>>> read_boot_files_archive(
    std::shared_ptr<const ServedFile> archive);

}  // namespace rpikit::usb
