#include "sdk/kernel/signing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

/// certs/Kconfig: with this name the kernel's makefile makes a key of its own.
constexpr std::string_view kernels_own_key = "certs/signing_key.pem";
constexpr std::string_view key_in_sandbox = "/mnt/signing_key.pem";
constexpr std::size_t key_file_limit = std::size_t{64} << 10;

/// Its folder keeps others out from the first moment on, its mode later.
Result<> make_key_file(const fs::path& file, const std::string& board) {
    TRY(host::make_directories(file.parent_path()));
    if (::chmod(file.parent_path().c_str(), S_IRWXU) != 0) {
        return fail(host::file_error("cannot protect", file.parent_path(), errno));
    }
    TRY_ASSIGN(const std::string pem, make_signing_key("rpi-kit modules of " + board));
    TRY(host::write_file(file, pem));
    if (::chmod(file.c_str(), S_IRUSR | S_IWUSR) == 0) return {};
    return fail(host::file_error("cannot protect", file, errno));
}

}  // namespace

Result<SigningKey> load_signing_key(const fs::path& file) {
    const auto usage = [&](Error error) {
        error = with_context(std::move(error), "cannot sign modules with " + file.string());
        error.kind = ErrorKind::usage;
        return fail(std::move(error));
    };
    const auto pem = host::read_file(file, key_file_limit);
    if (!pem) return usage(pem.error());
    auto key = parse_signing_key(*pem);
    if (!key) return usage(key.error());
    return *std::move(key);
}

std::string signing_key_path(const BuildContext& context) {
    return context.sandboxed ? std::string(key_in_sandbox) : context.signing_key.string();
}

bool signs_with_key(const BuildContext& context, const kconfig::DotConfig& config) {
    return config.value("MODULE_SIG") == "y" && !context.signing_key.empty() &&
           kconfig::unquote(config.value("MODULE_SIG_KEY")) == signing_key_path(context);
}

void use_signing_key(std::string& config, const BuildContext& context) {
    const auto values = parse_dot_config(config, ".config");
    if (!values || context.signing_key.empty() || values->value("MODULE_SIG") != "y") return;
    const auto now = kconfig::unquote(values->value("MODULE_SIG_KEY"));
    const bool replaces = now == kernels_own_key || now == signing_key_path(context);
    // A distribution's configuration leaves it empty, for it signs later and elsewhere.
    const bool empty = now.empty() && values->value("MODULE_SIG_ALL") == "y";
    if (!replaces && !empty && context.makes_key) return;
    const std::string start = "\nCONFIG_MODULE_SIG_KEY=";
    const auto at = config.find(start);
    if (at == std::string::npos) return;
    const auto value = at + start.size();
    const auto length = std::min(config.find('\n', value), config.size()) - value;
    config.replace(value, length, kconfig::quote(signing_key_path(context)));
}

Result<std::optional<SigningKey>> prepare_signing_key(const BuildContext& context,
                                                      const kconfig::DotConfig& config) {
    if (!signs_with_key(context, config)) return std::nullopt;
    std::error_code ignored;
    if (context.makes_key && !fs::exists(context.signing_key, ignored)) {
        TRY(make_key_file(context.signing_key, context.board));
    }
    TRY_ASSIGN(auto key, load_signing_key(context.signing_key));
    return key;
}

Result<> drop_other_certificate(const BuildContext& context, const SigningKey& key) {
    const auto file = context.build / "certs" / "signing_key.x509";
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {};
    TRY_ASSIGN(const std::string certificate, host::read_file(file));
    if (certificate == key.certificate) return {};
    return host::remove_tree(file);
}

}  // namespace rpikit::kernel
