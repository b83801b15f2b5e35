#include <fmt/format.h>

#include "sdk/board/check.hpp"

namespace rpikit::board {

namespace fs = std::filesystem;

namespace {

/// Looks at a document that may have any mistake: what is no path is passed over.
class FileChecker {
  public:
    void files(const Value& document, std::string_view key) {
        for (const auto& item : document.array_at(key)) {
            if (item.string() != nullptr) file(item, resolve_path(item), *item.string());
        }
    }

    void path(const Value& table, std::string_view key) {
        const auto* value = table.find(key);
        if (value != nullptr && value->string() != nullptr)
            file(*value, resolve_path(*value), *value->string());
    }

    void added_files(const Value& document, std::string_view key) {
        for (const auto& item : document.array_at(key)) {
            if (item.string() == nullptr) continue;
            const auto source = parse_initramfs_file(resolve_path(item).string()).source;
            file(item, source, source.string());
        }
    }

    void folder(const Value& document, std::string_view key) {
        const auto* value = document.find(key);
        std::error_code ignored;
        if (value == nullptr || value->string() == nullptr || fs::is_directory(resolve_path(*value), ignored))
            return;
        errors_.push_back(
            {.message = fmt::format("there is no folder \"{}\"", *value->string()), .where = value->where});
    }

    std::vector<Error> take_errors() { return std::move(errors_); }

  private:
    void file(const Value& value, const fs::path& path, const std::string& shown) {
        std::error_code ignored;
        if (fs::is_regular_file(path, ignored)) return;
        errors_.push_back({.message = fmt::format("there is no file \"{}\"", shown),
                           .where = value.where,
                           .hint = "paths are relative to the folder of the file that they are written in"});
    }

    std::vector<Error> errors_;
};

}  // namespace

std::vector<Error> check_files(const Value& document) {
    FileChecker checker;
    checker.files(document, "kernel.fragments");
    checker.files(document, "kernel.patches");
    checker.files(document, "kernel.modaliases");
    checker.files(document, "boot.overlay_files");
    for (const auto& loader : document.array_at("boot.loader"))
        checker.path(loader, "path");
    if (const auto* profiles = document.find("kernel.profile"); profiles && profiles->table()) {
        for (const auto& profile : profiles->table()->members) {
            checker.files(profile.value, "fragments");
            checker.files(profile.value, "extra_fragments");
        }
    }
    checker.added_files(document, "initramfs.files");
    checker.folder(document, "rootfs.overlay");
    return checker.take_errors();
}

}  // namespace rpikit::board
