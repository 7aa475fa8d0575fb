//! Signals: the first ends a fit with the best state it has, the second ends the program.

use crate::common::{Folder, document};
use serde_json::Value;
use std::fmt::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// So long may a fit take to end once it is asked.
const LIMIT: Duration = Duration::from_secs(2);
/// Far above what it takes on any machine: only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(100);

/// A fit of 12 000 rows whose E-step takes so many draws of each.
fn slow(draws: u64) -> Folder {
    let fit = format!("algorithm: MonteCarloEm(draws: {draws}), start: Rows, stop: (max_iterations: 100000)");
    clouds(2, &fit)
}

/// A fit of 12 000 rows by so many components.
fn clouds(components: usize, fit: &str) -> Folder {
    let mut text = "x,y\n".to_string();
    for row in 0..12_000 {
        let (cloud, t) = (f64::from(row % 2), f64::from(row));
        writeln!(text, "{},{}", 3.0 * cloud + (0.7 * t).sin(), (1.3 * t * t).sin()).unwrap();
    }
    let folder = Folder::new();
    folder.write("rows.csv", text);
    let model = format!("GaussianMixture(components: {components})");
    let spec = format!("(data: Csv(path: \"rows.csv\"), model: {model}, fit: ({fit}))");
    folder.write("spec.ron", spec);
    folder
}

fn begin(folder: &Folder, args: &[&str]) -> Child {
    let all = [&["fit", "spec.ron", "--json"], args].concat();
    folder.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits until the fit has left a file, which it does once it has a state.
fn until_there(folder: &Folder, child: &mut Child, name: &str) {
    while !folder.path(name).exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How an asked program came to its end.
struct Ended {
    /// From the signal on.
    elapsed: Duration,
    /// The processor time of all its threads from the signal on; none where the system does not tell.
    busy: Option<Duration>,
    left: (i32, String, String),
}

/// Sends a signal, and waits until the program has ended of itself.
fn end(mut child: Child, name: &str) -> Ended {
    let (asked, before) = (Instant::now(), used(&child));
    signal(&child, name);
    let mut after = before;
    while !has_ended(&mut child) {
        after = used(&child).or(after);
        assert!(asked.elapsed() < PATIENCE, "it goes on for ever");
        std::thread::sleep(Duration::from_millis(5));
    }
    let elapsed = asked.elapsed();
    // Of one that has ended and was not waited for, the system still tells.
    after = used(&child).or(after);
    let busy = after.zip(before).map(|(after, before)| after - before);
    Ended { elapsed, busy, left: texts(child.wait_with_output().unwrap()) }
}

/// State and processor time of a program, as the system tells.
#[cfg(target_os = "linux")]
fn told(child: &Child) -> Option<(char, Duration)> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // The name of the program, in brackets, may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    // A hundred ticks are a second to every program, whatever the kernel counts in.
    Some((fields.first()?.chars().next()?, Duration::from_millis(10 * ticks)))
}

#[cfg(target_os = "linux")]
fn used(child: &Child) -> Option<Duration> {
    told(child).map(|(_, used)| used)
}

#[cfg(target_os = "linux")]
fn has_ended(child: &mut Child) -> bool {
    told(child).is_none_or(|(state, _)| state == 'Z')
}

#[cfg(not(target_os = "linux"))]
fn used(_: &Child) -> Option<Duration> {
    None
}

#[cfg(not(target_os = "linux"))]
fn has_ended(child: &mut Child) -> bool {
    child.try_wait().unwrap().is_some()
}

/// Asserts that nothing but other programs kept it from ending within two seconds: a machine that is busy lets it wait,
/// but makes it do no more.
fn ends_in_time(ended: &Ended) {
    assert!(ended.busy.is_none_or(|busy| busy < LIMIT), "busy for {:?}", ended.busy);
}

fn texts(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().expect("no signal ends it"), text(output.stdout), text(output.stderr))
}

#[test]
fn the_first_signal_ends_a_fit_with_its_best_state() {
    first_signal(ends_in_time);
}

/// By the clock, which measures the machine as well: for one that has nothing else to do.
#[test]
#[ignore = "needs a machine that is not busy"]
fn the_first_signal_ends_a_fit_within_two_seconds_by_the_clock() {
    first_signal(|ended| assert!(ended.elapsed < LIMIT, "{:?}", ended.elapsed));
}

fn first_signal(in_time: fn(&Ended)) {
    for name in ["-INT", "-TERM"] {
        // A pass of some seconds, so that one which is not broken off is noticed.
        let folder = slow(600);
        // On one thread the time it is busy is the time it takes.
        let args = "--seed 3 --threads 1 --checkpoint c --checkpoint-every 0 -o f.ron";
        let mut child = begin(&folder, &args.split(' ').collect::<Vec<_>>());
        until_there(&folder, &mut child, "c");
        let ended = end(child, name);
        in_time(&ended);
        let (status, out, err) = ended.left;
        assert_eq!(status, 1, "{err}");
        let fit = document(&out);
        assert_eq!((&fit["converged"], &fit["stop"]["reason"]), (&Value::Bool(false), &"interrupted".into()));
        assert_eq!((&fit["iterations"], &fit["runs"][0]["stop"]["reason"]), (&0.into(), &"interrupted".into()));
        let told: Vec<&str> = err.lines().collect();
        assert_eq!(
            told,
            [
                "warning: 1 of 10 runs were begun before the fit had to end; give it more time, or resume it from a checkpoint",
                "warning: the fit was interrupted; its best run of 1 has done 0 iterations; resume it from a checkpoint, or fit again",
                "note: to go on where it stopped: em fit spec.ron --seed 3 --resume c",
            ]
        );
        let score = folder.json(&["score", "f.ron"]);
        assert_eq!(score["log_likelihood"], fit["log_likelihood"], "the fit is whole");
    }
}

#[test]
fn a_certificate_is_left_out_once_it_is_not_waited_for() {
    // Some hundred passes: many seconds.
    let folder = clouds(60, "start: Rows, restarts: 1, stop: (max_iterations: 1)");
    let mut child = begin(&folder, &["--certify", "--threads", "1", "--checkpoint", "c", "-o", "f.ron"]);
    let ended = || std::fs::read_to_string(folder.path("c")).is_ok_and(|c| c.contains("reason: \"max_iterations\""));
    while !ended() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = end(child, "-INT");
    ends_in_time(&ended);
    let (status, out, err) = ended.left;
    let fit = document(&out);
    assert_eq!((status, &fit["iterations"]), (1, &1.into()), "{err}");
    assert_eq!(fit["certificate"], Value::Null);
    assert!(folder.read("f.ron").contains("left_out: Some(\"it was interrupted\")"));
}

/// Waits until the program catches interrupts, as the system tells.
#[cfg(target_os = "linux")]
fn until_it_catches(child: &Child) {
    let catches = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        u64::from_str_radix(mask, 16).unwrap() & 2 != 0
    };
    while !catches() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_second_signal_ends_the_program() {
    // A block takes for ever, so that the first signal cannot.
    let folder = slow(u64::from(u32::MAX));
    // One that comes before the first block ends the fit; then it was too early.
    let ended = [300, 2000, 10_000].map(Duration::from_millis).into_iter().map(|patience| {
        let mut child = begin(&folder, &["-o", "f.ron"]);
        until_it_catches(&child);
        std::thread::sleep(patience);
        // Two that come at once are one to the system.
        while child.try_wait().unwrap().is_none() {
            signal(&child, "-INT");
            std::thread::sleep(Duration::from_millis(50));
        }
        texts(child.wait_with_output().unwrap())
    });
    let (status, out, err) = ended.into_iter().find(|(status, ..)| *status != 3).expect("a block is begun in time");
    assert_eq!((status, out.as_str(), err.as_str()), (130, "", ""));
    assert!(!folder.path("f.ron").exists());
}

/// A table of what there is by then: also of commands that fit one thing after the other.
#[cfg(target_os = "linux")]
#[test]
fn the_first_signal_ends_a_selection_and_a_comparison_with_what_they_have() {
    let folder = slow(600);
    let text = folder.read("spec.ron").replacen(", fit:", ", sweep: (components: [1, 2, 3]), fit:", 1);
    folder.write("spec.ron", text);
    for (command, things) in [("select", "3 candidates"), ("bench", "12 algorithms")] {
        let end = |patience: Duration| {
            let mut command = folder.command(&[command, "spec.ron", "--json"]);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            until_it_catches(&child);
            std::thread::sleep(patience);
            signal(&child, "-INT");
            // It goes on for ever unless it is told, so that the end itself is what is tested.
            texts(child.wait_with_output().unwrap())
        };
        // One that comes before the first state of the first fit leaves nothing to tell.
        let mut ended = [300, 2000, 10_000].map(Duration::from_millis).into_iter().map(end);
        let (status, out, err) = ended.find(|(status, ..)| *status != 3).expect("a state is reached in time");
        assert_eq!(status, 1, "{err}");
        let rows = document(&out).as_array().unwrap().len();
        let wanted = format!("note: interrupted; {rows} of {things} were begun, and the last of them may not be done");
        assert_eq!(err.lines().last(), Some(wanted.as_str()));
    }
}
