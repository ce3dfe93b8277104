// SPDX-License-Identifier: MIT
// verb: what a verb is told, declared once; parsing, help, completion and the specification all come from it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cli/exit.hpp"
#include "text/word.hpp"

namespace cli {

/// Takes one word of the command line; the answer is empty, or what is wrong with it.
using Take = std::function<std::string(std::string_view)>;

struct Option {
    std::string_view letter;  ///< "-p", or empty
    std::string_view name;    ///< "--priority"
    text::Word word;
    bool takes_value;
    const char* help;
    Take take;
};

struct Operand {
    const char* name;
    text::Word word;
    std::size_t least;
    std::size_t most;
    const char* help;
    Take take;
};

struct Example {
    const char* command;
    const char* says;
};

/// How a cell is shown in a table; JSON always carries the raw value.
enum class Kind {
    name,    ///< text chosen by anybody: escaped in the table; JSON adds KEY_base64, null when KEY is valid UTF-8
    text,    ///< text chosen by us
    number,  ///< right-aligned
    size,    ///< bytes: 8K in the table unless --bytes
    time,    ///< seconds since the epoch: local date and time in the table
    list,    ///< a JSON list; its length in the table
};

/// A column of a listing: declared once for the table, the JSON key and the manual.
struct Column {
    const char* heading;
    const char* key;
    Kind kind;
    const char* help;
    bool shown = true;  ///< without -o
};

/// A verb's declaration, bound to one set of its options.
struct Spec {
    std::vector<Option> options;
    std::vector<Operand> operands;
    std::vector<Example> examples;
    std::span<const Column> columns;
    std::vector<std::string>* command = nullptr;  ///< the words behind --, if the verb runs a command
    const char* command_help = nullptr;
    bool command_leads = false;  ///< the command is required and needs no --: it begins behind the operands
    std::function<Exit()> run;

    Spec() = default;
    Spec(const Spec&) = delete;
    Spec& operator=(const Spec&) = delete;
    virtual ~Spec() = default;
};

/// Binds words to the fields of T: the field's type is the parser. bool is a flag, std::optional remembers whether it
/// was given, std::vector takes every occurrence, anything else the last.
template <class T>
class Form {
public:
    Form(Spec& spec, T& options) : spec_(spec), options_(options) { spec_.options.reserve(24); }

    /// names: "-p,--priority" or "--type".
    template <class Field, class Owner>
    void option(std::string_view names, Field Owner::*field, const char* help) {
        const auto comma = names.find(',');
        const auto letter = comma == std::string_view::npos ? std::string_view{} : names.substr(0, comma);
        const auto name = comma == std::string_view::npos ? names : names.substr(comma + 1);
        spec_.options.push_back({letter, name, word<Field>(), !std::is_same_v<Field, bool>, help, taker(&(options_.*field))});
    }

    template <class Field, class Owner>
    void operand(const char* name, Field Owner::*field, const char* help) {
        spec_.operands.push_back({name, word<Field>(), 1, 1, help, taker(&(options_.*field))});
    }

    /// Any number from `least` on; must be the last operand.
    template <class Field, class Owner>
    void operands(const char* name, std::vector<Field> Owner::*field, std::size_t least, const char* help) {
        spec_.operands.push_back({name, word<Field>(), least, static_cast<std::size_t>(-1), help, taker(&(options_.*field))});
    }

    template <class Owner>
    void command(std::vector<std::string> Owner::*field, const char* help) {
        spec_.command = &(options_.*field);
        spec_.command_help = help;
    }

    /// A command that is what the verb is for: `run -t 5 ls -l` needs no --. Operands before it must be single ones.
    template <class Owner>
    void leading_command(std::vector<std::string> Owner::*field, const char* help) {
        command(field, help);
        spec_.command_leads = true;
    }

    void columns(std::span<const Column> columns) { spec_.columns = columns; }
    void example(const char* command, const char* says) { spec_.examples.push_back({command, says}); }

private:
    template <class Field>
    struct Inner {
        using type = Field;
    };
    template <class Field>
    struct Inner<std::optional<Field>> {
        using type = Field;
    };
    template <class Field>
    struct Inner<std::vector<Field>> {
        using type = Field;
    };

    template <class Field>
    static text::Word word() {
        if constexpr (std::is_same_v<Field, bool>) {
            return {""};
        } else {
            return text::word_of<typename Inner<Field>::type>();
        }
    }

    template <class Field>
    static Take taker(Field* field) {
        return [field](std::string_view given) -> std::string {
            if constexpr (std::is_same_v<Field, bool>) {
                *field = true;
            } else {
                using Parsed = typename Inner<Field>::type;
                auto value = text::parse<Parsed>(given);
                if (!value) return value.error();
                if constexpr (std::is_same_v<Field, std::vector<Parsed>>) {
                    field->push_back(std::move(*value));
                } else {
                    *field = std::move(*value);
                }
            }
            return {};
        };
    }

    Spec& spec_;
    T& options_;
};

/// A constant: nothing of it is built before it is chosen, so start-up pays for one verb only.
struct Verb {
    const char* name;
    const char* summary;
    std::unique_ptr<Spec> (*make)();
};

/// Declare names the options, Run does the work.
template <class T, void (*Declare)(Form<T>&), Exit (*Run)(const T&)>
constexpr Verb verb(const char* name, const char* summary) {
    return {name, summary, []() -> std::unique_ptr<Spec> {
                struct Bound : Spec {
                    T options;
                };
                auto bound = std::make_unique<Bound>();
                Form<T> form{*bound, bound->options};
                Declare(form);
                bound->run = [options = &bound->options] { return Run(*options); };
                return bound;
            }};
}

struct Tool {
    const char* name;
    const char* summary;
    std::vector<const Verb*> verbs;
    /// What is right instead of a command line that begins with no verb, for users of another tool; empty: not known. null: nobody knows.
    std::string (*meant)(std::span<char* const> words) = nullptr;
};

}  // namespace cli
