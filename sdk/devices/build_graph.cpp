#include "sdk/devices/build_graph.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "sdk/host/file.hpp"

namespace rpikit::devices {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_makefile = std::size_t{1} << 20;
constexpr std::size_t most_ways = 64;  // of one object or folder; drivers/usb/host has 20
constexpr int deepest = 16;            // references and composites inside each other

class Walk {
  public:
    Walk(const fs::path& root, std::string arch) : root_(root), arch_(std::move(arch)) {}

    BuildGraph run(const std::vector<std::string>& folders) {
        // The top Kbuild says what the folders themselves depend on ("obj-$(CONFIG_NET) += net/").
        auto top = read("");
        for (const auto& folder : folders) {
            Conditions conditions;
            for (const auto& word : top["obj"])
                if (word.text == folder + '/') conditions = word.conditions;
            visit_folder(folder, conditions);
        }
        visit_arch();
        for (auto& [object, ways] : graph_.objects)
            tidy(ways);
        for (auto& [folder, ways] : graph_.folders)
            tidy(ways);
        return std::move(graph_);
    }

  private:
    /// The Makefile of a folder, Kbuild before Makefile as the kernel takes them.
    Makefile read(const std::string& folder) const {
        for (const auto* name : {"Kbuild", "Makefile"}) {
            const auto file = root_ / folder / name;
            std::error_code ignored;
            if (!fs::is_regular_file(file, ignored)) continue;
            if (const auto text = host::read_file(file, largest_makefile)) return read_makefile(*text);
        }
        return {};
    }

    /// arch/ARCH/Makefile names folders from the top, and arm's machine-$(CONFIG_X) += NAME means mach-NAME/.
    void visit_arch() {
        const auto folder = "arch/" + arch_;
        const auto text = host::read_file(root_ / folder / "Makefile", largest_makefile);
        if (!text) return;
        auto lists = read_makefile(*text);
        for (const auto* list : {"core", "drivers", "libs", "net"}) {
            for (const auto& word : lists[list]) {
                if (!word.text.ends_with('/') || word.text.contains('$')) continue;
                visit_folder(word.text.substr(0, word.text.size() - 1), word.conditions);
            }
        }
        for (const auto& word : lists["machine"])
            visit_folder(folder + "/mach-" + word.text, word.conditions);
    }

    void visit_folder(const std::string& folder, const Conditions& conditions) {
        const auto [known, is_new] = graph_.folders.try_emplace(folder);
        known->second.push_back(conditions);
        if (!is_new) return;
        const auto lists = read(folder);
        for (const auto* list : {"obj", "lib", "core", "drivers"})
            visit_list(folder, lists, list, {}, 0);
    }

    void visit_list(const std::string& folder, const Makefile& lists, std::string_view name,
                    const Conditions& conditions, int depth) {
        const auto list = lists.find(name);
        if (list == lists.end() || depth > deepest) return;
        // "foo-y := foo.o bar.o": foo.o is a part here, not the composite again.
        if (!active_.insert(&list->second).second) return;
        for (const auto& word : list->second) {
            Conditions all = conditions;
            if (merge(all, word.conditions)) visit_word(folder, lists, word.text, all, depth);
        }
        active_.erase(&list->second);
    }

    void visit_word(const std::string& folder, const Makefile& lists, const std::string& word,
                    const Conditions& conditions, int depth) {
        if (word.starts_with("$(") && word.ends_with(')')) {
            const auto inner = std::string_view(word).substr(2, word.size() - 3);
            if (inner.find_first_of(" ,") != std::string_view::npos) return;  // a function of make
            return visit_list(folder, lists, list_name(inner.substr(0, inner.find(':'))), conditions,
                              depth + 1);
        }
        if (word.contains('$')) return;
        if (word.ends_with('/'))
            return visit_folder(path(folder, word.substr(0, word.size() - 1)), conditions);
        if (!word.ends_with(".o")) return;
        const auto object = word.substr(0, word.size() - 2);
        graph_.objects[path(folder, object)].push_back(conditions);
        // The parts of a composite object.
        visit_list(folder, lists, object, conditions, depth + 1);
    }

    static std::string path(const std::string& folder, const std::string& word) {
        return (fs::path(folder) / word).lexically_normal().string();
    }

    /// Drops a way whose symbols are all needed by another way and more.
    static void tidy(std::vector<Conditions>& ways) {
        std::ranges::sort(ways, [](const Conditions& a, const Conditions& b) {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        });
        std::vector<Conditions> kept;
        for (auto& way : ways) {
            const bool covered = std::ranges::any_of(
                kept, [&](const Conditions& shorter) { return std::ranges::includes(way, shorter); });
            if (!covered && kept.size() < most_ways) kept.push_back(std::move(way));
        }
        ways = std::move(kept);
    }

    const fs::path& root_;
    std::string arch_;
    BuildGraph graph_;
    std::set<const std::vector<ListWord>*> active_;  ///< lists that are being gone through
};

}  // namespace

BuildGraph read_build_graph(const fs::path& root, const std::string& arch,
                            const std::vector<std::string>& folders) {
    return Walk(root, arch).run(folders);
}

}  // namespace rpikit::devices
