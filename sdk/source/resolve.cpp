#include "sdk/source/choose.hpp"
#include "sdk/source/patches.hpp"
#include "sdk/source/provider.hpp"
#include "sdk/source/source.hpp"
#include "sdk/source/stored_source.hpp"

namespace rpikit::source {

std::filesystem::path lock_file(const Request& request) {
    return request.work / "rpi-kit.lock";
}

Result<std::optional<SourceTree>> find_stored(const host::Host& host, const board::Board& board,
                                              const board::KernelSource& source, const Provider& provider,
                                              const Pin& pin) {
    const auto base = provider.key(source, pin);
    if (!base) return std::nullopt;
    TRY_ASSIGN(const auto key, patched_key(*base, board.kernel.patches));
    const auto stored = Store(host).find(key);
    if (!stored) return std::nullopt;
    return describe(board, source, provider, pin, key, *stored);
}

SourceTree describe(const board::Board& board, const board::KernelSource& source, const Provider& provider,
                    const Pin& pin, const std::string& key, const StoredTree& stored) {
    return {.root = stored.root,
            .identity = key,
            .version = stored.version,
            .source = adopt_configuration(source, board, stored.root),
            .pin = provider.describe(pin)};
}

Result<SourceTree> open_in_place(const host::Host& host, const board::Board& board,
                                 const board::KernelSource& source, const Provider& provider) {
    TRY_ASSIGN(auto tree, provider.in_place(board, source));
    tree.source = adopt_configuration(std::move(tree.source), board, tree.root);
    if (!board.kernel.patches.empty()) {
        host.warn("the board's patches are not applied: " + tree.root.string() + " is your own tree");
    }
    return tree;
}

Result<Resolution> resolve(const host::Host& host, const board::Board& board, const Request& request) {
    TRY_ASSIGN(const auto lock, Lock::load(lock_file(request)));
    TRY_ASSIGN(auto sources, candidates(board, request, lock));
    if (sources.empty()) return fail({.message = "the board " + board.name + " names no kernel source"});
    Resolution resolution{.source = sources.front()};
    const auto& source = resolution.source;
    TRY_ASSIGN(const auto* provider, find_provider(source.provider));
    // With several left nobody knows yet which of them can be reached.
    if (sources.size() > 1) return resolution;
    if (provider->in_place != nullptr) {
        TRY_ASSIGN(resolution.ready, open_in_place(host, board, source, *provider));
    } else if (!request.update) {
        resolution.pin = lock.find(board.name, source.name);
        if (!resolution.pin) return resolution;
        TRY_ASSIGN(resolution.ready, find_stored(host, board, source, *provider, *resolution.pin));
    }
    if (resolution.ready) resolution.source = resolution.ready->source;
    return resolution;
}

}  // namespace rpikit::source
