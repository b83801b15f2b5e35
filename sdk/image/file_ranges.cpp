#include "sdk/image/file_ranges.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::image {

Result<> make_sparse_file(const std::filesystem::path& file, std::uint64_t size) {
    const host::Descriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made.valid() && ::ftruncate(made.get(), static_cast<off_t>(size)) == 0) return {};
    return fail(host::file_error("cannot write", file, errno));
}

Result<std::vector<archive::FileSlice>> data_ranges(const std::filesystem::path& file) {
    const host::Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.valid()) return fail(host::file_error("cannot read", file, errno));
    std::vector<archive::FileSlice> ranges;
    off_t end = 0;
    while (true) {
        const off_t start = ::lseek(opened.get(), end, SEEK_DATA);
        if (start < 0 && errno == ENXIO) return ranges;  // only a hole is left
        end = start < 0 ? -1 : ::lseek(opened.get(), start, SEEK_HOLE);
        if (end < 0) return fail(host::file_error("cannot read", file, errno));
        ranges.push_back({.file = file,
                          .offset = static_cast<std::uint64_t>(start),
                          .size = static_cast<std::uint64_t>(end - start)});
    }
}

}  // namespace rpikit::image
