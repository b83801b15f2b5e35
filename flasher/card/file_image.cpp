#include "flasher/card/file_image.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "sdk/host/file.hpp"

namespace rpikit::card {

FileImage::FileImage(std::string name, std::shared_ptr<const host::Descriptor> file, std::uint64_t size,
                     std::optional<archive::BlockMap> map, std::vector<Extent> extents)
    : name_(std::move(name)),
      file_(std::move(file)),
      size_(size),
      map_(std::move(map)),
      walk_(std::move(extents)) {}

Result<std::optional<Extent>> FileImage::next(std::span<std::byte> buffer) {
    const auto place = walk_.next();
    if (!place) return std::nullopt;
    std::size_t done = 0;
    while (done < place->length) {
        const auto count = ::pread(file_->get(), buffer.data() + done, place->length - done,
                                   static_cast<off_t>(place->offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(host::file_error("cannot read", name_, errno));
        if (count == 0) {
            return fail({.message = fmt::format("{} has become shorter while it was read", name_)});
        }
        done += static_cast<std::size_t>(count);
    }
    return place;
}

Result<std::unique_ptr<ImageSource>> FileImage::again(std::vector<Extent> pieces) const {
    return std::make_unique<FileImage>(name_, file_, size_, std::nullopt, std::move(pieces));
}

}  // namespace rpikit::card
