#include "sdk/inspect/kernel.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "sdk/archive/inflate.hpp"
#include "sdk/inspect/build_id.hpp"
#include "sdk/inspect/elf_sections.hpp"
#include "sdk/inspect/embedded_config.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::inspect {

namespace {

using namespace std::string_view_literals;

bool has_at(std::string_view bytes, std::size_t offset, std::string_view what) {
    return offset <= bytes.size() && bytes.substr(offset).starts_with(what);
}

template <class T>
T number(std::string_view bytes, std::size_t offset) {
    return load_le<T>(std::as_bytes(std::span(bytes)), offset);
}

/// Documentation/arch/arm64/booting.rst.
bool is_arm64_image(std::string_view bytes) {
    return bytes.size() >= 64 && has_at(bytes, 56, "ARM\x64"sv);
}

/// Documentation/arch/x86/boot.rst; up to and including payload_length.
bool is_bzimage(std::string_view bytes) {
    return bytes.size() >= 0x250 && has_at(bytes, 0x202, "HdrS"sv) && has_at(bytes, 0x1fe, "\x55\xaa"sv);
}

/// drivers/firmware/efi/libstub/zboot-header.S.
bool is_zboot(std::string_view bytes) {
    return bytes.size() >= 64 && bytes.starts_with("MZ") && has_at(bytes, 4, "zimg"sv);
}

/// Documentation/arch/arm/booting.rst: 0x016f2818.
bool is_zimage(std::string_view bytes) {
    return has_at(bytes, 36, "\x18\x28\x6f\x01"sv);
}

/// The text that /proc/version shows. The kernel has a format string that begins the same way: the version's
/// first character is a digit. Of two texts the earlier one is from a first link, without the build's number.
std::string find_banner(std::string_view bytes) {
    constexpr auto start = "Linux version "sv;
    constexpr std::size_t longest = 1024;
    for (auto at = bytes.rfind(start); at != std::string_view::npos;
         at = at == 0 ? std::string_view::npos : bytes.rfind(start, at - 1)) {
        auto text = bytes.substr(at, longest);
        text = text.substr(
            0, std::ranges::find_if(text, [](unsigned char c) { return c < ' '; }) - text.begin());
        if (text.size() > start.size() && text[start.size()] >= '0' && text[start.size()] <= '9') {
            return std::string(text);
        }
    }
    return {};
}

std::string release_of(std::string_view banner) {
    constexpr std::size_t start = "Linux version "sv.size();
    return banner.size() <= start ? "" : std::string(banner.substr(start, banner.find(' ', start) - start));
}

Result<std::string> unpack_payload(std::string_view payload, std::uint64_t limit, std::string& compression) {
    const auto packing = archive::packing_of(payload);
    if (!packing) return fail({.message = "the kernel's payload is compressed in no way that is known"});
    compression = archive::to_string(*packing);
    auto content = archive::inflate_whole(payload, *packing, limit);
    if (!content) return fail(std::move(content).error(), "cannot unpack the kernel's payload");
    return content;
}

Result<SetupHeader> read_setup_header(std::string_view bytes) {
    const auto protocol = number<std::uint16_t>(bytes, 0x206);
    SetupHeader setup{.protocol = fmt::format("{}.{:02}", protocol >> 8, protocol & 0xff), .version = {}};
    const std::size_t version = std::size_t{number<std::uint16_t>(bytes, 0x20e)} + 0x200;
    if (version != 0x200 && version < bytes.size()) {
        const auto text = bytes.substr(version, 256);
        setup.version = std::string(text.substr(0, text.find('\0')));
    }
    if (protocol < 0x208)
        return fail({.message = "the bzImage is older than boot protocol 2.08 (Linux 2.6.26)"});
    const auto sectors = static_cast<std::uint8_t>(bytes[0x1f1]);
    const std::uint64_t protected_mode = (std::uint64_t{sectors == 0 ? 4U : sectors} + 1) * 512;
    setup.payload_offset = protected_mode + number<std::uint32_t>(bytes, 0x248);
    setup.payload_length = number<std::uint32_t>(bytes, 0x24c);
    if (setup.payload_offset > bytes.size() || setup.payload_length > bytes.size() - setup.payload_offset) {
        return fail({.message = "the bzImage is truncated: its payload lies outside the file"});
    }
    return setup;
}

/// What banner, configuration and build id are read from: the unpacked kernel.
Result<> read_core(std::string_view bytes, std::uint64_t limit, Kernel& kernel) {
    kernel.size = bytes.size();
    kernel.banner = find_banner(bytes);
    if (kernel.banner.empty()) {
        return fail({.message = "there is no Linux kernel in it: no version banner",
                     .causes = {fmt::format("it has the form of a {}", kernel.format)}});
    }
    kernel.release = release_of(kernel.banner);
    TRY_ASSIGN(kernel.config, find_embedded_config(bytes, limit));
    kernel.build_id = find_build_id(bytes);
    if (bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) {
        TRY_ASSIGN(const auto elf, read_elf_sections(bytes));
        kernel.architecture = elf_architecture(elf);
    } else if (is_arm64_image(bytes)) {
        kernel.architecture = "arm64";
    }
    return {};
}

Result<> read_bzimage(std::string_view bytes, std::uint64_t limit, Kernel& kernel) {
    TRY_ASSIGN(kernel.setup, read_setup_header(bytes));
    const auto payload = bytes.substr(kernel.setup->payload_offset, kernel.setup->payload_length);
    TRY_ASSIGN(const auto content, unpack_payload(payload, limit, kernel.compression));
    return read_core(content, limit, kernel);
}

Result<> read_zboot(std::string_view bytes, std::uint64_t limit, Kernel& kernel) {
    const auto offset = number<std::uint32_t>(bytes, 8);
    const auto length = number<std::uint32_t>(bytes, 12);
    if (offset > bytes.size() || length > bytes.size() - offset) {
        return fail({.message = "the EFI zboot image is truncated: its payload lies outside the file"});
    }
    TRY_ASSIGN(const auto content, unpack_payload(bytes.substr(offset, length), limit, kernel.compression));
    return read_core(content, limit, kernel);
}

/// A zImage does not say where its payload lies.
Result<> read_zimage(std::string_view bytes, std::uint64_t limit, Kernel& kernel) {
    std::string content;
    const auto accept = [&](std::string& payload, std::string_view packing) {
        if (find_banner(payload).empty()) return false;
        content = std::move(payload);
        kernel.compression = packing;
        return true;
    };
    TRY_ASSIGN(const bool found, scan_payloads(bytes, limit, accept));
    if (!found) return fail({.message = "there is no compressed kernel in the zImage"});
    kernel.architecture = "arm";
    return read_core(content, limit, kernel);
}

}  // namespace

bool is_kernel(std::string_view bytes) {
    if (is_arm64_image(bytes) || is_bzimage(bytes) || is_zboot(bytes) || is_zimage(bytes)) return true;
    return bytes.starts_with(std::string_view(ELFMAG, SELFMAG)) && bytes.size() >= 18 &&
           number<std::uint16_t>(bytes, 16) != ET_REL;
}

Result<Kernel> read_kernel(std::string_view bytes, std::uint64_t limit) {
    Kernel kernel;
    kernel.compression = "none";
    if (is_bzimage(bytes)) {
        kernel.format = "x86 bzImage";
        TRY(read_bzimage(bytes, limit, kernel));
    } else if (is_zboot(bytes)) {
        kernel.format = "EFI zboot";
        TRY(read_zboot(bytes, limit, kernel));
    } else if (is_zimage(bytes)) {
        kernel.format = "zImage";
        TRY(read_zimage(bytes, limit, kernel));
    } else {
        kernel.format = is_arm64_image(bytes) ? "arm64 Image" : "vmlinux";
        TRY(read_core(bytes, limit, kernel));
    }
    return kernel;
}

}  // namespace rpikit::inspect
