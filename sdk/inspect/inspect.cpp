#include "sdk/inspect/inspect.hpp"

#include <fmt/format.h>

#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/initramfs.hpp"
#include "sdk/host/file.hpp"
#include "sdk/inspect/disk.hpp"
#include "sdk/inspect/kernel.hpp"
#include "sdk/inspect/opened.hpp"
#include "sdk/inspect/reports.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

namespace fs = std::filesystem;

Error no_config(std::string message) {
    return {.message = std::move(message),
            .causes = {"it was built without CONFIG_IKCONFIG"},
            .hint = "a distribution keeps it beside the kernel: rpi-kit inspect /boot/config-RELEASE"};
}

/// A package of a kernel as distributions make it holds boot/config-RELEASE.
Result<std::string> config_of_package(const fs::path& file, const Options& options) {
    TRY_ASSIGN(const auto members, archive::list_deb(file, options.limits));
    for (const auto& member : members) {
        if (member.path.starts_with("boot/config-")) {
            return archive::read_from_deb(file, member.path, options.limits.bytes);
        }
    }
    for (const auto& member : members) {
        if (!member.path.starts_with("boot/vmlinuz-")) continue;
        TRY_ASSIGN(const auto bytes, archive::read_from_deb(file, member.path, options.limits.bytes));
        TRY_ASSIGN(const auto kernel, read_kernel_file(bytes, options.limits.bytes));
        if (kernel.config) return *kernel.config;
    }
    return fail(no_config(fmt::format("{} holds no kernel configuration", file.string())));
}

/// The one built into the first kernel that has one, or else the one that lies beside the kernels.
Result<std::string> config_of_image(const fs::path& file, const Options& options) {
    TRY_ASSIGN(const auto kernels, find_kernels(file, options.limits));
    bool any = false;
    for (const auto& candidate : kernels) {
        const auto kernel = read_kernel_file(candidate.bytes, options.limits.bytes);
        any = any || kernel;
        if (kernel && kernel->config) return *kernel->config;
    }
    TRY_ASSIGN(auto beside, find_configurations(file, options.limits));
    for (auto& candidate : beside) {
        if (is_configuration(candidate.bytes)) return std::move(candidate.bytes);
    }
    if (!any) {
        return fail(
            {.message = fmt::format("no file system of {} that can be read has a kernel", file.string()),
             .hint = fmt::format("rpi-kit inspect --list {}", shell_quote(file.string()))});
    }
    return fail(no_config(fmt::format("no kernel in {} has its configuration with it", file.string())));
}

Result<std::string> config_of_kernel(const Opened& opened, const Options& options) {
    auto kernel = read_kernel(opened.content(), options.limits.bytes);
    if (!kernel)
        return fail(std::move(kernel).error(), fmt::format("cannot look into {}", opened.path.string()));
    if (kernel->config) return std::move(*kernel->config);
    return fail(no_config(fmt::format("the kernel {} in {} has no embedded configuration", kernel->release,
                                      opened.path.string())));
}

std::unexpected<Error> nothing_inside(const Opened& opened) {
    if (opened.kind == Kind::disk_image) {
        return fail({.message = fmt::format("{} is a disk image, which is not unpacked as a whole",
                                            opened.path.string()),
                     .hint = fmt::format("rpi-kit inspect --list {0}, then --cat PARTITION:/PATH",
                                         shell_quote(opened.path.string())),
                     .kind = ErrorKind::usage});
    }
    return fail({.message = fmt::format("{} holds no files", opened.path.string()),
                 .hint = fmt::format("rpi-kit inspect {}", shell_quote(opened.path.string())),
                 .kind = ErrorKind::usage});
}

std::string without_slash(const std::string& path) {
    const auto start = path.starts_with("./") ? 2 : path.find_first_not_of('/');
    return start == std::string::npos ? "" : path.substr(start);
}

}  // namespace

Result<Report> inspect(const fs::path& file, const Options& options) {
    TRY_ASSIGN(const auto opened, open_any(file, options.limits));
    auto report = make_report(opened, options);
    if (report || report.error().message.contains(file.string())) return report;
    return fail(std::move(report).error(), fmt::format("cannot look into {}", file.string()));
}

Result<std::string> read_config(const fs::path& file, const Options& options) {
    TRY_ASSIGN(const auto opened, open_any(file, options.limits));
    switch (opened.kind) {
        case Kind::kernel:
            return config_of_kernel(opened, options);
        case Kind::configuration:
            return std::string(opened.content());
        case Kind::package:
            return config_of_package(file, options);
        case Kind::disk_image:
            return config_of_image(file, options);
        default:
            return fail({.message = fmt::format("{} is no kernel and holds none", file.string())});
    }
}

Result<std::string> read_inside(const fs::path& file, const std::string& path, const Options& options) {
    TRY_ASSIGN(const auto opened, open_any(file, options.limits));
    switch (opened.kind) {
        case Kind::initramfs: {
            auto content = archive::read_from_initramfs(opened.bytes, without_slash(path), options.limits);
            if (content) return content;
            return fail(std::move(content).error(),
                        fmt::format("cannot read {} from {}", path, file.string()));
        }
        case Kind::package:
            return archive::read_from_deb(file, without_slash(path), options.limits.bytes);
        case Kind::disk_image:
            return read_disk_file(file, path, options.limits);
        default:
            return nothing_inside(opened);
    }
}

Result<std::vector<std::string>> unpack_inside(const fs::path& file, const fs::path& folder,
                                               const Options& options) {
    TRY_ASSIGN(const auto opened, open_any(file, options.limits));
    if (opened.kind != Kind::initramfs && opened.kind != Kind::package) return nothing_inside(opened);
    TRY(host::make_directories(folder));
    std::error_code error;
    if (!fs::is_empty(folder, error) || error) {
        return fail(
            {.message = fmt::format("{} is not an empty folder", folder.string()), .kind = ErrorKind::usage});
    }
    const archive::UnpackOptions unpack{.limits = options.limits};
    if (opened.kind == Kind::package) {
        TRY(archive::unpack_deb(file, folder, unpack));
        return std::vector<std::string>{};
    }
    auto left_out = archive::unpack_initramfs(opened.bytes, folder, unpack);
    if (left_out) return left_out;
    return fail(std::move(left_out).error(), fmt::format("cannot unpack {}", file.string()));
}

}  // namespace rpikit::inspect
