#include "sdk/inspect/elf_sections.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace rpikit::inspect {

static_assert(sizeof(Elf32_Shdr) == 40 && sizeof(Elf64_Shdr) == 64, "System V ABI, section header");

namespace {

std::unexpected<Error> damaged(std::string cause) {
    return fail({.message = "the ELF file is damaged", .causes = {std::move(cause)}});
}

template <class T>
bool load(std::string_view file, std::uint64_t offset, T& object) {
    if (offset > file.size() || file.size() - offset < sizeof object) return false;
    std::memcpy(&object, file.data() + offset, sizeof object);
    return true;
}

template <class SectionHeader>
Result<std::string_view> content(std::string_view file, const SectionHeader& header) {
    if (header.sh_type == SHT_NOBITS || header.sh_size == 0) return std::string_view{};
    if (header.sh_offset > file.size() || header.sh_size > file.size() - header.sh_offset) {
        return damaged("a section lies outside the file");
    }
    return file.substr(header.sh_offset, header.sh_size);
}

std::string_view name_at(std::string_view names, std::uint64_t offset) {
    if (offset >= names.size()) return {};
    names.remove_prefix(offset);
    return names.substr(0, names.find('\0'));
}

template <class FileHeader, class SectionHeader>
Result<ElfFile> read_sections(std::string_view file, bool wide) {
    FileHeader header;
    if (!load(file, 0, header)) return damaged("it ends within its header");
    ElfFile elf{.wide = wide, .type = header.e_type, .machine = header.e_machine, .sections = {}};
    std::vector<SectionHeader> rows(header.e_shnum);
    for (std::uint64_t i = 0; i < rows.size(); ++i) {
        // e_shoff is 64 bits wide and hostile: the sum is only taken where it cannot overflow.
        if (header.e_shoff > file.size() ||
            !load(file, header.e_shoff + i * sizeof(SectionHeader), rows[i])) {
            return damaged("its table of sections lies outside the file");
        }
    }
    if (rows.empty() || header.e_shstrndx >= rows.size()) return elf;
    TRY_ASSIGN(const auto names, content(file, rows[header.e_shstrndx]));
    for (const auto& row : rows) {
        TRY_ASSIGN(const auto bytes, content(file, row));
        elf.sections.push_back({.name = name_at(names, row.sh_name), .bytes = bytes});
    }
    return elf;
}

}  // namespace

std::string_view ElfFile::section(std::string_view name) const {
    const auto found = std::ranges::find(sections, name, &ElfSection::name);
    return found == sections.end() ? std::string_view{} : found->bytes;
}

Result<ElfFile> read_elf_sections(std::string_view file) {
    if (!file.starts_with(std::string_view(ELFMAG, SELFMAG)) || file.size() < EI_NIDENT) {
        return fail({.message = "not an ELF file"});
    }
    if (file[EI_DATA] != ELFDATA2LSB) return fail({.message = "big-endian ELF files are not read here"});
    return file[EI_CLASS] == ELFCLASS64 ? read_sections<Elf64_Ehdr, Elf64_Shdr>(file, true)
                                        : read_sections<Elf32_Ehdr, Elf32_Shdr>(file, false);
}

std::string elf_architecture(const ElfFile& elf) {
    switch (elf.machine) {
        case EM_AARCH64:
            return "arm64";
        case EM_ARM:
            return "arm";
        case EM_X86_64:
            return "x86_64";
        case EM_386:
            return "i386";
        case EM_RISCV:
            return "riscv";
        default:
            return fmt::format("machine {}", elf.machine);
    }
}

}  // namespace rpikit::inspect
