#pragma once

#include <optional>
#include <string>

#include "sdk/source/provider.hpp"
#include "sdk/source/source.hpp"
#include "sdk/source/store.hpp"

namespace rpikit::source {

std::filesystem::path lock_file(const Request& request);

/// The pinned tree, patched as the board says, when the store has it: no network, no process.
Result<std::optional<SourceTree>> find_stored(const host::Host& host, const board::Board& board,
                                              const board::KernelSource& source, const Provider& provider,
                                              const Pin& pin);

/// \param key the store's, patches included
SourceTree describe(const board::Board& board, const board::KernelSource& source, const Provider& provider,
                    const Pin& pin, const std::string& key, const StoredTree& stored);

/// The tree of a provider whose trees stay where they are.
Result<SourceTree> open_in_place(const host::Host& host, const board::Board& board,
                                 const board::KernelSource& source, const Provider& provider);

}  // namespace rpikit::source
