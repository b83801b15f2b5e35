#include "sdk/cli/version.hpp"

#include <fmt/format.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "flasher/device/library_version.hpp"
#include "flasher/usb/library_version.hpp"
#include "sdk/archive/library_version.hpp"
#include "sdk/board/library_version.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/host/library_version.hpp"

namespace rpikit::cli {

namespace {

std::vector<LibraryVersion> all_libraries() {
    std::vector<LibraryVersion> all;
    for (const auto& some :
         {rpikit::library_versions(), host::library_versions(), archive::library_versions(),
          board::library_versions(), device::library_versions(), usb::library_versions()})
        all.insert(all.end(), some.begin(), some.end());
    all.push_back({"CLI11", CLI11_VERSION});
    all.push_back({"nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                                NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)});
    return all;
}

}  // namespace

std::string program_version() {
    return RPIKIT_VERSION;
}

std::string version_text(bool json) {
    if (json) {
        nlohmann::ordered_json libraries = nlohmann::ordered_json::object();
        for (const auto& library : all_libraries())
            libraries[library.name] = library.version;
        return json_text(nlohmann::ordered_json{{"version", program_version()}, {"libraries", libraries}});
    }
    auto text = fmt::format("rpi-kit {}\n", program_version());
    for (const auto& library : all_libraries())
        text += fmt::format("  {:<14} {}\n", library.name, library.version);
    return text;
}

}  // namespace rpikit::cli
