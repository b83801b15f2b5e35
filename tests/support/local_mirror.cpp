#include "tests/support/local_mirror.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "sdk/host/apt_root.hpp"
#include "sdk/host/process.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

LocalMirror::LocalMirror() : codename_(host::release_codename().value()), server(directory_ / "www") {}

std::string LocalMirror::path_of(const MirrorPackage& package) const {
    return "/pool/" + package.name + "_" + package.version + "_" + package.architecture + ".deb";
}

void LocalMirror::add(const std::string& suite_ending, const MirrorPackage& package,
                      const std::string& component) {
    std::string control = "Package: " + package.name + "\nVersion: " + package.version +
                          "\nArchitecture: " + package.architecture +
                          "\nMaintainer: Nobody <nobody@example.org>\nDescription: a test package\n";
    if (!package.depends.empty()) control += "Depends: " + package.depends + "\n";
    const TempDir tree;
    tree.write("DEBIAN/control", control);
    for (const auto& [path, content] : package.files)
        tree.write(path, content);

    const std::string path = path_of(package);
    const fs::path deb = directory_ / ("www" + path);
    fs::create_directories(deb.parent_path());
    const auto built = host::run_checked(*host::make_process_runner(),
                                         {.argv = {"dpkg-deb", "--root-owner-group", "-Znone", "--build",
                                                   tree.path().string(), deb.string()}});
    if (!built) throw std::runtime_error(render(built.error(), false));

    const std::string index = control + "Filename: " + path.substr(1) +
                              "\nSize: " + std::to_string(fs::file_size(deb)) +
                              "\nSHA256: " + sha256_file(deb).value() + "\n\n";
    // Packages for all architectures stand in every index.
    const std::string architecture = package.architecture == "all" ? "arm64" : package.architecture;
    suites_[codename_ + suite_ending].packages[{component, architecture}] += index;
}

void LocalMirror::publish() {
    for (const auto& [suite, index] : suites_) {
        std::string components;
        std::string sums;
        std::set<std::string> architectures;
        for (const auto& [key, text] : index.packages) {
            const auto& [component, architecture] = key;
            const std::string path = component + "/binary-" + architecture + "/Packages";
            directory_.write("www/dists/" + suite + "/" + path, text);
            sums += " " + sha256(text) + " " + std::to_string(text.size()) + " " + path + "\n";
            components += " " + component;
            architectures.insert(architecture);
        }
        std::string list;
        for (const auto& architecture : architectures)
            list += " " + architecture;
        directory_.write("www/dists/" + suite + "/Release",
                         "Origin: Test\nSuite: " + suite + "\nCodename: " + suite +
                             "\nDate: Sat, 01 Jan 2022 00:00:00 UTC\nArchitectures:" + list +
                             "\nComponents:" + components + "\nSHA256:\n" + sums);
    }
}

host::Environment LocalMirror::environment(const std::string& sources, const std::string& file_name) {
    directory_.write("etc/apt/sources.list.d/" + file_name, sources);
    const auto configuration = directory_.write(
        "etc/apt.conf", "Dir::Etc \"" + (directory_ / "etc/apt").string() + "\";\nAcquire::Retries \"0\";\n");
    host::Environment environment;
    environment.set("PATH", "/usr/bin:/bin");
    environment.set("APT_CONFIG", configuration.string());
    return environment;
}

std::string LocalMirror::sources(const std::vector<std::string>& suite_endings, bool trusted) const {
    std::string text = "Types: deb\nURIs: " + server.url("/") + "\nSuites:";
    for (const auto& ending : suite_endings)
        text += " " + codename_ + ending;
    return text + "\nComponents: main\n" + (trusted ? "Trusted: yes\n" : "");
}

}  // namespace rpikit::test
