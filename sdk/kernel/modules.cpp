#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/kernel/build.hpp"
#include "sdk/kernel/failure.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

/// Takes out the links into the build and source folders, and makes modes independent of the umask.
Result<> tidy(const fs::path& root, const std::string& release) {
    std::error_code error;
    for (const char* link : {"build", "source"})
        fs::remove(root / "lib/modules" / release / link, error);
    fs::permissions(root, fs::perms{0755}, error);
    fs::recursive_directory_iterator entry(root, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->is_symlink(error)) continue;
        fs::permissions(entry->path(), entry->is_directory(error) ? fs::perms{0755} : fs::perms{0644}, error);
    }
    if (error) return fail({.message = "cannot tidy up " + root.string() + ": " + error.message()});
    return {};
}

/// Copies modules to updates/ and has depmod see them.
Result<> add_updates(const host::Host& host, const BuildContext& context, const fs::path& root,
                     const std::string& release, const std::vector<fs::path>& more) {
    if (more.empty()) return {};
    const auto folder = root / "lib/modules" / release / "updates";
    TRY(host::make_directories(folder));
    for (const auto& file : more) {
        std::error_code error;
        fs::copy_file(file, folder / file.filename(), error);
        if (error) return fail({.message = "cannot copy " + file.string() + ": " + error.message()});
    }
    const std::string base = context.sandboxed ? "/mnt/output0" : root.string();
    host::Environment environment;
    environment.set("PATH", build_path(host, {}));
    environment.set("LC_ALL", "C");
    host::Command depmod{.argv = {"depmod", "-a", "-b", base, release}, .environment = environment};
    if (context.sandboxed) depmod = host::sandboxed(depmod, {{root, base, true}});
    TRY(host::run_checked(host.processes, depmod, {.log = context.log, .stop = host.stop}));
    return {};
}

/// \returns the id of the key that signed the modules; empty when they are not signed
Result<std::string> check_signed(const BuildContext& context, const kconfig::DotConfig& config,
                                 const fs::path& root) {
    if (config.value("MODULE_SIG_ALL") != "y") return std::string();
    TRY_ASSIGN(const auto key, prepare_signing_key(context, config));
    if (!key) return std::string();
    TRY(check_signatures(root, *key));
    return key->id;
}

/// \returns as check_signed
Result<std::string> install_into(const host::Host& host, const BuildContext& context,
                                 const kconfig::DotConfig& config, const fs::path& root, bool strip,
                                 const std::vector<fs::path>& more) {
    TRY_ASSIGN(const std::string release, kernel_release(context.build));
    TRY(run_make(host, context, modules_targets(context, root, strip), {root}));
    TRY(add_updates(host, context, root, release, more));
    TRY(tidy(root, release));
    if (auto checked = check_vermagic(host, root, release); !checked) {
        Error error = std::move(checked.error());
        if (error.hint.empty()) {
            error.hint = "rm -r " + shell_quote(context.build.string()) + " && " +
                         fill_in("rpi-kit build BOARD", context);
        }
        return fail(std::move(error));
    }
    return check_signed(context, config, root);
}

}  // namespace

std::vector<std::string> modules_targets(const BuildContext& context, const fs::path& root, bool strip) {
    // Inside the sandbox the first writable folder has a name of its own, see make_command.
    const std::string path = context.sandboxed ? "/mnt/output0" : root.string();
    std::vector<std::string> targets = {"modules_install", "INSTALL_MOD_PATH=" + path};
    if (strip) targets.emplace_back("INSTALL_MOD_STRIP=1");
    return targets;
}

Result<KernelArtifacts> stage_modules(const host::Host& host, const BuildContext& context,
                                      const fs::path& staging, bool strip,
                                      const std::vector<fs::path>& more) {
    TRY(host::make_directories(staging.parent_path()));
    // Who builds here holds the lock of the build folder.
    const fs::path root = host::temporary_sibling(staging, host::Leftovers::all);
    TRY(host::make_directories(root));
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(context.build / ".config"));
    std::string signed_by;
    if (config.value("MODULES") == "y") {
        auto installed = install_into(host, context, config, root, strip, more);
        if (!installed) {
            if (const auto removed = host::remove_tree(root); !removed) host.warn(removed.error().message);
            return fail(installed.error(), "the modules could not be staged");
        }
        signed_by = *std::move(installed);
    }
    TRY(host::remove_tree(staging));
    TRY(host::rename_path(root, staging));
    TRY_ASSIGN(auto artifacts, read_artifacts(context, staging));
    artifacts.signed_by = std::move(signed_by);
    return artifacts;
}

}  // namespace rpikit::kernel
