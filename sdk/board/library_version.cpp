#include "sdk/board/library_version.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace rpikit::board {

std::vector<LibraryVersion> library_versions() {
    return {{"toml++", fmt::format("{}.{}.{}", TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)}};
}

}  // namespace rpikit::board
