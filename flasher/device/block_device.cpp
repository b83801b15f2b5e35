#include "flasher/device/block_device.hpp"

#include <fmt/format.h>

namespace rpikit::device {

Result<> write_whole(BlockDevice& device, std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        TRY_ASSIGN(const auto written, device.write_at(offset, bytes));
        if (written == 0 || written > bytes.size()) {
            return fail({.message = fmt::format("{} took no bytes at offset {}", device.name(), offset)});
        }
        offset += written;
        bytes = bytes.subspan(written);
    }
    return {};
}

Result<> read_whole(BlockDevice& device, std::uint64_t offset, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        TRY_ASSIGN(const auto read, device.read_at(offset, bytes));
        if (read == 0 || read > bytes.size()) {
            return fail({.message = fmt::format("{} ends at offset {}, although it says that it has {} bytes",
                                                device.name(), offset, device.size_bytes())});
        }
        offset += read;
        bytes = bytes.subspan(read);
    }
    return {};
}

}  // namespace rpikit::device
