#include <algorithm>
#include <optional>

#include "sdk/boot/host_files.hpp"
#include "sdk/boot/own_overlays.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace fs = std::filesystem;

namespace {

/// What a line includes in quotes: `#include "x"` of the preprocessor, `/include/ "x"` of dtc.
std::optional<std::string_view> included_by(std::string_view line) {
    auto rest = trim(line);
    if (rest.starts_with('#')) {
        rest = trim(rest.substr(1));
        if (!rest.starts_with("include")) return std::nullopt;
    } else if (!rest.contains("/include/")) {
        return std::nullopt;
    }
    const auto begin = rest.find('"');
    const auto end = begin == std::string_view::npos ? begin : rest.find('"', begin + 1);
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(begin + 1, end - begin - 1);
}

}  // namespace

std::vector<fs::path> overlay_sources(const fs::path& file) {
    std::vector<fs::path> files = {file};
    if (file.extension() == ".dtbo") return files;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto text = host::read_file(files[i]);
        if (!text) continue;  // whoever compiles it tells of it
        for (const auto line : lines(*text)) {
            const auto name = included_by(line);
            if (!name) continue;
            for (const auto& folder : {files[i].parent_path(), file.parent_path()}) {
                const auto found = (folder / *name).lexically_normal();
                if (!is_file(found)) continue;
                if (std::ranges::find(files, found) == files.end()) files.push_back(found);
                break;
            }
        }
    }
    return files;
}

}  // namespace rpikit::boot
