#include <fmt/format.h>

#include "sdk/host/lock_file.hpp"
#include "sdk/source/choose.hpp"
#include "sdk/source/patches.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/source/source.hpp"
#include "sdk/source/stored_source.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace {

/// A source that answered: which one, and what of it is taken.
struct Choice {
    board::KernelSource source;
    const Provider* provider = nullptr;
    Pin pin;
};

std::string update_hint(const board::Board& board) {
    return fmt::format("rpi-kit build {} --update", shell_quote(board.name));
}

Result<Pin> newest(const Session& session, const board::KernelSource& source, const Provider& provider) {
    TRY_ASSIGN(auto pin, provider.newest(session, source));
    pin.board = session.board.name;
    pin.source = source.name;
    return pin;
}

/// The pin of one source. \param must_answer ask the source even when it is pinned, unless the store has it
Result<Choice> reach(const Session& session, const board::KernelSource& source,
                     const std::optional<Pin>& pinned, bool must_answer) {
    TRY_ASSIGN(const auto* provider, find_provider(source.provider));
    Choice choice{.source = source, .provider = provider};
    if (provider->in_place != nullptr) {
        if (must_answer) TRY(provider->in_place(session.board, source));
        return choice;
    }
    if (pinned) {
        choice.pin = *pinned;
        TRY_ASSIGN(const auto stored, find_stored(session.host, session.board, source, *provider, *pinned));
        if (stored || !must_answer || session.offline) return choice;
    }
    TRY_ASSIGN(const auto found, newest(session, source, *provider));
    if (!pinned) choice.pin = found;
    return choice;
}

/// The first source that answers; says why those before it were passed over.
Result<Choice> reach_first(const Session& session, const std::vector<board::KernelSource>& sources,
                           const Request& request, const Lock& lock) {
    Error last{.message = fmt::format("the board {} names no kernel source", session.board.name)};
    std::string why;
    for (const auto& source : sources) {
        const auto pinned = request.update ? std::nullopt : lock.find(session.board.name, source.name);
        auto choice = reach(session, source, pinned, sources.size() > 1);
        if (choice) {
            if (sources.size() > 1) {
                session.host.note(fmt::format("kernel source '{}' is taken{}", source.name,
                                              why.empty() ? ": the board's first choice" : " because" + why));
            }
            return choice;
        }
        last = std::move(choice).error();
        if (last.kind == ErrorKind::interrupted) return fail(std::move(last));
        const auto& cause =
            last.causes.empty() ? last.message : last.message + " (" + last.causes.front() + ")";
        session.host.note(fmt::format("kernel source '{}' is not to be had: {}", source.name, cause));
        why += fmt::format("{} '{}' is not to be had", why.empty() ? "" : ",", source.name);
    }
    if (sources.size() < 2) {
        if (last.hint.empty() && session.board.kernel.sources.size() > 1) {
            last.hint =
                fmt::format("rpi-kit build {} --source auto   takes the first source that can be reached",
                            shell_quote(session.board.name));
        }
        return fail(std::move(last));
    }
    return fail(std::move(last),
                fmt::format("no kernel source of the board {} is to be had", session.board.name));
}

/// The chosen tree in the store, patched.
Result<SourceTree> unpack(const Session& session, const Choice& choice) {
    const auto& [source, provider, pin] = choice;
    const auto base = provider->key(source, pin);
    if (!base) {
        return fail({.message = fmt::format("the source '{}' is not what rpi-kit.lock pins", source.name),
                     .causes = {"pinned: " + provider->describe(pin)},
                     .hint = update_hint(session.board)});
    }
    const auto& patches = session.board.kernel.patches;
    TRY_ASSIGN(const auto key, patched_key(*base, patches));
    const Store store(session.host);
    const auto original = [&](const std::filesystem::path& folder) {
        return provider->unpack(session, source, pin, folder);
    };
    if (patches.empty()) {
        TRY_ASSIGN(const auto tree, store.add(key, original));
        return describe(session.board, source, *provider, pin, key, tree);
    }
    TRY_ASSIGN(const auto tree, store.add(key, [&](const std::filesystem::path& folder) -> Result<> {
        TRY_ASSIGN(const auto unpatched, store.add(*base, original));
        return apply_patches(session.host, unpatched.root, patches, folder);
    }));
    return describe(session.board, source, *provider, pin, key, tree);
}

/// Changes the lock file, read anew: another board's build may have written it meanwhile.
Result<> record(const host::Host& host, const Request& request, const std::function<void(Lock&)>& change) {
    const auto file = lock_file(request);
    const auto guard = host.cache / "locks" / sha256(std::filesystem::absolute(file).string());
    TRY_ASSIGN(const auto exclusive, host::LockFile::acquire(guard, host.stop, {}));
    TRY_ASSIGN(auto lock, Lock::load(file));
    change(lock);
    return lock.save(file);
}

}  // namespace

Result<SourceTree> fetch(const host::Host& host, const board::Board& board, const Request& request,
                         const host::Progress& progress) {
    TRY_ASSIGN(const auto lock, Lock::load(lock_file(request)));
    TRY_ASSIGN(const auto sources, candidates(board, request, lock));
    const Session session{.host = host,
                          .board = board,
                          .offline = request.offline,
                          .update = request.update,
                          .progress = progress};
    TRY_ASSIGN(const auto choice, reach_first(session, sources, request, lock));
    const bool automatic = request.wanted == "auto";
    if (choice.provider->in_place != nullptr) {
        TRY_ASSIGN(auto tree, open_in_place(host, board, choice.source, *choice.provider));
        if (automatic) {
            TRY(record(host, request, [&](Lock& file) { file.choose(board.name, choice.source.name); }));
        }
        return tree;
    }
    TRY_ASSIGN(auto tree, unpack(session, choice));
    TRY(record(host, request, [&](Lock& file) { file.set(choice.pin, automatic); }));
    return tree;
}

}  // namespace rpikit::source
