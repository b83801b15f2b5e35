#pragma once

#include <filesystem>
#include <string>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::device {

/// Asks udisks2 to open a device for us: org.freedesktop.UDisks2.Block.OpenDevice. Who may is polkit's to
/// say; the desktop may ask for a password.
/// \param bus address of the bus; empty: the system's
/// \param mode "r" or "rw"
/// \param flags more flags of open(2): O_EXCL, O_DIRECT, O_CLOEXEC
/// \returns an error whose causes say whether udisks2 does not run, or refuses
Result<host::Descriptor> open_through_udisks(const std::string& bus, const std::filesystem::path& node,
                                             const std::string& mode, int flags);

}  // namespace rpikit::device
