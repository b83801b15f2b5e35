#pragma once

#include <span>
#include <string_view>

namespace rpikit::boot {

/// What a key's value is.
enum class ValueKind {
    number,     ///< decimal or 0x hexadecimal, may be negative
    text,       ///< anything
    file,       ///< a file of the partition
    os_file,    ///< a file of the partition, behind os_prefix
    overlay,    ///< NAME[,PARAMETER...]: a file NAME.dtbo behind os_prefix and overlay_prefix
    initramfs,  ///< "initramfs NAME ADDRESS", no '='
    include,    ///< "include NAME", no '='
};

struct ConfigKey {
    std::string_view name;
    ValueKind kind;
};

/// Every key that the documentation or the firmware's own list (`vcgencmd get_config`) names.
std::span<const ConfigKey> config_keys();

const ConfigKey* find_config_key(std::string_view name);

}  // namespace rpikit::boot
