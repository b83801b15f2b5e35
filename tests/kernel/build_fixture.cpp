#include "tests/kernel/build_fixture.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "sdk/host/file.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

BuildFixture::BuildFixture(const FakeLinuxOptions& options, const std::string& folder)
    : host(*processes, host::Environment::of_this_process()), work(host.directory / folder) {
    context.kernel.arch = "arm64";
    context.kernel.image = "Image.gz";
    context.kernel.dtbs = {"broadcom/bcm2711-rpi-4-b.dtb"};
    context.source.root = make_fake_linux(work / "linux", options);
    context.toolchain.name = "host";
    context.toolchain.make_variables = {"CROSS_COMPILE="};
    context.build = work / "objects";
    context.log = work / "build.log";
    context.jobs = 4;
    context.sandboxed = false;
}

kernel::Configuration BuildFixture::configure(const std::string& settings, const std::string& base) {
    const auto run = [&](const std::string& target) {
        const auto exit = kernel::run_make(host.host(), context, {target});
        if (!exit) throw std::runtime_error(render(exit.error(), false));
    };
    run(base);
    const fs::path config = context.build / ".config";
    if (!settings.empty()) {
        std::ofstream(config, std::ios::app) << settings << "\n";
        run("olddefconfig");
    }
    const auto values = kconfig::DotConfig::read(config);
    if (!values) throw std::runtime_error(render(values.error(), false));
    return {.file = config, .enabled = values->enabled()};
}

std::string BuildFixture::log() const {
    return host::read_file(context.log).value_or("");
}

std::size_t BuildFixture::count_invocations(const std::string& target) const {
    std::size_t count = 0;
    for (const std::string& line : fake_invocations(context.build))
        count += line.contains(target) ? 1 : 0;
    return count;
}

bool sandbox_works(const host::Host& host) {
    return host::probe_sandbox(host).available;
}

}  // namespace rpikit::test
