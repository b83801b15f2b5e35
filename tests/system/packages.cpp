#include "tests/system/packages.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "sdk/image/image_reader.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

namespace {

namespace fs = std::filesystem;

/// dpkg as root of a user namespace. The package's own scripts run on the host, whose hooks for new kernels
/// must not be seen: an empty folder lies over them.
constexpr const char* install_script = R"(set -e
PATH=$PATH:/usr/sbin:/sbin
mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers
touch root/var/lib/dpkg/status root/var/lib/dpkg/available
hooks=
[ ! -d /etc/kernel ] || hooks='--tmpfs /etc/kernel'
bwrap --unshare-user --uid 0 --gid 0 --ro-bind / / --dev /dev --proc /proc $hooks --bind "$PWD" "$PWD" \
    dpkg --root="$PWD/root" --log="$PWD/dpkg.log" --force-architecture --force-script-chrootless \
    --install "$1"
dpkg-query --admindir=root/var/lib/dpkg -W -f '${Status} ${Package}\n'
)";

/// Gives a copy of an image another kernel and other modules, with the tools of other people.
constexpr const char* replace_script = R"(set -e
PATH=$PATH:/usr/sbin:/sbin
image=$1 boot=$2 root=$3 release=$4
mdel -i "$image@@$boot" ::Image.gz
mcopy -i "$image@@$boot" "root/boot/vmlinuz-$release" ::Image.gz
(cd root && find "lib/modules/$release" -type f) | while read -r file; do
    # A name with a slash would become one in the current folder.
    printf 'cd /%s\nrm %s\nwrite root/%s %s\n' "${file%/*}" "${file##*/}" "$file" "${file##*/}"
done > commands
debugfs -w -f commands "$image?offset=$root" > said 2>&1
if grep -v '^debugfs\|^Allocated inode' said | grep .; then exit 1; fi
e2fsck -fn "$image?offset=$root"
)";

struct Bench {
    fs::path work;
    fs::path home;
    TempDir folder;

    ProgramRun run(const std::vector<std::string>& argv, const fs::path& directory) const {
        return run_program(argv, {.directory = directory, .home = home});
    }
    nlohmann::json pack() const {
        const auto done = run({RPIKIT_PROGRAM, "package", "rpi4", "--deb", "--json"}, work);
        INFO(done.err);
        REQUIRE(done.code == 0);
        return nlohmann::json::parse(done.out);
    }
    ProgramRun script(const char* text, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"/bin/sh", "-c", text, "script"});
        auto done = run(arguments, folder.path());
        INFO(done.out << done.err);
        REQUIRE(done.code == 0);
        return done;
    }
};

std::map<std::string, std::string> hashes_of(const nlohmann::json& answer) {
    std::map<std::string, std::string> hashes;
    for (const auto& file : answer["files"])
        hashes[fs::path(file["path"].get<std::string>()).filename()] = file["sha256"];
    return hashes;
}

}  // namespace

void check_packages(const fs::path& work, const fs::path& home) {
    const Bench bench{.work = work, .home = home, .folder = {}};
    const auto out = work / "out/rpi4";
    const auto compiled = sha256_file(out / "build/kernel/vmlinux").value();
    const auto first = bench.pack();
    const auto release = first["release"].get<std::string>();
    const auto hashes = hashes_of(first);
    CHECK(hashes.size() == 3);
    CHECK(bench.pack()["stages"][0]["ran"] == false);
    fs::remove_all(out / "packages");
    const auto second = bench.pack();
    CHECK(second["stages"][0]["ran"] == true);
    CHECK(hashes_of(second) == hashes);
    CHECK(sha256_file(out / "build/kernel/vmlinux").value() == compiled);

    const auto deb = out / "packages/deb" / fmt::format("linux-image-{}_{}-1_arm64.deb", release, release);
    const auto installed = bench.script(install_script, {deb.string()});
    CHECK(installed.out.contains("install ok installed linux-image-" + release));
    const auto root = bench.folder / "root";
    CHECK(fs::file_size(root / "lib/modules" / release / "modules.dep") > 0);
    CHECK(sha256_file(root / ("boot/vmlinuz-" + release)).value() ==
          sha256_file(out / "build/kernel/arch/arm64/boot/Image.gz").value());

    const auto image = bench.folder / "sdcard.img";
    fs::copy_file(out / "sdcard.img", image);
    const auto partitions = image::read_partitions(image).value();
    REQUIRE(partitions.size() == 2);
    bench.script(replace_script, {image.string(), std::to_string(partitions[0].offset),
                                  std::to_string(partitions[1].offset), release});
    const auto booted =
        bench.run({RPIKIT_PROGRAM, "boot", "rpi4", "--image", image.string(), "--check", "--json"}, work);
    INFO(booted.out << booted.err);
    REQUIRE(booted.code == 0);
    CHECK(nlohmann::json::parse(booted.out)["verdict"] == "passed");
}

}  // namespace rpikit::test
