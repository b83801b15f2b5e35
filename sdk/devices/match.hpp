#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::devices {

/// How a driver says which devices it is for (include/linux/mod_devicetable.h).
enum class Bus : std::uint8_t { of, acpi, i2c, mdio, pci, platform, sdio, spi, usb, virtio };

/// "of", "pci", ...
std::string_view to_string(Bus bus);

/// How much a mention of an id says.
enum class Evidence : std::uint8_t {
    check,        ///< of_device_is_compatible() or its kin: somebody wants to know
    lookup,       ///< a table that no driver binds by: code looks for such nodes; an early console
    declaration,  ///< IRQCHIP_DECLARE, TIMER_OF_DECLARE, CLK_OF_DECLARE and their kin
    table,        ///< the table that a driver binds by
};

std::string_view to_string(Evidence evidence);

/// An id in a source file.
struct Mention {
    Bus bus = Bus::of;
    Evidence evidence = Evidence::table;
    /// of: a compatible; acpi, i2c, platform, spi: the name; mdio: 32 of '0', '1', '?', the PHY's id bit by
    /// bit; others: what the kernel's modalias has behind the bus, with '*' ("v00008086d000010D3sv*sd*...").
    std::string key;
    int line = 0;

    auto operator<=>(const Mention&) const = default;
};

}  // namespace rpikit::devices
