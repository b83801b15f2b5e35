#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "sdk/host/file.hpp"
#include "sdk/kernel/configuration_steps.hpp"
#include "sdk/kernel/planned_configuration.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;
namespace fs = std::filesystem;

namespace {

struct Platform {
    const char* arch;
    const char* cross_compile;
    bool llvm = false;
    bool sandboxed = false;
};

/// How many random configurations, over all architectures: RPIKIT_TEST_KCONFIG_RANDOM, otherwise one each.
int random_count(int architectures) {
    const char* asked = std::getenv("RPIKIT_TEST_KCONFIG_RANDOM");
    const auto number = asked == nullptr ? std::nullopt : parse_number(asked);
    return number ? (static_cast<int>(*number) + architectures - 1) / architectures : 1;
}

/// The kernel's own conf of the tree that RPIKIT_TEST_KERNEL names, and ours, for one architecture.
class Comparison {
  public:
    explicit Comparison(const Platform& platform) {
        if (platform.sandboxed && !host::probe_sandbox(host_.host()).available) SKIP("there is no sandbox");
        const char* tree = std::getenv("RPIKIT_TEST_KERNEL");
        if (tree == nullptr || *tree == '\0') SKIP("RPIKIT_TEST_KERNEL names no kernel tree");
        const std::string cross = platform.cross_compile;
        const std::string compiler = platform.llvm ? "clang" : cross + "gcc";
        if (!processes_->find_program(compiler, host_.host().environment)) SKIP("there is no " + compiler);
        context_.kernel.arch = platform.arch;
        context_.source.root = tree;
        context_.toolchain.cross_compile = platform.llvm ? "" : cross;
        context_.toolchain.llvm = platform.llvm;
        context_.toolchain.make_variables = {platform.llvm ? "LLVM=1" : "CROSS_COMPILE=" + cross};
        context_.build = host_.directory / "objects";
        context_.log = host_.directory / "build.log";
        context_.sandboxed = platform.sandboxed;
        context_.source.version = make({"-s", "kernelversion"});
        while (context_.source.version.ends_with('\n'))
            context_.source.version.pop_back();
    }

    /// Loads the Kconfig files; says how long that took and how long the compiler's checks did.
    void load() {
        using Clock = std::chrono::steady_clock;
        const auto milliseconds = [](Clock::time_point since) {
            return std::to_string(
                       std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count()) +
                   " ms";
        };
        // Our own work by the processor's clock, since others may be at work here too.
        const auto begin = std::clock();
        auto tree = kernel::load_kconfig(host_.host(), context_);
        if (!tree) FAIL(render(tree.error(), false));
        figures_ = context_.kernel.arch + " " + context_.source.version + ": loaded in " +
                   std::to_string((std::clock() - begin) * 1000 / CLOCKS_PER_SEC) + " ms of CPU";
        auto start = Clock::now();
        if (const auto first = tree->complete({}); !first) FAIL(render(first.error(), false));
        figures_ += ", evaluated with the compiler's checks in " + milliseconds(start);
        start = Clock::now();
        CHECK(tree->complete({}));
        figures_ += ", without in " + milliseconds(start);
        tree_ = std::make_unique<kconfig::Tree>(*std::move(tree));
    }

    /// Which part of a configuration is completed too, by us and by make olddefconfig.
    enum class Part { none, savedefconfig, half };

    /// What make writes for `targets` must be what we make of it, and of a part of it.
    void compare(const std::vector<std::string>& targets, Part part) {
        INFO("make " << targets.front() << ' ' << targets.back());
        make(targets);
        const std::string full = read(".config");
        check(full, full, "all of it");
        if (part == Part::none) return;
        if (part == Part::savedefconfig) make({"savedefconfig"});
        const std::string asked = part == Part::half ? half_of(full) : read("defconfig");
        check(asked, olddefconfig(asked), part == Part::half ? "half of it" : "its savedefconfig");
    }

    /// What is planned without make, from nothing asked for, is what make's allnoconfig writes.
    void compare_plan() {
        make({"allnoconfig"});
        const auto plan = kernel::PlannedConfiguration::make(host_.host(), context_, {.base = "allnoconfig"});
        if (!plan) FAIL(render(plan.error(), false));
        const auto planned = plan->with({});
        if (!planned) FAIL(render(planned.error(), false));
        CHECK(differences_of(*planned, read(".config")) == "");
    }

    const std::string& figures() const { return figures_; }
    std::size_t compared() const { return compared_; }

  private:
    std::string make(const std::vector<std::string>& targets) {
        auto command = kernel::make_command(host_.host(), context_, targets);
        fs::create_directories(context_.build);
        const auto exit = host::run_checked(*processes_, command);
        if (!exit) FAIL(render(exit.error(), false));
        return exit->output;
    }

    std::string read(const std::string& name) {
        const auto text = host::read_file(context_.build / name);
        if (!text) FAIL(render(text.error(), false));
        return *text;
    }

    std::string olddefconfig(const std::string& config) {
        REQUIRE(host::write_file(context_.build / ".config", config));
        make({"olddefconfig"});
        return read(".config");
    }

    static std::string half_of(const std::string& config) {
        std::mt19937 random(static_cast<unsigned>(config.size()));
        std::string half;
        for (const auto line : lines(config)) {
            if (random() % 2 == 0) half += std::string(line) + "\n";
        }
        return half;
    }

    /// Before 6.9 a number without a default is written as nothing at all, which is no line that we read.
    static std::vector<kconfig::Assignment> parse(const std::string& config) {
        std::string text;
        for (const auto line : lines(config)) {
            if (!line.ends_with('=')) text += std::string(line) + "\n";
        }
        auto assignments = kconfig::DotConfig::parse(text, ".config");
        if (!assignments) FAIL(render(assignments.error(), false));
        return *std::move(assignments);
    }

    void check(const std::string& asked, const std::string& expected, const char* of) {
        INFO("given " << of);
        const auto made = tree_->complete(parse(asked));
        if (!made) FAIL(render(made.error(), false));
        CHECK(differences_of(*made, expected) == "");
    }

    std::string differences_of(const kconfig::DotConfig& made, const std::string& expected) {
        auto ours = made.values();
        std::erase_if(ours, [](const auto& row) { return row.second.empty(); });
        std::map<std::string, std::string> theirs;
        for (const auto& line : parse(expected))
            theirs[line.symbol] = line.value;
        compared_ += theirs.size();
        CHECK(theirs.size() > 100);
        return differences(theirs, ours, made);
    }

    /// The first symbols that differ: name, both values, where they are defined.
    std::string differences(const std::map<std::string, std::string>& theirs,
                            const std::map<std::string, std::string>& ours,
                            const kconfig::DotConfig& config) const {
        constexpr int shown = 10;
        std::set<std::string> names;
        for (const auto* values : {&theirs, &ours}) {
            for (const auto& [name, value] : *values)
                names.insert(name);
        }
        const auto value = [](const auto& values, const std::string& name) {
            const auto found = values.find(name);
            return found == values.end() ? "not written" : found->second;
        };
        std::string text;
        int count = 0;
        for (const auto& name : names) {
            const std::string conf = value(theirs, name);
            const std::string own = value(ours, name);
            if (conf == own || ++count > shown) continue;
            const auto known = tree_->describe(name, config);
            text += name + " (" + (known ? to_string(known->defined.front()) : "unknown") + "): conf says " +
                    conf + ", we say " + own + "\n";
        }
        return count > shown ? text + "and " + std::to_string(count - shown) + " more\n" : text;
    }

    std::unique_ptr<host::ProcessRunner> processes_ = host::make_process_runner();
    test::TestHost host_{*processes_, host::Environment::of_this_process()};
    kernel::BuildContext context_;
    std::unique_ptr<kconfig::Tree> tree_;
    std::string figures_;
    std::size_t compared_ = 0;
};

}  // namespace

TEST_CASE("every symbol of a real kernel has the value that the kernel's own conf gives it", "[real]") {
    const auto platform =
        GENERATE(Platform{"arm64", "aarch64-linux-gnu-"}, Platform{"arm", "arm-linux-gnueabihf-"},
                 Platform{"x86", "x86_64-linux-gnu-"}, Platform{"riscv", "riscv64-linux-gnu-"});
    CAPTURE(platform.arch);
    Comparison comparison(platform);
    comparison.load();
    comparison.compare({"allnoconfig"}, Comparison::Part::none);
    comparison.compare_plan();
    comparison.compare({"defconfig"}, Comparison::Part::savedefconfig);
    comparison.compare({"allmodconfig"}, Comparison::Part::savedefconfig);
    for (int seed = 1; seed <= random_count(4); ++seed) {
        comparison.compare({"randconfig", "KCONFIG_SEED=" + std::to_string(seed)}, Comparison::Part::half);
    }
    WARN(comparison.figures() << "; " << comparison.compared() << " values compared");
}

TEST_CASE("a real kernel's checks see what its make sees: clang, or a sandbox", "[real]") {
    const auto platform =
        GENERATE(Platform{"arm64", "", true, false}, Platform{"arm64", "aarch64-linux-gnu-", false, true});
    CAPTURE(platform.llvm, platform.sandboxed);
    Comparison comparison(platform);
    comparison.load();
    comparison.compare({"defconfig"}, Comparison::Part::half);
    WARN(comparison.figures() << "; " << comparison.compared() << " values compared");
}
