#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/host/download.hpp"
#include "sdk/host/file.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

std::string name_of(const board::KernelSource& source) {
    return source.url.empty() ? source.path.string() : source.url;
}

/// Where a download is kept, so that neither a failed unpacking nor an emptied store fetches it again.
fs::path download_file(const Session& session, const std::string& url) {
    return session.host.cache / "downloads" / sha256(url);
}

Error wrong_hash(const board::KernelSource& source, const std::string& expected, const std::string& found) {
    return {.message = fmt::format("{} is not the archive that was asked for", name_of(source)),
            .where = source.where.file.empty() ? std::nullopt : std::optional(source.where),
            .causes = {fmt::format("expected sha256 {}", expected), fmt::format("found    sha256 {}", found)},
            .hint = source.sha256.empty() ? "take it as it is now with --update"
                                          : "correct 'sha256' in the descriptor if the new one is right"};
}

/// The archive as a file of this machine. \param sha256 it must have; empty: any
Result<fs::path> local_file(const Session& session, const board::KernelSource& source,
                            const std::string& sha256) {
    if (source.url.empty()) return source.path;
    auto file = download_file(session, source.url);
    std::error_code ignored;
    if (!sha256.empty() && fs::exists(file, ignored) && sha256_file(file) == sha256) return file;
    if (session.offline) {
        return fail({.message = fmt::format("{} is not in the cache", source.url),
                     .hint = "run once without --offline"});
    }
    TRY(host::download(session.host, {.url = source.url, .file = file, .sha256 = sha256}, session.progress));
    return file;
}

std::optional<std::string> key(const board::KernelSource& source, const Pin& pin) {
    if (!source.sha256.empty()) return "sha256-" + source.sha256;
    // A file named on the command line has nothing but the pin to say what it was.
    std::error_code ignored;
    if (fs::exists(source.path, ignored) && sha256_file(source.path) != pin.sha256) return std::nullopt;
    if (pin.sha256.empty()) return std::nullopt;
    return "sha256-" + pin.sha256;
}

std::string describe(const Pin& pin) {
    return "sha256:" + pin.sha256;
}

Result<Pin> newest(const Session& session, const board::KernelSource& source) {
    TRY_ASSIGN(const auto file, local_file(session, source, source.sha256));
    TRY_ASSIGN(auto hash, sha256_file(file));
    if (!source.sha256.empty() && hash != source.sha256) return fail(wrong_hash(source, source.sha256, hash));
    return Pin{.value = name_of(source), .sha256 = std::move(hash)};
}

Result<> unpack(const Session& session, const board::KernelSource& source, const Pin& pin,
                const fs::path& folder) {
    const auto& expected = source.sha256.empty() ? pin.sha256 : source.sha256;
    TRY_ASSIGN(const auto file, local_file(session, source, expected));
    TRY_ASSIGN(const auto hash, sha256_file(file));
    if (hash != expected) return fail(wrong_hash(source, expected, hash));
    return archive::unpack(
        file, folder,
        {.strip_components = 1, .read_only = true, .stop = session.host.stop, .progress = session.progress});
}

}  // namespace

constinit const Provider archive_provider = {
    .name = "archive", .key = key, .describe = describe, .newest = newest, .unpack = unpack};

}  // namespace rpikit::source
