#pragma once

#include <string>

#include "sdk/board/hardware.hpp"

/// The texts of new board files. Every text that comes from outside is quoted, or stands in a comment as
/// plain ASCII on one line.
namespace rpikit::board {

struct DeviceTreePlace {
    std::string path;       ///< below arch/ARCH/boot/dts; empty: not known
    bool guessed = false;   ///< a comment asks for a look
    std::string file = {};  ///< beside the board's, for kernels without this device tree; empty: none
};

/// \param dtb "vendor/board.dtb", or a file name that is put into the vendor's folder
DeviceTreePlace place_device_tree(const Hardware& hardware, const std::string& dtb);

/// A board that starts from another one.
std::string text_of_derived(const std::string& name, const std::string& base, const std::string& description);

/// A board whose SoC has a file. \param model empty: the name serves \param profile empty: the SoC's own
std::string text_of_known_soc(const std::string& name, const std::string& soc, const std::string& model,
                              const DeviceTreePlace& dtb, const std::string& profile);

/// A board of a SoC that has no file, started by U-Boot. \param base what is there for its architecture
std::string text_of_new_soc(const std::string& name, const std::string& base, const Hardware& hardware,
                            const DeviceTreePlace& dtb);

}  // namespace rpikit::board
