// The distribution's own kernel package, held against modinfo and the files beside it.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "sdk/archive/deb_contents.hpp"
#include "sdk/host/packages.hpp"
#include "sdk/inspect/inspect.hpp"
#include "sdk/support/text.hpp"
#include "tests/image/image_fixture.hpp"
#include "tests/support/program.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

namespace fs = std::filesystem;
using Values = std::multimap<std::string, std::string>;

/// "key:   value" lines of modinfo that `inspect` tells, too.
Values modinfo_values(const fs::path& modinfo, const fs::path& module, const fs::path& directory) {
    const std::map<std::string, std::string> names{
        {"license", "license"},     {"description", "description"},
        {"vermagic", "vermagic"},   {"name", "name"},
        {"alias", "aliases"},       {"signer", "signer"},
        {"sig_key", "signing_key"}, {"sig_hashalgo", "signature_hash"},
        {"depends", "depends"}};
    const auto run =
        test::run_program({modinfo.string(), module.string()}, {.directory = directory, .home = directory});
    REQUIRE(run.code == 0);
    Values values;
    for (const auto line : lines(run.out)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto name = names.find(std::string(line.substr(0, colon)));
        if (name == names.end()) continue;
        const std::string value(trim(line.substr(colon + 1)));
        for (const auto part : split(value, name->first == "depends" ? ',' : '\n'))
            if (!part.empty()) values.emplace(name->second, part);
    }
    return values;
}

Values our_values(const fs::path& module, const Values& wanted) {
    const auto report = inspect::inspect(module, {});
    if (!report) FAIL(render(report.error(), false));
    Values values;
    for (const auto& fact : report->facts) {
        const bool always = fact.name == "aliases" || fact.name == "depends" || fact.name == "signer";
        if (!always && !wanted.contains(fact.name)) continue;
        if (const auto* text = std::get_if<std::string>(&fact.value)) values.emplace(fact.name, trim(*text));
        if (const auto* list = std::get_if<std::vector<std::string>>(&fact.value)) {
            for (const auto& item : *list)
                values.emplace(fact.name, trim(item));
        }
    }
    return values;
}

bool same(const Values& a, const Values& b) {
    return std::ranges::is_permutation(a, b);
}

/// The image package that the metapackage stands for today.
host::Package image_package(host::PackageRepository& repository, const std::string& architecture) {
    const auto closure = repository.closure({"linux-image-" + architecture});
    if (!closure) SKIP("no package mirror: " + closure.error().message);
    const auto found = std::ranges::find_if(*closure, [&](const host::Package& package) {
        return package.name.starts_with("linux-image-") && package.name != "linux-image-" + architecture;
    });
    REQUIRE(found != closure->end());
    return *found;
}

}  // namespace

TEST_CASE("the distribution's kernel package: its kernel, configuration and modules", "[inspect][real]") {
    const auto processes = host::make_process_runner();
    test::TestHost host(*processes, host::Environment::of_this_process());
    auto repository = host::PackageRepository::open(host.host(), "amd64");
    if (!repository) SKIP("no package mirror: " + repository.error().message);
    const auto package = image_package(*repository, "amd64");
    const auto release = package.name.substr(std::string("linux-image-").size());
    const auto deb = repository->fetch(package);
    if (!deb) FAIL(render(deb.error(), false));

    REQUIRE(inspect::unpack_inside(*deb, host.directory / "root", {.limits = {}}));
    const auto root = host.directory / "root";
    const auto kernel = root / "boot" / ("vmlinuz-" + release);
    const auto report = inspect::inspect(kernel, {});
    if (!report) FAIL(render(report.error(), false));
    CHECK(std::get<std::string>(report->facts.at(0).value) == "x86 bzImage");
    CHECK(std::get<std::string>(report->facts.at(1).value) == release);

    // Debian's kernels have no CONFIG_IKCONFIG; the package holds the file.
    const auto embedded = inspect::read_config(kernel, {});
    REQUIRE_FALSE(embedded);
    CHECK(render(embedded.error(), false).contains("CONFIG_IKCONFIG"));
    CHECK(inspect::read_config(*deb, {}).value() == test::slurp(root / "boot" / ("config-" + release)));

    const auto modinfo = processes->find_program("modinfo", host.host().environment);
    const fs::path program = modinfo.value_or("/usr/sbin/modinfo");
    if (!fs::exists(program)) SKIP("modinfo is not installed");
    std::vector<fs::path> modules;
    for (const auto& entry : fs::recursive_directory_iterator(root / "lib" / "modules" / release)) {
        if (entry.path().filename().string().contains(".ko")) modules.push_back(entry.path());
    }
    std::ranges::sort(modules);
    REQUIRE(modules.size() > 1000);
    for (std::size_t i = 0; i < modules.size(); i += modules.size() / 40) {
        INFO(modules[i].string());
        const auto theirs = modinfo_values(program, modules[i], root);
        CHECK(theirs.contains("vermagic"));
        CHECK(same(our_values(modules[i], theirs), theirs));
    }
}
