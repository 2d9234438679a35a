//! A proxy before a real server that passes everything on until it cuts: for what a real server will not do on demand.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When the connection is cut. Only the first connection is; later ones pass clean.
#[derive(Debug, Clone, Copy)]
pub enum Cut {
    /// After this many bytes from the server.
    AfterBytesFromServer(usize),
    /// The client has sent this; the server gets it, and its answer to it is lost.
    AnswerTo(&'static [u8]),
}

/// Gives the port to connect to instead of `target` on loopback.
pub async fn start(target: u16, cut: Cut) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut cut = Some(cut);
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
            tokio::spawn(pass(client, server, cut.take()));
        }
    });
    port
}

async fn pass(mut client: TcpStream, mut server: TcpStream, cut: Option<Cut>) {
    let (mut from_client, mut from_server) = ([0; 4096], [0; 4096]);
    let (mut sent, mut received) = (Vec::new(), 0);
    let mut answer_is_lost = false;
    loop {
        tokio::select! {
            count = client.read(&mut from_client) => {
                let count = count.unwrap_or(0);
                if count == 0 || server.write_all(&from_client[..count]).await.is_err() {
                    return;
                }
                sent.extend_from_slice(&from_client[..count]);
                if let Some(Cut::AnswerTo(words)) = cut {
                    answer_is_lost |= sent.windows(words.len()).any(|window| window == words);
                }
            }
            count = server.read(&mut from_server) => {
                let count = count.unwrap_or(0);
                if count == 0 || answer_is_lost {
                    return;
                }
                let passed = match cut {
                    Some(Cut::AfterBytesFromServer(limit)) => count.min(limit - received),
                    _ => count,
                };
                if client.write_all(&from_server[..passed]).await.is_err() || passed < count {
                    return;
                }
                received += passed;
            }
        }
    }
}
