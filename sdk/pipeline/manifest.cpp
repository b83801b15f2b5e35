#include "sdk/pipeline/manifest.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sdk/host/file.hpp"

namespace rpikit::pipeline {

namespace {

using nlohmann::ordered_json;

constexpr int manifest_format = 1;

ordered_json partitions_json(const image::WrittenImage& image) {
    ordered_json partitions = ordered_json::array();
    for (const auto& partition : image.partitions) {
        partitions.push_back({{"name", partition.name},
                              {"filesystem", partition.filesystem},
                              {"offset", partition.offset},
                              {"size", partition.size},
                              {"partuuid", partition.partuuid},
                              {"uuid", partition.uuid}});
    }
    return partitions;
}

ordered_json files_json(const image::WrittenImage& image) {
    ordered_json files = ordered_json::array();
    for (const auto& file : image.files) {
        files.push_back({{"partition", file.partition},
                         {"path", file.path},
                         {"size", file.size},
                         {"sha256", file.sha256}});
    }
    return files;
}

std::vector<image::WrittenFile> files_from_json(const ordered_json& rows) {
    std::vector<image::WrittenFile> files;
    for (const auto& row : rows) {
        files.push_back({.partition = row.at("partition").get<std::string>(),
                         .path = row.at("path").get<std::string>(),
                         .size = row.at("size").get<std::uint64_t>(),
                         .sha256 = row.at("sha256").get<std::string>()});
    }
    return files;
}

Manifest manifest_from_json(const ordered_json& document) {
    const auto& kernel = document.at("kernel");
    const auto& image = document.at("image");
    return {.board = document.at("board").get<std::string>(),
            .release = kernel.at("release").get<std::string>(),
            .profile = kernel.at("profile").get<std::string>(),
            .inputs = document.at("inputs").get<std::map<std::string, std::string>>(),
            .config_sha256 = kernel.at("config_sha256").get<std::string>(),
            .requests = kernel.at("requests").get<std::map<std::string, std::string>>(),
            .modules = kernel.at("modules").get<std::vector<std::string>>(),
            .installed_modules = kernel.value("installed_modules", std::vector<std::string>()),
            .image = {.size = image.at("size").get<std::uint64_t>(),
                      .mapped = image.at("mapped").get<std::uint64_t>(),
                      .sha256 = image.at("sha256").get<std::string>(),
                      .partitions = {},
                      .files = files_from_json(document.at("files"))}};
}

}  // namespace

Result<> save_manifest(const std::filesystem::path& file, const Manifest& manifest) {
    const ordered_json document = {{"format", manifest_format},
                                   {"board", manifest.board},
                                   {"kernel",
                                    {{"release", manifest.release},
                                     {"profile", manifest.profile},
                                     {"config_sha256", manifest.config_sha256},
                                     {"requests", manifest.requests},
                                     {"modules", manifest.modules},
                                     {"installed_modules", manifest.installed_modules}}},
                                   {"inputs", manifest.inputs},
                                   {"image",
                                    {{"size", manifest.image.size},
                                     {"mapped", manifest.image.mapped},
                                     {"sha256", manifest.image.sha256},
                                     {"partitions", partitions_json(manifest.image)}}},
                                   {"files", files_json(manifest.image)}};
    // Names of files may be any bytes; JSON is UTF-8, so others are replaced rather than refused.
    return host::write_file(file,
                            document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + '\n');
}

Result<Manifest> load_manifest(const std::filesystem::path& file) {
    TRY_ASSIGN(const auto text, host::read_file(file, std::size_t{256} << 20));
    try {
        const auto document = ordered_json::parse(text);
        if (const auto format = document.at("format").get<int>(); format != manifest_format) {
            return fail({.message = fmt::format("{} has format {}, this program reads {}", file.string(),
                                                format, manifest_format)});
        }
        return manifest_from_json(document);
    } catch (const ordered_json::exception& exception) {
        return fail({.message = fmt::format("{} is not a manifest of rpi-kit", file.string()),
                     .causes = {exception.what()},
                     .hint = "build the board again"});
    }
}

}  // namespace rpikit::pipeline
