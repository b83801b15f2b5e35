#include "sdk/boot/kernel_image.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <span>

#include "sdk/support/bytes.hpp"

namespace rpikit::boot {

namespace {

constexpr std::size_t header_size = 0x206;
constexpr std::size_t shortest_header = 64;        // of an arm64 Image
constexpr std::uint16_t gzip_magic = 0x8b1f;       // RFC 1952
constexpr std::uint32_t arm64_magic = 0x644d5241;  // "ARM\x64"
constexpr std::uint32_t riscv_magic =
    0x05435352;                                 // "RSC\x05", Documentation/arch/riscv/boot-image-header.rst
constexpr std::size_t arm64_magic_offset = 56;  // RISC-V has it at the same place
constexpr std::uint32_t zimage_magic = 0x016f2818;
constexpr std::size_t zimage_magic_offset = 36;
constexpr std::uint32_t bzimage_magic = 0x53726448;  // "HdrS", Documentation/arch/x86/boot.rst
constexpr std::size_t bzimage_magic_offset = 0x202;

}  // namespace

Result<> check_kernel_image(const std::filesystem::path& file, const std::string& arch) {
    std::array<char, header_size> header{};
    std::ifstream stream(file, std::ios::binary);
    stream.read(header.data(), header.size());
    if (static_cast<std::size_t>(stream.gcount()) < (arch == "x86" ? header.size() : shortest_header)) {
        return fail({.message = fmt::format("cannot read the kernel {}", file.string()),
                     .causes = {"it does not exist or is shorter than a kernel's header"}});
    }
    const auto bytes = std::as_bytes(std::span(header));
    if (arch == "x86") {
        if (load_le<std::uint32_t>(bytes, bzimage_magic_offset) == bzimage_magic) return {};
        return fail({.message = fmt::format("{} is no bzImage", file.string()),
                     .hint = "use kernel.image = \"bzImage\" in the board's descriptor"});
    }
    if (load_le<std::uint16_t>(bytes, 0) == gzip_magic) return {};
    const bool arm64 = load_le<std::uint32_t>(bytes, arm64_magic_offset) == arm64_magic;
    const bool riscv = load_le<std::uint32_t>(bytes, arm64_magic_offset) == riscv_magic;
    const bool zimage = load_le<std::uint32_t>(bytes, zimage_magic_offset) == zimage_magic;
    const std::string_view built_for = arm64 ? "arm64" : riscv ? "riscv" : zimage ? "arm" : "";
    if (built_for == arch) return {};
    return fail(
        {.message = fmt::format("{} is no kernel that the firmware can start", file.string()),
         .causes = {built_for.empty() ? "it is neither an Image nor a zImage, nor packed by gzip"
                                      : fmt::format("it is built for {}, the board for {}", built_for, arch)},
         .hint = arch == "arm" ? "use kernel.image = \"zImage\" in the board's descriptor"
                               : "use kernel.image = \"Image.gz\" or \"Image\" in the board's descriptor"});
}

}  // namespace rpikit::boot
