#include "sdk/archive/stream.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/support/module_signature.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t module_limit = std::size_t{256} << 20;

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

}  // namespace

Result<std::size_t> check_signatures(const fs::path& root, const SigningKey& key) {
    std::size_t count = 0;
    std::error_code error;
    fs::recursive_directory_iterator entry(root, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (!entry->is_regular_file() || !entry->path().filename().string().contains(".ko")) continue;
        TRY_ASSIGN(const std::string module, read_module(entry->path()));
        if (const auto checked = verify_module(module, key.certificate); !checked) {
            return fail(checked.error(), "the module " + entry->path().lexically_relative(root).string() +
                                             " is not signed by the key " + key.id);
        }
        ++count;
    }
    if (error) return fail({.message = "cannot look through " + root.string() + ": " + error.message()});
    return count;
}

}  // namespace rpikit::kernel
