#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "sdk/devices/macro_text.hpp"

namespace rpikit::devices {

/// The macros that tables of ids are written with: PCI_VDEVICE(), USB_DEVICE(), PCI_VENDOR_ID_INTEL.
class Headers {
  public:
    /// Reads the tree's common headers; one that is missing is no error, its macros stay unknown.
    explicit Headers(std::filesystem::path root);

    /// The common macros, and before them those of a C file and of the headers beside it that it includes.
    MacroText macros_for(std::string_view text, std::string_view folder) const;

  private:
    void read_local(std::string_view text, const std::filesystem::path& folder, int depth,
                    std::set<std::string>& seen, MacroText& macros) const;

    std::filesystem::path root_;
    MacroText common_;
};

}  // namespace rpikit::devices
