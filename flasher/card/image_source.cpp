#include "flasher/card/image_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "flasher/card/file_image.hpp"
#include "flasher/card/image_content.hpp"
#include "flasher/card/stream_image.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::card {

namespace fs = std::filesystem;

namespace {

Result<std::optional<archive::BlockMap>> block_map_for(const std::string& what, const ImageOptions& options,
                                                       bool is_file) {
    if (options.whole) return std::nullopt;
    std::optional<fs::path> file;
    if (!options.block_map.empty()) {
        file = options.block_map;
    } else if (is_file) {
        file = archive::find_block_map(what);
    }
    if (!file) return std::nullopt;
    return archive::read_block_map(*file);
}

Result<> check_size(const std::string& name, const std::optional<archive::BlockMap>& map,
                    std::optional<std::uint64_t> size) {
    if (!map || !size || map->image_size == *size) return {};
    return fail({.message = fmt::format("the block map is not the one of {}", name),
                 .causes = {fmt::format("it is of an image of {} bytes, and this one has {}", map->image_size,
                                        *size)},
                 .hint = "make the block map anew (bmaptool create IMAGE), or write all of the image"});
}

Result<std::unique_ptr<ImageSource>> open_stream(ImageContent content, const std::string& name,
                                                 std::optional<archive::BlockMap> map) {
    TRY(check_size(name, map, content.size));
    StreamParts parts{.name = name,
                      .content = std::move(content.stream),
                      .size = map ? map->image_size : content.size,
                      .map = std::move(map),
                      .least = content.least,
                      .share_read = std::move(content.share_read),
                      .reopen = std::move(content.reopen)};
    return std::make_unique<StreamImage>(std::move(parts));
}

Result<std::unique_ptr<ImageSource>> open_raw_file(host::Descriptor file, const std::string& name,
                                                   std::optional<archive::BlockMap> map,
                                                   const ImageOptions& options) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return fail(host::file_error("cannot read", name, errno));
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size == 0) return fail({.message = fmt::format("{} is empty", name)});
    TRY(check_size(name, map, size));
    auto extents = map                  ? mapped_extents(*map)
                   : options.skip_holes ? data_extents(file.get(), size)
                                        : std::vector<Extent>{{.offset = 0, .length = size}};
    return std::make_unique<FileImage>(name, std::make_shared<const host::Descriptor>(std::move(file)), size,
                                       std::move(map), std::move(extents));
}

Result<std::unique_ptr<ImageSource>> open_file(const host::Host& host, const std::string& name,
                                               const ImageOptions& options) {
    struct stat status{};
    if (::stat(name.c_str(), &status) != 0) {
        return fail(host::file_error("cannot open the image", name, errno));
    }
    TRY_ASSIGN(auto map, block_map_for(name, options, true));
    // A pipe is opened once: by the second time its writer may be gone.
    if (S_ISREG(status.st_mode)) {
        host::Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file.valid()) return fail(host::file_error("cannot open the image", name, errno));
        std::array<std::byte, magic_bytes> first{};
        const auto count = ::pread(file.get(), first.data(), first.size(), 0);
        if (count >= 0 && !is_packed(std::span(first).first(static_cast<std::size_t>(count)))) {
            return open_raw_file(std::move(file), name, std::move(map), options);
        }
    }
    TRY_ASSIGN(auto content, file_content(host, name));
    return open_stream(std::move(content), name, std::move(map));
}

}  // namespace

std::optional<fs::path> file_of_address(std::string_view what) {
    constexpr std::string_view scheme = "file:";
    if (!what.starts_with(scheme)) return std::nullopt;
    what.remove_prefix(scheme.size());
    for (const std::string_view host : {"//localhost/", "///"}) {
        if (what.starts_with(host)) what.remove_prefix(host.size() - 1);
    }
    std::string path;
    for (std::size_t i = 0; i < what.size(); ++i) {
        unsigned char code = 0;
        const auto digits = what.substr(i + 1, 2);
        if (what[i] == '%' && digits.size() == 2 &&
            std::from_chars(digits.begin(), digits.end(), code, 16).ptr == digits.end()) {
            path += static_cast<char>(code);
            i += 2;
        } else {
            path += what[i];
        }
    }
    return path;
}

Result<std::unique_ptr<ImageSource>> open_image(const host::Host& host, const std::string& what,
                                                const ImageOptions& options) {
    if (const auto file = file_of_address(what)) return open_file(host, file->string(), options);
    const bool is_address = what.starts_with("http:") || what.starts_with("https:");
    if (what != "-" && !is_address) return open_file(host, what, options);
    TRY_ASSIGN(auto map, block_map_for(what, options, false));
    TRY_ASSIGN(auto content, is_address ? download_content(host, what) : input_content(host, STDIN_FILENO));
    if (is_address && !content.end_is_sure && !map) {
        return fail({.message = fmt::format("the server does not say how large {} is", what),
                     .causes = {"a connection that breaks off would be taken for the image's end"},
                     .hint = "download it first, name its block map with --bmap, or get it compressed"});
    }
    return open_stream(std::move(content), is_address ? what : "the standard input", std::move(map));
}

}  // namespace rpikit::card
