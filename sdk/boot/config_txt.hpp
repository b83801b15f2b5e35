#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rpikit::boot {

// config.txt, what the firmware of a Raspberry Pi reads first:
// https://www.raspberrypi.com/documentation/computers/config_txt.html

/// Something that the firmware would not understand or not find; it says nothing itself, the board just does
/// not start or does something else.
struct Mistake {
    int line = 0;  ///< from 1; 0: something that no line says
    std::string message;
    std::string hint = {};
};

/// One line that sets something.
struct Setting {
    int line = 0;
    bool filtered = false;  ///< below a filter as [cm4]: holds on some machines only
    std::string key;        ///< without the port of "hdmi_mode:1"
    std::string value;
};

struct ConfigTxt {
    std::vector<Setting> settings;  ///< without those below [none]
    std::vector<Mistake> mistakes;  ///< of form: unknown keys and filters, malformed lines, bad numbers

    /// The value that holds on every machine: the last one that is not filtered; "" when there is none.
    std::string value(std::string_view key) const;
    bool has(std::string_view key) const;
};

ConfigTxt parse_config_txt(std::string_view text);

/// What lies on the boot partition beside config.txt.
struct BootPartition {
    std::vector<std::string> files;                 ///< all paths: "overlays/disable-bt.dtbo"
    std::string arch;                               ///< the kernel's ARCH: "arm64" or "arm"
    std::vector<std::string> mapped_overlays = {};  ///< names that overlay_map.dtb leads to another file
    bool firmware_in_eeprom = false;                ///< the machine needs no start*.elf on the partition
};

/// All mistakes of a config.txt: those of form, and files it names that are not on the partition, a firmware
/// file without its partner, a kernel for another mode of the processor. Empty when there is none.
std::vector<Mistake> check_config_txt(std::string_view text, const BootPartition& partition);

/// The files of a line "initramfs NAME[,NAME] ADDRESS".
std::vector<std::string> initramfs_names(std::string_view value);

/// The kernel's name where no kernel= says another.
std::string default_kernel_name(std::string_view arch);

}  // namespace rpikit::boot
