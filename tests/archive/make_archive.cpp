#include "tests/archive/make_archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rpikit::test {

namespace {

void check(int code, ::archive* handle) {
    if (code != ARCHIVE_OK) throw std::runtime_error(archive_error_string(handle));
}

mode_t type_bits(archive::FileType type) {
    switch (type) {
        case archive::FileType::directory:
            return AE_IFDIR;
        case archive::FileType::symlink:
            return AE_IFLNK;
        case archive::FileType::character_device:
            return AE_IFCHR;
        case archive::FileType::block_device:
            return AE_IFBLK;
        case archive::FileType::fifo:
            return AE_IFIFO;
        default:
            return AE_IFREG;
    }
}

void write_item(::archive* handle, const Item& item) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.path.c_str());
    archive_entry_set_mode(entry, type_bits(item.type) | item.mode);
    archive_entry_set_mtime(entry, 1'600'000'000, 0);
    archive_entry_set_uid(entry, item.uid);
    if (!item.link.empty()) archive_entry_set_symlink(entry, item.link.c_str());
    if (!item.hard_link.empty()) archive_entry_set_hardlink(entry, item.hard_link.c_str());
    if (item.type == archive::FileType::character_device) {
        archive_entry_set_rdevmajor(entry, 1);
        archive_entry_set_rdevminor(entry, 3);
    }
    for (const auto& [name, value] : item.xattrs) {
        archive_entry_xattr_add_entry(entry, name.c_str(), value.data(), value.size());
    }
    archive_entry_set_size(entry, static_cast<la_int64_t>(item.content.size()));
    check(archive_write_header(handle, entry), handle);
    if (!item.content.empty()) archive_write_data(handle, item.content.data(), item.content.size());
    archive_entry_free(entry);
}

}  // namespace

Item directory(std::string path, unsigned mode) {
    return {.path = std::move(path), .type = archive::FileType::directory, .mode = mode};
}

Item symlink(std::string path, std::string target) {
    return {
        .path = std::move(path), .type = archive::FileType::symlink, .mode = 0777, .link = std::move(target)};
}

void make_tar(const std::filesystem::path& file, const std::vector<Item>& items, const std::string& filter) {
    // A pax archive holds names in UTF-8, for which libarchive has to know what ours are.
    const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    const locale_t before = uselocale(utf8);
    ::archive* handle = archive_write_new();
    check(archive_write_set_format_pax_restricted(handle), handle);
    if (!filter.empty()) check(archive_write_add_filter_by_name(handle, filter.c_str()), handle);
    check(archive_write_open_filename(handle, file.c_str()), handle);
    for (const auto& item : items)
        write_item(handle, item);
    check(archive_write_close(handle), handle);
    archive_write_free(handle);
    uselocale(before);
    freelocale(utf8);
}

void make_deb(const std::filesystem::path& file, const std::filesystem::path& data,
              const std::string& data_name) {
    ::archive* handle = archive_write_new();
    check(archive_write_set_format_ar_svr4(handle), handle);
    check(archive_write_set_bytes_in_last_block(handle, 1), handle);
    check(archive_write_open_filename(handle, file.c_str()), handle);
    write_item(handle, {.path = "debian-binary", .content = "2.0\n"});
    write_item(handle, {.path = "control.tar", .content = std::string(1024, '\0')});
    write_item(handle, {.path = data_name, .content = read_whole(data)});
    check(archive_write_close(handle), handle);
    archive_write_free(handle);
}

std::string read_whole(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace rpikit::test
