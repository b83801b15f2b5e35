#include "sdk/image/ext4_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "sdk/image/ext4_format.hpp"

namespace rpikit::image {

namespace {

using archive::FileType;

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_target = ext4_block - 1;
constexpr std::uint32_t most_links = 65000;  ///< EXT4_LINK_MAX
constexpr std::string_view lost_found = "lost+found";

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string_view parent_path(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

Result<> check_entry(const std::string& path, const archive::Entry& entry) {
    // 2^32 blocks of a file, less one (Documentation/filesystems/ext4).
    constexpr std::uint64_t largest_file = (std::uint64_t{1} << 44) - ext4_block;
    if (file_name(path).size() > longest_name) {
        return fail(
            {.message = fmt::format("the name {} is longer than the {} bytes of ext4", path, longest_name)});
    }
    const bool link = entry.type == FileType::symlink;
    if (link && (entry.target.empty() || entry.target.size() > longest_target)) {
        return fail(
            {.message = fmt::format("the symbolic link {} has a target of {} bytes, ext4 takes 1 to {}", path,
                                    entry.target.size(), longest_target)});
    }
    if (archive::content_size(entry) > largest_file) {
        return fail({.message = fmt::format("{} is larger than ext4 allows", path)});
    }
    return {};
}

class TreeBuilder {
  public:
    TreeBuilder(const archive::FileTree& tree, std::int64_t timestamp) : tree_(tree) {
        nodes_.push_back(make_node(tree.find(""), ext4_root_inode, 0755, timestamp));
        nodes_.push_back(
            make_node(tree.find(std::string(lost_found)), ext4_lost_found_inode, 0700, timestamp));
        known_.emplace("", 0);
    }

    Result<std::vector<Ext4Node>> build() {
        for (const auto& [path, entry] : tree_.entries()) {
            TRY(check_entry(path, entry));
            if (!path.empty() && entry.hard_link.empty()) TRY(add(path, entry));
        }
        if (!known_.contains(lost_found)) name(lost_found, 1);
        for (const auto& [path, entry] : tree_.entries()) {
            if (!entry.hard_link.empty()) TRY(add_link(path, entry));
        }
        for (Ext4Node& node : nodes_)
            std::ranges::sort(node.names, {}, &Ext4Name::name);
        return std::move(nodes_);
    }

  private:
    /// A directory that is there whether or not the tree describes it.
    static Ext4Node make_node(const archive::Entry* entry, std::uint32_t inode, std::uint32_t mode,
                              std::int64_t timestamp) {
        return {.entry = entry,
                .type = FileType::directory,
                .mode = entry == nullptr ? mode : entry->mode & 07777,
                .time = entry == nullptr ? timestamp : entry->mtime,
                .inode = inode,
                .links = 2};
    }

    Result<> add(const std::string& path, const archive::Entry& entry) {
        if (path == lost_found) {
            if (entry.type != FileType::directory) return fail({.message = "lost+found is not a directory"});
            nodes_[1].path = &path;
            name(path, 1);
            return {};
        }
        if (nodes_.size() > UINT32_MAX - 16)
            return fail({.message = "there are more files than ext4 can number"});
        const bool directory = entry.type == FileType::directory;
        nodes_.push_back({.path = &path,
                          .entry = &entry,
                          .type = entry.type,
                          .mode = entry.mode & 07777,
                          .time = entry.mtime,
                          .inode = ext4_lost_found_inode - 1 + static_cast<std::uint32_t>(nodes_.size()),
                          .links = directory ? 2U : 1U});
        name(path, nodes_.size() - 1);
        return {};
    }

    /// Enters a node in its directory. Parents sort before their children, so they are known.
    void name(std::string_view path, std::size_t node) {
        known_.emplace(path, node);
        Ext4Node& parent = nodes_[known_.at(parent_path(path))];
        parent.names.push_back(
            {.name = file_name(path), .inode = nodes_[node].inode, .type = nodes_[node].type});
        if (nodes_[node].type != FileType::directory) return;
        nodes_[node].parent = parent.inode;
        ++parent.links;
    }

    Result<> add_link(const std::string& path, const archive::Entry& entry) {
        const auto owner = known_.find(entry.hard_link);
        if (owner == known_.end() || nodes_[owner->second].type == FileType::directory) {
            return fail({.message = fmt::format("{} is a hard link to {}, which is no file of the tree", path,
                                                entry.hard_link)});
        }
        Ext4Node& node = nodes_[owner->second];
        if (++node.links > most_links) {
            return fail(
                {.message = fmt::format("{} has more than {} hard links", entry.hard_link, most_links)});
        }
        Ext4Node& parent = nodes_[known_.at(parent_path(path))];
        parent.names.push_back({.name = file_name(path), .inode = node.inode, .type = node.type});
        return {};
    }

    const archive::FileTree& tree_;
    std::vector<Ext4Node> nodes_;
    std::unordered_map<std::string_view, std::size_t> known_;
};

}  // namespace

Result<std::vector<Ext4Node>> make_ext4_tree(const archive::FileTree& tree, std::int64_t timestamp) {
    return TreeBuilder(tree, timestamp).build();
}

}  // namespace rpikit::image
