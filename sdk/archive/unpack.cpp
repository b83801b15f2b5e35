#include <archive_entry.h>
#include <fmt/format.h>

#include "sdk/archive/archive.hpp"
#include "sdk/archive/deb.hpp"
#include "sdk/archive/disk_writer.hpp"
#include "sdk/archive/entry_path.hpp"
#include "sdk/archive/reader.hpp"

namespace rpikit::archive {

namespace {

using Keep = std::function<bool(const std::string& path)>;

Result<> unpack_entries(Reader reader, const std::filesystem::path& folder, const UnpackOptions& options,
                        AbsoluteLinks links, const Keep& keep) {
    TRY_ASSIGN(auto writer, DiskWriter::open(folder, options, links));
    while (true) {
        TRY_ASSIGN(auto* entry, reader.next());
        if (entry == nullptr) return writer.finish();
        TRY_ASSIGN(const auto whole, clean_entry_path(archive_entry_pathname(entry)));
        const auto path = strip_components(whole, options.strip_components);
        if (!path || path->empty() || (keep && !keep(*path))) continue;
        TRY(writer.write(*path, entry, reader));
    }
}

/// The error of unpacking `archive`, which says what is to blame first.
Result<> named(Result<> result, const std::filesystem::path& archive) {
    if (result || result.error().kind == ErrorKind::interrupted) return result;
    return fail(std::move(result).error(), fmt::format("cannot unpack {}", archive.string()));
}

}  // namespace

Result<> unpack(const std::filesystem::path& archive, const std::filesystem::path& folder,
                const UnpackOptions& options) {
    const auto run = [&]() -> Result<> {
        TRY_ASSIGN(auto stream, open_file_stream(archive, options.stop, options.progress));
        TRY_ASSIGN(auto reader,
                   Reader::open(decompressed(std::move(stream), decoder_threads()), Format::tar));
        return unpack_entries(std::move(reader), folder, options, AbsoluteLinks::refused, {});
    };
    return named(run(), archive);
}

Result<> unpack_deb(const std::filesystem::path& deb, const std::filesystem::path& folder,
                    const UnpackOptions& options, const Keep& keep) {
    const auto run = [&]() -> Result<> {
        TRY_ASSIGN(auto reader, open_deb(deb, options.stop, options.progress, decoder_threads()));
        return unpack_entries(std::move(reader), folder, options, AbsoluteLinks::from_root, keep);
    };
    return named(run(), deb);
}

Result<> unpack_archive_in_deb(const std::filesystem::path& deb, const std::string& member,
                               const std::filesystem::path& folder, const UnpackOptions& options) {
    const auto run = [&]() -> Result<> {
        // One thread outside: what lies inside is compressed already, decoding it is next to copying.
        TRY_ASSIGN(auto package, open_deb(deb, options.stop, options.progress, 1));
        TRY(find_member(package, member));
        TRY_ASSIGN(
            auto reader,
            Reader::open(decompressed(entry_stream(std::move(package)), decoder_threads()), Format::tar));
        return unpack_entries(std::move(reader), folder, options, AbsoluteLinks::refused, {});
    };
    return named(run(), deb);
}

}  // namespace rpikit::archive
