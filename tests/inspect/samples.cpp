#include "tests/inspect/samples.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "tests/image/image_fixture.hpp"
#include "tests/support/test_host.hpp"

extern "C" {
#include <libfdt.h>
}

namespace rpikit::test {

using namespace std::string_literals;

namespace {

template <class T>
std::string raw(const T& object) {
    return {reinterpret_cast<const char*>(&object), sizeof object};
}

void require(bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
}

/// Runs libarchive's writer into memory.
template <class Write>
std::string written(Write write) {
    std::string bytes(std::size_t{32} << 20, '\0');
    std::size_t used = 0;
    ::archive* handle = archive_write_new();
    write(handle, [&] {
        require(archive_write_set_bytes_per_block(handle, 0) == ARCHIVE_OK, "block");
        // The same bytes in the next second; other filters do not know the option.
        archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr);
        require(archive_write_open_memory(handle, bytes.data(), bytes.size(), &used) == ARCHIVE_OK, "open");
    });
    require(archive_write_close(handle) == ARCHIVE_OK, "close");
    archive_write_free(handle);
    bytes.resize(used);
    return bytes;
}

void write_file(::archive* handle, const std::string& name, std::string_view content, unsigned mode) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_mode(entry, mode);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    require(archive_write_header(handle, entry) == ARCHIVE_OK, "header");
    if (!content.empty()) archive_write_data(handle, content.data(), content.size());
    archive_entry_free(entry);
}

std::string tar_gz(const std::vector<CpioFile>& files) {
    return written([&](::archive* handle, const auto& open) {
        archive_write_set_format_ustar(handle);
        archive_write_add_filter_gzip(handle);
        open();
        for (const auto& file : files)
            write_file(handle, file.name, file.content, file.mode);
    });
}

std::string build_id_note(char fill) {
    return "\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"s + std::string(20, fill);
}

}  // namespace

const std::string sample_config =
    "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.12.117 Kernel Configuration\n#\n"
    "CONFIG_HZ=300\nCONFIG_LOCALVERSION=\"-tiny\"\nCONFIG_EXT4_FS=y\nCONFIG_DUMMY=m\n# CONFIG_WLAN is not "
    "set\n";

std::string packed(std::string_view content, const std::string& filter) {
    return written([&](::archive* handle, const auto& open) {
        archive_write_set_format_raw(handle);
        require(archive_write_add_filter_by_name(handle, filter.c_str()) == ARCHIVE_OK, "filter");
        open();
        write_file(handle, "data", content, AE_IFREG | 0644);
    });
}

std::string packed_lz4_legacy(std::string_view content) {
    std::string block;
    const auto literals = content.size();
    block += static_cast<char>(literals < 15 ? literals << 4 : 0xf0);
    if (literals >= 15) {
        std::size_t rest = literals - 15;
        for (; rest >= 255; rest -= 255)
            block += '\xff';
        block += static_cast<char>(rest);
    }
    block += content;
    return "\x02\x21\x4c\x18" + raw(static_cast<std::uint32_t>(block.size())) + block;
}

std::string kernel_core(const std::string& config) {
    std::string core(4096, '\x90');
    core +=
        "\x7f"
        "ELF" +
        std::string(500, '\0') + build_id_note('\x11');
    core += std::string(16384, '\x90') + build_id_note('\xab');
    core += "Linux version %s (%s)\0"s + std::string(64, '\0');
    core += "Linux version 6.12.117-tiny (builder@host) (gcc 12) #1 Fri Jan 1 00:00:00 UTC 2021\n\0"s;
    if (!config.empty()) core += "IKCFG_ST" + packed(config, "gzip") + "IKCFG_ED";
    return core + std::string(512, '\0');
}

std::string arm64_image(const std::string& core) {
    std::string header(64, '\0');
    header.replace(0, 2, "MZ");
    header.replace(56, 4, "ARM\x64");
    return header + core;
}

std::string bzimage(const std::string& payload) {
    std::string setup(std::size_t{1024}, '\0');
    setup[0x1f1] = 1;
    setup.replace(0x1fe, 2, "\x55\xaa");
    setup.replace(0x202, 4, "HdrS");
    setup.replace(0x206, 2, "\x0f\x02");
    setup.replace(0x20e, 2, "\x00\x01"s);  // the version string lies at 0x300
    setup.replace(0x248, 4, raw(std::uint32_t{16}));
    setup.replace(0x24c, 4, raw(static_cast<std::uint32_t>(payload.size() + 4)));
    setup.replace(0x300, 20, "6.12.117-tiny (me)\0\0"s);
    return setup + std::string(16, '\x90') + payload + "\x00\x00\x00\x02"s + std::string(64, '\xcc');
}

std::string elf(std::uint16_t type, const std::vector<std::pair<std::string, std::string>>& sections) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = type;
    header.e_machine = EM_AARCH64;
    header.e_shentsize = sizeof(Elf64_Shdr);
    std::string names(1, '\0');
    std::string data;
    std::string table = raw(Elf64_Shdr{});
    const auto add = [&](const std::string& name, const std::string& content) {
        Elf64_Shdr row{};
        row.sh_name = static_cast<Elf64_Word>(names.size());
        row.sh_type = SHT_PROGBITS;
        row.sh_offset = sizeof header + data.size();
        row.sh_size = content.size();
        names += name + '\0';
        data += content;
        table += raw(row);
    };
    for (const auto& [name, content] : sections)
        add(name, content);
    const std::string all_names = names + ".shstrtab\0"s;
    add(".shstrtab", all_names);
    header.e_shnum = static_cast<Elf64_Half>(sections.size() + 2);
    header.e_shstrndx = static_cast<Elf64_Half>(sections.size() + 1);
    header.e_shoff = sizeof header + data.size();
    return raw(header) + data + table;
}

std::string vmlinux() {
    return elf(ET_DYN, {{".text", kernel_core()}, {".notes", build_id_note('\xcd')}});
}

std::string module(const std::string& signature) {
    const auto info =
        "license=GPL\0description=A "
        "test\0author=Somebody\0alias=pci:v1\0alias=fs-test\0depends=fat,nls_base\0"
        "intree=Y\0name=test\0vermagic=6.12.117-tiny SMP mod_unload aarch64\0parm=debug:say more\0"s;
    auto bytes = elf(ET_REL, {{".modinfo", info}, {".note.gnu.build-id", build_id_note('\x42')}});
    if (signature.empty()) return bytes;
    const std::uint32_t size = std::byteswap(static_cast<std::uint32_t>(signature.size()));
    return bytes + signature + "\0\0\x02\0\0\0\0\0"s + raw(size) + "~Module signature appended~\n";
}

std::string cpio(const std::vector<CpioFile>& files) {
    std::string bytes;
    unsigned inode = 100;
    const auto pad = [&] { bytes.append((4 - bytes.size() % 4) % 4, '\0'); };
    const auto add = [&](const CpioFile& file) {
        bytes += fmt::format(
            "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}",
            file.inode != 0 ? file.inode : ++inode, file.mode, 0, 0, file.links, 1'600'000'000,
            file.content.size(), 0, 0, 0, 0, file.name.size() + 1, 0);
        bytes += file.name + '\0';
        pad();
        bytes += file.content;
        pad();
    };
    for (const auto& file : files)
        add(file);
    add({.name = "TRAILER!!!", .mode = 0});
    return bytes;
}

std::string device_tree() {
    std::string blob(4096, '\0');
    const auto compatible = "acme,board\0acme,chip\0"s;
    bool good = fdt_create(blob.data(), static_cast<int>(blob.size())) == 0;
    good = good && fdt_finish_reservemap(blob.data()) == 0 && fdt_begin_node(blob.data(), "") == 0;
    good = good && fdt_property_string(blob.data(), "model", "Acme Board") == 0;
    good = good && fdt_property(blob.data(), "compatible", compatible.data(),
                                static_cast<int>(compatible.size())) == 0;
    good = good && fdt_end_node(blob.data()) == 0 && fdt_finish(blob.data()) == 0;
    require(good, "device tree");
    blob.resize(fdt_totalsize(blob.data()));
    return blob;
}

std::string deb(const std::vector<CpioFile>& files) {
    const auto control = tar_gz({{.name = "./control",
                                  .content = "Package: acme\nVersion: 1.0-1\nArchitecture: arm64\n"
                                             "Description: a package\n of two lines\n"}});
    return written([&](::archive* handle, const auto& open) {
        archive_write_set_format_ar_svr4(handle);
        open();
        write_file(handle, "debian-binary", "2.0\n", AE_IFREG | 0644);
        write_file(handle, "control.tar.gz", control, AE_IFREG | 0644);
        write_file(handle, "data.tar.gz", tar_gz(files), AE_IFREG | 0644);
    });
}

std::filesystem::path disk_image(const TempDir& dir, const std::string& name, const std::string& table,
                                 const std::string& hostname) {
    const auto processes = host::make_process_runner();
    TestHost host(*processes, host::Environment::of_this_process());
    ImageFixture fixture(table);
    bool good = fixture.boot.add_file("kernel8.img", arm64_image()).has_value();
    good = good && fixture.boot.add_file("overlays/a long name.dtbo", "overlay").has_value();
    good = good && fixture.root.add_file("etc/hostname", hostname).has_value();
    good = good && fixture.root.add_file("bin/busybox", noise(300'000, 4), 0755).has_value();
    good = good && fixture.root.add_symlink("bin/sh", "busybox").has_value();
    for (int i = 0; i < 300; ++i)
        good = good && fixture.root.add_file(fmt::format("many/a file of some name {}", i), "x").has_value();
    auto file = dir / name;
    require(good && image::write_image(host.host(), fixture.request, file).has_value(), "image");
    return file;
}

}  // namespace rpikit::test
