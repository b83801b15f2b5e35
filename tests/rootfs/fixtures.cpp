#include "tests/rootfs/fixtures.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "sdk/rootfs/system_files.hpp"

namespace rpikit::test {

namespace {

template <class FileHeader, class ProgramHeader>
std::string headers(int file_class, std::uint16_t machine, const std::string& interpreter) {
    FileHeader header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = static_cast<unsigned char>(file_class);
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = machine;
    header.e_phoff = sizeof header;
    header.e_phnum = 2;
    ProgramHeader code{};
    code.p_type = PT_LOAD;
    ProgramHeader loader{};
    loader.p_type = interpreter.empty() ? PT_NULL : PT_INTERP;
    loader.p_offset = sizeof header + 2 * sizeof loader;
    loader.p_filesz = static_cast<decltype(loader.p_filesz)>(interpreter.size() + 1);
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&code), sizeof code);
    bytes.append(reinterpret_cast<const char*>(&loader), sizeof loader);
    return bytes + interpreter + '\0';
}

}  // namespace

std::string make_elf(int bits, std::uint16_t machine, const std::string& interpreter) {
    return bits == 64 ? headers<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, machine, interpreter)
                      : headers<Elf32_Ehdr, Elf32_Phdr>(ELFCLASS32, machine, interpreter);
}

std::string make_busybox(const std::vector<std::string>& applets) {
    std::string bytes = make_elf(64, EM_AARCH64) + "BusyBox v1.35.0";
    bytes += '\0';
    for (const auto& applet : applets)
        bytes += applet + '\0';
    return bytes + '\0' + "some more text";
}

std::vector<std::string> enough_applets() {
    std::vector<std::string> names{"busybox", "vi", "wget", "zcat"};
    for (const auto name : rootfs::needed_applets())
        names.emplace_back(name);
    for (const auto name : rootfs::needed_network_applets())
        names.emplace_back(name);
    std::ranges::sort(names);
    return names;
}

board::RootFs example_rootfs() {
    return {.hostname = "rpi4",
            .consoles = {"ttyS1", "ttyAMA0", "tty1"},
            .network = "dhcp",
            .debian_arch = "arm64",
            .modules = {"i2c-dev"}};
}

}  // namespace rpikit::test
