#pragma once

#include <memory>

#include "flasher/device/linux_device.hpp"
#include "flasher/device/target.hpp"

namespace rpikit::device {

/// Opens a disk to be written, exclusively and past the page cache; it stays so until the object closes it.
/// With `purpose.unmount` its file systems are unmounted first. Without the right to open it, udisks2 is
/// asked; where that does not run, the error's hint is `purpose.again` with sudo.
///
/// All rules are applied once more to what is open, by its number: a link that changed meanwhile, another
/// card in the same reader, or a file system mounted a moment ago are found.
/// \param target what was examined, and shown to the user
Result<std::unique_ptr<LinuxBlockDevice>> open_for_writing(const Roots& roots, const Target& target,
                                                           const Purpose& purpose);

/// Opens a disk to be read as a whole, under the same conditions: a mounted one changes while it is read.
/// \param again the command as typed, for the hint
Result<std::unique_ptr<LinuxBlockDevice>> open_for_reading(const Roots& roots, const Target& target,
                                                           const std::string& again);

}  // namespace rpikit::device
