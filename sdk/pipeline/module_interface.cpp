// What a built kernel is to modules from outside, and which of them wait for its next image.

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/inspect/opened.hpp"
#include "sdk/kernel/configuration.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/pipeline/external_modules.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

Result<inspect::Opened> open_module(const fs::path& file) {
    TRY_ASSIGN(auto opened, inspect::open_any(file, inspect::Options{}.limits));
    if (opened.kind == inspect::Kind::module) return opened;
    return fail({.message = fmt::format("{} is no kernel module", file.string()), .kind = ErrorKind::usage});
}

/// Of the kernel's own modules any will do: all have the same. Of the build folder, for what is staged may be
/// of the build before. Empty when there is none.
Result<std::string> own_vermagic(const BuildFolders& folders) {
    const auto order = host::read_file(folders.objects / "modules.order");
    if (!order) return std::string();
    for (const auto line : lines(*order)) {
        // modules.order names objects in kernels since 6.3 and modules before.
        TRY_ASSIGN(const auto opened, open_module((folders.objects / line).replace_extension(".ko")));
        TRY_ASSIGN(const auto read, inspect::read_module(opened.content()));
        const auto magics = read.values("vermagic");
        if (!magics.empty()) return magics.front();
    }
    return std::string();
}

/// What an installed module exports, and the configuration it was checked against: hidden files beside it.
fs::path exports_note(const fs::path& module) {
    return module.parent_path() / fmt::format(".{}.symvers", module.filename().string());
}

fs::path configuration_note(const fs::path& module) {
    return module.parent_path() / fmt::format(".{}.config.sha256", module.filename().string());
}

/// The lines of a folder's Module.symvers that are one module's: "CRC SYMBOL MODULE EXPORT NAMESPACE", where
/// MODULE is a path without ".ko".
std::string exports_of(const std::string& symvers, const fs::path& module) {
    const auto file = module.filename().string();
    std::string own;
    for (const auto line : lines(symvers)) {
        const auto fields = split(line, '\t');
        if (fields.size() > 2 &&
            fs::path(fields[2]).filename().string() + ".ko" == file.substr(0, file.find(".ko") + 3))
            own += std::string(line) + '\n';
    }
    return own;
}

Result<> add_installed_exports(const BuildFolders& folders, inspect::KernelInterface& interface) {
    for (const auto& module : installed_modules(folders, interface.release)) {
        const auto note = exports_note(module);
        const auto text = host::read_file(note);
        if (!text) continue;  // put there by hand
        TRY_ASSIGN(auto exports, inspect::parse_exports(*text, note));
        interface.exports.merge(exports);
    }
    return {};
}

}  // namespace

Result<inspect::KernelInterface> kernel_interface(const BuildFolders& folders) {
    inspect::KernelInterface interface;
    TRY_ASSIGN(interface.release, kernel::kernel_release(folders.objects));
    TRY_ASSIGN(interface.vermagic, own_vermagic(folders));
    const auto symvers = folders.objects / "Module.symvers";
    const auto text = host::read_file(symvers);
    if (!text) {
        return fail({.message = "the kernel was built without modules: it has no Module.symvers",
                     .causes = {text.error().message},
                     .hint = "build it with --set MODULES=y"});
    }
    TRY_ASSIGN(interface.exports, inspect::parse_exports(*text, symvers));
    TRY(add_installed_exports(folders, interface));
    return interface;
}

Result<> check_fit(const fs::path& file, const inspect::KernelInterface& kernel) {
    TRY_ASSIGN(const auto opened, open_module(file));
    TRY_ASSIGN(const auto module, inspect::read_module(opened.content()));
    TRY_ASSIGN(const auto needs, inspect::needs_of(opened.content()));
    auto reasons = inspect::misfits(module, needs, kernel);
    if (reasons.empty()) return {};
    return fail(
        {.message = fmt::format("the kernel {} would not load {}", kernel.release, file.filename().string()),
         .causes = std::move(reasons)});
}

Result<> note_installed(const fs::path& module, const std::string& symvers, const BuildFolders& folders) {
    TRY_ASSIGN(const auto configuration, kernel::read_configuration(folders.objects));
    TRY(host::write_file(exports_note(module), exports_of(symvers, module)));
    return host::write_file(configuration_note(module), configuration.sha256 + '\n');
}

Result<> remove_installed(const fs::path& module) {
    TRY(host::remove_tree(module));
    TRY(host::remove_tree(exports_note(module)));
    return host::remove_tree(configuration_note(module));
}

Result<> check_installed(const fs::path& module, const BuildFolders& folders,
                         const inspect::KernelInterface& kernel) {
    TRY(check_fit(module, kernel));
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(folders.objects / ".config"));
    if (config.value("MODVERSIONS") == "y") return {};  // the CRCs say whether what it uses has changed
    TRY_ASSIGN(const auto configuration, kernel::read_configuration(folders.objects));
    const auto noted = host::read_file(configuration_note(module));
    if (noted && trim(*noted) == configuration.sha256) return {};
    return fail(
        {.message = fmt::format("{} was built for another configuration of the kernel {}",
                                module.filename().string(), kernel.release),
         .causes = {"without CONFIG_MODVERSIONS the kernel would load it even if what it uses has changed"}});
}

std::vector<fs::path> installed_modules(const BuildFolders& folders, const std::string& release) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folders.installed_modules / release, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (!entry->path().filename().string().starts_with('.')) files.push_back(entry->path());
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace rpikit::pipeline
