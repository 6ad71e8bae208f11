//! `wiretalk conversations`.

use super::{Format, csv, json::Object};
use crate::{
    ports::Ports,
    services,
    store::Store,
    track::{Conversation, Direction, Protocol, conn_state, marks, outcome, verdict},
    words::{bytes, duration, grouped, printable},
};
use std::io::{self, Write};

/// Writes the conversations of a capture.
pub fn conversations(
    store: &Store,
    format: Format,
    ports: &Ports,
    out: &mut impl Write,
) -> io::Result<()> {
    let contents = store.read();
    let all = contents.tracker.conversations();
    let wanted: Vec<&Conversation> = all
        .iter()
        .filter(|c| ports.matches(c.client.port, c.server.port))
        .collect();
    match format {
        Format::Text => write_text(&wanted, out),
        Format::Csv => write_csv(&wanted, out),
        Format::Json => {
            let mut line = String::new();
            for conversation in wanted {
                line.clear();
                write_json(&mut line, conversation);
                line.push('\n');
                out.write_all(line.as_bytes())?;
            }
            Ok(())
        }
    }
}

/// Columns as wide as what stands in them; numbers to the right.
fn write_text(conversations: &[&Conversation], out: &mut impl Write) -> io::Result<()> {
    let heading = [
        "Id",
        "Client",
        "Server",
        "App",
        "Handshake",
        "State",
        "Pkts",
        "→ Bytes",
        "← Bytes",
        "Duration",
        "Verdict",
        "Said",
    ];
    let to_the_right = [
        false, false, false, false, false, false, true, true, true, true, false, false,
    ];
    let mut rows = vec![heading.map(str::to_owned)];
    for conversation in conversations {
        let outcome = outcome(conversation);
        let rtt = conversation
            .tcp
            .handshake
            .rtt_ns()
            .map(duration)
            .unwrap_or_default();
        rows.push([
            conversation.id(),
            conversation.client.to_string(),
            conversation.server.to_string(),
            services::name(conversation).to_owned(),
            format!("{} {rtt}", marks(conversation)).trim().to_owned(),
            format!("{} {}", outcome.sign(), outcome.words()),
            grouped(conversation.packets()),
            bytes(conversation.side(Direction::FromClient).bytes),
            bytes(conversation.side(Direction::FromServer).bytes),
            duration(conversation.duration_ns()),
            verdict(conversation),
            printable(&conversation.summary()),
        ]);
    }
    let mut widths = [0; 12];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let mut line = String::new();
        for ((cell, width), right) in row.iter().zip(widths).zip(to_the_right) {
            let cell = if right {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            };
            line.push_str(&cell);
            line.push_str("  ");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn write_csv(conversations: &[&Conversation], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "id,application,client,client_port,server,server_port,start_ns,duration_ns,packets,bytes,client_packets,\
         client_bytes,server_packets,server_bytes,state,history,completeness,handshake_rtt_ns,outcome,verdict,summary,\
         credentials"
    )?;
    for conversation in conversations {
        let [client, server] = &conversation.sides;
        let rtt = conversation.tcp.handshake.rtt_ns();
        let cells = [
            conversation.id(),
            services::name(conversation).to_owned(),
            conversation.client.address.to_string(),
            conversation.client.port.to_string(),
            conversation.server.address.to_string(),
            conversation.server.port.to_string(),
            conversation.start_ns.to_string(),
            conversation.duration_ns().to_string(),
            conversation.packets().to_string(),
            conversation.bytes().to_string(),
            client.packets.to_string(),
            client.bytes.to_string(),
            server.packets.to_string(),
            server.bytes.to_string(),
            conn_state(conversation).to_owned(),
            conversation.history().to_owned(),
            conversation.tcp.completeness.to_string(),
            rtt.map(|ns| ns.to_string()).unwrap_or_default(),
            outcome(conversation).words().to_owned(),
            verdict(conversation),
            printable(&conversation.summary()),
            conversation.credentials().to_string(),
        ];
        writeln!(out, "{}", cells.map(|cell| csv(&cell)).join(","))?;
    }
    Ok(())
}

fn write_json(line: &mut String, conversation: &Conversation) {
    let [client, server] = &conversation.sides;
    let mut object = Object::open(line);
    object
        .text("id", &conversation.id())
        .text("protocol", conversation.protocol.name())
        .text("application", &services::filter_name(conversation))
        .text("client", &conversation.client.address.to_string())
        .plain("client_port", conversation.client.port)
        .text("server", &conversation.server.address.to_string())
        .plain("server_port", conversation.server.port)
        .plain("client_is_guess", conversation.client_is_guess)
        .plain("start_ns", conversation.start_ns)
        .plain("duration_ns", conversation.duration_ns())
        .plain("packets", conversation.packets())
        .plain("bytes", conversation.bytes())
        .plain("client_packets", client.packets)
        .plain("client_bytes", client.bytes)
        .plain("server_packets", server.packets)
        .plain("server_bytes", server.bytes)
        .text("state", conn_state(conversation))
        .text("history", conversation.history())
        .plain("completeness", conversation.tcp.completeness)
        .text("outcome", outcome(conversation).words())
        .text("verdict", &verdict(conversation));
    match conversation.protocol {
        Protocol::Tcp => object.with("handshake", |text| write_handshake(text, conversation)),
        Protocol::Udp => object.plain("handshake", "null"),
    };
    object
        .plain("analysis", "{}")
        .text("summary", &conversation.summary())
        .plain("credentials", conversation.credentials())
        .close();
}

fn write_handshake(text: &mut String, conversation: &Conversation) {
    let tcp = &conversation.tcp;
    let handshake = &tcp.handshake;
    let [client, server] = &tcp.sides;
    Object::open(text)
        .plain("complete", handshake.complete())
        .maybe("syn", handshake.syn)
        .maybe("syn_ack", handshake.syn_ack)
        .maybe("ack", handshake.ack)
        .maybe("client_isn", client.isn)
        .maybe("server_isn", server.isn)
        .maybe("syn_ack_checked", handshake.syn_ack_checked(client.isn))
        .maybe("ack_checked", handshake.ack_checked(server.isn))
        .maybe("syn_to_syn_ack_ns", handshake.syn_to_syn_ack_ns())
        .maybe("syn_ack_to_ack_ns", handshake.syn_ack_to_ack_ns())
        .maybe("client_mss", client.offered.mss)
        .maybe("server_mss", server.offered.mss)
        .maybe("client_window_scale", client.offered.window_scale)
        .maybe("server_window_scale", server.offered.window_scale)
        .plain("sack", tcp.sack())
        .plain("timestamps", tcp.timestamps())
        .plain("ecn", tcp.ecn())
        .plain("fast_open", client.offered.fast_open.is_some())
        .plain("simultaneous", handshake.simultaneous)
        .close();
}
