// What a built kernel is to modules from outside, and which of them wait for its next image.

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/inspect/opened.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/pipeline/external_modules.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

Result<inspect::Opened> open_module(const fs::path& file) {
    TRY_ASSIGN(auto opened, inspect::open_any(file, inspect::Options{}.limits));
    if (opened.kind == inspect::Kind::module) return opened;
    return fail({.message = fmt::format("{} is no kernel module", file.string()), .kind = ErrorKind::usage});
}

/// Of the kernel's own modules any will do: all have the same. Empty when there is none.
Result<std::string> own_vermagic(const BuildFolders& folders, const std::string& release) {
    const auto root = folders.modules / "lib/modules" / release;
    const auto modules = kernel::list_modules(folders.modules, release);
    if (!modules) return std::string();
    for (const auto& module : *modules) {
        if (module.begin()->string() == "updates") continue;
        TRY_ASSIGN(const auto opened, open_module(root / module));
        TRY_ASSIGN(const auto read, inspect::read_module(opened.content()));
        const auto magics = read.values("vermagic");
        if (!magics.empty()) return magics.front();
    }
    return std::string();
}

}  // namespace

Result<inspect::KernelInterface> kernel_interface(const BuildFolders& folders) {
    inspect::KernelInterface interface;
    TRY_ASSIGN(interface.release, kernel::kernel_release(folders.objects));
    TRY_ASSIGN(interface.vermagic, own_vermagic(folders, interface.release));
    const auto symvers = folders.objects / "Module.symvers";
    const auto text = host::read_file(symvers);
    if (!text) {
        return fail({.message = "the kernel was built without modules: it has no Module.symvers",
                     .causes = {text.error().message},
                     .hint = "build it with --set MODULES=y"});
    }
    TRY_ASSIGN(interface.exports, inspect::parse_exports(*text, symvers));
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
