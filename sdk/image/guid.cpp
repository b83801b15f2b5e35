#include "sdk/image/guid.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace rpikit::image {

std::string uuid_text(const Uuid& uuid) {
    std::string text;
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += fmt::format("{:02x}", uuid[i]);
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != form.size()) return std::nullopt;
    Uuid uuid{};
    std::size_t byte = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (form[i] == '-') {
            if (text[i++] != '-') return std::nullopt;
            continue;
        }
        const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, uuid.at(byte++), 16);
        if (error != std::errc{} || end != text.data() + i + 2) return std::nullopt;
        i += 2;
    }
    return uuid;
}

Uuid swap_guid(Uuid uuid) {
    std::swap(uuid[0], uuid[3]);
    std::swap(uuid[1], uuid[2]);
    std::swap(uuid[4], uuid[5]);
    std::swap(uuid[6], uuid[7]);
    return uuid;
}

}  // namespace rpikit::image
