#include "sdk/cli/card_display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

constexpr auto between_drawings = std::chrono::milliseconds(100);
constexpr auto between_events = std::chrono::seconds(1);
/// How often a plain line tells of what has no known end.
constexpr std::uint64_t told_of_a_stream = std::uint64_t{256} << 20;  // bytes
/// Before that a speed says nothing.
constexpr double settled = 0.5;  // seconds

}  // namespace

std::string_view to_string(card::Phase phase) {
    switch (phase) {
        case card::Phase::write:
            return "write";
        case card::Phase::flush:
            return "flush";
        case card::Phase::verify:
            return "verify";
        case card::Phase::finish:
            break;
    }
    return "finish";
}

CardDisplay::CardDisplay(const Context& context, std::vector<std::string> names) : context_(&context) {
    for (auto& name : names)
        cards_.push_back({.name = std::move(name), .progress = {}, .phase_started = {}, .told = {}});
}

void CardDisplay::update(const card::CardProgress& progress) {
    auto& card = cards_.at(progress.card);
    const auto now = context_->host.clock.now();
    const bool new_phase = !card.begun || card.progress.phase != progress.phase;
    if (new_phase) card.phase_started = now;
    card.begun = true;
    card.progress = progress;
    if (context_->json) return json(card, new_phase);
    if (!context_->screen.interactive()) return plain(card, new_phase);
    if (!new_phase && shown_ && now - drawn_ < between_drawings) return;
    drawn_ = now;
    redraw();
}

void CardDisplay::finish() {
    if (!context_->json && context_->screen.interactive() && shown_) redraw();
}

double CardDisplay::bytes_per_second(const Card& card) const {
    const std::chrono::duration<double> elapsed = context_->host.clock.now() - card.phase_started;
    return elapsed.count() < settled ? 0 : static_cast<double>(card.progress.done) / elapsed.count();
}

std::string CardDisplay::line(const Card& card) const {
    const auto& [index, phase, done, total] = card.progress;
    if (!card.begun) return fmt::format("{}  waits", card.name);
    auto text = fmt::format("{}  {:<6}", card.name, to_string(phase));
    if (done == 0 && total == 0) text.erase(text.find_last_not_of(' ') + 1);
    if (total != 0) text += fmt::format("  {:3} %", std::min(done, total) * 100 / total);
    if (done != 0) text += "  " + format_size(done);
    if (done != 0 && total != 0) text += " of " + format_size(total);
    const auto speed = bytes_per_second(card);
    if (speed > 0) text += fmt::format("  {}/s", format_size(static_cast<std::uint64_t>(speed)));
    if (speed > 0 && total > done) {
        text += "  ETA " + format_duration(static_cast<double>(total - done) / speed);
    }
    return text;
}

void CardDisplay::redraw() {
    std::string text = shown_ ? fmt::format("\x1b[{}A", cards_.size()) : std::string();
    const auto columns = static_cast<std::size_t>(std::max(context_->screen.columns(), 20));
    for (const auto& card : cards_)
        text += "\r\x1b[K" + line(card).substr(0, columns - 1) + '\n';
    shown_ = true;
    context_->screen.write(text);
}

void CardDisplay::plain(Card& card, bool new_phase) {
    const auto& [index, phase, done, total] = card.progress;
    const auto tenths = total == 0 ? done / told_of_a_stream : std::min(done, total) * 10 / total;
    if (!new_phase && tenths <= card.tenths) return;
    card.tenths = tenths;
    context_->screen.write(line(card) + '\n');
}

void CardDisplay::json(Card& card, bool new_phase) {
    const auto now = context_->host.clock.now();
    const auto& [index, phase, done, total] = card.progress;
    const bool complete = total != 0 && done == total;
    if (!new_phase && !complete && now - card.told < between_events) return;
    card.told = now;
    const nlohmann::ordered_json event = {
        {"event", "progress"},
        {"device", card.name},
        {"phase", to_string(phase)},
        {"done", done},
        {"total", total},
        {"bytes_per_second", static_cast<std::uint64_t>(bytes_per_second(card))}};
    context_->out(json_text(event, -1));
}

}  // namespace rpikit::cli
