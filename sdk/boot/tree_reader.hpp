#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::boot {

/// A node of a flattened device tree.
struct TreeNode {
    int offset = 0;      ///< libfdt's
    std::string path;    ///< "/soc/mmc@1c0f000"
    std::string parent;  ///< the parent's path, "/" for those below the root
    /// "mmc" of "mmc@1c0f000".
    std::string_view base_name() const;
};

/// Reads a device tree that check_device_tree() passed; nothing in it is trusted beyond its form.
class TreeReader {
  public:
    /// \param blob outlives the reader
    explicit TreeReader(std::string_view blob) : blob_(blob.data()) {}

    /// All nodes that are enabled, as all above them are, in the tree's order.
    std::vector<TreeNode> enabled_nodes() const;

    /// A property's strings, cut to plain ASCII; none when it is absent or not made of strings.
    std::vector<std::string> texts(int node, const char* property) const;
    std::string text(int node, const char* property) const;
    bool has(int node, const char* property) const;
    /// The names of a node's properties, cut to plain ASCII, sorted.
    std::vector<std::string> properties(int node) const;
    /// A property's 32-bit cells; none when its size is no multiple of 4.
    std::vector<std::uint32_t> cells(int node, const char* property) const;

    /// The node that a path or an alias leads to, -1 when there is none. An alias must be a path.
    int find(const std::string& path_or_alias) const;
    /// The number N of the alias PREFIXN that leads to the node; -1 when none does.
    int alias_number(int node, std::string_view prefix) const;

  private:
    const char* blob_;
};

}  // namespace rpikit::boot
