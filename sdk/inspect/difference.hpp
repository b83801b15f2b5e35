#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sdk/inspect/inspect.hpp"

namespace rpikit::inspect {

struct FileState {
    std::uint64_t size = 0;  ///< bytes
    std::string digest;      ///< of the content, or what a link leads to
    std::uint32_t mode = 0;  ///< permission bits; 0 where they are not known
    bool operator==(const FileState&) const = default;
};

/// One side of a comparison: what is not there cannot be compared.
struct Subject {
    std::string kind;  ///< files are compared when both sides are of the same
    std::map<std::string, std::string> facts = {};
    std::optional<std::map<std::string, std::string>> symbols =
        {};                       ///< of the configuration, without CONFIG_
    bool only_requested = false;  ///< the symbols are what was asked for, not the whole configuration
    std::optional<std::map<std::string, FileState>> files = {};
    std::string digest = {};  ///< SHA-256 of all bytes; empty: not one file
};

struct ValueChange {
    std::string name;
    std::string before;  ///< "" when it is not there; a symbol is "n" then
    std::string after;
    bool operator==(const ValueChange&) const = default;
};

struct FileChange {
    std::string path;
    std::optional<FileState> before;  ///< unset: added
    std::optional<FileState> after;   ///< unset: removed
};

struct Difference {
    std::vector<ValueChange> facts;
    std::vector<ValueChange> symbols;
    std::vector<FileChange> files;
    bool compared_symbols = false;
    bool compared_files = false;
    bool bytes_differ = false;  ///< of two of a kind, whatever of it is compared

    /// Nothing that is compared differs.
    bool none() const { return facts.empty() && symbols.empty() && files.empty(); }
};

/// A kernel, image, initramfs, package, module, device tree or configuration, read to be compared.
Result<Subject> read_subject(const std::filesystem::path& file, const Options& options);

/// The values of a .config's text.
Result<std::map<std::string, std::string>> read_symbols(std::string_view config);

/// What differs, sorted by name; an error when the two have nothing that can be compared.
Result<Difference> compare(const Subject& before, const Subject& after);

}  // namespace rpikit::inspect
