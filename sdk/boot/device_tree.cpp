#include "sdk/boot/device_tree.hpp"

#include <fmt/format.h>

extern "C" {
#include <libfdt.h>
}

namespace rpikit::boot {

Result<> check_device_tree(std::string_view blob) {
    const int status = fdt_check_full(blob.data(), blob.size());
    if (status == 0) return {};
    return fail({.message = "not a flattened device tree", .causes = {fdt_strerror(status)}});
}

Result<std::vector<std::string>> read_compatible(std::string_view blob) {
    TRY(check_device_tree(blob));
    std::vector<std::string> names;
    const int count = fdt_stringlist_count(blob.data(), 0, "compatible");
    for (int i = 0; i < count; ++i) {
        int length = 0;
        const char* name = fdt_stringlist_get(blob.data(), 0, "compatible", i, &length);
        if (name != nullptr) names.emplace_back(name, static_cast<std::size_t>(length));
    }
    if (names.empty()) return fail({.message = "the device tree does not say what it is compatible with"});
    return names;
}

Result<std::string> read_model(std::string_view blob) {
    TRY(check_device_tree(blob));
    int length = 0;
    const char* model = fdt_stringlist_get(blob.data(), 0, "model", 0, &length);
    return model == nullptr ? std::string() : std::string(model, static_cast<std::size_t>(length));
}

bool has_symbols(std::string_view blob) {
    return check_device_tree(blob) && fdt_path_offset(blob.data(), "/__symbols__") >= 0;
}

Result<std::vector<std::string>> mapped_overlays(std::string_view blob) {
    TRY(check_device_tree(blob));
    std::vector<std::string> names;
    int node = 0;
    fdt_for_each_subnode(node, blob.data(), 0) {
        int length = 0;
        const char* name = fdt_get_name(blob.data(), node, &length);
        if (name != nullptr) names.emplace_back(name, static_cast<std::size_t>(length));
    }
    return names;
}

}  // namespace rpikit::boot
