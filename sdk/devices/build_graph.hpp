#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdk/devices/makefile.hpp"

namespace rpikit::devices {

/// Ways in which something comes to be built: all symbols of one must be set; the one with the fewest first.
using Ways = std::vector<Conditions>;

/// What a tree's Makefiles build.
struct BuildGraph {
    /// By path without suffix ("drivers/net/ethernet/broadcom/genet/bcmgenet"): the symbols of the object and
    /// of the composite object that it is part of, in the Makefile of its folder.
    std::map<std::string, Ways, std::less<>> objects;
    /// By path: under which symbols the Makefile above descends into a folder.
    std::map<std::string, Ways, std::less<>> folders;
};

/// Reads the Makefiles of the folders, and those that they descend into. Names that lead nowhere are passed
/// over; a Makefile that is larger than 1 MiB too. \param arch the folder below arch/
BuildGraph read_build_graph(const std::filesystem::path& root, const std::string& arch,
                            const std::vector<std::string>& folders);

}  // namespace rpikit::devices
