#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sdk/image/piece.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::image {

/// Reads the contents that a plan's pieces refer to, in the plan's order, and hashes every file on the way. A
/// file on the host that differs from what it was when the plan was checked is an error.
class ContentReader {
  public:
    ContentReader() = default;
    ~ContentReader();
    ContentReader(const ContentReader&) = delete;
    ContentReader& operator=(const ContentReader&) = delete;

    /// Looks at every file once: it must be there and as long as its slice says.
    Result<> check(const std::vector<Piece>& pieces);

    /// `bytes` of the content from `offset` on.
    Result<> read(const ContentPart& part, std::uint64_t offset, std::span<std::byte> bytes);

    /// After the last piece.
    Result<> finish() { return close_current(); }

    /// The hash of each entry's whole content, of all that were read to their end.
    const std::unordered_map<const archive::Entry*, std::string>& hashes() const { return hashes_; }

  private:
    struct Stamp {
        std::int64_t size = 0;
        timespec modified{};
    };
    Result<> open(const archive::FileSlice& slice, const std::string& path);
    Result<> close_current();
    Result<> read_slice(const archive::FileSlice& slice, const std::string& path, std::uint64_t offset,
                        std::span<std::byte> bytes);

    std::unordered_map<std::string, Stamp> stamps_;
    std::unordered_map<const archive::Entry*, std::string> hashes_;
    Sha256 hash_;
    int descriptor_ = -1;
    std::filesystem::path open_;  ///< what `descriptor_` belongs to
};

}  // namespace rpikit::image
