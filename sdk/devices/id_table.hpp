#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/devices/macro_text.hpp"
#include "sdk/devices/match.hpp"

namespace rpikit::devices {

/// A table `struct X_device_id NAME[] = { ... }` in a C file.
struct IdTable {
    std::string_view type;  ///< "of", "pci", "usb"
    std::string_view name;
    std::string_view body;   ///< between the outermost braces
    std::size_t offset = 0;  ///< of the body in the text
    bool is_static = false;
};

/// All such tables of a text, in its order.
std::vector<IdTable> find_tables(std::string_view text);

/// The bus of a table's type, if its ids are kept.
std::optional<Bus> bus_of(std::string_view type);

/// The keys (Mention::key) of a table's entries, for all buses but `of`. Entries whose numbers cannot be told
/// are left out.
std::vector<std::string> table_keys(Bus bus, std::string_view body, const MacroText& macros);

}  // namespace rpikit::devices
