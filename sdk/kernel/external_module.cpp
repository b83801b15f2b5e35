#include "sdk/kernel/external_module.hpp"

#include <algorithm>
#include <array>

#include "sdk/host/file.hpp"
#include "sdk/kernel/failure.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

/// What a build leaves in a module's folder, perhaps one for another kernel.
bool is_product(const std::string& name) {
    constexpr std::array suffixes = {".o", ".ko", ".mod", ".mod.c", ".cmd", ".d"};
    if (name == "Module.symvers" || name == "modules.order" || name == ".git") return true;
    return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool within(const fs::path& file, const fs::path& folder) {
    const auto relative = file.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != "..";
}

/// Links to files become files: what they point to may not be there in the sandbox.
Result<> copy_sources(const fs::path& from, const fs::path& to) {
    TRY(host::make_directories(to));
    std::error_code error;
    fs::recursive_directory_iterator entry(from, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto& path = entry->path();
        // The work folder may be one of the module's own.
        if (is_product(path.filename().string()) || within(to, path)) {
            entry.disable_recursion_pending();
            continue;
        }
        const auto target = to / path.lexically_relative(from);
        if (fs::is_directory(path, error)) {
            if (entry->is_symlink(error)) continue;
            fs::create_directories(target, error);
        } else if (fs::is_regular_file(path, error)) {
            fs::copy_file(path, target, error);
        }
        if (error) break;
    }
    if (error) return fail({.message = "cannot copy " + from.string() + ": " + error.message()});
    return {};
}

Result<> check_folder(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        return fail({.message = "no such folder: " + folder.string(), .kind = ErrorKind::usage});
    }
    for (const char* name : {"Kbuild", "Makefile"}) {
        if (fs::is_regular_file(folder / name, ignored)) return {};
    }
    return fail({.message = folder.string() + " has neither a Kbuild nor a Makefile",
                 .hint = "echo 'obj-m := NAME.o' > " + shell_quote((folder / "Kbuild").string()),
                 .kind = ErrorKind::usage});
}

/// Not run_make: the kernel's build folder is not worked in, and stays as finished as it is.
Result<> run(const host::Host& host, BuildContext context, const std::vector<std::string>& targets,
             const std::vector<fs::path>& writable) {
    context.only_reads_build = true;
    TRY(check_build_paths(context, writable));
    const host::Command command = make_command(host, context, targets, writable);
    TRY_ASSIGN(const host::Exit exit, host.processes.run(command, {.log = context.log, .stop = host.stop}));
    if (!exit.success()) return fail(make_error(context, command, exit));
    return {};
}

/// What make calls the n-th writable folder.
std::string seen_as(const BuildContext& context, const fs::path& folder, int number) {
    return context.sandboxed ? "/mnt/output" + std::to_string(number) : folder.string();
}

/// "x.ko", packed or not.
bool is_module(const std::string& name) {
    constexpr std::array suffixes = {".ko", ".ko.xz", ".ko.gz", ".ko.zst"};
    return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

Result<std::vector<fs::path>> modules_below(const fs::path& folder) {
    std::vector<fs::path> modules;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (is_module(entry->path().filename().string()) && entry->is_regular_file(error))
            modules.push_back(entry->path());
    }
    if (error) return fail({.message = "cannot read " + folder.string() + ": " + error.message()});
    std::ranges::sort(modules);
    return modules;
}

}  // namespace

Result<std::vector<fs::path>> build_external_modules(const host::Host& host, const BuildContext& context,
                                                     const fs::path& folder, const fs::path& work) {
    TRY(check_folder(folder));
    TRY(host::remove_tree(work));
    TRY(copy_sources(folder, work));
    TRY(run(host, context, {"M=" + seen_as(context, work, 0), "modules"}, {work}));
    TRY_ASSIGN(auto modules, modules_below(work));
    if (!modules.empty()) return modules;
    return fail({.message = "nothing was built of " + folder.string(),
                 .causes = {"its Kbuild or Makefile names no module"},
                 .hint = "it needs a line such as: obj-m := NAME.o"});
}

Result<std::vector<fs::path>> install_external_modules(const host::Host& host, const BuildContext& context,
                                                       const fs::path& work, const fs::path& root,
                                                       bool strip) {
    TRY(host::remove_tree(root));
    TRY(host::make_directories(root));
    std::vector<std::string> targets = {"M=" + seen_as(context, work, 0),
                                        "INSTALL_MOD_PATH=" + seen_as(context, root, 1),
                                        "INSTALL_MOD_DIR=updates", "modules_install"};
    if (strip) targets.emplace_back("INSTALL_MOD_STRIP=1");
    TRY(run(host, context, targets, {work, root}));
    return modules_below(root);
}

}  // namespace rpikit::kernel
