#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "sdk/host/descriptor.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::usb {

/// A file that a board may have: open on disk, or a member of bootfiles.bin in memory.
class ServedFile {
  public:
    ServedFile(host::Descriptor file, std::uint64_t size, std::string shown);
    ServedFile(std::shared_ptr<const std::string> content, std::string shown);

    std::uint64_t size() const { return size_; }
    /// Where it was found, for messages: "usb/2711/start4.elf".
    const std::string& shown() const { return shown_; }
    /// Fills `piece` from `offset`; a file that became shorter meanwhile is an error.
    Result<> read_at(std::uint64_t offset, std::span<std::byte> piece) const;

  private:
    std::variant<host::Descriptor, std::shared_ptr<const std::string>> content_;
    std::uint64_t size_;
    std::string shown_;
};

/// Why a name that a board asked for is not even looked up; unset when it may be. Refused are absolute names,
/// those with "..", and any but printable ASCII.
std::optional<std::string> name_refusal(std::string_view name);

/// What came of a name.
struct Lookup {
    std::shared_ptr<const ServedFile> file = nullptr;  ///< null: missing, or refused
    std::string refusal = {};                          ///< why, when it was
};

/// A folder of boot files. Names come from boards: none reaches a file outside, not by its own text and not
/// through symbolic links (openat2(2), RESOLVE_BENEATH). Links that stay inside are followed. May be used by
/// several threads.
class ServedFolder {
  public:
    /// \param overlays whether a folder inside that is named as a board's USB port goes first, for that board
    static Result<ServedFolder> open(const std::filesystem::path& folder, bool overlays);

    /// Looks for `PORT/name` (with overlays), `2711/name`, `name`, then `2711/name` in bootfiles.bin. A file
    /// that is there and cannot be read is an error.
    Result<Lookup> find(const std::string& port, std::string_view name) const;

    const std::filesystem::path& path() const { return path_; }

  private:
    explicit ServedFolder(std::filesystem::path path) : path_(std::move(path)) {}
    Result<Lookup> find_on_disk(const std::string& name) const;

    std::filesystem::path path_;
    host::Descriptor folder_;
    bool overlays_ = false;
    std::map<std::string, std::shared_ptr<const std::string>> members_;  ///< of bootfiles.bin
};

}  // namespace rpikit::usb
