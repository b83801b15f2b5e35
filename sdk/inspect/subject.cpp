#include <fmt/format.h>

#include "sdk/archive/deb_contents.hpp"
#include "sdk/archive/initramfs.hpp"
#include "sdk/inspect/difference.hpp"
#include "sdk/inspect/disk.hpp"
#include "sdk/inspect/reports.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::inspect {

namespace {

using Files = std::map<std::string, FileState>;

void add_member(Files& files, const std::string& prefix, const archive::Member& member) {
    FileState state{.size = member.size, .digest = member.sha256, .mode = member.mode};
    switch (member.type) {
        case archive::FileType::directory:
            return;
        case archive::FileType::symlink:
            state.digest = "-> " + member.target;
            break;
        case archive::FileType::regular:
            if (!member.hard_link.empty()) state.digest += "= " + member.hard_link;
            break;
        default:
            state.digest = fmt::format("device {}:{}", member.device_major, member.device_minor);
    }
    files[prefix + member.path] = std::move(state);
}

Result<Files> files_of_initramfs(const Opened& opened, const Options& options) {
    TRY_ASSIGN(const auto parts, archive::list_initramfs(opened.bytes, options.limits, true));
    Files files;
    for (const auto& part : parts) {
        for (const auto& member : part.members)
            add_member(files, "", member);
    }
    return files;
}

Result<Files> files_of_package(const Opened& opened, const Options& options) {
    TRY_ASSIGN(const auto members, archive::list_deb(opened.path, options.limits, true));
    Files files;
    for (const auto& member : members)
        add_member(files, "", member);
    return files;
}

Result<Files> files_of_image(const Opened& opened, const Options& options) {
    TRY_ASSIGN(const auto volumes, read_volumes(opened.path));
    Files files;
    for (const auto& volume : volumes) {
        if (!volume.readable()) continue;
        TRY_ASSIGN(auto members, list_volume(opened.path, volume, options.limits));
        for (auto& member : members) {
            if (member.type == archive::FileType::regular) {
                TRY_ASSIGN(const auto content,
                           read_volume_file(opened.path, volume, member.path, options.limits.bytes));
                member.sha256 = sha256(content);
            }
            add_member(files, fmt::format("{}:/", volume.partition.number), member);
        }
    }
    return files;
}

/// The facts that are one text or a list of texts.
std::map<std::string, std::string> plain_facts(const Report& report) {
    std::map<std::string, std::string> facts;
    for (const auto& fact : report.facts) {
        if (const auto* text = std::get_if<std::string>(&fact.value)) {
            facts[fact.name] = *text;
        } else if (const auto* number = std::get_if<std::uint64_t>(&fact.value)) {
            facts[fact.name] = fmt::format("{}", *number);
        } else if (const auto* list = std::get_if<std::vector<std::string>>(&fact.value)) {
            facts[fact.name] = join(*list, ", ");
        }
    }
    return facts;
}

/// Facts of a list of rows, each under its row's number: "partitions[1] size".
void add_row_facts(const Report& report, std::map<std::string, std::string>& facts) {
    for (const auto& fact : report.facts) {
        const auto* rows = std::get_if<std::vector<std::vector<Fact>>>(&fact.value);
        if (rows == nullptr) continue;
        for (std::size_t i = 0; i < rows->size(); ++i) {
            for (auto& [name, value] : plain_facts({.kind = {}, .facts = (*rows)[i], .files = {}}))
                facts[fmt::format("{}[{}] {}", fact.name, i + 1, name)] = value;
        }
    }
}

Result<std::optional<Files>> files_of(const Opened& opened, const Options& options) {
    switch (opened.kind) {
        case Kind::initramfs:
            return files_of_initramfs(opened, options);
        case Kind::package:
            return files_of_package(opened, options);
        case Kind::disk_image:
            return files_of_image(opened, options);
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<Subject> read_subject(const std::filesystem::path& file, const Options& options) {
    TRY_ASSIGN(const auto opened, open_any(file, options.limits));
    TRY_ASSIGN(const auto report, make_report(opened, options));
    Subject subject{.kind = report.kind, .facts = plain_facts(report)};
    add_row_facts(report, subject.facts);
    TRY_ASSIGN(subject.digest, sha256_file(file));
    TRY_ASSIGN(subject.files, files_of(opened, options));
    // What holds no configuration, or one that is not readable, is compared without.
    if (const auto config = read_config(file, options)) {
        if (auto symbols = read_symbols(*config)) subject.symbols = std::move(*symbols);
    }
    return subject;
}

}  // namespace rpikit::inspect
