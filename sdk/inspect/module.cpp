#include "sdk/inspect/module.hpp"

#include <elf.h>

#include <bit>
#include <cstdint>
#include <span>

#include "sdk/inspect/build_id.hpp"
#include "sdk/inspect/elf_sections.hpp"
#include "sdk/support/bytes.hpp"
#include "sdk/support/cms.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

constexpr std::string_view trailer = "~Module signature appended~\n";

/// struct module_signature (include/linux/module_signature.h).
struct [[gnu::packed]] SignatureHeader {
    std::uint8_t algorithm;
    std::uint8_t hash;
    std::uint8_t id_type;
    std::uint8_t signer_length;
    std::uint8_t key_id_length;
    std::uint8_t padding[3];
    std::uint32_t signature_length;  ///< big-endian
};
static_assert(sizeof(SignatureHeader) == 12);
constexpr std::uint8_t pkcs7 = 2;

/// Cuts the signature off `bytes`.
Result<std::optional<ModuleSignature>> take_signature(std::string_view& bytes) {
    if (!bytes.ends_with(trailer)) return std::nullopt;
    bytes.remove_suffix(trailer.size());
    SignatureHeader header;
    if (bytes.size() < sizeof header) return fail({.message = "the module's signature is truncated"});
    std::memcpy(&header, bytes.data() + bytes.size() - sizeof header, sizeof header);
    bytes.remove_suffix(sizeof header);
    const std::uint32_t length = std::byteswap(header.signature_length);
    if (length > bytes.size()) return fail({.message = "the module's signature is larger than the module"});
    const auto message = bytes.substr(bytes.size() - length);
    bytes.remove_suffix(length);
    ModuleSignature signature;
    if (header.id_type != pkcs7) {
        signature.type = "unknown";
        signature.unreadable = "it is no PKCS #7 message";
        return signature;
    }
    signature.type = "PKCS#7";
    if (auto signer = read_signer(message)) {
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
    TRY_ASSIGN(module.signature, take_signature(bytes));
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
