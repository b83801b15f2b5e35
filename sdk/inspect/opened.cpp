#include "sdk/inspect/opened.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/initramfs.hpp"
#include "sdk/host/file.hpp"
#include "sdk/inspect/disk.hpp"
#include "sdk/inspect/kernel.hpp"
#include "sdk/inspect/module.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

/// Enough for the signature of everything that is read as a whole.
constexpr std::size_t head_size = 4096;
/// A vmlinux with all debugging information has 500 MiB.
constexpr std::size_t file_limit = std::size_t{2} << 30;

std::optional<Kind> kind_of(std::string_view bytes) {
    if (bytes.starts_with("\xd0\x0d\xfe\xed"sv)) return Kind::device_tree;
    if (is_module(bytes)) return Kind::module;
    if (is_kernel(bytes)) return Kind::kernel;
    if (archive::is_cpio(bytes)) return Kind::initramfs;
    return std::nullopt;
}

/// Files are read more than once, which a pipe cannot be.
Result<std::string> read_head(const fs::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        if (errno == ENOENT) return fail({.message = fmt::format("{} does not exist", file.string())});
        return fail(host::file_error("cannot look at", file, errno));
    }
    if (S_ISDIR(status.st_mode)) {
        const auto image = file / "sdcard.img";
        std::error_code error;
        return fail({.message = fmt::format("{} is a folder", file.string()),
                     .hint = fs::exists(image, error)
                                 ? fmt::format("rpi-kit inspect {}", shell_quote(image.string()))
                                 : ""});
    }
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
        return fail({.message = fmt::format("{} is a pipe: only files can be looked into", file.string()),
                     .hint = "write it into a file first: COMMAND > FILE",
                     .kind = ErrorKind::usage});
    }
    std::string head(head_size, '\0');
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(host::file_error("cannot open", file, errno));
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    if (head.empty()) return fail({.message = fmt::format("{} is empty", file.string())});
    return head;
}

Error unknown(const fs::path& file) {
    return {
        .message = fmt::format("{} is of no kind that is known here", file.string()),
        .causes =
            {"known are kernels, modules, initramfs archives, device trees, disk images, .deb packages and "
             "kernel configurations"},
        .hint = "rpi-kit inspect --help"};
}

/// The kind of what a compressed file holds.
Result<> open_compressed(Opened& opened, const archive::Limits& limits) {
    TRY_ASSIGN(auto inflated, archive::inflate(opened.bytes, *opened.packing, limits.bytes));
    const auto kind = kind_of(inflated.content);
    if (!kind) {
        if (inflated.damage) return fail(std::move(*inflated.damage));
        if (is_configuration(inflated.content)) {
            opened.kind = Kind::configuration;
            opened.unpacked = std::move(inflated.content);
            return {};
        }
        return fail({.message = fmt::format("it holds {}, compressed by {}, of no kind that is known here",
                                            format_size(inflated.content.size()),
                                            archive::to_string(*opened.packing))});
    }
    opened.kind = *kind;
    // An initramfs is read from its own bytes: more archives may follow.
    if (*kind == Kind::initramfs) return {};
    if (inflated.damage) return fail(std::move(*inflated.damage));
    opened.unpacked = std::move(inflated.content);
    return {};
}

Result<Opened> open_by_content(Opened opened, std::string_view head, const archive::Limits& limits) {
    const auto kind = kind_of(head);
    const auto packing = archive::packing_of(head);
    if (kind || packing) {
        TRY_ASSIGN(opened.bytes, host::read_file(opened.path, file_limit));
        if (kind) {
            opened.kind = *kind;
            return opened;
        }
        opened.packing = packing;
        TRY(open_compressed(opened, limits));
        return opened;
    }
    if (read_volumes(opened.path)) {
        opened.kind = Kind::disk_image;
        return opened;
    }
    constexpr std::uint64_t largest_config = 16 << 20;
    if (opened.size > 0 && opened.size <= largest_config) {
        TRY_ASSIGN(opened.bytes, host::read_file(opened.path, largest_config));
        opened.kind = Kind::configuration;
        if (is_configuration(opened.bytes)) return opened;
    }
    // With what is wrong about its partition table, when it has one.
    if (auto volumes = read_volumes(opened.path);
        head.size() >= 512 && head.substr(510).starts_with("\x55\xaa"sv)) {
        return fail(std::move(volumes).error());
    }
    return fail(unknown(opened.path));
}

}  // namespace

bool is_configuration(std::string_view text) {
    if (text.find('\0') != std::string_view::npos || !text.contains("CONFIG_")) return false;
    const auto assignments = kconfig::DotConfig::parse(text, {});
    return assignments && !assignments->empty();
}

Result<Opened> open_any(const fs::path& file, const archive::Limits& limits) {
    TRY_ASSIGN(const auto head, read_head(file));
    std::error_code error;
    const auto size = fs::file_size(file, error);
    Opened opened{.path = file, .size = error ? 0 : size};
    if (archive::is_deb(file)) {
        opened.kind = Kind::package;
        return opened;
    }
    auto result = open_by_content(std::move(opened), head, limits);
    if (result || result.error().message.contains(file.string())) return result;
    return fail(std::move(result).error(), fmt::format("cannot look into {}", file.string()));
}

}  // namespace rpikit::inspect
