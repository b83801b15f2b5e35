#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/kconfig/kconfig.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

namespace rpikit::test {

/// A Kconfig tree in a folder of its own. Commands are answered by `processes`; none are known at first.
class KconfigFixture {
  public:
    explicit KconfigFixture(std::string_view kconfig = {}) {
        if (!kconfig.empty()) write("Kconfig", kconfig);
        environment.set("ARCH", "arm64");
        environment.set("SRCARCH", "arm64");
    }

    void write(std::string_view name, std::string_view text) { folder.write(name, text); }
    Result<kconfig::Tree> load() { return kconfig::Tree::load(host.host(), folder.path(), environment); }

    /// The reasons why SYMBOL=VALUE is not what `config` (lines of a .config) says; the tree must load.
    std::vector<std::string> explain(const std::string& symbol, const std::string& wanted,
                                     std::string_view config) {
        return loaded().explain(symbol, wanted, parse(config));
    }

    /// What else has to be asked for, as lines of a .config.
    std::vector<std::string> remedy(const std::string& symbol, const std::string& wanted,
                                    std::string_view config) {
        std::vector<std::string> lines;
        for (const auto& addition : loaded().remedy(symbol, wanted, parse(config))) {
            lines.push_back(kconfig::to_line(addition));
        }
        return lines;
    }

    /// The whole configuration that lines of a .config lead to, as sorted lines of a .config.
    std::vector<std::string> complete(std::string_view asked) {
        const auto config = loaded().complete(kconfig::DotConfig::parse(asked, "test.config").value());
        if (!config) throw std::runtime_error(render(config.error(), false));
        std::vector<std::string> lines;
        for (const auto& [symbol, value] : config->values())
            lines.push_back(kconfig::to_line({.symbol = symbol, .value = value, .where = {}}));
        return lines;
    }

    static kconfig::DotConfig parse(std::string_view text) {
        kconfig::DotConfig config;
        const auto lines = kconfig::DotConfig::parse(text, "test.config").value();
        for (const auto& each : lines)
            config.set(each.symbol, each.value);
        return config;
    }

    FakeProcessRunner processes;
    TestHost host{processes};
    TempDir folder;
    host::Environment environment;

  private:
    kconfig::Tree loaded() {
        auto tree = load();
        if (!tree) throw std::runtime_error(render(tree.error(), false));
        return *std::move(tree);
    }
};

}  // namespace rpikit::test
