#include "sdk/inspect/signatures.hpp"

#include <fmt/format.h>

#include "sdk/host/file.hpp"
#include "sdk/inspect/disk.hpp"
#include "sdk/inspect/opened.hpp"
#include "sdk/support/module_signature.hpp"
#include "sdk/support/signing_key.hpp"

namespace rpikit::inspect {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_file_limit = std::size_t{64} << 10;
constexpr std::uint64_t module_limit = std::uint64_t{256} << 20;

Result<std::string> load_certificate(const fs::path& file) {
    TRY_ASSIGN(const auto text, host::read_file(file, key_file_limit));
    auto certificate = read_certificate(text);
    if (certificate) return certificate;
    return fail(std::move(certificate).error(), fmt::format("cannot check against {}", file.string()));
}

Result<> verify_one(std::string_view module, const std::string& certificate, const std::string& name) {
    auto verified = verify_module(module, certificate);
    if (verified) return verified;
    return fail(std::move(verified).error(), fmt::format("{} is not signed by this key", name));
}

bool is_named_as_module(const archive::Member& member) {
    if (member.type != archive::FileType::regular) return false;
    const auto name = member.path.substr(member.path.rfind('/') + 1);
    const auto at = name.find(".ko");
    return at != std::string::npos && (at + 3 == name.size() || name[at + 3] == '.');
}

Result<std::string> unpacked(std::string bytes, std::uint64_t limit) {
    const auto packing = archive::packing_of(bytes);
    if (!packing) return bytes;
    return archive::inflate_whole(bytes, *packing, limit);
}

Result<std::size_t> verify_image(const fs::path& file, const std::string& certificate,
                                 const Options& options) {
    TRY_ASSIGN(const auto volumes, read_volumes(file));
    std::size_t count = 0;
    for (const auto& volume : volumes) {
        if (!volume.readable()) continue;
        TRY_ASSIGN(const auto members, list_volume(file, volume, options.limits));
        for (const auto& member : members) {
            if (!is_named_as_module(member)) continue;
            const auto name = fmt::format("{}:/{}", volume.partition.number, member.path);
            TRY_ASSIGN(auto bytes, read_volume_file(file, volume, member.path, module_limit));
            TRY_ASSIGN(const auto module, unpacked(std::move(bytes), module_limit));
            TRY(verify_one(module, certificate, name));
            ++count;
        }
    }
    if (count > 0) return count;
    return fail({.message = fmt::format("{} holds no modules", file.string())});
}

}  // namespace

Result<std::size_t> verify_modules(const fs::path& file, const fs::path& certificate,
                                   const Options& options) {
    TRY_ASSIGN(const auto key, load_certificate(certificate));
    TRY_ASSIGN(const auto opened, open_any(file, options.limits));
    if (opened.kind == Kind::disk_image) return verify_image(file, key, options);
    if (opened.kind != Kind::module) {
        return fail({.message = fmt::format("{} is no module, and no image with modules", file.string()),
                     .kind = ErrorKind::usage});
    }
    TRY(verify_one(opened.content(), key, file.string()));
    return 1;
}

}  // namespace rpikit::inspect
