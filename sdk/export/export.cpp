#include "sdk/export/export.hpp"

#include <fmt/format.h>

#include "sdk/export/kernel_tree.hpp"
#include "sdk/export/kit_files.hpp"
#include "sdk/host/file.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::exporting {

namespace fs = std::filesystem;

namespace {

Result<> check_target(const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(fs::symlink_status(folder, error))) return {};
    if (fs::is_directory(folder, error) && fs::is_empty(folder, error)) return {};
    return fail({.message = fmt::format("{} is there already and not an empty folder", folder.string()),
                 .hint = "name a folder that is not there yet",
                 .kind = ErrorKind::usage});
}

Result<> write_program(const fs::path& file, const std::string& text) {
    TRY(host::write_file(file, text));
    std::error_code error;
    fs::permissions(file, fs::perms(0755), error);
    if (error) return fail(host::file_error("cannot make executable", file, error.value()));
    return {};
}

Result<> write_files(const KitInputs& inputs, const fs::path& folder) {
    for (const auto& file : kit_files(inputs)) {
        const auto path = folder / file.path;
        TRY(host::make_directories(path.parent_path()));
        TRY(file.program ? write_program(path, file.text) : host::write_file(path, file.text));
    }
    return {};
}

fs::path installation_of(const toolchain::Toolchain& toolchain) {
    return toolchain.search.front().parent_path();
}

/// Clang and a compiler of the host's own architecture have "/", which no kit carries.
bool carries_sysroot(const toolchain::Toolchain& toolchain, const fs::path& sysroot) {
    if (toolchain.search.empty()) return false;
    const auto inside = sysroot.lexically_relative(installation_of(toolchain));
    return !inside.empty() && *inside.begin() != "..";
}

/// The store's installation, with the sysroot's place in it as a link, if it has one.
Result<> copy_toolchain(const toolchain::Toolchain& toolchain, const fs::path& sysroot,
                        const fs::path& folder) {
    const auto installation = installation_of(toolchain);
    TRY(copy_folder(installation, folder / "toolchain"));
    if (!carries_sysroot(toolchain, sysroot)) return {};
    std::error_code error;
    const auto inside = sysroot.lexically_relative(installation);
    fs::create_directory_symlink(fs::path("toolchain") / inside, folder / "sysroot", error);
    if (error) return fail(host::file_error("cannot make the link", folder / "sysroot", error.value()));
    return {};
}

std::string machine_of(const toolchain::Toolchain& toolchain) {
    return toolchain.cross_compile.substr(0, toolchain.cross_compile.find('-'));
}

}  // namespace

Result<Exported> export_kit(const host::Host& host, const kernel::BuildContext& context,
                            const fs::path& folder) {
    TRY(check_target(folder));
    const auto& used = context.toolchain;
    Exported exported{.folder = folder, .toolchain = used.name + ' ' + used.version};
    TRY_ASSIGN(exported.release, kernel::kernel_release(context.build));
    TRY_ASSIGN(const auto sysroot, toolchain::find_sysroot(host, used));
    exported.carries_toolchain = !used.search.empty();
    const bool own_sysroot = carries_sysroot(used, sysroot);
    exported.sysroot = own_sysroot ? folder / "sysroot" : sysroot;

    TRY(host::make_directories(folder.parent_path()));
    const auto draft = host::temporary_sibling(folder);
    const auto make = [&]() -> Result<> {
        TRY(copy_kernel_tree(context, draft / "kernel"));
        TRY(write_files({.toolchain = used,
                         .arch = context.kernel.arch,
                         .release = exported.release,
                         .machine = machine_of(used),
                         .carries = exported.carries_toolchain,
                         .carries_sysroot = own_sysroot,
                         .sysroot = sysroot.string()},
                        draft));
        if (exported.carries_toolchain) TRY(copy_toolchain(used, sysroot, draft));
        std::error_code ignored;
        fs::remove(folder, ignored);  // the empty one
        return host::rename_path(draft, folder);
    };
    if (auto made = make(); !made) {
        const auto removed = host::remove_tree(draft);
        if (!removed) made.error().causes.push_back(removed.error().message);
        return fail(std::move(made).error(), fmt::format("cannot export to {}", folder.string()));
    }
    return exported;
}

}  // namespace rpikit::exporting
