#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <stop_token>
#include <thread>

#include "sdk/archive/archive.hpp"
#include "sdk/host/descriptor.hpp"
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

/// `git archive` writes into a pipe with a name while the tree is unpacked from it: the tar, 1.5 GB of a
/// kernel, is never on disk.
Result<> unpack_through_pipe(const Session& session, const GitMirror& mirror, const std::string& commit,
                             const std::filesystem::path& pipe, const std::filesystem::path& folder) {
    if (mkfifo(pipe.c_str(), 0600) != 0) return fail(host::file_error("cannot make the pipe", pipe, errno));
    // Held open until git has ended and the other side was opened, so that opening it blocks nobody, even if
    // git never comes to write, or has written all before.
    host::Descriptor held(open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!held.valid()) return fail(host::file_error("cannot open", pipe, errno));
    std::stop_source stop;
    const std::stop_callback forward(session.host.stop, [&] { stop.request_stop(); });
    Result<> written;
    std::atomic<bool> ended = false;
    std::atomic<bool> opened = false;
    const auto tell_opened = [&] {
        if (!opened.exchange(true)) opened.notify_one();
    };
    std::jthread writer([&] {
        written = mirror.write_tar(commit, pipe, stop.get_token());
        ended = true;
        // The other side may have had nothing to read yet; a pipe that is full, where this fails, wakes it
        // too.
        [[maybe_unused]] const auto woken = written ? 0 : ::write(held.get(), "", 1);
        opened.wait(false);
        held.reset();
    });
    const auto unpacked = archive::unpack(pipe, folder,
                                          {.read_only = true,
                                           .stop = session.host.stop,
                                           .progress = [&](std::uint64_t, std::uint64_t) { tell_opened(); }});
    tell_opened();  // if it came to nothing
    if (unpacked) {
        writer.join();
        return written;
    }
    const bool git_was_first = ended;
    stop.request_stop();
    writer.join();
    return git_was_first && !written ? written : unpacked;
}

Result<> unpack(const Session& session, const board::KernelSource& source, const Pin& pin,
                const std::filesystem::path& folder) {
    const GitMirror mirror(session.host, source.url);
    TRY(get_commit(session, mirror, source, pin));
    const auto pipe = host::temporary_sibling(folder.parent_path() / "git-pipe");
    auto unpacked = unpack_through_pipe(session, mirror, pin.value, pipe, folder);
    TRY(host::remove_tree(pipe));
    return unpacked;
}

}  // namespace

constinit const Provider git_provider = {
    .name = "git", .key = key, .describe = describe, .newest = newest, .unpack = unpack};

}  // namespace rpikit::source
