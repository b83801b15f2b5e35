#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::source {

namespace {

namespace fs = std::filesystem;

/// What an installed package linux-source-VERSION leaves, in /usr/src or in the folder that the board names.
fs::path tar_of(const board::KernelSource& source) {
    const fs::path folder = source.path.empty() ? fs::path("/usr/src") : source.path;
    return folder / (source.package + ".tar.xz");
}

std::optional<std::string> key(const board::KernelSource& /*source*/, const Pin& pin) {
    if (pin.sha256.empty()) return std::nullopt;
    return "sha256-" + pin.sha256;
}

std::string describe(const Pin& pin) {
    return "installed:" + pin.value;
}

Result<Pin> newest(const Session& /*session*/, const board::KernelSource& source) {
    TRY_ASSIGN(auto hash, sha256_file(tar_of(source)));
    return Pin{.value = source.package, .sha256 = std::move(hash)};
}

Result<> unpack(const Session& session, const board::KernelSource& source, const Pin& pin,
                const fs::path& folder) {
    const auto tar = tar_of(source);
    TRY_ASSIGN(const auto hash, sha256_file(tar));
    if (hash != pin.sha256) {
        return fail({.message = fmt::format("{} is not the one that the lock names", tar.string()),
                     .hint = "take it as it is now with --update"});
    }
    return archive::unpack(
        tar, folder,
        {.strip_components = 1, .read_only = true, .stop = session.host.stop, .progress = session.progress});
}

}  // namespace

extern const Provider installed_provider;  // in provider.hpp, too
constinit const Provider installed_provider = {
    .name = "installed", .key = key, .describe = describe, .newest = newest, .unpack = unpack};

}  // namespace rpikit::source
