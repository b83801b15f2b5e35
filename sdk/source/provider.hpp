#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sdk/source/source.hpp"

namespace rpikit::source {

/// What a provider works with.
struct Session {
    const host::Host& host;
    const board::Board& board;
    bool offline = false;
    bool update = false;  ///< what is newest is asked for, not what an index fetched earlier calls so
    host::Progress progress = {};
};

/// A way to come by a kernel tree: one file each, one row in registry.cpp.
struct Provider {
    std::string_view name;  ///< KernelSource::provider

    /// For trees that are built from where they lie: the tree itself. The functions below are null then.
    Result<SourceTree> (*in_place)(const board::Board& board, const board::KernelSource& source) = nullptr;

    /// The store's key for what is pinned, without network or process: letters, digits and '-'. Unset when
    /// the pin does not say it.
    std::optional<std::string> (*key)(const board::KernelSource& source, const Pin& pin) = nullptr;

    /// What SourceTree::pin says of it.
    std::string (*describe)(const Pin& pin) = nullptr;

    /// What is to be had now. Fails within seconds when the source cannot be reached. `board` and `source`
    /// of the pin are filled in by the caller.
    Result<Pin> (*newest)(const Session& session, const board::KernelSource& source) = nullptr;

    /// Puts exactly what is pinned into an empty folder, the kernel's Makefile at its top.
    Result<> (*unpack)(const Session& session, const board::KernelSource& source, const Pin& pin,
                       const std::filesystem::path& folder) = nullptr;
};

extern const Provider git_provider;
extern const Provider distro_provider;
extern const Provider archive_provider;
extern const Provider dir_provider;

std::span<const Provider* const> providers();

/// The provider of that name; an error names those that there are.
Result<const Provider*> find_provider(std::string_view name);

}  // namespace rpikit::source
