//! A small name server on loopback, over UDP: it knows the TXT records it is told, and can be out of order.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use mail_auth::hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use mail_auth::hickory_resolver::proto::rr::{RData, Record, rdata::TXT};

/// Serves until the test ends.
pub struct NameServer {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
}

#[derive(Default)]
struct Zone {
    records: BTreeMap<String, Vec<String>>,
    out_of_order: bool,
    mute: bool,
}

impl NameServer {
    pub fn start() -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let zone = Arc::new(Mutex::new(Zone::default()));
        let served = Arc::clone(&zone);
        std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
                if let Some(answer) = served.lock().unwrap().answer(question) {
                    socket.send_to(&answer.to_vec().unwrap(), from).unwrap();
                }
            }
        });
        NameServer { address, zone }
    }

    /// A TXT record, in pieces as the DNS carries it.
    pub fn publish(&self, name: &str, pieces: &[&str]) {
        self.zone.lock().unwrap().records.insert(format!("{name}."), pieces.iter().map(ToString::to_string).collect());
    }

    /// From now on no question is answered at all.
    pub fn fall_silent(&self) {
        self.zone.lock().unwrap().mute = true;
    }

    /// From now on every question is answered with SERVFAIL, or no more.
    pub fn out_of_order(&self, out_of_order: bool) {
        self.zone.lock().unwrap().out_of_order = out_of_order;
    }
}

impl Zone {
    /// None to names that begin with `silent`; SERVFAIL to those that begin with `broken`.
    fn answer(&self, mut message: Message) -> Option<Message> {
        let query = message.queries.first()?.clone();
        let name = query.name().to_ascii().to_lowercase();
        message.metadata.message_type = MessageType::Response;
        message.metadata.recursion_available = true;
        if self.mute || name.starts_with("silent") {
            return None;
        }
        if self.out_of_order || name.starts_with("broken") {
            message.metadata.response_code = ResponseCode::ServFail;
        } else if let Some(pieces) = self.records.get(&name) {
            message.answers.push(Record::from_rdata(query.name().clone(), 60, RData::TXT(TXT::new(pieces.clone()))));
        } else {
            message.metadata.response_code = ResponseCode::NXDomain;
        }
        Some(message)
    }
}
