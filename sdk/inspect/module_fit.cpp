#include "sdk/inspect/module_fit.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "sdk/inspect/elf_sections.hpp"
#include "sdk/support/bytes.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {
namespace {

/// "0x1a2b3c4d"
std::optional<std::uint32_t> parse_crc(std::string_view text) {
    constexpr int hexadecimal = 16;
    if (!text.starts_with("0x")) return std::nullopt;
    text.remove_prefix(2);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view text_at(std::string_view table, std::uint64_t offset) {
    if (offset >= table.size()) return {};
    table.remove_prefix(offset);
    return table.substr(0, table.find('\0'));
}

/// struct modversion_info (include/linux/module.h): a long and a name, 64 bytes together.
std::map<std::string, std::uint32_t, std::less<>> versions_of(const ElfFile& elf) {
    constexpr std::size_t row = 64;
    std::map<std::string, std::uint32_t, std::less<>> versions;
    const auto bytes = elf.section("__versions");
    const std::size_t name_at = elf.wide ? 8 : 4;
    for (std::size_t at = 0; at + row <= bytes.size(); at += row) {
        const auto entry = bytes.substr(at, row);
        const auto name = text_at(entry, name_at);
        versions.emplace(name, load_le<std::uint32_t>(std::as_bytes(std::span(entry)), 0));
    }
    return versions;
}

struct Symbol {
    std::string_view name;
    unsigned binding;
    std::uint16_t section;
};

/// Elf32_Sym and Elf64_Sym (System V ABI, "Symbol Table") have the same fields in another order.
Symbol read_symbol(const ElfFile& elf, std::string_view row, std::string_view names) {
    const auto bytes = std::as_bytes(std::span(row));
    const std::size_t info_at = elf.wide ? 4 : 12;
    const std::size_t section_at = elf.wide ? 6 : 14;
    return {.name = text_at(names, load_le<std::uint32_t>(bytes, 0)),
            .binding = static_cast<unsigned>(static_cast<unsigned char>(row[info_at])) >> 4U,
            .section = load_le<std::uint16_t>(bytes, section_at)};
}

/// include/linux/license.h
bool is_gpl(const Module& module) {
    constexpr std::array compatible = {"GPL",          "GPL v2",       "GPL and additional rights",
                                       "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
    const auto licenses = module.values("license");
    return !licenses.empty() && std::ranges::all_of(licenses, [&](const std::string& license) {
        return std::ranges::find(compatible, license) != compatible.end();
    });
}

std::optional<std::string> misfit(const Module& module, const Need& need, const Exports& exports) {
    const auto found = exports.find(need.name);
    if (found == exports.end()) {
        if (need.weak) return std::nullopt;
        return fmt::format("the kernel exports no symbol {}", need.name);
    }
    const auto& offered = found->second;
    if (need.crc && offered.crc != 0 && *need.crc != offered.crc) {
        return fmt::format(
            "{} is another one there: it was compiled with CRC 0x{:08x}, the kernel has 0x{:08x}", need.name,
            *need.crc, offered.crc);
    }
    if (offered.gpl_only && !is_gpl(module)) {
        return fmt::format("{} is for GPL modules only, and the license is '{}'", need.name,
                           join(module.values("license"), ", "));
    }
    const auto imports = module.values("import_ns");
    if (!offered.name_space.empty() && std::ranges::find(imports, offered.name_space) == imports.end()) {
        return fmt::format("{} is of the namespace {}, which is not imported (MODULE_IMPORT_NS)", need.name,
                           offered.name_space);
    }
    return std::nullopt;
}

/// Nothing when the module was built for such a kernel.
std::optional<std::string> other_kernel(const Module& module, const KernelInterface& kernel) {
    const auto magics = module.values("vermagic");
    const std::string magic = magics.empty() ? "" : std::string(trim(magics.front()));
    const auto release = magic.substr(0, magic.find(' '));
    if (release != kernel.release) {
        return fmt::format("it was built for the release {}, the kernel is {}",
                           release.empty() ? "(none named)" : release, kernel.release);
    }
    if (!kernel.vermagic.empty() && magic != trim(kernel.vermagic)) {
        return fmt::format("it was built for another configuration: its vermagic is '{}', the kernel's '{}'",
                           magic, trim(kernel.vermagic));
    }
    return std::nullopt;
}

}  // namespace

Result<Exports> parse_exports(std::string_view text, const std::filesystem::path& file) {
    Exports exports;
    int number = 0;
    for (const auto line : lines(text)) {
        ++number;
        const auto fields = split(line, '\t');
        const auto crc = fields.size() >= 4 ? parse_crc(fields[0]) : std::nullopt;
        if (!crc || fields[1].empty()) {
            return fail({.message = "this is no line of Module.symvers",
                         .where = Location{.file = file, .line = number}});
        }
        exports[std::string(fields[1])] = {.crc = *crc,
                                           .gpl_only = fields[3].ends_with("_GPL"),
                                           .name_space = std::string(fields.size() > 4 ? fields[4] : "")};
    }
    return exports;
}

Result<std::vector<Need>> needs_of(std::string_view module) {
    TRY_ASSIGN(const auto elf, read_elf_sections(module));
    const auto symbols = elf.section(".symtab");
    const auto names = elf.section(".strtab");
    const auto versions = versions_of(elf);
    const std::size_t size = elf.wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    std::vector<Need> needs;
    for (std::size_t at = 0; at + size <= symbols.size(); at += size) {
        const auto symbol = read_symbol(elf, symbols.substr(at, size), names);
        // The linker's own table is nobody's export.
        const bool counts = !symbol.name.empty() && symbol.name != "_GLOBAL_OFFSET_TABLE_";
        if (symbol.section != SHN_UNDEF || !counts) continue;
        Need need{.name = std::string(symbol.name), .weak = symbol.binding == STB_WEAK};
        if (const auto version = versions.find(symbol.name); version != versions.end())
            need.crc = version->second;
        needs.push_back(std::move(need));
    }
    // Not a symbol of the table, but compared by the kernel as the first of all.
    if (const auto layout = versions.find("module_layout"); layout != versions.end())
        needs.push_back({.name = "module_layout", .weak = true, .crc = layout->second});
    std::ranges::sort(needs, {}, &Need::name);
    return needs;
}

std::vector<std::string> misfits(const Module& module, const std::vector<Need>& needs,
                                 const KernelInterface& kernel) {
    if (auto other = other_kernel(module, kernel)) return {*std::move(other)};
    std::vector<std::string> all;
    for (const auto& need : needs) {
        if (auto reason = misfit(module, need, kernel.exports)) all.push_back(*std::move(reason));
    }
    return all;
}

}  // namespace rpikit::inspect
