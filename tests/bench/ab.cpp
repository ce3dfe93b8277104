// SPDX-License-Identifier: MIT
// ab - time commands side by side: rotated rounds, ratios taken round by round, one Markdown table per job file.
//
//     bench_ab [-r ROUNDS] JOBFILE...
//
// A job file has lines `name | command`; the first is the base of all ratios. Other lines are `# comment` or settings:
//
//     %runs N          runs of each command per round (1), one after the other: no neighbour warms or cools them
//     %shell           the commands below are run by `bash -e -o pipefail -c`; before it they are started directly with
//                      posix_spawn: words are split at blanks, nothing is quoted, ` && ` starts the next program
//     %prelude TEXT    put before every %shell command
//     %needs COMMAND   the next command is skipped, by name, if COMMAND fails (a direct command also if not in PATH)
//     %check COMMAND   every command below must print exactly what COMMAND prints; looked at once, untimed
//     %before COMMAND  run once before all others; %after COMMAND: run once at the end, also after a failure
//
// A command that fails, prints something else or hangs ends everything with status 1.
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using Program = std::vector<std::string>;  // path, then argv

constexpr int patience_ms = 120'000;  // a receiver whose sender died waits for ever

struct Sample {
    double wall = 0, cpu = 0;  // seconds
};

struct Candidate {
    std::string name;
    std::vector<Program> programs;  // run one after another; empty: not installed
    std::optional<std::string> check;
    std::vector<Sample> rounds;
};

struct Job {
    std::string title, after;
    int runs = 1;
    std::vector<Candidate> candidates;
};

[[noreturn]] void fail(std::string_view what) { throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno))); }

double now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// The path is found once, so that the timed exec does not try every directory of PATH.
std::optional<std::string> find_program(const std::string& word) {
    if (word.find('/') != word.npos) return access(word.c_str(), X_OK) == 0 ? std::optional(word) : std::nullopt;
    std::istringstream path(std::getenv("PATH") ? std::getenv("PATH") : "/usr/bin:/bin");
    for (std::string folder; std::getline(path, folder, ':');)
        if (access((folder + "/" + word).c_str(), X_OK) == 0) return folder + "/" + word;
    return std::nullopt;
}

std::vector<Program> direct(const std::string& command) {
    std::vector<Program> programs(1);
    std::istringstream words(command);
    for (std::string word; words >> word;) {
        if (word == "&&") {
            programs.emplace_back();
        } else {
            if (programs.back().empty()) {
                const auto path = find_program(word);
                if (!path) return {};
                programs.back().push_back(*path);
            }
            programs.back().push_back(word);
        }
    }
    return programs;
}

std::vector<Program> shell(const std::string& script) {
    const auto bash = find_program("bash");
    if (!bash) throw std::runtime_error("bash is not installed");
    return {{*bash, "bash", "-e", "-o", "pipefail", "-c", script}};
}

/// Runs one program in its own process group and adds its time; throws unless its status is 0.
void run(const Program& program, int out, Sample& sample) {
    std::vector<char*> argv;
    for (auto word = program.begin() + 1; word != program.end(); ++word) argv.push_back(const_cast<char*>(word->c_str()));
    argv.push_back(nullptr);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

    const double start = now();
    pid_t pid = 0;
    errno = posix_spawn(&pid, program[0].c_str(), &files, &attributes, argv.data(), environ);
    if (errno) fail(program[0]);
    pollfd end{static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0};
    if (end.fd < 0) fail("pidfd_open");
    const bool hung = poll(&end, 1, patience_ms) != 1;
    if (hung) kill(-pid, SIGKILL);
    int status = 0;
    rusage usage{};
    if (wait4(pid, &status, 0, &usage) != pid) fail("wait4");
    sample.wall += now() - start;

    for (const timeval& t : {usage.ru_utime, usage.ru_stime}) sample.cpu += static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    close(end.fd);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (hung) throw std::runtime_error(fmt::format("no end after {} s", patience_ms / 1000));
    if (WIFSIGNALED(status)) throw std::runtime_error(fmt::format("{}: signal {}", program[0], WTERMSIG(status)));
    if (status) throw std::runtime_error(fmt::format("{}: status {}", program[0], WEXITSTATUS(status)));
}

Sample run(const std::vector<Program>& programs, int out) {
    Sample sample;
    for (const auto& program : programs) run(program, out, sample);
    return sample;
}

std::string output_of(const std::vector<Program>& programs) {
    const int memory = memfd_create("output", MFD_CLOEXEC);
    if (memory < 0) fail("memfd_create");
    run(programs, memory);
    std::string text(static_cast<std::size_t>(lseek(memory, 0, SEEK_END)), '\0');
    for (std::size_t done = 0; done < text.size();) {
        const auto n = pread(memory, text.data() + done, text.size() - done, static_cast<off_t>(done));
        if (n <= 0) fail("pread");
        done += static_cast<std::size_t>(n);
    }
    close(memory);
    return text;
}

bool works(const std::string& command) {
    try {
        output_of(shell("exec 2>/dev/null; " + command));
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

/// Runs %before and %check as it meets them: the file is a story told from top to bottom.
void read_job(const std::string& path, Job& job) {
    std::ifstream file(path);
    if (!file) fail("cannot be read");
    job.title = path.substr(path.rfind('/') + 1);
    job.title = job.title.substr(0, job.title.rfind('.'));
    std::string prelude;
    std::optional<std::string> check;
    bool in_shell = false, installed = true;

    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty() || line[0] == '#') continue;
        const auto wrong = [&] { return std::runtime_error(fmt::format("line {}: not understood: {}", number, line)); };
        if (line[0] == '%') {
            const auto blank = line.find(' ');
            const std::string word = line.substr(1, blank - 1);
            const std::string value = blank == line.npos ? "" : line.substr(blank + 1);
            if (word == "runs")
                job.runs = std::atoi(value.c_str());
            else if (word == "shell")
                in_shell = true;
            else if (word == "prelude")
                prelude += value + "\n";
            else if (word == "needs")
                installed = works(value);
            else if (word == "check")
                check = output_of(shell(value));
            else if (word == "before")
                run(shell(value), STDERR_FILENO);
            else if (word == "after")
                job.after = value;
            else
                throw wrong();
            continue;
        }
        const auto bar = line.find(" | ");
        if (bar == line.npos) throw wrong();
        const std::string command = line.substr(bar + 3);
        auto programs = !installed ? std::vector<Program>{} : in_shell ? shell(prelude + command) : direct(command);
        job.candidates.push_back({line.substr(0, line.find_last_not_of(' ', bar) + 1), std::move(programs), check, {}});
        installed = true;
    }
    if (job.runs < 1 || job.candidates.empty()) throw std::runtime_error("no runs or no commands");
}

/// One run of each, outside the timed part: it must succeed and print what it should.
void check(const std::vector<Candidate>& candidates) {
    for (const auto& candidate : candidates) {
        try {
            const std::string got = output_of(candidate.programs);
            if (candidate.check && got != *candidate.check)
                throw std::runtime_error(fmt::format("printed {} bytes, not the {} expected ones", got.size(), candidate.check->size()));
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(fmt::format("{}: {}", candidate.name, error.what()));
        }
    }
}

/// Linear between the two nearest values; `part` is 0 to 1.
double quantile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    const double place = part * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(place), high = std::min(low + 1, values.size() - 1);
    return std::lerp(values[low], values[high], place - static_cast<double>(low));
}

template <class Get>
double quantile_of(const std::vector<Sample>& samples, double part, Get get) {
    std::vector<double> values;
    for (const auto& sample : samples) values.push_back(get(sample));
    return quantile(std::move(values), part);
}

constexpr auto wall = [](const Sample& sample) { return sample.wall; };
constexpr auto cpu = [](const Sample& sample) { return sample.cpu; };

/// One round's figure is the median of its runs; CPU is their mean, because the kernel counts it in coarse steps.
Sample one_round(const Candidate& candidate, int runs, int out) {
    std::vector<Sample> samples;
    double total = 0;
    for (int i = 0; i < runs; ++i) {
        try {
            samples.push_back(run(candidate.programs, out));
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(fmt::format("{}: {}", candidate.name, error.what()));
        }
        total += samples.back().cpu;
    }
    return {quantile_of(samples, 0.5, wall), total / runs};
}

void measure(std::vector<Candidate>& candidates, int runs, int rounds) {
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0) fail("/dev/null");
    const auto count = candidates.size();
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            // Another one starts each round, and odd rounds go backwards: nobody always follows the same neighbour.
            const auto place = (static_cast<std::size_t>(round) + i) % count;
            auto& candidate = candidates[round % 2 ? count - 1 - place : place];
            const Sample sample = one_round(candidate, runs, null);
            if (round > 0) candidate.rounds.push_back(sample);
        }
    }
    close(null);
}

std::string spell(double seconds) { return seconds < 0.01 ? fmt::format("{:.0f} us", seconds * 1e6) : fmt::format("{:.1f} ms", seconds * 1e3); }

void print(const Job& job, const std::vector<Candidate>& candidates, int rounds) {
    fmt::print("\n### {} ({} rounds x {})\n\n", job.title, rounds - 1, job.runs);
    fmt::print("| command | time | CPU | time ratio | p10-p90 |\n| --- | ---: | ---: | ---: | ---: |\n");
    const auto& base = candidates.front().rounds;
    for (const auto& [name, programs, check, rows] : candidates) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < rows.size(); ++i) ratios.push_back(rows[i].wall / base[i].wall);
        fmt::print("| {} | {} | {} | {:.2f} | {:.2f}-{:.2f} |\n", name, spell(quantile_of(rows, 0.5, wall)), spell(quantile_of(rows, 0.5, cpu)),
                   quantile(ratios, 0.5), quantile(ratios, 0.1), quantile(ratios, 0.9));
    }
}

void run_job(Job& job, const std::string& path, int rounds) {
    read_job(path, job);
    std::vector<Candidate> installed;
    std::string skipped;
    for (const auto& candidate : job.candidates) {
        if (!candidate.programs.empty())
            installed.push_back(candidate);
        else
            skipped += (skipped.empty() ? "" : ", ") + candidate.name;
    }
    if (job.candidates.front().programs.empty()) throw std::runtime_error("the base is not installed");
    check(installed);
    measure(installed, job.runs, rounds);
    print(job, installed, rounds);
    if (!skipped.empty()) fmt::print("\nNot installed: {}.\n", skipped);
    std::fflush(stdout);
}

int main(int argc, char** argv) {
    int rounds = 9;
    for (int option; (option = getopt(argc, argv, "r:")) != -1;) {
        if (option != 'r' || (rounds = std::atoi(optarg)) < 2) {
            fmt::print(stderr, "usage: bench_ab [-r ROUNDS (2 or more)] JOBFILE...\n");
            return 2;
        }
    }
    if (!std::freopen("/dev/null", "r", stdin)) return 1;

    utsname machine{};
    uname(&machine);
    fmt::print("{} {} {}, {} CPUs, {} rounds of which the first is discarded\n", machine.sysname, machine.release, machine.machine,
               sysconf(_SC_NPROCESSORS_ONLN), rounds);
    for (int i = optind; i < argc; ++i) {
        Job job;
        int status = 0;
        try {
            run_job(job, argv[i], rounds);
        } catch (const std::exception& error) {
            fmt::print(stderr, "bench_ab: {}: {}\n", argv[i], error.what());
            status = 1;
        }
        if (!job.after.empty() && !works(job.after)) fmt::print(stderr, "bench_ab: {}: %after failed\n", argv[i]);
        if (status) return status;
    }
}
