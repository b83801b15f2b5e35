#pragma once

#include <string>
#include <string_view>

namespace rpikit::inspect {

/// The GNU build id of an unpacked kernel, hexadecimal; "" when there is none. In an ELF file it is that of
/// the notes' section, elsewhere the one note that belongs to no vDSO inside the kernel.
std::string find_build_id(std::string_view kernel);

}  // namespace rpikit::inspect
