#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/host/file.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/image/file_ranges.hpp"
#include "sdk/image/image_types.hpp"
#include "sdk/image/staged_tree.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::image {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t block = 4096;  // F2FS_BLKSIZE of include/linux/f2fs_fs.h

// Debian keeps them where an ordinary user's PATH does not look.
constexpr std::array folders{"/usr/sbin", "/sbin", "/usr/local/sbin"};

Result<fs::path> find_tool(const host::Host& host, const std::string& name) {
    if (auto found = host.processes.find_program(name, host.environment)) return *found;
    for (const auto* folder : folders) {
        std::error_code ignored;
        if (fs::exists(fs::path(folder) / name, ignored)) return fs::path(folder) / name;
    }
    return fail({.message = fmt::format("{} is not installed, an f2fs cannot be made without it", name),
                 .hint = "sudo apt-get install f2fs-tools"});
}

struct Tools {
    fs::path mkfs;
    fs::path sload;
};

Result<Tools> find_tools(const host::Host& host) {
    if (!find_tool(host, "sload.f2fs")) {
        host.note("installing f2fs-tools: a partition is f2fs");
        TRY(host::install_system_packages(host, {"f2fs-tools"}));
    }
    Tools tools;
    TRY_ASSIGN(tools.mkfs, find_tool(host, "mkfs.f2fs"));
    TRY_ASSIGN(tools.sload, find_tool(host, "sload.f2fs"));
    return tools;
}

/// Blocks of contents and one for each inode.
std::uint64_t blocks_of(const archive::FileTree& tree) {
    std::uint64_t blocks = 0;
    for (const auto& [path, entry] : tree.entries())
        blocks += 1 + divide_up(archive::content_size(entry), block);
    return blocks;
}

/// The folder in which a file system is put together; gone with the last piece that is read from it.
struct Workshop {
    explicit Workshop(const fs::path& near) : folder(host::temporary_sibling(near)) {}
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;
    ~Workshop() {
        // A destructor has nobody to tell; what stays is a hidden folder in the work folder.
        [[maybe_unused]] const auto removed = host::remove_tree(folder);
    }
    fs::path folder;
    std::string name = "f2fs";
    std::vector<archive::Entry> ranges;
};

/// Made by f2fs-tools: mkfs.f2fs writes an empty one into a file, sload.f2fs puts a folder's content in. Both
/// need no root. Identifier and times are given to them, so the result is the same every time.
class PreparedF2fs final : public PreparedFilesystem {
  public:
    PreparedF2fs(const FilesystemRequest& request, Tools tools)
        : tree_(request.tree),
          host_(*request.workplace.host),
          near_(request.workplace.folder / ("f2fs-" + request.partition.name)),
          label_(request.label),
          uuid_(uuid_text(request.id)),
          timestamp_(fmt::format("{}", request.timestamp)),
          tools_(std::move(tools)) {}

    /// Measured with f2fs-tools 1.15: below this sload.f2fs runs out of free segments.
    std::uint64_t fitting_size(std::uint64_t at_least, std::uint64_t free,
                               std::uint64_t multiple) const override {
        const std::uint64_t content = blocks_of(tree_) * block + free;
        return round_up(std::max(at_least, content + content / 8 + 96 * mib), multiple);
    }

    Result<std::vector<Piece>> lay_out(const Extent& extent) const override {
        const auto workshop = std::make_shared<Workshop>(near_);
        const auto file = workshop->folder / "f2fs.img";
        TRY(host::make_directories(workshop->folder));
        TRY(make_sparse_file(file, extent.size));
        TRY(run({tools_.mkfs.string(), "-q", "-f", "-r", "-R", "0:0", "-T", timestamp_, "-U", uuid_, "-l",
                 label_, file.string()}));
        if (!tree_.empty()) TRY(load(workshop->folder / "tree", file));
        TRY_ASSIGN(const auto ranges, data_ranges(file));
        for (const auto& range : ranges)
            workshop->ranges.push_back({.content = range});
        std::vector<Piece> pieces;
        for (const auto& entry : workshop->ranges) {
            const auto& range = std::get<archive::FileSlice>(entry.content);
            pieces.push_back({.offset = range.offset,
                              .size = range.size,
                              .source = ContentPart{.entry = &entry, .path = &workshop->name},
                              .keep = workshop});
        }
        return pieces;
    }

  private:
    Result<> run(std::vector<std::string> argv) const {
        TRY(host::run_checked(host_.processes, {.argv = std::move(argv), .environment = host_.environment},
                              {.stop = host_.stop}));
        return {};
    }

    Result<> load(const fs::path& folder, const fs::path& file) const {
        TRY(stage_tree(tree_, folder));
        TRY(run({tools_.sload.string(), "-f", folder.string(), "-t", "/", "-T", timestamp_, file.string()}));
        return host::remove_tree(folder);
    }

    const archive::FileTree& tree_;
    const host::Host& host_;
    fs::path near_;
    std::string label_;
    std::string uuid_;
    std::string timestamp_;
    Tools tools_;
};

/// What sload.f2fs drops. Device nodes below /dev are devtmpfs's to make.
Result<> check_losses(const FilesystemRequest& request) {
    std::size_t owners = 0;
    std::size_t attributes = 0;
    for (const auto& [path, entry] : request.tree.entries()) {
        const bool special = entry.type == archive::FileType::character_device ||
                             entry.type == archive::FileType::block_device ||
                             entry.type == archive::FileType::fifo;
        if (special && !path.starts_with("dev/")) {
            return fail({.message = fmt::format("'/{}' is a device or pipe, which f2fs-tools cannot put into "
                                                "an f2fs",
                                                path),
                         .where = request.partition.where,
                         .hint = "set filesystem to \"ext4\", or leave it out"});
        }
        if (entry.uid != 0 || entry.gid != 0) ++owners;
        if (!entry.xattrs.empty()) ++attributes;
    }
    const auto& host = *request.workplace.host;
    if (owners > 0) {
        host.warn(fmt::format("{} files of partition '{}' are made root's: f2fs-tools keep no owners", owners,
                              request.partition.name));
    }
    if (attributes > 0) {
        host.warn(
            fmt::format("{} files of partition '{}' lose their extended attributes: f2fs-tools keep none",
                        attributes, request.partition.name));
    }
    return {};
}

Result<std::unique_ptr<PreparedFilesystem>> prepare_f2fs(const FilesystemRequest& request) {
    constexpr std::size_t longest_label = 512;  // MAX_VOLUME_NAME
    if (request.label.size() > longest_label) {
        return fail({.message = fmt::format("the label '{}' is too long for an f2fs", request.label),
                     .where = request.partition.where});
    }
    if (request.workplace.host == nullptr) {
        return fail({.message = "an f2fs is made by other programs, which this plan has no place for"});
    }
    TRY(check_losses(request));
    TRY_ASSIGN(auto tools, find_tools(*request.workplace.host));
    return std::make_unique<PreparedF2fs>(request, std::move(tools));
}

}  // namespace

extern const FilesystemType filesystem_f2fs;
constinit const FilesystemType filesystem_f2fs = {
    .name = "f2fs",
    .mbr_type = 0x83,                                    // Linux
    .gpt_type = "0fc63daf-8483-4772-8e79-3d69d8477de4",  // Linux file system
    .uuid = uuid_text,
    .prepare = prepare_f2fs,
};

}  // namespace rpikit::image
