#include "tests/support/fake_linux.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

void write(const fs::path& file, const std::string& text) {
    if (!(std::ofstream(file, std::ios::binary) << text)) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

std::vector<std::string> read_lines(const fs::path& file) {
    std::vector<std::string> found;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);)
        found.push_back(line);
    return found;
}

void set_version(const fs::path& tree, const std::string& version) {
    std::smatch part;
    if (!std::regex_match(version, part, std::regex(R"((\d+)\.(\d+)(?:\.(\d+))?(-\S+)?)"))) {
        throw std::runtime_error("not a kernel version: " + version);
    }
    std::string makefile = read(tree / "Makefile");
    const char* names[] = {"VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        const std::regex line("(^|\n)" + std::string(names[i]) + " =[^\n]*");
        makefile =
            std::regex_replace(makefile, line, "$1" + std::string(names[i]) + " = " + part[i + 1].str(),
                               std::regex_constants::format_first_only);
    }
    write(tree / "Makefile", makefile);
}

/// The Kconfig type that a value in a fragment stands for.
std::string type_of(const std::string& value) {
    if (value.starts_with('"')) return "string";
    return value == "y" || value == "m" || value == "n" ? "tristate" : "int";
}

void declare_symbols(const fs::path& tree, const std::vector<fs::path>& fragments) {
    std::map<std::string, std::string> types;
    const std::regex assignment(R"(^(?:# )?CONFIG_(\w+)(?:=(.*)| is not set)$)");
    for (const fs::path& fragment : fragments) {
        for (const std::string& line : read_lines(fragment)) {
            std::smatch match;
            if (!std::regex_match(line, match, assignment)) continue;
            types[match[1]] = match[2].matched ? type_of(match[2]) : "tristate";
        }
    }
    const std::string own = read(tree / "Kconfig");
    std::string more;
    for (const auto& [name, type] : types) {
        if (own.find("config " + name + "\n") != std::string::npos) continue;
        more.append("config ").append(name).append("\n\t").append(type).append(" \"").append(name).append(
            "\"\n\n");
    }
    write(tree / "Kconfig.more", more);
}

}  // namespace

void set_fake_linux_knobs(const fs::path& tree, const FakeLinuxOptions& options) {
    std::ostringstream knobs;
    if (!options.fail.empty()) {
        if (!fs::exists(tree / "fake/failures" / (options.fail + ".log"))) {
            throw std::runtime_error("no such fake failure: " + options.fail);
        }
        knobs << "FAKE_FAIL := " << options.fail << "\nFAKE_FAIL_AT := " << options.fail_at << "\n";
    }
    if (options.sleep_seconds != 0) {
        knobs << "FAKE_SLEEP := " << options.sleep_seconds << "\nFAKE_SLEEP_AT := " << options.sleep_at
              << "\n";
        if (options.sleep_once) knobs << "FAKE_SLEEP_ONCE := 1\n";
    }
    if (!options.evil.empty()) {
        knobs << "FAKE_EVIL :=";
        for (const fs::path& place : options.evil)
            knobs << ' ' << place.string();
        knobs << "\n";
    }
    write(tree / "fake/knobs.mk", knobs.str());
}

fs::path make_fake_linux(const fs::path& folder, const FakeLinuxOptions& options) {
    fs::create_directories(folder);
    fs::copy(fs::path(RPIKIT_SOURCE_DIR) / "tests/support/fake_linux", folder, fs::copy_options::recursive);
    set_version(folder, options.version);
    declare_symbols(folder, options.fragments);
    set_fake_linux_knobs(folder, options);
    if (!options.raspberrypi) {
        fs::remove(folder / "arch/arm64/configs/bcm2711_defconfig");
        fs::remove_all(folder / "arch/arm64/boot/dts/overlays");
    }
    return folder;
}

std::vector<std::string> fake_invocations(const fs::path& build) {
    return read_lines(build / "fake_invocations");
}

std::vector<std::string> fake_evil(const fs::path& build) {
    return read_lines(build / "fake_evil");
}

}  // namespace rpikit::test
