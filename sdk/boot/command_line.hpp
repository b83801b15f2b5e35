#pragma once

#include <string>
#include <string_view>

#include "sdk/support/result.hpp"

namespace rpikit::boot {

/// The kernel's command line out of a descriptor's: "{root}" replaced, then checked: one line, no control
/// characters, nothing left in braces, no longer than the kernel takes, with a root= unless an initramfs
/// looks for the root by itself.
/// \param root what stands for {root}: "PARTUUID=1234abcd-02"
Result<std::string> make_command_line(std::string_view pattern, std::string_view root, bool has_initramfs);

}  // namespace rpikit::boot
