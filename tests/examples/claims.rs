//! Claims a second, for the benchmark: workers that ask the hub at once, against clients of pgbench
//! that do the bare statement. Prints a line of JSON for each round: `hub` and `bare`, both in claims
//! a second.

#[cfg(unix)]
fn main() {
    rounds::main();
}

#[cfg(not(unix))]
fn main() {
    eprintln!("PostgreSQL is only started on Unix");
    std::process::exit(1);
}

#[cfg(unix)]
mod rounds {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpStream;
    use std::thread;
    use std::time::Instant;

    use pyblish_endpoint_tests::farm::Farm;
    use pyblish_endpoint_tests::hub::{API, token};
    use pyblish_endpoint_tests::postgres::Postgres;
    use pyblish_endpoint_tests::raw::request;
    use serde_json::{Value, json};

    /// How many claim at once.
    const WORKERS: usize = 16;

    /// How many claims each does in a round.
    const CLAIMS: usize = 250;

    const ROUNDS: usize = 5;

    /// The bare statement: the first ready row becomes somebody's.
    const BARE: &str = "UPDATE bare b SET state = 'running', epoch = epoch + 1,
        lease_until = clock_timestamp() + interval '1 minute'
        FROM (SELECT id FROM bare WHERE state = 'ready' ORDER BY priority DESC, id LIMIT 1
            FOR UPDATE SKIP LOCKED) next WHERE b.id = next.id RETURNING b.id;";

    pub fn main() {
        let farm = Farm::start_on(Postgres::start_durable(), &["--job-lease", "3600"]);
        let spec = json!({"name": "a", "adapter": {"name": "folder", "sha256": "0".repeat(64)}});
        let body = json!({"spec": spec, "user": "anna", "key": "a"});
        let made = farm.ask(&farm.token_of("artist"), "POST", "/jobs", &body);
        assert_eq!(made.status, 200, "{}", made.body);
        let tokens: Vec<String> = (0..WORKERS)
            .map(|number| token(&farm.postgres, &["--worker", &format!("farm{number}")]))
            .collect();
        farm.postgres.sql(
            "CREATE TABLE bare (id bigint PRIMARY KEY, state text, priority integer, epoch bigint,
                 lease_until timestamptz);
             CREATE INDEX bare_ready ON bare (priority DESC, id) WHERE state = 'ready'",
        );
        for round in 0..ROUNDS {
            let (first, count) = (round * WORKERS * CLAIMS + 10, WORKERS * CLAIMS);
            farm.postgres.sql(&format!(
                "INSERT INTO tasks (job_id, number, kind, waits_for, state, priority, labels, adapter)
                 SELECT 1, n, 'publish', 0, 'ready', n % 5, '{{}}', 'folder'
                 FROM generate_series({first}, {first} + {count} - 1) n;
                 INSERT INTO bare SELECT n, 'ready', n % 5, 0, NULL
                 FROM generate_series({first}, {first} + {count} - 1) n"
            ));
            farm.postgres.sql("ANALYZE tasks");
            farm.postgres.sql("ANALYZE bare");
            let hub = claims(&farm, &tokens);
            let bare = farm.postgres.pgbench(BARE, WORKERS, CLAIMS);
            println!("{}", json!({"hub": hub, "bare": bare}));
        }
    }

    /// Claims a second, of all workers together.
    fn claims(farm: &Farm, tokens: &[String]) -> f64 {
        let began = Instant::now();
        thread::scope(|scope| {
            for token in tokens {
                scope.spawn(|| work(farm.hub.host(), token));
            }
        });
        let count = u32::try_from(WORKERS * CLAIMS).expect("a small number");
        f64::from(count) / began.elapsed().as_secs_f64()
    }

    /// Claims one task after the other. The same bytes each time, as pgbench does: a client library
    /// would take as much of the processors as the hub.
    fn work(host: &str, token: &str) {
        let lines = [
            &format!("host: {host}"),
            &format!("authorization: Bearer {token}"),
            "content-type: application/json",
        ];
        let body = json!({"allow": {"adapters": ["folder"]}}).to_string();
        let claim = request(&format!("POST {API}/work/claim"), &lines, &body);
        let stream = TcpStream::connect(host).expect("a connection");
        let mut answers = BufReader::new(&stream);
        for _ in 0..CLAIMS {
            (&stream).write_all(claim.as_bytes()).expect("it is sent");
            let answer = answer(&mut answers);
            let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
            assert!(answer["task"]["id"].is_i64(), "{answer}");
        }
    }

    /// The body of the next answer.
    fn answer(answers: &mut impl BufRead) -> Vec<u8> {
        let mut length = 0;
        for line in answers.by_ref().lines() {
            let line = line.expect("an answer").to_lowercase();
            match line.strip_prefix("content-length: ") {
                Some(text) => length = text.parse().expect("a length is a number"),
                None if line.is_empty() => break,
                None => {}
            }
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).expect("all of an answer");
        body
    }
}
