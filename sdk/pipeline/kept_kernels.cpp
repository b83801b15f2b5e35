#include "sdk/pipeline/kept_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/file.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

fs::path kernels_folder(const BuildFolders& folders) {
    return folders.out / "kernels";
}

/// Modules are replaced as whole folders and never written in place, so a second name for each file will do.
Result<> link_tree(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::create_hard_links, error);
    if (error) {
        error.clear();
        TRY(host::remove_tree(to));
        fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    }
    if (!error) return {};
    return fail({.message = fmt::format("cannot keep {}: {}", from.string(), error.message())});
}

Result<> copy_one(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (!error) return {};
    return fail({.message = fmt::format("cannot keep {}: {}", from.string(), error.message())});
}

Result<> copy_into(const fs::path& from, const fs::path& folder) {
    TRY(host::make_directories(folder));
    return copy_one(from, folder / from.filename());
}

/// Kernels that were kept by older releases of this program have none.
std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        files.push_back(entry->path());
    }
    std::ranges::sort(files);
    return files;
}

boot::KeptKernel kernel_in(const fs::path& folder) {
    kernel::KernelArtifacts artifacts{.release = folder.filename().string(),
                                      .image = folder / "kernel",
                                      .vmlinux = {},
                                      .system_map = folder / "System.map",
                                      .config = folder / "config",
                                      .dtbs = files_in(folder / "dtbs"),
                                      .modules = folder / "modules"};
    std::error_code error;
    for (fs::recursive_directory_iterator entry(artifacts.modules, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->path().filename().string().contains(".ko")) ++artifacts.module_count;
    }
    fs::path initramfs = folder / "initrd.img";
    if (!fs::exists(initramfs, error)) initramfs.clear();
    return {.kernel = std::move(artifacts), .initramfs = std::move(initramfs)};
}

/// All that are whole, the latest first.
std::vector<fs::path> latest_first(const fs::path& kernels) {
    std::vector<std::pair<fs::file_time_type, fs::path>> found;
    std::error_code error;
    for (fs::directory_iterator entry(kernels, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code missing;
        const auto time = fs::last_write_time(entry->path() / "kernel", missing);
        if (!missing && !entry->path().filename().string().starts_with('.'))
            found.emplace_back(time, entry->path());
    }
    std::ranges::sort(found, std::ranges::greater());
    std::vector<fs::path> sorted;
    for (auto& [time, path] : found)
        sorted.push_back(std::move(path));
    return sorted;
}

}  // namespace

Result<> keep_kernel(const BuildFolders& folders, const boot::KeptKernel& kernel, std::size_t most) {
    const auto& built = kernel.kernel;
    const auto target = kernels_folder(folders) / built.release;
    const auto draft = host::temporary_sibling(target);
    TRY(host::make_directories(draft));
    auto kept = copy_one(built.image, draft / "kernel");
    if (kept) kept = copy_one(built.system_map, draft / "System.map");
    if (kept) kept = copy_one(built.config, draft / "config");
    for (const auto& dtb : built.dtbs) {
        if (kept) kept = copy_into(dtb, draft / "dtbs");
    }
    if (kept && !kernel.initramfs.empty()) kept = copy_one(kernel.initramfs, draft / "initrd.img");
    if (kept) kept = link_tree(built.modules, draft / "modules");
    if (kept) kept = host::remove_tree(target);
    if (kept) kept = host::rename_path(draft, target);
    if (!kept) {
        // What is half copied has a hidden name; the error before it matters more than one of removing it.
        [[maybe_unused]] const auto removed = host::remove_tree(draft);
        return kept;
    }
    const auto all = latest_first(kernels_folder(folders));
    for (std::size_t i = most; i < all.size(); ++i)
        TRY(host::remove_tree(all[i]));
    return {};
}

Result<std::vector<boot::KeptKernel>> kept_kernels(const BuildFolders& folders, const std::string& release,
                                                   std::size_t count) {
    std::vector<boot::KeptKernel> kernels;
    for (const auto& folder : latest_first(kernels_folder(folders))) {
        if (kernels.size() == count) break;
        if (folder.filename() != release) kernels.push_back(kernel_in(folder));
    }
    return kernels;
}

}  // namespace rpikit::pipeline
