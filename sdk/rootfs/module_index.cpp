#include "sdk/rootfs/module_index.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::rootfs {

namespace fs = std::filesystem;

namespace {

Result<std::string> read_if_there(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::string();
    return host::read_file(file);
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (const auto word : split(text, ' ')) {
        if (!word.empty()) words.emplace_back(word);
    }
    return words;
}

/// Part by part; `pattern` may end before `path` does.
bool lies_below(std::string_view path, std::string_view pattern) {
    const auto parts = split(path, '/');
    const auto wanted = split(pattern, '/');
    if (wanted.size() > parts.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const bool same = wanted[i] == "*" || wanted[i] == parts[i] ||
                          (i + 1 == parts.size() && parts[i].starts_with(wanted[i]) &&
                           parts[i].substr(wanted[i].size()).starts_with(".ko"));
        if (!same) return false;
    }
    return true;
}

}  // namespace

std::string module_name(std::string_view file_or_name) {
    auto name = file_or_name.substr(file_or_name.rfind('/') + 1);
    std::string result(name.substr(0, name.find(".ko")));
    std::ranges::replace(result, '-', '_');
    return result;
}

Result<ModuleIndex> ModuleIndex::read(const fs::path& folder) {
    ModuleIndex index;
    index.folder_ = folder;
    TRY_ASSIGN(const auto dependencies, read_if_there(folder / "modules.dep"));
    TRY(index.read_dependencies(dependencies, folder / "modules.dep"));
    TRY_ASSIGN(const auto soft, read_if_there(folder / "modules.softdep"));
    index.read_soft_dependencies(soft);
    TRY_ASSIGN(const auto built_in, read_if_there(folder / "modules.builtin"));
    for (const auto line : lines(built_in))
        index.built_in_.insert(module_name(trim(line)));
    TRY_ASSIGN(const auto aliases, read_if_there(folder / "modules.alias"));
    index.read_aliases(aliases);
    return index;
}

/// "kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko"
Result<> ModuleIndex::read_dependencies(std::string_view text, const fs::path& file) {
    int row = 0;
    for (const auto line : lines(text)) {
        ++row;
        if (trim(line).empty()) continue;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return fail({.message = "a line without ':' in the list of modules",
                         .where = Location{.file = file, .line = row, .column = 1}});
        }
        Module module{.file = std::string(line.substr(0, colon))};
        for (const auto& needed : words_of(line.substr(colon + 1)))
            module.needs.push_back(module_name(needed));
        modules_[module_name(module.file)] = std::move(module);
    }
    return {};
}

/// "softdep f2fs pre: crc32 post: something"
void ModuleIndex::read_soft_dependencies(std::string_view text) {
    for (const auto line : lines(text)) {
        const auto words = words_of(trim(line));
        if (words.size() < 3 || words[0] != "softdep") continue;
        const auto module = modules_.find(module_name(words[1]));
        if (module == modules_.end()) continue;
        std::vector<std::string>* list = nullptr;
        for (std::size_t i = 2; i < words.size(); ++i) {
            if (words[i] == "pre:") {
                list = &module->second.before;
            } else if (words[i] == "post:") {
                list = &module->second.after;
            } else if (list != nullptr) {
                list->push_back(words[i]);
            }
        }
    }
}

/// "alias fs-f2fs f2fs"
void ModuleIndex::read_aliases(std::string_view text) {
    for (const auto line : lines(text)) {
        const auto words = words_of(trim(line));
        if (words.size() != 3 || words[0] != "alias") continue;
        aliases_.push_back({.pattern = words[1], .module = module_name(words[2])});
    }
}

std::vector<std::string> ModuleIndex::aliased(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& alias : aliases_) {
        if (alias.pattern == name || module_name(alias.pattern) == module_name(name)) {
            found.push_back(alias.module);
        }
    }
    return found;
}

std::unexpected<Error> ModuleIndex::unknown(const std::string& name) const {
    std::vector<std::string> known(built_in_.begin(), built_in_.end());
    for (const auto& [module, ignored] : modules_)
        known.push_back(module);
    std::string message = fmt::format("the kernel has no module '{}'", name);
    const auto near = near_match(module_name(name), known);
    if (near) message += fmt::format("; did you mean '{}'?", *near);
    return fail({.message = std::move(message),
                 .causes = {fmt::format("{} has {} modules, and {} are built in", folder_.string(),
                                        modules_.size(), built_in_.size())},
                 .hint = fmt::format("cat {}", (folder_ / "modules.dep").string())});
}

void ModuleIndex::visit(const std::string& name, std::set<std::string>& seen,
                        std::vector<std::string>& order) const {
    const auto found = modules_.find(name);
    if (found == modules_.end() || !seen.insert(name).second) return;
    const auto visit_soft = [&](const std::vector<std::string>& names) {
        for (const auto& wanted : names) {
            visit(module_name(wanted), seen, order);
            for (const auto& module : aliased(wanted))
                visit(module, seen, order);
        }
    };
    visit_soft(found->second.before);
    for (const auto& needed : found->second.needs)
        visit(needed, seen, order);
    order.push_back(name);
    visit_soft(found->second.after);
}

Result<std::vector<std::string>> ModuleIndex::closure(std::span<const std::string> names) const {
    std::set<std::string> seen;
    std::vector<std::string> order;
    for (const auto& name : names) {
        if (has(name)) {
            visit(module_name(name), seen, order);
            continue;
        }
        if (built_in(name)) continue;
        const auto modules = aliased(name);
        if (modules.empty()) return unknown(name);
        for (const auto& module : modules)
            visit(module, seen, order);
    }
    return order;
}

std::vector<std::string> ModuleIndex::below(std::span<const std::string_view> folders) const {
    std::vector<std::string> names;
    for (const auto& [name, module] : modules_) {
        const auto inside = [&](std::string_view folder) { return lies_below(module.file, folder); };
        if (std::ranges::any_of(folders, inside)) names.push_back(name);
    }
    return names;
}

std::map<std::string, std::string> ModuleIndex::files_for(std::span<const std::string> names) const {
    const std::set<std::string> chosen(names.begin(), names.end());
    std::map<std::string, std::string> files;
    auto& dependencies = files["modules.dep"];
    for (const auto& name : chosen) {
        const auto& module = modules_.at(name);
        dependencies += module.file + ':';
        for (const auto& needed : module.needs) {
            const auto other = modules_.find(needed);
            if (other != modules_.end()) dependencies += ' ' + other->second.file;
        }
        dependencies += '\n';
    }
    auto& aliases = files["modules.alias"];
    for (const auto& alias : aliases_) {
        if (chosen.contains(alias.module))
            aliases += fmt::format("alias {} {}\n", alias.pattern, alias.module);
    }
    auto& built_in = files["modules.builtin"];
    for (const auto& name : built_in_)
        built_in += fmt::format("kernel/{}.ko\n", name);
    return files;
}

}  // namespace rpikit::rootfs
