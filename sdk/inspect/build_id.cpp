#include "sdk/inspect/build_id.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "sdk/inspect/elf_sections.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::inspect {

namespace {

using namespace std::string_view_literals;

/// A note's header without the description's size: NT_GNU_BUILD_ID and the owner (System V ABI, "Note
/// Section").
constexpr auto mark = "\x03\0\0\0GNU\0"sv;
constexpr std::size_t before_mark = 8;  ///< the owner's and the description's sizes

/// The first build id at or after `from`; moves `from` behind it.
std::string next_build_id(std::string_view bytes, std::size_t& from) {
    for (auto at = bytes.find(mark, from); at != std::string_view::npos; at = bytes.find(mark, at + 1)) {
        from = at + mark.size();
        if (at < before_mark) continue;
        const auto header = std::as_bytes(std::span(bytes.substr(at - before_mark, before_mark)));
        const auto size = load_le<std::uint32_t>(header, 4);
        const bool usual = size == 20 || size == 16 || size == 32;  // SHA-1, MD5 or UUID, SHA-256
        if (load_le<std::uint32_t>(header, 0) != 4 || !usual || size > bytes.size() - from) continue;
        std::string text;
        for (const char byte : bytes.substr(from, size))
            text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
        return text;
    }
    from = bytes.size();
    return {};
}

/// A vDSO is an ELF file within the kernel; its notes lie in its first pages.
bool is_in_inner_elf(std::string_view bytes, std::size_t at) {
    constexpr std::size_t reach = 8192;
    const auto start = at > reach ? at - reach : 0;
    const auto inner = bytes.substr(start, at - start).rfind(std::string_view(ELFMAG, SELFMAG));
    return inner != std::string_view::npos && start + inner != 0;
}

}  // namespace

std::string find_build_id(std::string_view kernel) {
    if (const auto elf = read_elf_sections(kernel)) {
        for (const auto name : {".notes"sv, ".note.gnu.build-id"sv}) {
            std::size_t from = 0;
            if (auto id = next_build_id(elf->section(name), from); !id.empty()) return id;
        }
        return {};
    }
    constexpr unsigned most_notes = 256;  // a kernel has a few; a hostile file may have nothing else
    unsigned notes = 0;
    for (std::size_t from = 0; from < kernel.size() && notes < most_notes; ++notes) {
        auto id = next_build_id(kernel, from);
        if (!id.empty() && !is_in_inner_elf(kernel, from)) return id;
    }
    return {};
}

}  // namespace rpikit::inspect
