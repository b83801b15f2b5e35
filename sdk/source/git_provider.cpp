#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/host/file.hpp"
#include "sdk/source/git_mirror.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace {

std::optional<std::string> key(const board::KernelSource&, const Pin& pin) {
    if (!is_commit(pin.value)) return std::nullopt;
    return "commit-" + pin.value;
}

std::string describe(const Pin& pin) {
    return "commit:" + pin.value;
}

Result<Pin> newest(const Session& session, const board::KernelSource& source) {
    if (session.offline) {
        return fail({.message = fmt::format("no commit of {} is pinned yet", source.url),
                     .hint = "run once without --offline"});
    }
    TRY_ASSIGN(auto commit, GitMirror(session.host, source.url).remote_head(source.branch));
    return Pin{.value = std::move(commit)};
}

Result<> get_commit(const Session& session, const GitMirror& mirror, const board::KernelSource& source,
                    const Pin& pin) {
    if (mirror.has(pin.value)) return {};
    if (session.offline) {
        return fail({.message = fmt::format("the commit {} is not in the cache", pin.value),
                     .hint = "run once without --offline"});
    }
    auto fetched = mirror.fetch(pin.value, session.progress);
    if (fetched || fetched.error().kind == ErrorKind::interrupted) return fetched;
    fetched.error().hint = fmt::format("take the branch as it is now: rpi-kit build {} --update",
                                       shell_quote(session.board.name));
    return fail(std::move(fetched).error(),
                fmt::format("cannot get the pinned commit {} from {}", pin.value, source.url));
}

Result<> unpack(const Session& session, const board::KernelSource& source, const Pin& pin,
                const std::filesystem::path& folder) {
    const GitMirror mirror(session.host, source.url);
    TRY(get_commit(session, mirror, source, pin));
    // Beside the folder, so that whoever removes what a killed run left takes it along.
    const auto tar = folder.parent_path() / (folder.filename().string() + ".tar");
    auto unpacked = mirror.write_tar(pin.value, tar);
    if (unpacked) {
        unpacked = archive::unpack(
            tar, folder, {.read_only = true, .stop = session.host.stop, .progress = session.progress});
    }
    TRY(host::remove_tree(tar));
    return unpacked;
}

}  // namespace

constinit const Provider git_provider = {
    .name = "git", .key = key, .describe = describe, .newest = newest, .unpack = unpack};

}  // namespace rpikit::source
