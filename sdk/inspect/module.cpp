#include "sdk/inspect/module.hpp"

#include <elf.h>

#include <cstdint>
#include <span>

#include "sdk/inspect/build_id.hpp"
#include "sdk/inspect/elf_sections.hpp"
#include "sdk/support/bytes.hpp"
#include "sdk/support/cms.hpp"
#include "sdk/support/module_signature.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

/// Cuts the signature off `bytes`.
std::optional<ModuleSignature> take_signature(std::string_view& bytes) {
    const auto parts = split_signed_module(bytes);
    if (!parts) return ModuleSignature{.type = "unknown", .unreadable = parts.error().message};
    if (!*parts) return std::nullopt;
    bytes = (*parts)->content;
    ModuleSignature signature{.type = "PKCS#7"};
    if (auto signer = read_signer((*parts)->signature)) {
        signature.signer = std::move(signer->signer);
        signature.key_id = std::move(signer->key_id);
        signature.hash = std::move(signer->hash);
    } else {
        signature.unreadable = signer.error().message;
    }
    return signature;
}

}  // namespace

std::vector<std::string> Module::values(std::string_view key) const {
    std::vector<std::string> found;
    for (const auto& [name, value] : info) {
        if (name == key) found.push_back(value);
    }
    return found;
}

bool is_module(std::string_view bytes) {
    return bytes.starts_with(std::string_view(ELFMAG, SELFMAG)) && bytes.size() >= 18 &&
           load_le<std::uint16_t>(std::as_bytes(std::span(bytes)), 16) == ET_REL;
}

Result<Module> read_module(std::string_view bytes) {
    Module module;
    module.signature = take_signature(bytes);
    TRY_ASSIGN(const auto elf, read_elf_sections(bytes));
    const auto info = elf.section(".modinfo");
    if (info.empty())
        return fail({.message = "it is an object file, but no kernel module: it has no .modinfo"});
    module.architecture = elf_architecture(elf);
    module.build_id = find_build_id(bytes);
    for (const auto row : split(info, '\0')) {
        const auto equal = row.find('=');
        if (equal == std::string_view::npos) continue;
        module.info.emplace_back(row.substr(0, equal), row.substr(equal + 1));
    }
    return module;
}

}  // namespace rpikit::inspect
