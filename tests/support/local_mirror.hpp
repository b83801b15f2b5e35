#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sdk/host/environment.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

/// A package to be built and published.
struct MirrorPackage {
    std::string name;
    std::string version;
    std::string architecture = "arm64";
    std::string depends = {};
    std::map<std::string, std::string> files = {};  ///< path in the package -> content
};

/// A package archive served on the loopback device, and the apt configuration of a host that uses it.
class LocalMirror {
  public:
    LocalMirror();

    /// The codename of the release that the test runs on: "bookworm".
    const std::string& codename() const { return codename_; }

    /// Puts a package into a suite of the archive: "" the release itself, "-backports", "-security". Builds
    /// it with dpkg-deb.
    void add(const std::string& suite_ending, const MirrorPackage& package,
             const std::string& component = "main");

    /// Writes the indexes of all suites that have packages; to be called after the last `add`.
    void publish();

    /// The environment of a host whose whole apt configuration is this sources text.
    /// \param file_name "x.sources" or "x.list"
    host::Environment environment(const std::string& sources, const std::string& file_name = "test.sources");

    /// Sources in deb822 format for the release and the suites listed, unsigned but trusted.
    std::string sources(const std::vector<std::string>& suite_endings = {""}, bool trusted = true) const;

    /// The path that the server has a package under.
    std::string path_of(const MirrorPackage& package) const;

    /// The folder that is served; indexes are below dists/.
    std::filesystem::path folder() const { return directory_ / "www"; }

  private:
    struct Index {
        std::map<std::pair<std::string, std::string>, std::string>
            packages;  ///< component, architecture -> text
    };

    TempDir directory_;
    std::string codename_;
    std::map<std::string, Index> suites_;

  public:
    HttpServer server;
};

}  // namespace rpikit::test
