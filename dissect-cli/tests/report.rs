//! `report`: the page as a file. What it does in a browser is tested in `browser/`.

#[path = "common/program.rs"]
mod program;

use fixtures::pcap::{Options, write};
use fixtures::scenes::{self, named_story};
use serde_json::Value;

use program::{RECORDED, dir, run};

/// The page of some captures, and how the program ended.
fn page(files: &[&str]) -> (String, i32) {
    let output = run(&[&["report", "-o", "-"], files].concat());
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

/// What is inside the page.
fn data(page: &str) -> Value {
    let begin = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = page.split_once(begin).expect("the page has data");
    let (json, _) = rest.split_once("</script>").expect("they end");
    serde_json::from_str(json).expect("they are JSON")
}

fn length(value: &Value) -> usize {
    value.as_array().expect("a list").len()
}

#[test]
fn it_has_every_event_and_finding() {
    let (page, status) = page(&[RECORDED]);
    assert_eq!(status, 0);
    let data = data(&page);
    let events = run(&["events", RECORDED]);
    let rows = String::from_utf8(events.stdout).unwrap().lines().count();
    assert_eq!(length(&data["events"]["time"]) - requests(&data), rows);
    let check = run(&["check", "--format", "json", RECORDED]);
    let check: Value = serde_json::from_slice(&check.stdout).unwrap();
    let findings = data["findings"].as_array().unwrap();
    let said = check["findings"].as_array().unwrap();
    assert_eq!(findings.len(), said.len());
    assert!(!findings.is_empty());
    let frames: Vec<i64> = sums(&data["events"]["frame"]);
    let starts = starts(&data["inodes"]["events"]);
    for (finding, said) in findings.iter().zip(said) {
        let rule = &data["rules"][finding["rule"].as_u64().unwrap() as usize];
        assert_eq!(rule["code"], said["code"]);
        for same in ["severity", "certainty", "frame", "ino", "path"] {
            assert_eq!(finding[same], said[same], "{same}");
        }
        // It leads to the message that gave rise to it.
        let inode = finding["inode"].as_u64().unwrap() as usize;
        assert_eq!(data["inodes"]["ino"][inode], finding["ino"]);
        let event = starts[inode] + finding["entry"].as_u64().unwrap() as usize;
        assert_eq!(frames[event], finding["frame"].as_i64().unwrap());
    }
}

/// Rows that are requests and replies, not events to caps.
fn requests(data: &Value) -> usize {
    let counts = data["inodes"]["requests"].as_array().unwrap().iter();
    counts.map(|n| n.as_u64().unwrap() as usize).sum()
}

/// The values of a column that has differences.
fn sums(column: &Value) -> Vec<i64> {
    let steps = column.as_array().unwrap().iter().map(|step| step.as_i64().unwrap());
    steps
        .scan(0, |sum, step| {
            *sum += step;
            Some(*sum)
        })
        .collect()
}

/// Where the rows of each begin.
fn starts(counts: &Value) -> Vec<usize> {
    let counts = counts.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize);
    counts
        .scan(0, |sum, n| {
            let at = *sum;
            *sum += n;
            Some(at)
        })
        .collect()
}

#[test]
fn columns_are_of_one_length_in_every_story() {
    let dir = dir("columns");
    for story in scenes::all() {
        let path = dir.join(story.name);
        std::fs::write(&path, write(&story.story().packets, &Options::default())).unwrap();
        let (page, status) = page(&[path.to_str().unwrap()]);
        assert_eq!(status, 0, "{}", story.name);
        let data = data(&page);
        assert_eq!(length(&data["findings"]), story.finds.len(), "{}", story.name);
        for (table, dense) in [
            ("inodes", &["ino", "path", "lanes", "events", "requests", "migrations"][..]),
            ("lanes", &["client", "server", "spans"]),
            ("spans", &["time", "kind", "cap", "caps", "cause"]),
            (
                "events",
                &["time", "frame", "conn", "lane", "what", "source", "way", "cap", "seq", "caps"],
            ),
            ("migrations", &["state", "export", "import", "to"]),
            ("notes", &["time", "frame", "client", "server", "text", "grave"]),
        ] {
            let columns = &data[table];
            let lengths: Vec<_> = dense.iter().map(|name| length(&columns[*name])).collect();
            assert!(lengths.iter().all(|n| *n == lengths[0]), "{} {table} {lengths:?}", story.name);
        }
        let sum = |table: &str, column: &str| -> usize {
            let counts = data[table][column].as_array().unwrap().iter();
            counts.map(|n| n.as_u64().unwrap() as usize).sum()
        };
        assert_eq!(sum("inodes", "lanes"), length(&data["lanes"]["client"]), "{}", story.name);
        assert_eq!(sum("inodes", "events"), length(&data["events"]["time"]), "{}", story.name);
        assert_eq!(sum("lanes", "spans"), length(&data["spans"]["time"]), "{}", story.name);
        let gaps = story.name == "gap-at-importer";
        assert!(!gaps || length(&data["gaps"]) > 0, "what was not read is shown");
    }
}

#[test]
fn the_same_capture_makes_the_same_page() {
    assert_eq!(page(&[RECORDED]).0, page(&[RECORDED]).0);
}

#[test]
fn it_asks_nobody_for_anything() {
    let (page, _) = page(&[RECORDED]);
    let lower = page.to_lowercase();
    let (frame, _) = lower.split_once("<style>").unwrap();
    assert!(frame.contains("default-src &#39;none&#39;"), "{frame}");
    for outside in
        ["src=", "@import", "url(", "fetch(", "xmlhttprequest", "websocket", "unsafe-inline"]
    {
        assert!(!lower.contains(outside), "{outside}");
    }
    // Addresses occur in the names of namespaces, not as something to load.
    assert!(!lower.replace("http://www.w3.org/2000/svg", "").contains("href=\"http"));
}

#[test]
fn names_that_look_like_markup_stay_names() {
    let dir = dir("hostile");
    let name = "<img src=x onerror=alert(1)>&amp;'\".pcap";
    let path = dir.join(name);
    let packets = named_story("names-of-markup").story().packets;
    std::fs::write(&path, write(&packets, &Options::default())).unwrap();
    let (page, status) = page(&[path.to_str().unwrap()]);
    assert_eq!(status, 0);
    for element in ["<img", "<svg onload", "<b>", "<script>alert"] {
        assert!(!page.contains(element), "a name became an element: {element}");
    }
    let data = data(&page);
    assert_eq!(data["files"][0]["name"], name);
    let (client, path) = (&data["clients"][0]["said"], &data["findings"][0]["path"]);
    assert!(client.as_str().unwrap().contains("<script>alert(1)</script>"), "{client}");
    assert!(path.as_str().unwrap().contains("<svg onload=alert(3)>"), "{path}");
    // The data and the page's own; three would be one too many.
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
}

#[test]
fn a_capture_is_never_overwritten() {
    let dir = dir("overwrite");
    let path = dir.join("a.pcap");
    let bytes = write(&named_story("migration-v2").story().packets, &Options::default());
    std::fs::write(&path, &bytes).unwrap();
    let link = dir.join("link.html");
    std::fs::hard_link(&path, &link).unwrap();
    for output in [&path, &link, &dir.join(".").join("a.pcap")] {
        let (input, output) = (path.to_str().unwrap(), output.to_str().unwrap());
        let ended = run(&["report", input, "-o", output]);
        assert_eq!(ended.status.code(), Some(2), "{output}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("not overwritten"));
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn the_status_is_that_of_the_other_commands() {
    let dir = dir("status");
    let out = dir.join("a.html");
    let out = out.to_str().unwrap();
    assert_eq!(run(&["report", RECORDED, "-o", out]).status.code(), Some(0));
    let missing = dir.join("missing.pcap");
    let ended = run(&["report", missing.to_str().unwrap(), "-o", out]);
    // There is a page all the same, and it says so.
    assert_eq!(ended.status.code(), Some(2));
    let data = data(&std::fs::read_to_string(out).unwrap());
    assert_eq!(length(&data["missed"]["faults"]), 1);
    // Where the capture lay is nobody's business.
    let fault = data["missed"]["faults"][0].as_str().unwrap();
    assert!(fault.starts_with("missing.pcap: "), "{fault}");
    // Nor there.
    let ended = run(&["report", RECORDED, RECORDED, "-o", "-"]);
    let data = self::data(std::str::from_utf8(&ended.stdout).unwrap());
    let order = data["missed"]["faults"][0].as_str().unwrap();
    assert!(order.starts_with("order: crc-importer-crash.pcapng has the times"), "{order}");
    assert!(order.contains("packets of crc-importer-crash.pcapng: give it"), "{order}");
    let nowhere = dir.join("no").join("a.html");
    assert_eq!(run(&["report", RECORDED, "-o", nowhere.to_str().unwrap()]).status.code(), Some(2));
}

#[test]
fn what_finds_no_room_is_counted() {
    let output = run(&["report", "-o", "-", "--max-events", "100", RECORDED]);
    let data = data(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(length(&data["events"]["time"]) - requests(&data), 100);
    assert_eq!(data["facts"]["events_dropped"], 209);
}

/// Frame and number of every message of a type, as `messages` tells them.
fn told(filter: &str) -> Vec<(i64, i64)> {
    let told =
        run(&["messages", "-Y", filter, "-T", "fields", "-e", "frame", "-e", "tid", RECORDED]);
    assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stderr));
    let text = String::from_utf8(told.stdout).unwrap();
    let number = |text: Option<&str>| text.unwrap().parse().unwrap();
    text.lines()
        .map(|line| line.split('\t'))
        .map(|mut l| (number(l.next()), number(l.next())))
        .collect()
}

#[test]
fn requests_and_replies_stand_at_their_inodes() {
    let data = data(&page(&[RECORDED]).0);
    let strings = data["strings"].as_array().unwrap();
    let events = &data["events"];
    let frames = sums(&events["frame"]);
    let tids: std::collections::HashMap<_, _> = sparse(&events["tid"]).into_iter().collect();
    let outcomes = sums(&events["outcome"]["at"]);
    let (asked, answered) = (told("request"), told("reply || forward"));
    let starts = starts(&data["inodes"]["events"]);
    let mut seen = (0, 0);
    for (row, what) in events["what"].as_array().unwrap().iter().enumerate() {
        let what = strings[what.as_u64().unwrap() as usize].as_str().unwrap();
        let message = (frames[row], tids.get(&row).map_or(0, |tid| *tid as i64));
        match what {
            "request" => {
                seen.0 += 1;
                assert!(asked.contains(&message), "{message:?}");
                // What it leads to is a reply to it.
                let at = outcomes.iter().position(|at| *at == row as i64).expect("an outcome");
                let outcome = &events["outcome"]["value"][at];
                assert_eq!(outcome[0], 1, "{message:?} is answered");
                let inode = starts.partition_point(|start| *start <= row) - 1;
                let reply = starts[inode] + outcome[1].as_u64().unwrap() as usize;
                assert_eq!(tids[&reply], tids[&row]);
                assert!(answered.contains(&(frames[reply], tids[&reply] as i64)));
            }
            "reply" | "forward" => {
                seen.1 += 1;
                assert!(answered.contains(&message), "{message:?}");
            }
            _ => {}
        }
    }
    assert_eq!(seen.0 + seen.1, requests(&data));
    assert!(seen.0 > 20 && seen.1 >= seen.0, "{seen:?}");
    let elsewhere = data["facts"]["requests_elsewhere"].as_u64().unwrap() as usize;
    assert_eq!(seen.0 + elsewhere, asked.len());
}

#[test]
fn what_lies_between_two_files_is_told() {
    let healthy = RECORDED.replace("crc-importer-crash.pcapng", "crc-healthy.pcap.zst");
    // In either order of the files.
    for (files, ends) in [([healthy.as_str(), RECORDED], 0), ([RECORDED, &healthy], 1)] {
        let data = data(&page(&files).0);
        assert_eq!(length(&data["between"]), 1);
        let between = &data["between"][0];
        let [from, until] = [0, 1].map(|at| between[at].as_i64().unwrap());
        assert!(0 < until - from && until - from < 60_000_000_000, "{from} to {until}");
        assert_eq!([&between[2], &between[3]], [ends, 1 - ends]);
        let times = data["facts"]["packets"].as_u64();
        assert_eq!(times, Some(5731));
    }
    assert_eq!(length(&data(&page(&[RECORDED]).0)["between"]), 0);
}

/// The rows and values of a column that few rows have.
fn sparse(column: &Value) -> Vec<(usize, usize)> {
    let rows = sums(&column["at"]).into_iter().map(|row| row as usize);
    let values = column["value"].as_array().unwrap().iter();
    rows.zip(values.map(|value| value.as_u64().unwrap() as usize)).collect()
}

#[test]
fn messages_come_with_their_fields_and_bytes() {
    let all = data(&page(&[RECORDED]).0);
    let messages = &all["messages"];
    let n = length(&messages["what"]);
    assert!(n > 200 && messages["total"] == n, "{n} messages");
    let of = sparse(&all["events"]["message"]);
    assert_eq!(of.len(), length(&all["events"]["time"]), "every event has its message");
    for number in 0..n {
        let shape = messages["shape"][number].as_u64().unwrap() as usize;
        let fields: Vec<i64> = messages["shapes"][shape]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_i64().unwrap())
            .collect();
        let values = fields.chunks(5).filter(|field| field[4] > 0).count();
        assert_eq!(length(&messages["values"][number]), values);
        // In base64, four letters for three bytes.
        let letters = messages["bytes"][number][0].as_str().unwrap();
        let front = letters.trim_end_matches('=').len() * 3 / 4;
        let ends = fields
            .chunks(5)
            .filter(|field| field[2] == 0)
            .map(|field| field[3] + field[4].abs() - 1);
        assert!(ends.max().unwrap_or(0) <= front as i64, "a field beyond the bytes");
    }
    // An EXPORT of a cap says what `messages -V` says.
    let starts = starts(&all["inodes"]["events"]);
    let finding = &all["findings"][0];
    let event = starts[finding["inode"].as_u64().unwrap() as usize]
        + finding["entry"].as_u64().unwrap() as usize;
    let (_, message) = of[event];
    let frame = finding["frame"].to_string();
    let shown = run(&["messages", "-V", "--frame", &frame, RECORDED]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let values = messages["values"][message].as_array().unwrap();
    assert!(values.len() > 20);
    for value in values {
        let value = all["strings"][value.as_u64().unwrap() as usize].as_str().unwrap();
        assert!(shown.contains(value), "{value} is not in {shown}");
    }
}

#[test]
fn messages_of_findings_find_room_first() {
    let output = run(&["report", "-o", "-", "--max-messages", "8", RECORDED]);
    let all = data(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(length(&all["messages"]["what"]), 8);
    assert!(all["messages"]["total"].as_u64().unwrap() > 200);
    let with: Vec<usize> = sparse(&all["events"]["message"]).iter().map(|(row, _)| *row).collect();
    let starts = starts(&all["inodes"]["events"]);
    let findings = all["findings"].as_array().unwrap().iter();
    let events = findings.map(|finding| {
        starts[finding["inode"].as_u64().unwrap() as usize]
            + finding["entry"].as_u64().unwrap() as usize
    });
    let there = events.filter(|event| with.contains(event)).count();
    assert!(there >= 8, "{there} of the findings' messages");
    let output = run(&["report", "-o", "-", "--max-messages", "0", RECORDED]);
    assert_eq!(length(&data(&String::from_utf8(output.stdout).unwrap())["messages"]["what"]), 0);
}
