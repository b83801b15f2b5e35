#include "flasher/card/image_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "flasher/card/image_source.hpp"
#include "sdk/archive/stream.hpp"
#include "sdk/host/file.hpp"

namespace rpikit::card {

namespace {

archive::Compression compression_of(const std::filesystem::path& file) {
    const auto ending = file.extension();
    if (ending == ".xz") return archive::Compression::xz;
    if (ending == ".zst") return archive::Compression::zstd;
    if (ending == ".gz") return archive::Compression::gzip;
    return archive::Compression::none;
}

bool is_zero(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

Result<ImageFile> ImageFile::create(const std::filesystem::path& file) {
    ImageFile image(file, host::temporary_sibling(file));
    image.descriptor_ =
        host::Descriptor(::open(image.temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!image.descriptor_.valid()) return fail(host::file_error("cannot write", file, errno));
    const auto compression = compression_of(file);
    if (compression != archive::Compression::none) {
        TRY_ASSIGN(image.packed_, archive::PackedWriter::open(image.descriptor_.get(), compression,
                                                              archive::decoder_threads()));
    }
    return image;
}

ImageFile::~ImageFile() {
    packed_.reset();
    // Of an object that was moved from, or committed, there is none.
    std::error_code ignored;
    if (descriptor_.valid()) std::filesystem::remove(temporary_, ignored);
}

Result<> ImageFile::write(std::span<const std::byte> bytes) {
    auto written = packed_ ? packed_->write(bytes) : write_sparse(bytes);
    if (!written) return fail(written.error(), "cannot write " + file_.string());
    size_ += bytes.size();
    return {};
}

Result<> ImageFile::write_sparse(std::span<const std::byte> bytes) {
    auto offset = size_;
    while (!bytes.empty()) {
        // Blocks of one kind, zeros or not, go together.
        std::size_t length = 0;
        const bool zero = is_zero(bytes.first(std::min(unit_bytes, bytes.size())));
        while (length < bytes.size() &&
               is_zero(bytes.subspan(length, std::min(unit_bytes, bytes.size() - length))) == zero) {
            length += std::min(unit_bytes, bytes.size() - length);
        }
        if (!zero) TRY(put(offset, bytes.first(length)));
        offset += length;
        bytes = bytes.subspan(length);
    }
    return {};
}

Result<> ImageFile::put(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count =
            ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(host::file_error("cannot write", file_, errno));
        offset += static_cast<std::uint64_t>(count);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<std::uint64_t> ImageFile::commit() {
    if (packed_) TRY(packed_->finish());
    struct stat status{};
    if ((!packed_ && ::ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0) ||
        ::fsync(descriptor_.get()) != 0 || ::fstat(descriptor_.get(), &status) != 0) {
        return fail(host::file_error("cannot write", file_, errno));
    }
    TRY(host::rename_path(temporary_, file_));
    if (::close(descriptor_.release()) != 0) return fail(host::file_error("cannot write", file_, errno));
    constexpr std::uint64_t stat_block = 512;  // stat(2)
    return static_cast<std::uint64_t>(status.st_blocks) * stat_block;
}

}  // namespace rpikit::card
