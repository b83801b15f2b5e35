#include "tests/system/world.hpp"

#include <elf.h>

#include <cstring>
#include <stdexcept>

#include "sdk/support/sha256.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

namespace {

const fs::path repository = RPIKIT_SOURCE_DIR;

/// The head of a static program for arm64: enough to be told from one for another machine.
std::string arm64_program() {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_AARCH64;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    return {reinterpret_cast<const char*>(&header), sizeof header};
}

}  // namespace

World::World(FakeLinuxOptions options) {
    for (const auto* fragment : {"base", "tiny", "raspberrypi", "bcm2711"}) {
        options.fragments.push_back(repository / "boards" / "fragments" /
                                    (std::string(fragment) + ".config"));
    }
    kernel = make_fake_linux(folder / "linux", options);
    source = "dir:" + kernel.string();
    folder.write("root/sbin/init", arm64_program());
    folder.write("root/bin/sh", arm64_program());
    folder.write("root/etc/hostname", "raspberrypi\n");
    fs::permissions(folder / "root/sbin/init", fs::perms(0755));
    fs::permissions(folder / "root/bin/sh", fs::perms(0755));
    folder.write("firmware/start4.elf", "the firmware's first part");
    folder.write("firmware/fixup4.dat", "the firmware's second part");
}

std::vector<std::string> World::build_command(const std::string& work,
                                              const std::vector<std::string>& more) const {
    std::vector<std::string> command{RPIKIT_PROGRAM, "-C", (folder / work).string(), "build", "rpi4",
                                     "--profile", "tiny", "--source", source, "--rootfs",
                                     (folder / "root").string(), "--firmware", (folder / "firmware").string(),
                                     "--offline",
                                     // The fake tree knows no `select`, by which the real one turns this on.
                                     "--set", "FAT_FS=m"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

ProgramRun World::build(const std::string& work, const std::vector<std::string>& more,
                        ProgramOptions options) const {
    fs::create_directories(folder / work);
    options.directory = folder.path();
    options.home = folder / "home";
    return run_program(build_command(work, more), options);
}

fs::path World::image(const std::string& work) const {
    return folder / work / "out" / "rpi4" / "sdcard.img";
}

std::string World::image_hash(const std::string& work) const {
    const auto hash = sha256_file(image(work));
    if (!hash) throw std::runtime_error(hash.error().message);
    return *hash;
}

fs::path World::stub(const std::string& name, const std::string& commands) const {
    const auto script = folder.write("stubs/" + name, "#!/bin/sh\n" + commands + '\n');
    fs::permissions(script, fs::perms(0755));
    return script.parent_path();
}

}  // namespace rpikit::test
