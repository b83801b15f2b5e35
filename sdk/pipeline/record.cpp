#include "sdk/pipeline/record.hpp"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "sdk/host/file.hpp"

namespace rpikit::pipeline {

namespace {

using nlohmann::json;

constexpr int record_format = 1;

Record record_from_json(const json& document) {
    Record record;
    for (const auto& input : document.at("inputs")) {
        record.inputs.add(input.at(0).get<std::string>(), input.at(1).get<std::string>());
    }
    record.outcome.summary = document.at("summary").get<std::string>();
    record.outcome.values = document.at("values").get<std::map<std::string, std::string>>();
    for (const auto& output : document.at("outputs")) {
        record.stamps.push_back({.path = output.at("path").get<std::string>(),
                                 .size = output.at("size").get<std::uint64_t>(),
                                 .modified = output.at("modified").get<std::int64_t>()});
        record.outcome.outputs.push_back(record.stamps.back().path);
    }
    return record;
}

}  // namespace

std::optional<Record> load_record(const std::filesystem::path& file) {
    const auto text = host::read_file(file);
    if (!text) return std::nullopt;
    try {
        const auto document = json::parse(*text);
        if (document.at("format").get<int>() != record_format) return std::nullopt;
        return record_from_json(document);
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

Result<> save_record(const std::filesystem::path& file, const Record& record) {
    json outputs = json::array();
    for (const auto& stamp : record.stamps) {
        outputs.push_back(
            {{"path", stamp.path.string()}, {"size", stamp.size}, {"modified", stamp.modified}});
    }
    const json document = {{"format", record_format},
                           {"inputs", record.inputs.inputs()},
                           {"summary", record.outcome.summary},
                           {"values", record.outcome.values},
                           {"outputs", outputs}};
    return host::write_file(file, document.dump(1, ' ', false, json::error_handler_t::replace) + '\n');
}

std::optional<OutputStamp> stamp_output(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    // A folder's size says nothing, and its time changes with unrelated files; that it is there is enough.
    if (S_ISDIR(status.st_mode)) return OutputStamp{.path = path};
    return OutputStamp{.path = path,
                       .size = static_cast<std::uint64_t>(status.st_size),
                       .modified = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace rpikit::pipeline
