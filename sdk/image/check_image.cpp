#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sdk/host/file.hpp"
#include "sdk/image/disk_file.hpp"
#include "sdk/image/image.hpp"
#include "sdk/image/image_reader.hpp"

namespace rpikit::image {

namespace {

namespace fs = std::filesystem;

/// Copies a part of a file to a new one, holes left out.
Result<> copy_part(const fs::path& from, std::uint64_t offset, std::uint64_t size, const fs::path& to) {
    const int in = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = in >= 0 && out >= 0 && ::ftruncate(out, static_cast<off_t>(size)) == 0;
    const auto end = static_cast<off_t>(offset + size);
    for (auto at = static_cast<off_t>(offset); good && at < end;) {
        const off_t data = ::lseek(in, at, SEEK_DATA);
        if (data < 0 || data >= end) break;  // only a hole is left
        at = std::min(::lseek(in, data, SEEK_HOLE), end);
        off_t source = data;
        auto target = data - static_cast<off_t>(offset);
        while (good && source < at)
            good = ::copy_file_range(in, &source, out, &target, static_cast<std::size_t>(at - source), 0) > 0;
    }
    const int error = errno;
    if (in >= 0) ::close(in);
    if (out >= 0) ::close(out);
    if (good) return {};
    return fail({.message = fmt::format("cannot copy a partition of {} to check it", from.string()),
                 .causes = {std::strerror(error)}});
}

/// Runs a checker; one that is not installed is a warning, one that finds something an error. The image is
/// named without its folder: while it is checked it lies elsewhere than the user will find it.
Result<> run_checker(const host::Host& host, std::vector<std::string> argv, const fs::path& image,
                     const std::string& what) {
    const auto program = host.processes.find_program(argv.front(), host.environment);
    // Debian keeps checkers where an ordinary user's PATH does not look.
    fs::path path = program.value_or(fs::path("/usr/sbin") / argv.front());
    std::error_code error;
    if (!program && !fs::exists(path, error)) {
        host.warn(fmt::format("{} of {} was not checked: {} is not installed", what,
                              image.filename().string(), argv.front()));
        return {};
    }
    argv.front() = path.string();
    auto exit = host::run_checked(host.processes, {.argv = std::move(argv), .environment = host.environment},
                                  {.stop = host.stop});
    if (exit || exit.error().kind == ErrorKind::interrupted) return exit ? Result<>{} : fail(exit.error());
    return fail(exit.error(), fmt::format("{} of {} is not sound", what, image.filename().string()));
}

/// For checkers that know no offset: they get a copy of the partition. \param argv without its name
Result<> check_copy(const host::Host& host, const fs::path& image, const WrittenPartition& partition,
                    std::vector<std::string> argv, const std::string& what) {
    const fs::path copy = host::temporary_sibling(image);
    auto result = copy_part(image, partition.offset, partition.size, copy);
    if (result) {
        argv.push_back(copy.string());
        result = run_checker(host, std::move(argv), image, what);
    }
    std::error_code ignored;
    fs::remove(copy, ignored);
    return result;
}

Result<> check_filesystem(const host::Host& host, const fs::path& image, const WrittenPartition& partition) {
    const std::string what = fmt::format("the {} of partition '{}'", partition.filesystem, partition.name);
    if (partition.filesystem == "vfat") return check_copy(host, image, partition, {"fsck.fat", "-n"}, what);
    if (partition.filesystem == "f2fs")
        return check_copy(host, image, partition, {"fsck.f2fs", "--dry-run"}, what);
    if (partition.filesystem != "ext4") return {};
    const std::string place = fmt::format("{}?offset={}", image.string(), partition.offset);
    return run_checker(host, {"e2fsck", "-fn", place}, image, what);
}

/// Waits until the image is on its disk: whoever records it as done may rely on it after a loss of power.
Result<> flush(const fs::path& image) {
    const int file = ::open(image.c_str(), O_RDONLY | O_CLOEXEC);
    const bool good = file >= 0 && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (good) return {};
    return fail(
        {.message = fmt::format("cannot flush {}", image.string()), .causes = {std::strerror(error)}});
}

/// What our own reader finds in the table must be what was planned.
Result<> check_table(const host::Host& host, const fs::path& image,
                     const std::vector<WrittenPartition>& partitions) {
    TRY_ASSIGN(const auto found, read_partitions(image));
    const auto same = [](const PartitionEntry& a, const WrittenPartition& b) {
        return a.offset == b.offset && a.size == b.size && a.partuuid == b.partuuid;
    };
    if (!std::ranges::equal(found, partitions, same)) {
        return fail({.message = fmt::format("the partition table of {} is not the one that was written",
                                            image.filename().string())});
    }
    return run_checker(host, {"sfdisk", "--verify", "--quiet", image.string()}, image, "the partition table");
}

}  // namespace

Result<> check_image(const host::Host& host, const fs::path& image,
                     const std::vector<WrittenPartition>& partitions) {
    TRY(check_table(host, image, partitions));
    for (const WrittenPartition& partition : partitions)
        TRY(check_filesystem(host, image, partition));
    return flush(image);
}

}  // namespace rpikit::image
