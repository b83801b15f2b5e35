#include "flasher/usb/served_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "flasher/usb/boot_files_archive.hpp"
#include "flasher/usb/errors.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::usb {

namespace fs = std::filesystem;

namespace {

/// Where the BCM2711's files lie in a folder or archive for several chips.
constexpr std::string_view chip_folder = "2711/";
constexpr std::string_view archive_name = "bootfiles.bin";

/// As open(2), but whatever the name and the links on its way lead to lies in `folder`. A name is not
/// followed into a process's own files (RESOLVE_NO_MAGICLINKS). \returns -1 with errno; EXDEV: it leads out
int open_beneath(int folder, const std::string& name) {
    ::open_how how{
        .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int tries = 100;
    while (true) {
        const auto opened = static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how));
        // EAGAIN: something was renamed on the way, and the kernel cannot tell.
        if (opened >= 0 || (errno != EAGAIN && errno != EINTR) || --tries == 0) return opened;
    }
}

bool is_missing(int number) {
    return number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG;
}

Error open_error(const fs::path& shown, int number) {
    if (number == ENOSYS) {
        return {.message = "this kernel cannot open files safely: it lacks openat2 (Linux 5.6)",
                .hint = "use a newer kernel"};
    }
    return host::file_error("cannot read", shown, number);
}

}  // namespace

ServedFile::ServedFile(host::Descriptor file, std::uint64_t size, std::string shown)
    : content_(std::move(file)), size_(size), shown_(std::move(shown)) {}

ServedFile::ServedFile(std::shared_ptr<const std::string> content, std::string shown)
    : content_(std::move(content)),
      size_(std::get<std::shared_ptr<const std::string>>(content_)->size()),
      shown_(std::move(shown)) {}

Result<> ServedFile::read_at(std::uint64_t offset, std::span<std::byte> piece) const {
    if (const auto* memory = std::get_if<std::shared_ptr<const std::string>>(&content_)) {
        std::memcpy(piece.data(), (*memory)->data() + offset, piece.size());
        return {};
    }
    while (!piece.empty()) {
        const auto count = ::pread(std::get<host::Descriptor>(content_).get(), piece.data(), piece.size(),
                                   static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(host::file_error("cannot read", shown_, errno));
        if (count == 0) return fail({.message = fmt::format("{} became shorter while it was sent", shown_)});
        offset += static_cast<std::uint64_t>(count);
        piece = piece.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

std::optional<std::string> name_refusal(std::string_view name) {
    if (!std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; })) return "it is not printable";
    if (name.starts_with('/')) return "it is absolute";
    const auto parts = split(name, '/');
    if (std::ranges::find(parts, "..") != parts.end()) return "it has '..'";
    return std::nullopt;
}

Result<ServedFolder> ServedFolder::open(const fs::path& folder, bool overlays) {
    ServedFolder served(folder);
    served.folder_ = host::Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!served.folder_.valid()) return fail(host::file_error("cannot serve", folder, errno));
    served.overlays_ = overlays;
    TRY_ASSIGN(const auto archive, served.find_on_disk(std::string(archive_name)));
    if (!archive.refusal.empty()) {
        return fail({.message = fmt::format("{}: {}", (folder / archive_name).string(), archive.refusal),
                     .hint = fmt::format("cp -rL {0} {0}-copy", shell_quote(folder.string()))});
    }
    if (archive.file) {
        auto members = read_boot_files_archive(archive.file);
        if (!members) return fail(members.error(), fmt::format("cannot read {}", archive.file->shown()));
        served.members_ = *std::move(members);
    }
    return served;
}

Result<Lookup> ServedFolder::find_on_disk(const std::string& name) const {
    const auto shown = path_ / name;
    const host::Descriptor place(open_beneath(folder_.get(), name));
    if (!place.valid()) {
        if (is_missing(errno)) return Lookup{};
        if (errno == EXDEV) return Lookup{.refusal = "a symbolic link leads out of the folder"};
        if (errno == ELOOP) return Lookup{.refusal = "its symbolic links do not end"};
        return fail(open_error(shown, errno));
    }
    // Opened only when it is known to be a file: opening a device or a pipe does things by itself.
    struct stat status{};
    if (::fstat(place.get(), &status) != 0) return fail(open_error(shown, errno));
    if (!S_ISREG(status.st_mode)) return Lookup{};
    host::Descriptor file(::open(fmt::format("/proc/self/fd/{}", place.get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return fail(open_error(shown, errno));
    return Lookup{.file = std::make_shared<ServedFile>(
                      std::move(file), static_cast<std::uint64_t>(status.st_size), shown.string())};
}

Result<Lookup> ServedFolder::find(const std::string& port, std::string_view name) const {
    if (auto refusal = name_refusal(name)) return Lookup{.refusal = *std::move(refusal)};
    const std::string wanted(name);
    const auto for_chip = std::string(chip_folder) + wanted;
    std::vector<std::string> places{for_chip, wanted};
    if (overlays_) places.insert(places.begin(), port + '/' + wanted);
    for (const auto& place : places) {
        TRY_ASSIGN(auto found, find_on_disk(place));
        if (found.file || !found.refusal.empty()) return found;
    }
    const auto member = members_.find(for_chip);
    if (member == members_.end()) return Lookup{};
    return Lookup{.file = std::make_shared<ServedFile>(
                      member->second, (path_ / archive_name).string() + ':' + member->first)};
}

}  // namespace rpikit::usb
