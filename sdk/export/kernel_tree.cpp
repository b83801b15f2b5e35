#include "sdk/export/kernel_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/host/file.hpp"

namespace rpikit::exporting {

namespace fs = std::filesystem;

namespace {

/// Saved commands name the folders of the build; objects of host programs are of no use.
bool is_wanted(const fs::path& relative) {
    const auto name = relative.filename().string();
    return !name.ends_with(".o") && !(name.starts_with('.') && name.ends_with(".cmd"));
}

bool is_script(const fs::path& relative) {
    constexpr std::array left_out = {"atomic", "dtc", "kconfig", "package"};
    const auto name = relative.filename().string();
    const bool top = std::next(relative.begin()) == relative.end();
    if (top && std::ranges::find(left_out, name) != left_out.end()) return false;
    return is_wanted(relative) && name != "unifdef" && name != "mk_elfconfig";
}

/// The source's include/ may be a build folder's, too.
bool is_header(const fs::path& relative) {
    const auto top = relative.begin()->string();
    return top != "generated" && top != "config";
}

bool is_arch_header(const fs::path& relative) {
    return std::ranges::find(relative, "generated") == relative.end();
}

Result<> copy_one(const fs::path& from, const fs::path& to) {
    std::error_code error;
    if (!fs::exists(from, error)) return {};
    TRY(host::make_directories(to.parent_path()));
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (!error) return {};
    return fail(
        {.message = fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), error.message())});
}

/// arch/ARCH: its makefiles, the platforms' lists, and every folder "include".
Result<> copy_architecture(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::recursive_directory_iterator entry(from, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto name = entry->path().filename().string();
        const auto target = to / entry->path().lexically_relative(from);
        if (entry->is_directory(error)) {
            if (name == "generated") entry.disable_recursion_pending();
            if (name != "include") continue;
            entry.disable_recursion_pending();
            TRY(copy_folder(entry->path(), target, is_arch_header));
        } else if ((entry.depth() == 0 && name.starts_with("Makefile")) || name == "Kbuild.platforms" ||
                   name == "Platform") {
            TRY(copy_one(entry->path(), target));
        }
    }
    if (error) return fail({.message = fmt::format("cannot read {}: {}", from.string(), error.message())});
    return {};
}

/// One entry of copy_folder.
void copy_entry(const fs::directory_entry& entry, const fs::path& target, std::error_code& error) {
    if (entry.is_symlink(error)) {
        const auto points_to = fs::read_symlink(entry.path(), error);
        // What leads out of the tree leads nowhere on another machine.
        if (!error && points_to.is_relative()) {
            fs::remove(target, error);
            fs::create_symlink(points_to, target, error);
        }
    } else if (entry.is_directory(error)) {
        fs::create_directories(target, error);
    } else if (entry.is_regular_file(error)) {
        fs::copy_file(entry.path(), target, fs::copy_options::overwrite_existing, error);
    }
}

}  // namespace

Result<> copy_folder(const fs::path& from, const fs::path& to, bool (*keep)(const fs::path&)) {
    std::error_code error;
    if (!fs::is_directory(from, error)) return {};
    TRY(host::make_directories(to));
    fs::recursive_directory_iterator entry(from, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto relative = entry->path().lexically_relative(from);
        if (keep != nullptr && !keep(relative)) {
            entry.disable_recursion_pending();
            continue;
        }
        copy_entry(*entry, to / relative, error);
        if (error) break;
    }
    if (!error) return {};
    return fail(
        {.message = fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), error.message())});
}

Result<> copy_kernel_tree(const kernel::BuildContext& context, const fs::path& to) {
    const auto& source = context.source.root;
    const auto& build = context.build;
    const auto arch = fs::path("arch") / kernel::source_architecture(context.kernel.arch);
    TRY(copy_one(source / "Makefile", to / "Makefile"));
    TRY(copy_architecture(source / arch, to / arch));
    TRY(copy_folder(source / "include", to / "include", is_header));
    TRY(copy_folder(source / "scripts", to / "scripts", is_script));

    for (const char* file :
         {".config", "Module.symvers", "include/config/auto.conf", "include/config/kernel.release",
          "tools/objtool/objtool", "tools/bpf/resolve_btfids/resolve_btfids"})
        TRY(copy_one(build / file, to / file));
    TRY(copy_folder(build / arch / "include/generated", to / arch / "include/generated", is_wanted));
    TRY(copy_folder(build / "include/generated", to / "include/generated", is_wanted));
    return copy_folder(build / "scripts", to / "scripts", is_script);
}

}  // namespace rpikit::exporting
