//! A listener of the hub.

use std::io::{BufRead, BufReader, Read};

use pyblish_endpoint_tests::hub::API;
use serde_json::Value;

/// One message of a stream: its id, its name and its data.
pub type Message = (String, String, Value);

/// Listens to the hub, from after this event if there is one.
pub struct Stream(BufReader<Box<dyn Read + Send>>);

impl Stream {
    #[track_caller]
    pub fn open(address: &str, token: &str, query: &str, last: Option<&str>) -> Stream {
        let mut request = ureq::get(format!("{address}{API}/events{query}"))
            .header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.call().expect("an answer");
        assert_eq!(response.status(), 200);
        Stream(BufReader::new(Box::new(response.into_body().into_reader())))
    }
}

impl Iterator for Stream {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let (mut id, mut name, mut data) = (String::new(), String::new(), Value::Null);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", text)) => id = text.to_owned(),
                Some(("event", text)) => name = text.to_owned(),
                Some(("data", text)) => data = serde_json::from_str(text).expect("JSON"),
                Some(_) => {}
                None if name.is_empty() => {}
                None => return Some((id, name, data)),
            }
        }
    }
}
