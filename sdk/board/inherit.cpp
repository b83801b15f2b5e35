#include "sdk/board/inherit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/board/formats.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::board {
namespace {

/// What tells the elements of an array of tables apart, when they have such a thing.
const std::string* identity(const Value& value) {
    const auto* table = value.table();
    if (table == nullptr) return nullptr;
    for (const auto* key : {"name", "node"}) {
        const auto* member = table->find(key);
        if (member != nullptr) return member->value.string();
    }
    return nullptr;
}

bool mergeable(const Array& array) {
    return !array.empty() &&
           std::ranges::all_of(array, [](const Value& item) { return identity(item) != nullptr; });
}

Array merge_arrays(Array base, Array derived) {
    // Within one file equal names are a mistake that must stay visible, so only elements of `base` are
    // sought.
    const auto of_base = base.size();
    for (auto& item : derived) {
        const auto end = base.begin() + static_cast<std::ptrdiff_t>(of_base);
        const auto same =
            std::find_if(base.begin(), end, [&](const Value& v) { return *identity(v) == *identity(item); });
        if (same != end) {
            *same = merge(std::move(*same), std::move(item));
        } else {
            base.push_back(std::move(item));
        }
    }
    return base;
}

}  // namespace

Value merge(Value base, Value derived) {
    if (base.table() != nullptr && derived.table() != nullptr) {
        for (auto& member : derived.table()->members) {
            auto* old = base.table()->find(member.key);
            if (old != nullptr) member.value = merge(std::move(old->value), std::move(member.value));
            base.table()->set(std::move(member));
        }
        base.where = derived.where;
        return base;
    }
    if (base.array() != nullptr && derived.array() != nullptr && mergeable(*base.array()) &&
        mergeable(*derived.array())) {
        derived.data = merge_arrays(std::move(*base.array()), std::move(*derived.array()));
    }
    return derived;
}

void expand_short_forms(Value& document) {
    auto* table = document.table();
    auto* member = table != nullptr ? table->find("kernel") : nullptr;
    auto* kernel = member != nullptr ? member->value.table() : nullptr;
    auto* profile = kernel != nullptr ? kernel->find("profile") : nullptr;
    if (profile == nullptr || profile->value.string() == nullptr) return;
    if (kernel->find("default_profile") != nullptr) return;
    Member whole = std::move(*profile);
    whole.key = "default_profile";
    kernel->members.erase(kernel->members.begin() + (profile - kernel->members.data()));
    kernel->set(std::move(whole));
}

std::optional<std::filesystem::path> find_file(const std::string& name, const SearchPath& search) {
    for (const auto& folder : search.folders) {
        auto file = folder / (name + ".toml");
        std::error_code ignored;
        if (std::filesystem::is_regular_file(file, ignored)) return file;
    }
    return std::nullopt;
}

std::vector<std::string> names_below(const SearchPath& search, const std::filesystem::path& subfolder) {
    std::vector<std::string> names;
    for (const auto& folder : search.folders) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(folder / subfolder, ignored)) {
            if (entry.path().extension() != ".toml" || !entry.is_regular_file(ignored)) continue;
            names.push_back((subfolder / entry.path().stem()).string());
        }
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
}

namespace {

class Chain {
  public:
    explicit Chain(const SearchPath& search) : search_(search) {}

    Result<Inherited> load(const std::filesystem::path& file) {
        TRY_ASSIGN(auto document, load_document(file));
        return inherit(std::move(document), file);
    }

    Result<Inherited> inherit(Value document, const std::filesystem::path& file) {
        files_.push_back(file);
        expand_short_forms(document);
        const auto* extends = document.find("extends");
        if (extends == nullptr) return Inherited{.document = std::move(document), .files = files_};
        TRY_ASSIGN(const auto base_file, find_base(*extends, file));
        if (const auto error = cycle(base_file, *extends)) return fail(*error);
        TRY_ASSIGN(auto base, load(base_file));
        base.document = merge(std::move(base.document), std::move(document));
        return base;
    }

  private:
    /// A board may have the name of the one it extends: then the next one on the search path is meant.
    std::optional<std::filesystem::path> find_namesake(const std::string& name,
                                                       const std::filesystem::path& file) const {
        SearchPath later = search_;
        std::erase_if(later.folders, [&](const auto& folder) {
            std::error_code ignored;
            return std::filesystem::equivalent(folder / (name + ".toml"), file, ignored);
        });
        return find_file(name, later);
    }

    Result<std::filesystem::path> find_base(const Value& extends, const std::filesystem::path& from) const {
        if (extends.string() == nullptr) {
            return fail({.message = fmt::format("'extends' must be a string, not {}", kind_name(extends)),
                         .where = extends.where});
        }
        const auto& name = *extends.string();
        if (const auto complaint = format::relative_path(name)) {
            return fail({.message = fmt::format("'extends': {}", *complaint), .where = extends.where});
        }
        if (auto file = find_namesake(name, from)) return *std::move(file);
        if (auto file = find_file(name, search_)) return *std::move(file);
        auto candidates = names_below(search_, std::filesystem::path(name).parent_path());
        for (auto& other : names_below(search_, name.contains('/') ? "" : "soc"))
            candidates.push_back(std::move(other));
        auto message = fmt::format("'extends' names \"{}\", which does not exist", name);
        if (const auto near = near_match(name, candidates))
            message += fmt::format("; did you mean \"{}\"?", *near);
        return fail({.message = std::move(message), .where = extends.where});
    }

    std::optional<Error> cycle(const std::filesystem::path& next, const Value& extends) const {
        const auto same = [&](const std::filesystem::path& file) {
            std::error_code ignored;
            return std::filesystem::equivalent(file, next, ignored);
        };
        const auto first = std::ranges::find_if(files_, same);
        if (first == files_.end()) return std::nullopt;
        std::string circle;
        for (auto file = first; file != files_.end(); ++file)
            circle += file->string() + " -> ";
        return Error{.message = fmt::format("'extends' goes in a circle: {}{}", circle, first->string()),
                     .where = extends.where};
    }

    const SearchPath& search_;
    std::vector<std::filesystem::path> files_;
};

}  // namespace

Result<Inherited> load_inherited(const std::filesystem::path& file, const SearchPath& search) {
    return Chain(search).load(file);
}

Result<Inherited> inherit(Value document, const std::filesystem::path& file, const SearchPath& search) {
    return Chain(search).inherit(std::move(document), file);
}

}  // namespace rpikit::board
