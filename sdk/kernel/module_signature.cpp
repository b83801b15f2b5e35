// Signatures at the end of module files (include/linux/module_signature.h).

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "sdk/archive/stream.hpp"
#include "sdk/kernel/signing.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view magic = "~Module signature appended~\n";  // MODULE_SIG_STRING
constexpr std::uint8_t pkcs7 = 2;                                    // PKEY_ID_PKCS7
constexpr std::size_t module_limit = std::size_t{256} << 20;

/// struct module_signature; stands between the signature and the magic.
struct ModuleSignature {
    std::uint8_t algorithm;
    std::uint8_t hash;
    std::uint8_t id_type;
    std::uint8_t signer_length;
    std::uint8_t key_id_length;
    std::array<std::uint8_t, 3> padding;
    std::array<std::uint8_t, 4> signature_length;  ///< big-endian
};
static_assert(sizeof(ModuleSignature) == 12);

std::size_t signature_length(const ModuleSignature& trailer) {
    std::size_t length = 0;
    for (const auto byte : trailer.signature_length)
        length = length << 8 | byte;
    return length;
}

/// A module's bytes, decompressed where they are compressed.
Result<std::string> read_module(const fs::path& file) {
    TRY_ASSIGN(auto stream, archive::open_file_stream(file, {}, {}));
    auto bytes = archive::decompressed(std::move(stream), 1);
    std::string content;
    for (;;) {
        TRY_ASSIGN(const auto piece, bytes());
        if (piece.empty()) return content;
        if (content.size() + piece.size() > module_limit) {
            return fail({.message = file.string() + " is too large for a module"});
        }
        content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
}

Result<> check_module(std::string_view module, const SigningKey& key) {
    if (!module.ends_with(magic)) return fail({.message = "it has no signature"});
    module.remove_suffix(magic.size());
    ModuleSignature trailer{};
    if (module.size() < sizeof trailer) return fail({.message = "its signature is cut off"});
    std::memcpy(&trailer, module.data() + module.size() - sizeof trailer, sizeof trailer);
    module.remove_suffix(sizeof trailer);
    const auto length = signature_length(trailer);
    if (trailer.id_type != pkcs7 || length > module.size()) {
        return fail({.message = "its signature is of no known kind, or cut off"});
    }
    const auto bytes = std::as_bytes(std::span(module));
    const auto content = bytes.first(bytes.size() - length);
    return verify_signature(content, bytes.last(length), key.certificate);
}

}  // namespace

Result<std::size_t> check_signatures(const fs::path& root, const SigningKey& key) {
    std::size_t count = 0;
    std::error_code error;
    fs::recursive_directory_iterator entry(root, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (!entry->is_regular_file() || !entry->path().filename().string().contains(".ko")) continue;
        TRY_ASSIGN(const std::string module, read_module(entry->path()));
        if (const auto checked = check_module(module, key); !checked) {
            return fail(checked.error(), "the module " + entry->path().lexically_relative(root).string() +
                                             " is not signed by the key " + key.id);
        }
        ++count;
    }
    if (error) return fail({.message = "cannot look through " + root.string() + ": " + error.message()});
    return count;
}

}  // namespace rpikit::kernel
