#include "sdk/kernel/module_tree.hpp"

#include <algorithm>
#include <optional>

#include "sdk/host/file.hpp"
#include "sdk/kernel/make.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

fs::path module_folder(const fs::path& staging, const std::string& release) {
    return staging / "lib/modules" / release;
}

/// x.ko, x.ko.xz, x.ko.zst, x.ko.gz
bool is_module(const fs::path& file) {
    if (file.extension() == ".ko") return true;
    const fs::path suffix = file.extension();
    return (suffix == ".xz" || suffix == ".zst" || suffix == ".gz") && file.stem().extension() == ".ko";
}

/// A field of modinfo(8)'s output: "vermagic:       6.12.117 SMP preempt" gives "6.12.117 SMP preempt".
std::optional<std::string> field(std::string_view line, std::string_view name) {
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") return std::nullopt;
    return std::string(trim(line.substr(name.size() + 1)));
}

/// Goes through modinfo's output; the name of a module follows as "filename:", then its fields.
class VermagicCheck {
  public:
    explicit VermagicCheck(std::string release) : release_(std::move(release)) {}

    Result<> take(std::string_view line) {
        if (auto name = field(line, "filename")) {
            TRY(finish_module());
            module_ = std::move(name);
            vermagic_.reset();
            ++modules_;
        } else if (auto vermagic = field(line, "vermagic")) {
            vermagic_ = std::move(vermagic);
        }
        return {};
    }

    Result<> finish_module() const {
        if (!module_) return {};
        const std::string vermagic = vermagic_.value_or("none");
        if (vermagic.substr(0, vermagic.find(' ')) == release_) return {};
        return fail({.message = "a module was not built for this kernel: " + *module_,
                     .causes = {"its vermagic is '" + vermagic + "', the kernel's release is " + release_}});
    }

    std::size_t modules() const { return modules_; }

  private:
    std::string release_;
    std::optional<std::string> module_;
    std::optional<std::string> vermagic_;
    std::size_t modules_ = 0;
};

}  // namespace

Result<std::vector<fs::path>> list_modules(const fs::path& staging, const std::string& release) {
    const fs::path folder = module_folder(staging, release);
    for (const char* name : {"modules.dep", "modules.dep.bin", "modules.alias", "modules.symbols"}) {
        std::error_code ignored;
        if (fs::is_regular_file(folder / name, ignored)) continue;
        return fail({.message = "the staged modules have no " + std::string(name),
                     .causes = {"depmod, which makes it, did not run for " + folder.string()},
                     .hint = "sudo apt-get install kmod"});
    }
    std::vector<fs::path> modules;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->is_regular_file(error) && is_module(entry->path())) {
            modules.push_back(entry->path().lexically_relative(folder));
        }
    }
    if (error) return fail({.message = "cannot read " + folder.string() + ": " + error.message()});
    std::ranges::sort(modules);
    return modules;
}

Result<> check_vermagic(const host::Host& host, const fs::path& staging, const std::string& release) {
    TRY_ASSIGN(const auto modules, list_modules(staging, release));
    host::Environment environment;
    environment.set("PATH", build_path(host, {}));
    environment.set("LC_ALL", "C");
    // So many that a command line stays far below the system's limit of 2 MiB, and the output below `keep`.
    constexpr std::size_t batch = 1000;
    for (std::size_t start = 0; start < modules.size(); start += batch) {
        const std::size_t end = std::min(start + batch, modules.size());
        host::Command command{
            .argv = {"modinfo"}, .directory = module_folder(staging, release), .environment = environment};
        for (std::size_t i = start; i < end; ++i)
            command.argv.push_back(modules[i].string());
        TRY_ASSIGN(const auto exit, host::run_checked(host.processes, command,
                                                      {.keep = std::size_t{32} << 20, .stop = host.stop}));
        VermagicCheck check(release);
        for (const std::string_view line : lines(exit.output))
            TRY(check.take(line));
        TRY(check.finish_module());
        if (check.modules() != end - start) {
            return fail({.message = "modinfo told of " + std::to_string(check.modules()) + " modules, " +
                                    std::to_string(end - start) + " were asked for"});
        }
    }
    return {};
}

}  // namespace rpikit::kernel
