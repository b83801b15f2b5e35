#include "sdk/toolchain/check.hpp"

#include <fmt/format.h>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/cpp_compiler.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kernel_source =
    "typedef unsigned long size_t;\n"
    "void *memcpy(void *to, const void *from, size_t count);\n"
    "int answer(const void *from) { int value; memcpy(&value, from, sizeof value); return value + 1; }\n";
constexpr std::string_view c_source =
    "#include <stdio.h>\n#include <math.h>\n"
    "int main(int argc, char **argv) { (void)argv; return printf(\"%f\\n\", sqrt(argc)) < 0; }\n";
constexpr std::string_view cpp_source =
    "#include <iostream>\n#include <string>\n"
    "int main() { std::cout << std::string(\"x\") << std::endl; }\n";

/// The toolchain and the folder it is tried in.
class Workbench {
  public:
    Workbench(const host::Host& host, const Toolchain& toolchain, fs::path folder)
        : host_(host), toolchain_(toolchain), folder_(std::move(folder)) {}

    Result<> prepare() const {
        TRY(host::make_directories(folder_));
        TRY(host::write_file(folder_ / "kernel.c", kernel_source));
        TRY(host::write_file(folder_ / "program.c", c_source));
        return host::write_file(folder_ / "program.cpp", cpp_source);
    }

    /// \param argv the program's arguments, in the folder
    Result<host::Exit> run(std::vector<std::string> argv) const {
        constexpr std::chrono::minutes limit(1);
        return host_.processes.run({.argv = std::move(argv),
                                    .directory = folder_,
                                    .environment = toolchain_environment(host_, toolchain_)},
                                   {.time_limit = limit, .stop = host_.stop});
    }

    /// \param output what the program said, when somebody wants it
    Result<Trial> trial(std::string what, std::vector<std::string> argv,
                        std::string* output = nullptr) const {
        const auto command = shell_quote(argv);
        TRY_ASSIGN(const auto exit, run(std::move(argv)));
        Trial trial{.what = std::move(what), .passed = exit.success()};
        if (!trial.passed) trial.detail = "$ " + command + '\n' + last_lines(exit.output, 10);
        if (output != nullptr) *output = exit.output;
        return trial;
    }

    std::string compiler() const { return toolchain_.compiler.string(); }

    /// The linker beside the compiler, as make takes it.
    std::string linker() const {
        const auto name = toolchain_.compiler.filename().string();
        if (!toolchain_.llvm) return toolchain_.cross_compile + "ld";
        const auto dash = name.rfind('-');
        return dash == std::string::npos ? "ld.lld" : "ld.lld" + name.substr(dash);
    }

    /// Nothing when it is not there.
    std::optional<fs::path> cpp_compiler() const {
        const auto name = cpp_compiler_name(toolchain_);
        if (name.empty()) return std::nullopt;
        return host_.processes.find_program(name, toolchain_environment(host_, toolchain_));
    }

  private:
    const host::Host& host_;
    const Toolchain& toolchain_;
    fs::path folder_;
};

Result<Trial> try_target(const Workbench& bench) {
    std::string output;
    TRY_ASSIGN(auto trial, bench.trial("says its target", {bench.compiler(), "-dumpmachine"}, &output));
    if (!trial.passed) return trial;
    trial.found = std::string(trim(output));
    trial.passed = !trial.found.empty();
    return trial;
}

Result<std::vector<Trial>> try_all(const Workbench& bench) {
    TRY(bench.prepare());
    std::vector<Trial> trials;
    const auto add = [&](const char* what, std::vector<std::string> argv) -> Result<> {
        TRY_ASSIGN(trials.emplace_back(), bench.trial(what, std::move(argv)));
        return {};
    };
    const auto cc = bench.compiler();
    TRY(add("runs", {cc, "--version"}));
    TRY_ASSIGN(trials.emplace_back(), try_target(bench));
    TRY(add("compiles for a kernel",
            {cc, "-O2", "-Wall", "-ffreestanding", "-nostdinc", "-fno-pic", "-c", "kernel.c", "-o", "k.o"}));
    TRY(add("links for a kernel", {bench.linker(), "-r", "k.o", "-o", "kernel.o"}));
    TRY(add("compiles and links a program", {cc, "program.c", "-o", "dynamic", "-lm"}));
    TRY(add("links a static program", {cc, "-static", "program.c", "-o", "static", "-lm"}));
    if (const auto cpp = bench.cpp_compiler()) {
        TRY(add("compiles and links a C++ program", {cpp->string(), "program.cpp", "-o", "cpp"}));
    } else {
        trials.push_back({.what = "compiles and links a C++ program",
                          .passed = true,
                          .found = "left out: it has no C++ compiler"});
    }
    return trials;
}

}  // namespace

Result<std::vector<Trial>> try_out(const host::Host& host, const Toolchain& toolchain) {
    const auto folder = host::temporary_sibling(host.cache / "toolchain-check");
    auto trials = try_all(Workbench(host, toolchain, folder));
    const auto removed = host::remove_tree(folder);
    if (trials && !removed) return fail(removed.error());
    return trials;
}

}  // namespace rpikit::toolchain
