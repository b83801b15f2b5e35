#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <tuple>

#include "sdk/devices/build_graph.hpp"
#include "sdk/devices/headers.hpp"
#include "sdk/devices/index.hpp"
#include "sdk/devices/index_format.hpp"
#include "sdk/devices/platforms.hpp"
#include "sdk/devices/source_scan.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/kernel/make.hpp"
#include "sdk/support/sha256.hpp"

namespace rpikit::devices {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_source = std::size_t{64} << 20;  // register lists of GPUs have some MiB
constexpr unsigned most_threads = 8;                           // more wait for each other in the page cache

/// The C files below some folders, from the tree's top, sorted.
std::vector<std::string> c_files(const fs::path& root, const std::vector<std::string>& folders) {
    std::vector<std::string> files;
    const auto skip = root.string().size() + 1;
    for (const auto& folder : folders) {
        std::error_code error;
        fs::recursive_directory_iterator entry(root / folder, error);
        for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
            const auto& name = entry->path().native();
            if (name.ends_with(".c")) files.push_back(name.substr(skip));
        }
    }
    std::ranges::sort(files);
    return files;
}

/// A whole file into a buffer that is used again; what cannot be read is passed over as empty.
std::string_view read_into(const fs::path& file, std::string& buffer) {
    const host::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!descriptor.valid() || fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    const auto size = std::min(static_cast<std::size_t>(status.st_size), largest_source);
    if (buffer.size() < size) buffer.resize(size);
    std::size_t done = 0;
    while (done < size) {
        const auto count = ::read(descriptor.get(), buffer.data() + done, size - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    return std::string_view(buffer).substr(0, done);
}

using Mentions = std::vector<std::vector<Mention>>;

/// The mentions of each file, in the files' order.
Mentions scan_files(const fs::path& root, const std::vector<std::string>& files) {
    Mentions mentions(files.size());
    const Headers headers(root);
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        std::string buffer;
        for (auto at = next++; at < files.size(); at = next++) {
            const auto text = read_into(root / files[at], buffer);
            const auto folder = std::string_view(files[at]).substr(0, files[at].rfind('/'));
            mentions[at] = scan_source(text, folder, headers);
        }
    };
    std::vector<std::jthread> threads;
    const auto count = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
    for (unsigned i = 1; i < count; ++i)
        threads.emplace_back(work);
    work();
    threads.clear();
    return mentions;
}

std::string write_ways(const Ways& ways) {
    std::string text;
    for (std::size_t i = 0; i < ways.size(); ++i)
        text += fmt::format("{}{}", i > 0 ? "|" : "", fmt::join(ways[i], " "));
    return text;
}

std::string source_line(const BuildGraph& graph, const std::string& source) {
    const auto found = graph.objects.find(source.substr(0, source.rfind('.')));
    return fmt::format("s {}\t{}\n", source,
                       found == graph.objects.end() ? std::string(never_built) : write_ways(found->second));
}

std::string compose(const std::string& identity, const std::vector<std::string>& files, const Mentions& found,
                    const BuildGraph& graph, const std::map<std::string, Conditions>& platforms) {
    std::string text = fmt::format("{}\n{}\n", index_header, identity);
    std::vector<std::tuple<Bus, std::string_view, Evidence, std::size_t, int>> rows;
    for (const auto& [folder, ways] : graph.folders)
        if (!ways.empty() && !ways.front().empty())
            text += fmt::format("f {}\t{}\n", folder, write_ways(ways));
    std::size_t sources = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (found[i].empty()) continue;
        text += source_line(graph, files[i]);
        for (const auto& each : found[i])
            rows.emplace_back(each.bus, each.key, each.evidence, sources, each.line);
        ++sources;
    }
    std::ranges::sort(rows);
    for (const auto& [bus, key, evidence, source, line] : rows)
        text += fmt::format("m {} {} {} {} {}\n", to_string(bus), to_string(evidence), source, line, key);
    for (const auto& [compatible, symbols] : platforms)
        text += fmt::format("p {}\t{}\n", compatible, fmt::join(symbols, " "));
    return text + index_end(text);
}

std::string identity_line(const std::string& identity, const std::string& arch) {
    return kernel::source_architecture(arch) + ' ' + sha256(identity);
}

}  // namespace

Result<Index> Index::build(const fs::path& root, const std::string& identity, const std::string& arch) {
    const auto folder = kernel::source_architecture(arch);
    const std::vector<std::string> folders = {"arch/" + folder, "drivers", "net", "sound"};
    std::error_code ignored;
    for (const auto& each : {folders[0], folders[1]}) {
        if (fs::is_directory(root / each, ignored)) continue;
        return fail({.message = fmt::format("{} has no folder {}: it is no kernel tree for {}", root.string(),
                                            each, arch)});
    }
    const auto files = c_files(root, folders);
    BuildGraph graph;
    std::map<std::string, Conditions> platforms;
    Mentions mentions;
    {
        const std::jthread other([&] {
            graph = read_build_graph(root, folder, folders);
            platforms = read_platforms(root, folder);
        });
        mentions = scan_files(root, files);
    }
    return parse(compose(identity_line(identity, arch), files, mentions, graph, platforms));
}

Result<Index> open_index(const host::Host& host, const source::SourceTree& tree, const std::string& arch) {
    constexpr std::size_t largest_index = std::size_t{256} << 20;
    const auto identity = identity_line(tree.identity, arch);
    const auto folder = host.cache / "store/devices";
    const auto name = kernel::source_architecture(arch) + '-' + sha256(tree.identity);
    const auto file = folder / (name + ".index");
    const auto kept = [&]() -> std::optional<Index> {
        auto text = host::read_file(file, largest_index);
        if (!text) return std::nullopt;
        auto index = Index::parse(*std::move(text));
        if (!index || index->identity() != identity) return std::nullopt;
        return *std::move(index);
    };
    if (auto index = kept()) return *std::move(index);
    TRY(host::make_directories(folder));
    TRY_ASSIGN(const auto lock, host::LockFile::acquire(folder / (name + ".lock"), host.stop, [&] {
                   host.note("waiting for another rpi-kit that reads the same kernel source");
               }));
    if (auto index = kept()) return *std::move(index);
    TRY_ASSIGN(auto index, Index::build(tree.root, tree.identity, arch));
    TRY(host::write_file(file, index.text()));
    return index;
}

}  // namespace rpikit::devices
