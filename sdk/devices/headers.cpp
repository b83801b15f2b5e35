#include "sdk/devices/headers.hpp"

#include <algorithm>
#include <array>

#include "sdk/devices/c_text.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::devices {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_header = std::size_t{4} << 20;

/// Where the macros of id tables are, in 6.1 to 6.12.
constexpr auto common_headers = std::to_array<const char*>({
    "include/linux/mod_devicetable.h",
    "include/linux/pci.h",
    "include/linux/pci_ids.h",
    "include/linux/usb.h",
    "include/uapi/linux/usb/ch9.h",
    "include/uapi/linux/usb/cdc.h",
    "include/linux/hid.h",
    "include/linux/mmc/sdio_func.h",
    "include/linux/mmc/sdio_ids.h",
    "include/linux/phy.h",
    "include/linux/brcmphy.h",
    "include/linux/marvell_phy.h",
    "include/linux/micrel_phy.h",
    "include/linux/microchipphy.h",
    "include/linux/smscphy.h",
    "include/uapi/linux/virtio_ids.h",
    "include/drm/i915_pciids.h",
    "include/drm/intel/i915_pciids.h",
    "include/drm/intel/xe_pciids.h",
});

/// Of include/linux/bits.h and linux/virtio.h, whose own forms need more than text. Masks of PHYs reach to
/// bit 31.
constexpr std::string_view built_in =
    "#define GENMASK(high, low) ((0xffffffff >> low) << low)\n"
    "#define BIT(n) (1 << n)\n"
    "#define VIRTIO_DEV_ANY_ID 0xffffffff\n";

}  // namespace

Headers::Headers(std::filesystem::path root) : root_(std::move(root)) {
    common_.read(built_in);
    for (const auto* name : common_headers) {
        if (const auto text = host::read_file(root_ / name, largest_header)) common_.read(*text);
    }
}

void Headers::read_local(std::string_view text, const fs::path& folder, int depth,
                         std::set<std::string>& seen, MacroText& macros) const {
    constexpr std::string_view mark = "#include \"";
    macros.read(text);
    if (depth == 0) return;
    for (auto at = find_fast(text, mark, 0); at != std::string_view::npos;
         at = find_fast(text, mark, at + 1)) {
        const auto name = literal_at(text, at + mark.size() - 1);
        if (!name) continue;
        const auto file = (folder / *name).lexically_normal();
        if (*file.begin() == ".." || !seen.insert(file.string()).second) continue;
        const auto header = host::read_file(root_ / file, largest_header);
        if (header) read_local(*header, file.parent_path(), depth - 1, seen, macros);
    }
}

MacroText Headers::macros_for(std::string_view text, std::string_view folder) const {
    constexpr int deepest = 3;
    MacroText macros(&common_);
    std::set<std::string> seen;
    read_local(text, folder, deepest, seen, macros);
    return macros;
}

}  // namespace rpikit::devices
