#include "sdk/archive/library_version.hpp"

#include <archive.h>
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>

#include <pugixml.hpp>

namespace rpikit::archive {

std::vector<LibraryVersion> library_versions() {
    const int archive = archive_version_number();
    return {
        {"libarchive", fmt::format("{}.{}.{}", archive / 1'000'000, archive / 1000 % 1000, archive % 1000)},
        {"liblzma", lzma_version_string()},
        {"zlib", zlibVersion()},
        {"pugixml", fmt::format("{}.{}", PUGIXML_VERSION / 1000, PUGIXML_VERSION / 10 % 100)}};
}

}  // namespace rpikit::archive
