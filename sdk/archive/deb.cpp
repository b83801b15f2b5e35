#include "sdk/archive/deb.hpp"

#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/entry_path.hpp"

namespace rpikit::archive {

bool is_deb(const std::filesystem::path& file) {
    constexpr std::string_view magic = "!<arch>\ndebian-binary";
    std::string start(magic.size(), '\0');
    std::ifstream(file, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
    return start == magic;
}

Result<Reader> open_deb(const std::filesystem::path& deb, std::stop_token stop, host::Progress progress,
                        unsigned threads) {
    return open_deb_member(deb, "data.tar", std::move(stop), std::move(progress), threads);
}

Result<Reader> open_deb_member(const std::filesystem::path& deb, std::string_view wanted,
                               std::stop_token stop, host::Progress progress, unsigned threads) {
    TRY_ASSIGN(auto stream, open_file_stream(deb, std::move(stop), std::move(progress)));
    if (!is_deb(deb)) return fail({.message = "it is no Debian package"});
    TRY_ASSIGN(auto members, Reader::open(std::move(stream), Format::ar));
    while (true) {
        TRY_ASSIGN(auto* member, members.next());
        if (member == nullptr) return fail({.message = fmt::format("the package has no {}", wanted)});
        const char* name = archive_entry_pathname(member);
        if (name != nullptr && std::string_view(name).starts_with(wanted)) break;
    }
    return Reader::open(decompressed(entry_stream(std::move(members)), threads), Format::tar);
}

Result<archive_entry*> find_member(Reader& package, const std::string& member) {
    while (true) {
        TRY_ASSIGN(auto* entry, package.next());
        if (entry == nullptr) return fail({.message = fmt::format("the package has no file '{}'", member)});
        TRY_ASSIGN(const auto path, clean_entry_path(archive_entry_pathname(entry)));
        if (path == member && archive_entry_filetype(entry) == AE_IFREG) return entry;
    }
}

Result<std::string> read_from_deb(const std::filesystem::path& deb, const std::string& member,
                                  std::uint64_t limit) {
    const auto read = [&]() -> Result<std::string> {
        TRY_ASSIGN(auto package, open_deb(deb, {}, {}, 1));
        TRY(find_member(package, member));
        auto content = entry_stream(std::move(package));
        std::string text;
        while (true) {
            TRY_ASSIGN(const auto piece, content());
            if (piece.empty()) return text;
            if (text.size() + piece.size() > limit) {
                return fail({.message = fmt::format("'{}' is larger than {} bytes", member, limit)});
            }
            text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        }
    };
    auto text = read();
    if (!text) {
        return fail(std::move(text).error(), fmt::format("cannot read '{}' from {}", member, deb.string()));
    }
    return text;
}

}  // namespace rpikit::archive
