#include "tests/flasher/device/real_card.hpp"

#include <sys/mount.h>
#include <sys/swap.h>

#include <array>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "sdk/host/environment.hpp"
#include "sdk/host/process.hpp"
#include "sdk/support/bytes.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

void write_at(const fs::path& file, std::uint64_t offset, std::span<const std::byte> bytes) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

/// CRC-32 as LVM2 has it: its own start value, no inversion at the end (lib/misc/crc.c).
std::uint32_t lvm_crc(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xf597a6cf;
    for (const auto byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return crc;
}

}  // namespace

Attempt attempt(const fs::path& path, const device::Purpose& purpose, const device::Roots& roots) {
    const auto machine = device::survey(roots);
    if (!machine) return {"failed", machine.error().message, machine.error().hint};
    const auto target = device::examine(*machine, path, purpose);
    const auto opened = device::open_for_writing(roots, target, purpose);
    if (opened) return {.kind = "opened", .message = {}, .hint = {}};
    auto kind = target.refusals.empty() ? std::string("failed")
                                        : std::string(to_string(target.refusals.front().kind));
    if (opened.error().message.contains("in use by another program")) kind = "busy";
    return {std::move(kind), opened.error().message, opened.error().hint};
}

Mounted::Mounted(const fs::path& device, fs::path where) : where_(std::move(where)) {
    fs::create_directories(where_);
    if (::mount(device.c_str(), where_.c_str(), "ext4", MS_RDONLY, nullptr) != 0) {
        throw std::runtime_error("cannot mount " + device.string() + ": " + std::strerror(errno));
    }
}

Mounted::~Mounted() {
    ::umount2(where_.c_str(), MNT_DETACH);
}

Swapped::Swapped(const fs::path& device) : device_(device), on_(::swapon(device.c_str(), 0) == 0) {}

Swapped::~Swapped() {
    if (on_) ::swapoff(device_.c_str());
}

void run_tool(const std::vector<std::string>& argv) {
    const auto runner = host::make_process_runner();
    const auto exit = host::run_checked(*runner, {.argv = argv});
    if (!exit) throw std::runtime_error(render(exit.error(), false));
}

void write_lvm_label(const fs::path& file) {
    std::array<std::byte, 512> sector{};
    std::memcpy(sector.data(), "LABELONE", 8);
    store_le<std::uint64_t>(sector, 8, 1);    // this sector
    store_le<std::uint32_t>(sector, 20, 32);  // where the physical volume's header is
    std::memcpy(sector.data() + 24, "LVM2 001", 8);
    std::memcpy(sector.data() + 32, "abcdefghijklmnopqrstuvwxyz012345", 32);
    store_le<std::uint32_t>(sector, 16, lvm_crc(std::span(sector).subspan(20)));
    write_at(file, 512, sector);
}

void write_md_superblock(const fs::path& file) {
    std::array<std::byte, 512> superblock{};
    store_le<std::uint32_t>(superblock, 0, 0xa92b4efc);
    store_le<std::uint32_t>(superblock, 4, 1);    // version 1.x
    store_le<std::uint64_t>(superblock, 144, 8);  // its own place in sectors: version 1.2
    write_at(file, 4096, superblock);
}

void write_zfs_labels(const fs::path& file) {
    constexpr std::uint64_t label = 256 << 10;
    constexpr std::uint64_t uberblocks = 128 << 10;
    std::array<std::byte, 1024> uberblock{};
    store_le<std::uint64_t>(uberblock, 0, 0x00bab10c);
    for (std::uint64_t half = 0; half < 2; ++half) {
        for (std::uint64_t i = 0; i < 8; ++i)
            write_at(file, half * label + uberblocks + i * uberblock.size(), uberblock);
    }
}

std::string hash_of(const fs::path& file) {
    return sha256_file(file).value_or("unreadable");
}

}  // namespace rpikit::test
