#include "sdk/rootfs/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "sdk/support/bytes.hpp"

namespace rpikit::rootfs {

static_assert(sizeof(Elf32_Ehdr) == 52 && sizeof(Elf64_Ehdr) == 64, "System V ABI, ELF header");
static_assert(sizeof(Elf32_Phdr) == 32 && sizeof(Elf64_Phdr) == 56, "System V ABI, program header");

namespace {

struct Architecture {
    std::string_view debian;
    int bits;
    std::uint16_t machine;
};

constexpr std::array architectures{
    Architecture{"amd64", 64, EM_X86_64}, Architecture{"arm64", 64, EM_AARCH64},
    Architecture{"armel", 32, EM_ARM},    Architecture{"armhf", 32, EM_ARM},
    Architecture{"i386", 32, EM_386},     Architecture{"riscv64", 64, EM_RISCV},
};

std::unexpected<Error> damaged(std::string cause) {
    return fail({.message = "damaged program", .causes = {std::move(cause)}});
}

template <class Header>
Result<Header> load(std::string_view program, std::uint64_t offset) {
    if (offset > program.size() || program.size() - offset < sizeof(Header)) {
        return damaged("its headers lie outside the file");
    }
    Header header;
    std::memcpy(&header, program.data() + offset, sizeof header);
    return header;
}

template <class FileHeader, class ProgramHeader>
Result<Elf> read_headers(std::string_view program, int bits) {
    TRY_ASSIGN(const auto header, load<FileHeader>(program, 0));
    Elf elf{.bits = bits, .machine = header.e_machine};
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        // e_phoff is 64 bits wide and hostile: the sum is only taken where it cannot overflow.
        if (header.e_phoff > program.size()) return damaged("its headers lie outside the file");
        TRY_ASSIGN(const auto segment,
                   load<ProgramHeader>(program, header.e_phoff + i * sizeof(ProgramHeader)));
        if (segment.p_type != PT_INTERP) continue;
        if (segment.p_offset > program.size() || segment.p_filesz > program.size() - segment.p_offset) {
            return damaged("its program loader's name lies outside the file");
        }
        const std::string name(program.substr(segment.p_offset, segment.p_filesz));
        elf.interpreter = name.substr(0, name.find('\0'));
    }
    return elf;
}

std::string machine_name(const Elf& elf) {
    const auto known = std::ranges::find_if(architectures, [&](const Architecture& architecture) {
        return architecture.machine == elf.machine && architecture.bits == elf.bits;
    });
    if (known != architectures.end()) return std::string(known->debian);
    return fmt::format("machine {} with {} bits", elf.machine, elf.bits);
}

}  // namespace

bool is_elf(std::string_view program) {
    return program.starts_with(std::string_view(ELFMAG, SELFMAG));
}

Result<Elf> read_elf(std::string_view program) {
    if (!is_elf(program) || program.size() < EI_NIDENT) {
        return fail({.message = "not an ELF program"});
    }
    const bool wide = program[EI_CLASS] == ELFCLASS64;
    if (program[EI_DATA] != ELFDATA2LSB) {
        // Of a big-endian program no more is needed than that it is one: no supported target runs it.
        return Elf{.bits = wide ? 64 : 32, .little_endian = false};
    }
    return wide ? read_headers<Elf64_Ehdr, Elf64_Phdr>(program, 64)
                : read_headers<Elf32_Ehdr, Elf32_Phdr>(program, 32);
}

Result<> check_architecture(const Elf& elf, const std::string& debian_arch) {
    const auto wanted = std::ranges::find(architectures, debian_arch, &Architecture::debian);
    if (wanted == architectures.end()) {
        return fail({.message = fmt::format("no known architecture '{}'", debian_arch)});
    }
    if (elf.little_endian && elf.machine == wanted->machine && elf.bits == wanted->bits) return {};
    return fail({.message = fmt::format("is built for {}, the target is {}",
                                        elf.little_endian ? machine_name(elf) : "a big-endian machine",
                                        debian_arch)});
}

}  // namespace rpikit::rootfs
