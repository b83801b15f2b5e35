#include "sdk/kernel/device_trees.hpp"

#include "sdk/host/file.hpp"
#include "sdk/kernel/build.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

bool has_source(const fs::path& root, const std::string& arch, const std::string& name) {
    std::error_code ignored;
    return fs::is_regular_file(device_tree_source(root, arch, name), ignored);
}

}  // namespace

fs::path device_tree_source(const fs::path& root, const std::string& arch, const std::string& name) {
    return (root / "arch" / source_architecture(arch) / "boot/dts" / name).replace_extension(".dts");
}

fs::path own_device_tree(const board::Kernel& kernel, const fs::path& root, const std::string& name) {
    const bool is_first = !kernel.dtbs.empty() && name == kernel.dtbs.front();
    return is_first && !has_source(root, kernel.arch, name) ? kernel.dtb_file : fs::path();
}

Result<> clear_own_device_tree(const BuildContext& context) {
    const auto& kernel = context.kernel;
    if (kernel.dtbs.empty() || has_source(context.source.root, kernel.arch, kernel.dtbs.front())) return {};
    return host::remove_tree(boot_folder(context) / "dts" / kernel.dtbs.front());
}

Result<> place_own_device_tree(const BuildContext& context) {
    const auto& kernel = context.kernel;
    if (kernel.dtbs.empty()) return {};
    const auto own = own_device_tree(kernel, context.source.root, kernel.dtbs.front());
    if (own.empty()) return {};
    TRY_ASSIGN(const auto blob, host::read_file(own, largest_device_tree));
    const auto place = boot_folder(context) / "dts" / kernel.dtbs.front();
    TRY(host::make_directories(place.parent_path()));
    return host::write_file(place, blob);
}

}  // namespace rpikit::kernel
